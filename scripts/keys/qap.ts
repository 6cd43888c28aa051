import { littleEndian } from "./binaryFile.ts";
import { lagrangeAt } from "./lagrange.ts";
import { domainPower, TERM_BYTES, type R1cs } from "./r1cs.ts";
import type { SetupSecrets } from "./setupSecrets.ts";
import { FIELD_BYTES, type WasmCurve } from "./wasmCurve.ts";

/** Pointers to the scalars of a key, one of 32 bytes a signal, not in Montgomery form. */
export interface QapScalars {
  a: number;
  b: number;
  /** `(beta · a + alpha · b + c) / gamma` of the constant and the public signals, `/ delta` of others. */
  combined: number;
  /** The prover's section of coefficients of a and b. */
  coefficients: Uint8Array;
}

const COEFFICIENT_BYTES = 12 + FIELD_BYTES;
const [A, B, C] = [0, 1, 2] as const;

/** The pointers stay valid until the caller's `scoped` ends. */
export function evaluateQap(curve: WasmCurve, r1cs: R1cs, secrets: SetupSecrets): QapScalars {
  const { signals, publicSignals, constraintCount } = r1cs;
  const frm = (name: string) => curve.call(`frm_${name}`);
  const [add, mul, toMontgomery] = [frm("add"), frm("mul"), frm("toMontgomery")];
  const sums = [A, B, C].map(() => curve.allocate(signals * FIELD_BYTES)) as [
    number,
    number,
    number,
  ];
  const lagrange = storeScalars(curve, lagrangeAt(secrets.tau, domainPower(r1cs)));
  const constraints = curve.allocate(r1cs.constraints.length);
  const coefficientCount = countCoefficients(r1cs);
  const coefficients = curve.allocate(4 + coefficientCount * COEFFICIENT_BYTES);
  const one = storeScalars(curve, [1n]);
  const product = curve.allocate(FIELD_BYTES);
  const spare = curve.allocate(FIELD_BYTES);
  const bytes = curve.bytes();
  bytes.set(r1cs.constraints, constraints);
  const view = new DataView(bytes.buffer);
  view.setUint32(coefficients, coefficientCount, true);

  let written = coefficients + 4;
  /** @param value in Montgomery form; the prover wants it multiplied by R once more. */
  const writeCoefficient = (matrix: number, row: number, signal: number, value: number) => {
    view.setUint32(written, matrix, true);
    view.setUint32(written + 4, row, true);
    view.setUint32(written + 8, signal, true);
    toMontgomery(value, written + 12);
    written += COEFFICIENT_BYTES;
  };

  let at = constraints;
  for (let row = 0; row < constraintCount; row++) {
    const weight = lagrange + row * FIELD_BYTES;
    for (const matrix of [A, B, C]) {
      const terms = view.getUint32(at, true);
      at += 4;
      for (let term = 0; term < terms; term++, at += TERM_BYTES) {
        const signal = view.getUint32(at, true);
        const sum = sums[matrix] + signal * FIELD_BYTES;
        toMontgomery(at + 4, spare);
        mul(spare, weight, product);
        add(sum, product, sum);
        if (matrix !== C) writeCoefficient(matrix, row, signal, spare);
      }
    }
  }
  // A row of its own for each public signal keeps their parts in a proof independent of each other.
  for (let signal = 0; signal <= publicSignals; signal++) {
    const row = constraintCount + signal;
    const sum = sums[A] + signal * FIELD_BYTES;
    add(sum, lagrange + row * FIELD_BYTES, sum);
    writeCoefficient(A, row, signal, one);
  }

  combine(curve, r1cs, secrets, sums);
  const [a, b, combined] = sums;
  return { a, b, combined, coefficients: curve.bytes().slice(coefficients, written) };
}

/** Puts the combination of all three in the place of c, and all out of Montgomery form. */
function combine(
  curve: WasmCurve,
  { signals, publicSignals }: R1cs,
  { alpha, beta, gamma, delta }: SetupSecrets,
  [a, b, c]: readonly [number, number, number],
): void {
  const frm = (name: string) => curve.call(`frm_${name}`);
  const [add, mul, fromMontgomery] = [frm("add"), frm("mul"), frm("fromMontgomery")];
  const constants = storeScalars(curve, [alpha, beta, gamma, delta]);
  const [pAlpha, pBeta, perGamma, perDelta] = [0, 1, 2, 3].map(
    (index) => constants + index * FIELD_BYTES,
  ) as [number, number, number, number];
  frm("inverse")(perGamma, perGamma);
  frm("inverse")(perDelta, perDelta);
  const product = curve.allocate(FIELD_BYTES);
  for (let signal = 0; signal < signals; signal++) {
    const offset = signal * FIELD_BYTES;
    mul(a + offset, pBeta, product);
    add(c + offset, product, c + offset);
    mul(b + offset, pAlpha, product);
    add(c + offset, product, c + offset);
    mul(c + offset, signal <= publicSignals ? perGamma : perDelta, c + offset);
    for (const sum of [a, b, c]) fromMontgomery(sum + offset, sum + offset);
  }
}

/** How many terms a and b have, with those of the public signals' own rows. */
function countCoefficients({ constraints, constraintCount, publicSignals }: R1cs): number {
  const view = new DataView(constraints.buffer, constraints.byteOffset, constraints.byteLength);
  let count = publicSignals + 1;
  let at = 0;
  for (let row = 0; row < constraintCount; row++)
    for (const matrix of [A, B, C]) {
      const terms = view.getUint32(at, true);
      if (matrix !== C) count += terms;
      at += 4 + terms * TERM_BYTES;
    }
  return count;
}

/** Allocates and stores numbers in Montgomery form. */
function storeScalars(curve: WasmCurve, values: readonly bigint[]): number {
  const pointer = curve.allocate(values.length * FIELD_BYTES);
  writePlainScalars(curve, values, pointer);
  const toMontgomery = curve.call("frm_toMontgomery");
  for (let i = 0; i < values.length; i++)
    toMontgomery(pointer + i * FIELD_BYTES, pointer + i * FIELD_BYTES);
  return pointer;
}

/** Stores numbers as they are, little-endian. */
export function writePlainScalars(
  curve: WasmCurve,
  values: readonly bigint[],
  pointer: number,
): void {
  const bytes = curve.bytes();
  for (const [i, value] of values.entries())
    bytes.set(littleEndian(value, FIELD_BYTES), pointer + i * FIELD_BYTES);
}
