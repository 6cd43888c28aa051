import { inverse, power, rootOfUnity, SCALAR_FIELD_ORDER as ORDER, toScalar } from "./bn254.ts";

/**
 * The values at `tau` of the polynomials that are 1 at one point of a domain and 0 at its others:
 * `L_i(tau) = (tau^n - shift^n) / (n · shift^n) · x_i / (tau - x_i)`, `x_i = shift · w^i`.
 * @param logSize log2 of the domain's size n
 * @param shift 1 for the roots of unity themselves, another number for a coset of them
 */
export function lagrangeAt(tau: bigint, logSize: number, shift = 1n): bigint[] {
  const size = 2 ** logSize;
  const w = rootOfUnity(logSize);
  const points = new Array<bigint>(size);
  for (let i = 0, x = shift; i < size; i++, x = (x * w) % ORDER) points[i] = x;
  const shiftPower = power(shift, BigInt(size));
  const scale = toScalar(
    (power(tau, BigInt(size)) - shiftPower) * inverse(BigInt(size) * shiftPower),
  );
  const inverses = batchInverse(points.map((x) => toScalar(tau - x)));
  return points.map((x, i) => (((scale * x) % ORDER) * inverses[i]!) % ORDER);
}

/** One inversion for all: none of them may be 0, which a secret outside of the domain sees to. */
function batchInverse(values: readonly bigint[]): bigint[] {
  const products = new Array<bigint>(values.length);
  let product = 1n;
  for (const [i, value] of values.entries()) {
    products[i] = product;
    product = (product * value) % ORDER;
  }
  let rest = inverse(product);
  for (let i = values.length - 1; i >= 0; i--) {
    products[i] = (products[i]! * rest) % ORDER;
    rest = (rest * values[i]!) % ORDER;
  }
  return products;
}
