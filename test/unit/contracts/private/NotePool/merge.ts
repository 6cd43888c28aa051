import { expect } from "chai";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import {
  DEADLINE,
  deposit,
  merge,
  nameSignals,
  proofOf,
} from "../../../../helpers/privateVerbs.ts";

describe("NotePool.merge", () => {
  const scene = stagePool(async (fixture) => {
    await deposit(fixture);
    await deposit(fixture);
    await fixture.pool.insertLeaves(2);
    return {};
  });

  it("spends two notes for one", async () => {
    const { pool, actors } = scene;
    const proof = await proofOf(scene, "Merge", {}, {});
    const named = nameSignals("Merge", proof.signals);
    const call = pool.connect(actors.stranger).merge(proof, DEADLINE);
    for (const i of [0, 1]) {
      const nullifier = named[`nullifiers[${i}]`]!;
      await expect(call).to.emit(pool, "NullifierSpent").withArgs(nullifier);
      expect(await pool.isSpent(nullifier)).to.equal(true);
    }
    await expect(call)
      .to.emit(pool, "NoteAdded")
      .withArgs(2, 0, named.sum, 0, proof.signals.slice(3, 7));
  });

  it("can come from anybody", async () => {
    await merge(scene, { by: scene.actors.stranger });
  });
});
