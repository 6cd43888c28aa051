import {
  checkCiphertextForm,
  CIPHERTEXT_PREFIX_BYTES,
} from "../../../../sdk/private/matching/ciphertextBytes.ts";
import type { HeScheme } from "../../../../sdk/private/matching/heScheme.ts";
import { MalformedCiphertextError } from "../../../../sdk/private/matching/matchingError.ts";

const WORD_BYTES = 8;
const HALF = 2n ** 32n;

/**
 * Whether a worker's result has the form that the key holder takes. It is compared here and not read by SEAL, which
 * would take the matcher as long as a bid's transport does.
 * @throws CiphertextError
 */
export function checkResult(scheme: HeScheme, bytes: Uint8Array): void {
  checkCiphertextForm(scheme, scheme.resultLevel, "result", bytes);
  const { coeffModulus, polyModulusDegree } = scheme.parameters;
  const words = new DataView(bytes.buffer, bytes.byteOffset + CIPHERTEXT_PREFIX_BYTES);
  // Results have one prime.
  const prime = coeffModulus[0]!;
  const [high, low] = [Number(prime / HALF), Number(prime % HALF)];
  let secondPolynomial = 0;
  for (let i = 0; i < 2 * polyModulusDegree; i++) {
    const at = WORD_BYTES * i;
    const ofHigh = words.getUint32(at + WORD_BYTES / 2, true);
    const ofLow = words.getUint32(at, true);
    if (ofHigh > high || (ofHigh === high && ofLow >= low)) {
      throw new MalformedCiphertextError("result", "has a coefficient that is not below its prime");
    }
    if (i >= polyModulusDegree) secondPolynomial |= ofHigh | ofLow;
  }
  if (secondPolynomial === 0) {
    throw new MalformedCiphertextError("result", "is not encrypted: anybody reads it");
  }
}
