import { BaseError } from "../errors.ts";
import { FIELD_ORDER, SUBGROUP_ORDER } from "./field.ts";

/** An affine point of Baby Jubjub: `a·x² + y² = 1 + d·x²·y²` (EIP-2494). */
export type Point = readonly [x: bigint, y: bigint];

/** The generator B8 of the subgroup. */
export const BASE_POINT: Point = [
  5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  16950150798460657717958625567821834550301663161624707787222815936182638968203n,
];
export const IDENTITY: Point = [0n, 1n];

const A = 168700n;
const D = 168696n;
/** p − 1 = 2^28 · ODD, and a number that is no square: what Tonelli and Shanks need. */
const TWO_ADICITY = 28;
const ODD = (FIELD_ORDER - 1n) >> 28n;
const NON_SQUARE = 5n;
const WINDOW_BITS = 4;
/** Scalars have 251 bits, multiples by the order itself as well. */
const WINDOWS = Math.ceil(251 / WINDOW_BITS);

type Projective = readonly [x: bigint, y: bigint, z: bigint];

/** A point is not what a key must be. */
export class InvalidPointError extends BaseError {
  override name = "InvalidPointError";

  constructor(field: string, fault: string) {
    super(`${field} ${fault}.`, {
      metaMessages: ["Take it from where it was made; it may have been cut or changed on its way."],
    });
  }
}

const mod = (value: bigint): bigint => {
  const rest = value % FIELD_ORDER;
  return rest < 0n ? rest + FIELD_ORDER : rest;
};

/** The inverse by Euclid's algorithm. @param value not 0 */
function invert(value: bigint): bigint {
  let [rest, next] = [mod(value), FIELD_ORDER];
  let [factor, nextFactor] = [1n, 0n];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return mod(factor);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

/** Of order 2^28. */
const ROOT_OF_UNITY = power(NON_SQUARE, ODD);

/** One of both square roots, or nothing. */
function squareRoot(value: bigint): bigint | undefined {
  if (value === 0n) return 0n;
  let order = TWO_ADICITY;
  const half = power(value, (ODD - 1n) / 2n);
  let root = mod(value * half);
  let rest = mod(root * half);
  let unit = ROOT_OF_UNITY;
  while (rest !== 1n) {
    let least = 0;
    for (let square = rest; square !== 1n && least < order; least++) square = mod(square * square);
    if (least === order) return undefined;
    const step = power(unit, 1n << BigInt(order - least - 1));
    root = mod(root * step);
    unit = mod(step * step);
    rest = mod(rest * unit);
    order = least;
  }
  return root;
}

/** Complete: right for any two points of the curve (a is a square, d is none). */
function addProjective([x1, y1, z1]: Projective, [x2, y2, z2]: Projective): Projective {
  const z = mod(z1 * z2);
  const square = mod(z * z);
  const x = mod(x1 * x2);
  const y = mod(y1 * y2);
  const product = mod(D * mod(x * y));
  const minus = square - product;
  const plus = square + product;
  const cross = mod((x1 + y1) * (x2 + y2) - x - y);
  return [mod(z * mod(minus * cross)), mod(z * mod(plus * (y - A * x))), mod(minus * plus)];
}

function doubleProjective([x, y, z]: Projective): Projective {
  const cross = mod((x + y) * (x + y));
  const xx = mod(x * x);
  const yy = mod(y * y);
  const axx = A * xx;
  const sum = mod(axx + yy);
  const rest = mod(sum - 2n * mod(z * z));
  return [mod((cross - xx - yy) * rest), mod(sum * mod(axx - yy)), mod(sum * rest)];
}

function toAffine([x, y, z]: Projective): Point {
  const inverse = invert(z);
  return [mod(x * inverse), mod(y * inverse)];
}

/** The sum of two points of the curve. */
export function addPoints(left: Point, right: Point): Point {
  return toAffine(addProjective([...left, 1n], [...right, 1n]));
}

/**
 * A multiple of a point of the curve. Every scalar takes the same steps; JavaScript's bigints give no more against
 * who can measure the time. In projective coordinates, since an inversion for each step costs eight times as much, and
 * four bits at a time.
 * @param scalar from 0 to l
 */
export function multiplyPoint(point: Point, scalar: bigint): Point {
  if (scalar < 0n || scalar > SUBGROUP_ORDER) throw new RangeError("The scalar is not below l.");
  const base: Projective = [...point, 1n];
  const multiples: Projective[] = [[0n, 1n, 1n]];
  while (multiples.length < 2 ** WINDOW_BITS) {
    multiples.push(addProjective(multiples.at(-1)!, base));
  }
  let result = multiples[0]!;
  for (let window = WINDOWS - 1; window >= 0; window--) {
    for (let bit = 0; bit < WINDOW_BITS; bit++) result = doubleProjective(result);
    const digit = BigInt.asUintN(WINDOW_BITS, scalar >> BigInt(WINDOW_BITS * window));
    result = addProjective(result, multiples[Number(digit)]!);
  }
  return toAffine(result);
}

/** Whether both coordinates are canonical and fit the curve's equation. */
export function isOnCurve([x, y]: Point): boolean {
  if (x < 0n || x >= FIELD_ORDER || y < 0n || y >= FIELD_ORDER) return false;
  const [xx, yy] = [mod(x * x), mod(y * y)];
  return mod(A * xx + yy) === mod(1n + D * mod(xx * yy));
}

/** Whether a point is on the curve and of order l: not the identity, and nothing of low order in it. */
export function isOfPrimeOrder(point: Point): boolean {
  if (!isOnCurve(point) || isIdentity(point)) return false;
  return isIdentity(multiplyPoint(point, SUBGROUP_ORDER));
}

export function isIdentity([x, y]: Point): boolean {
  return x === 0n && y === 1n;
}

/**
 * A public key, canonical, on the curve, of order l and not the identity: a key of low order would switch off what it
 * is to protect.
 * @param field whose key, for the message
 * @throws InvalidPointError
 */
export function requirePublicKey(field: string, point: Point): Point {
  if (!isOnCurve(point)) throw new InvalidPointError(field, "is no point of Baby Jubjub");
  if (!isOfPrimeOrder(point)) throw new InvalidPointError(field, "has not the subgroup's order");
  return point;
}

/** The point with this y and the smaller x of both, or nothing where the curve has none. @param y canonical */
export function pointOfY(y: bigint): Point | undefined {
  const yy = mod(y * y);
  // a − d·y² is never 0, since a / d is no square.
  const x = squareRoot(mod((1n - yy) * invert(A - D * yy)));
  if (x === undefined) return undefined;
  return [x > FIELD_ORDER / 2n ? FIELD_ORDER - x : x, y];
}
