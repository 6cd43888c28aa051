import * as snarkjs from "snarkjs";

/** One of the curve's two groups. A point is its coordinates in Montgomery form, affine or Jacobian. */
export interface CurveGroup {
  g: Uint8Array;
  add(a: Uint8Array, b: Uint8Array): Uint8Array;
  timesScalar(point: Uint8Array, scalar: bigint): Uint8Array;
  toAffine(point: Uint8Array): Uint8Array;
  /** Coordinates as numbers, in affine form with a third of 1 (0 for the identity). */
  toObject(point: Uint8Array): unknown;
  fromObject(coordinates: unknown): Uint8Array;
  isValid(point: Uint8Array): boolean;
  isZero(point: Uint8Array): boolean;
  /** Big-endian and not in Montgomery form, as ceremonies hash points. */
  toUncompressed(point: Uint8Array): Uint8Array;
}

/** The curve of snarkjs, as far as it is used here: its types leave it out. */
export interface SnarkjsCurve {
  G1: CurveGroup;
  G2: CurveGroup;
  Gt: { toObject(value: Uint8Array): bigint[][][] };
  pairing(g1: Uint8Array, g2: Uint8Array): Uint8Array;
  tm: { code: Uint8Array; pG1gen: number; pG2gen: number };
}

let curve: Promise<SnarkjsCurve> | undefined;

/** BN254 without worker threads, so that nothing keeps the process alive. */
export function loadSnarkjsCurve(): Promise<SnarkjsCurve> {
  const { curves } = snarkjs as unknown as {
    curves: {
      getCurveFromName(name: string, options: { singleThread: boolean }): Promise<SnarkjsCurve>;
    };
  };
  return (curve ??= curves.getCurveFromName("bn128", { singleThread: true }));
}

/** Ends the worker threads that snarkjs's own functions start and leave behind. */
export async function endSnarkjsWorkers(): Promise<void> {
  const { curve_bn128: started } = globalThis as { curve_bn128?: { terminate(): Promise<void> } };
  await started?.terminate();
}
