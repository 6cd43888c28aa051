import type { PoolFixture } from "../../test/helpers/privateMarket.ts";
import { fillFrontier, fillTree } from "../../test/helpers/privateStorage.ts";
import { deposit } from "../../test/helpers/privateVerbs.ts";

/** Leaves that were there before. */
const SIZES = [100, 1_000, 100_000, 10_000_000] as const;
export const BATCHES = [1, 16, 32] as const;
/** How many hashes a leaf takes depends on its place: the mean of several, one after the other. */
const RUNS = 8;

/** Gas of one leaf, by the leaves before and by the size of its batch; the transaction's 21,000 included. */
export type InsertionGas = Map<number, Map<number, number>>;

/** Inserts waiting leaves into trees of several sizes. The pool's verifiers are stand-ins, its ring was in use. */
export async function measureInsertion(
  fixture: PoolFixture,
  progress: (line: string) => void,
): Promise<InsertionGas> {
  const { pool, networkHelpers } = fixture;
  const gas: InsertionGas = new Map();
  for (const size of SIZES) {
    progress(`insertion after ${size} leaves`);
    const snapshot = await networkHelpers.takeSnapshot();
    await fillTree(fixture, size);
    await fillFrontier(fixture);
    const byBatch = new Map<number, number>();
    for (const batch of BATCHES) {
      let sum = 0;
      for (let run = 0; run < RUNS; run++) {
        for (let leaf = 0; leaf < batch; leaf++) await deposit(fixture);
        const { gasUsed } = (await (await pool.insertLeaves(batch)).wait())!;
        sum += Number(gasUsed);
      }
      byBatch.set(batch, sum / (RUNS * batch));
    }
    gas.set(size, byBatch);
    await snapshot.restore();
  }
  return gas;
}
