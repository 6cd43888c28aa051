import { FIELD_BYTES, type WasmCurve } from "./wasmCurve.ts";

export type GroupName = "G1" | "G2";

const WINDOW_BITS = 12;
const WINDOW_SIZE = 1 << WINDOW_BITS;
const SCALAR_BITS = 254;
const WINDOWS = Math.ceil(SCALAR_BITS / WINDOW_BITS);
/** Enough to share an inversion's cost, few enough to stay in a processor's cache. */
const BATCH = 2048;

/** The digit of a little-endian scalar that a window stands for. */
function digit(bytes: Uint8Array, scalar: number, window: number): number {
  const bit = window * WINDOW_BITS;
  const at = bit >> 3;
  const high = at + 1 < FIELD_BYTES ? bytes[scalar + at + 1]! : 0;
  return ((bytes[scalar + at]! | (high << 8)) >> (bit & 7)) & (WINDOW_SIZE - 1);
}

/**
 * Multiples of a group's generator from a table of its multiples by `digit · 2^(12 · window)`. All sums
 * of a batch are formed in affine coordinates with one inversion for them all, which takes half the
 * multiplications of Jacobian sums.
 */
export class FixedBase {
  readonly pointBytes: number;
  readonly #curve: WasmCurve;
  readonly #group: string;
  readonly #field: string;
  readonly #fieldBytes: number;
  readonly #table: number;

  constructor(curve: WasmCurve, group: GroupName) {
    this.#curve = curve;
    this.#group = group === "G1" ? "g1m" : "g2m";
    this.#field = group === "G1" ? "f1m" : "f2m";
    this.#fieldBytes = group === "G1" ? FIELD_BYTES : 2 * FIELD_BYTES;
    this.pointBytes = 2 * this.#fieldBytes;
    this.#table = curve.allocate(WINDOWS * WINDOW_SIZE * this.pointBytes);
    this.#fillTable(curve.generators[group]);
  }

  #fillTable(generator: number): void {
    const curve = this.#curve;
    const jacobianBytes = 3 * this.#fieldBytes;
    const zero = curve.call(`${this.#group}_zero`);
    const addMixed = curve.call(`${this.#group}_addMixed`);
    const toAffine = curve.call(`${this.#group}_toAffine`);
    const batchToAffine = curve.call(`${this.#group}_batchToAffine`);
    curve.scoped(() => {
      const base = curve.allocate(this.pointBytes);
      const sums = curve.allocate((WINDOW_SIZE + 1) * jacobianBytes);
      toAffine(generator, base);
      for (let window = 0; window < WINDOWS; window++) {
        zero(sums);
        for (let i = 0; i < WINDOW_SIZE; i++)
          addMixed(sums + i * jacobianBytes, base, sums + (i + 1) * jacobianBytes);
        batchToAffine(sums, WINDOW_SIZE, this.#table + window * WINDOW_SIZE * this.pointBytes);
        toAffine(sums + WINDOW_SIZE * jacobianBytes, base);
      }
    });
  }

  /**
   * @param scalars pointer to `count` little-endian numbers below the group's order, not in Montgomery form
   * @returns the points in affine Montgomery coordinates, zeros for the identity
   */
  multiply(scalars: number, count: number): Uint8Array {
    return this.#curve.scoped(() => {
      const points = this.#curve.allocate(count * this.pointBytes);
      const workspace = this.#curve.allocate((BATCH + 2) * this.#fieldBytes);
      for (let first = 0; first < count; first += BATCH)
        this.#multiplyBatch(
          scalars + first * FIELD_BYTES,
          points + first * this.pointBytes,
          Math.min(BATCH, count - first),
          workspace,
        );
      return this.#curve.bytes().slice(points, points + count * this.pointBytes);
    });
  }

  /**
   * Adds the table's point of each window to each sum. The two are never equal or opposite, so that the
   * formula for different points holds: a sum's factor is below `2^(12 · window)`, the point's at least
   * that, and both together are at most the scalar.
   */
  #multiplyBatch(scalars: number, points: number, count: number, workspace: number): void {
    const { pointBytes } = this;
    const n8 = this.#fieldBytes;
    const bytes = this.#curve.bytes();
    const field = (name: string) => this.#curve.call(`${this.#field}_${name}`);
    const [sub, mul, square, copy] = [field("sub"), field("mul"), field("square"), field("copy")];
    const batchInverse = field("batchInverse");
    const copyPoint = this.#curve.call(`${this.#group}_copyAffine`);
    const differences = workspace;
    const lambda = workspace + BATCH * n8;
    const x = lambda + n8;
    const started = new Uint8Array(count);
    const addends = new Int32Array(count);

    for (let window = 0; window < WINDOWS; window++) {
      const row = this.#table + window * WINDOW_SIZE * pointBytes;
      let additions = 0;
      for (let i = 0; i < count; i++) {
        const value = digit(bytes, scalars + i * FIELD_BYTES, window);
        addends[i] = 0;
        if (value === 0) continue;
        const addend = row + value * pointBytes;
        const point = points + i * pointBytes;
        if (started[i] === 0) {
          copyPoint(addend, point);
          started[i] = 1;
          continue;
        }
        addends[i] = addend;
        sub(addend, point, differences + additions * n8);
        additions++;
      }
      if (additions === 0) continue;
      batchInverse(differences, n8, additions, differences, n8);
      for (let i = 0, at = differences; i < count; i++) {
        const addend = addends[i]!;
        if (addend === 0) continue;
        const point = points + i * pointBytes;
        sub(addend + n8, point + n8, lambda);
        mul(lambda, at, lambda);
        square(lambda, x);
        sub(x, point, x);
        sub(x, addend, x);
        sub(point, x, point);
        mul(lambda, point, lambda);
        sub(lambda, point + n8, point + n8);
        copy(x, point);
        at += n8;
      }
    }
  }
}
