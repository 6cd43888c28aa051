import { readSections } from "../../../scripts/keys/binaryFile.ts";
import { TERM_BYTES, readR1cs } from "../../../scripts/keys/r1cs.ts";
import { FIELD_ORDER } from "../../../sdk/private/field.ts";

/** A linear combination of signals. */
export interface Sum {
  signals: readonly number[];
  factors: readonly bigint[];
}

/** `a · b = c` in the field. */
export type Constraint = readonly [a: Sum, b: Sum, c: Sum];

export const modulo = (value: bigint): bigint => {
  const rest = value % FIELD_ORDER;
  return rest < 0n ? rest + FIELD_ORDER : rest;
};

export function valueOf({ signals, factors }: Sum, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < signals.length; i++) sum += factors[i]! * witness[signals[i]!]!;
  return modulo(sum);
}

/** The constraints of an r1cs file. */
export function readConstraints(file: Uint8Array): Constraint[] {
  const { constraints: bytes, constraintCount } = readR1cs(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const readFactor = (): bigint => {
    let value = 0n;
    for (let word = 3; word >= 0; word--) {
      value = (value << 64n) | view.getBigUint64(at + 4 + 8 * word, true);
    }
    // Small negative numbers make quicker sums.
    return value > FIELD_ORDER / 2n ? value - FIELD_ORDER : value;
  };
  const readSum = (): Sum => {
    const terms = view.getUint32(at, true);
    at += 4;
    const [signals, factors]: [number[], bigint[]] = [[], []];
    for (let term = 0; term < terms; term++, at += TERM_BYTES) {
      signals.push(view.getUint32(at, true));
      factors.push(readFactor());
    }
    return { signals, factors };
  };
  return Array.from({ length: constraintCount }, () => [readSum(), readSum(), readSum()] as const);
}

/** How many outputs and inputs, public and private, an r1cs file names. */
export function countSignals(file: Uint8Array): { outputs: number; inputs: number } {
  const header = readSections(file, "r1cs").get(1)!;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  // Behind the field's size and order: signals, outputs, public and private inputs.
  const count = (index: number) => view.getUint32(4 + 32 + 4 * index, true);
  return { outputs: count(1), inputs: count(2) + count(3) };
}
