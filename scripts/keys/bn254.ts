/** The order of BN254's base field, the field of the curve's coordinates. */
export const BASE_FIELD_ORDER =
  21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** The order of BN254's groups, and so of the scalar field that circuits compute in. */
export const SCALAR_FIELD_ORDER =
  21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** A generator of the multiplicative group, which makes the roots of unity those of snarkjs. */
const MULTIPLICATIVE_GENERATOR = 5n;

/** Reduces into [0, order) of the scalar field. */
export function toScalar(value: bigint): bigint {
  const rest = value % SCALAR_FIELD_ORDER;
  return rest < 0n ? rest + SCALAR_FIELD_ORDER : rest;
}

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = toScalar(base), left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = toScalar(result * square);
    square = toScalar(square * square);
  }
  return result;
}

/** 1/value in the scalar field; 0 has none and gives 0. */
export function inverse(value: bigint): bigint {
  return power(value, SCALAR_FIELD_ORDER - 2n);
}

/** The root of unity of order `2^logOrder` that snarkjs's transforms use. */
export function rootOfUnity(logOrder: number): bigint {
  return power(MULTIPLICATIVE_GENERATOR, (SCALAR_FIELD_ORDER - 1n) >> BigInt(logOrder));
}
