import type { Ciphertext, ParmsIdType } from "node-seal";
import type { HeScheme } from "./heScheme.ts";
import {
  MalformedCiphertextError,
  OversizedCiphertextError,
  TruncatedCiphertextError,
  WrongParametersError,
} from "./matchingError.ts";
import { plainBytes } from "./plainBytes.ts";

/** SEAL's header, then the parameters' id, form, sizes, scale and factor, then the header of the data and its length. */
const HEADER_BYTES = 16;
const PARAMETERS_ID_END = HEADER_BYTES + 32;
export const CIPHERTEXT_PREFIX_BYTES = PARAMETERS_ID_END + 1 + 5 * 8 + HEADER_BYTES + 8;

const WORD_BYTES = 8;

/** What every ciphertext of a level begins with, and how long it is. */
interface CiphertextForm {
  prefix: Uint8Array;
  length: number;
}

const formsOfScheme = new WeakMap<HeScheme, Map<string, CiphertextForm>>();

/** Taken from SEAL itself, so that only what it would have written is taken. */
function formOf(scheme: HeScheme, level: ParmsIdType): CiphertextForm {
  const forms = formsOfScheme.get(scheme) ?? new Map<string, CiphertextForm>();
  formsOfScheme.set(scheme, forms);
  const id = String(level.values());
  let form = forms.get(id);
  if (form === undefined) {
    const ciphertext = new scheme.seal.Ciphertext(scheme.context, level, 2);
    ciphertext.resize(2);
    const bytes = saveCiphertext(scheme, ciphertext);
    ciphertext.delete();
    form = { prefix: bytes.slice(0, CIPHERTEXT_PREFIX_BYTES), length: bytes.length };
    forms.set(id, form);
  }
  return form;
}

/** The bytes of every ciphertext of a level. */
export function ciphertextBytes(scheme: HeScheme, level: ParmsIdType): number {
  return formOf(scheme, level).length;
}

/**
 * A ciphertext as bytes. Not compressed: with primes of 60 bits its words are 94% random, zlib would save 1% in more
 * time than encryption takes, and what is not compressed cannot be a bomb.
 */
export function saveCiphertext({ seal }: HeScheme, ciphertext: Ciphertext): Uint8Array {
  return ciphertext.saveToArray(seal.ComprModeType.none) as Uint8Array;
}

function differs(bytes: Uint8Array, prefix: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== prefix[i]) return true;
  return false;
}

/**
 * Looks at what somebody sent without reading it: all but its coefficients.
 * @param what it is, for the message
 * @throws CiphertextError
 */
export function checkCiphertextForm(
  scheme: HeScheme,
  level: ParmsIdType,
  what: string,
  bytes: Uint8Array,
): void {
  const { prefix, length } = formOf(scheme, level);
  if (bytes.length < HEADER_BYTES) throw new TruncatedCiphertextError(what, bytes.length, length);
  // The parameters are told before the size, which follows from them.
  if (differs(bytes, prefix, 0, 8)) {
    throw new MalformedCiphertextError(what, "does not begin as an uncompressed one of SEAL 4.1");
  }
  if (
    bytes.length >= PARAMETERS_ID_END &&
    differs(bytes, prefix, HEADER_BYTES, PARAMETERS_ID_END)
  ) {
    throw new WrongParametersError(what);
  }
  if (bytes.length < length) throw new TruncatedCiphertextError(what, bytes.length, length);
  if (bytes.length > length) throw new OversizedCiphertextError(what, bytes.length, length);
  if (differs(bytes, prefix, 8, CIPHERTEXT_PREFIX_BYTES)) {
    throw new MalformedCiphertextError(what, "says of itself what no ciphertext of its size is");
  }
}

/**
 * Reads what somebody sent. Every byte before the coefficients must be what SEAL writes for a ciphertext of two
 * polynomials at this level, so that SEAL's own reader has nothing to decide; it checks that coefficients are below
 * their primes.
 * @param what it is, for the message
 * @throws CiphertextError
 */
export function loadCiphertext(
  scheme: HeScheme,
  level: ParmsIdType,
  what: string,
  bytes: Uint8Array,
  into: Ciphertext,
): void {
  checkCiphertextForm(scheme, level, what, bytes);
  try {
    into.loadFromArray(scheme.context, plainBytes(bytes));
  } catch {
    throw new MalformedCiphertextError(what, "has a coefficient that is not below its prime");
  }
  if (into.isTransparent()) {
    throw new MalformedCiphertextError(what, "is not encrypted: anybody reads it");
  }
}

/** The words of a ciphertext's first polynomial at a level with one prime or more, as a view. */
export function firstPolynomial(scheme: HeScheme, primes: number, bytes: Uint8Array): DataView {
  const length = primes * scheme.parameters.polyModulusDegree * WORD_BYTES;
  return new DataView(bytes.buffer, bytes.byteOffset + CIPHERTEXT_PREFIX_BYTES, length);
}
