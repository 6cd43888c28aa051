import { expect } from "chai";
import { MerkleTree, NOTE_TREE_DEPTH } from "../../../../../sdk/private/merkleTree.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { deposit, fresh } from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const RING = 64;

describe("NoteQueue.insertLeaves", () => {
  const scene = stagePool(async () => Promise.resolve({}));

  /** Deposits notes and returns their commitments. */
  async function queue(count: number): Promise<bigint[]> {
    const leaves = Array.from({ length: count }, fresh);
    for (const commitment of leaves) await deposit(scene, 1, { signals: { commitment } });
    return leaves;
  }

  it("refuses where nothing waits or nothing is asked for", async () => {
    const { pool } = scene;
    await expectRefusal(pool.insertLeaves(1), pool, "NothingToInsert");
    await queue(1);
    await expectRefusal(pool.insertLeaves(0), pool, "NothingToInsert");
    await pool.insertLeaves(1);
    await expectRefusal(pool.insertLeaves(1), pool, "NothingToInsert");
  });

  it("inserts the oldest first, as many as are asked for, by anybody", async () => {
    const { pool, actors } = scene;
    const leaves = await queue(5);
    const twin = new MerkleTree(NOTE_TREE_DEPTH, leaves.slice(0, 3));
    await expect(pool.connect(actors.stranger).insertLeaves(3))
      .to.emit(pool, "LeavesInserted")
      .withArgs(twin.root, 3);
    expect([...(await pool.noteTree())]).to.deep.equal([twin.root, 3n, 2n]);
    twin.append(leaves.slice(3));
    expect([...(await pool.insertLeaves.staticCall(2n ** 255n))]).to.deep.equal([twin.root, 5n]);
    await pool.insertLeaves(2n ** 255n);
    expect([...(await pool.noteTree())]).to.deep.equal([twin.root, 5n, 0n]);
  });

  it("keeps every root with its size", async () => {
    const { pool } = scene;
    const leaves = await queue(6);
    for (let size = 1; size <= 6; size++) await pool.insertLeaves(1);
    for (let size = 1; size <= 6; size++) {
      const { root } = new MerkleTree(NOTE_TREE_DEPTH, leaves.slice(0, size));
      expect(await pool.sizeOfRoot(root)).to.equal(size);
    }
    expect(await pool.sizeOfRoot(0)).to.equal(0n);
  });

  it("lets nobody wait longer than a ring: who finds it full inserts sixteen", async () => {
    const { pool } = scene;
    const leaves = await queue(RING);
    expect((await pool.noteTree()).pending).to.equal(RING);
    const twin = new MerkleTree(NOTE_TREE_DEPTH, leaves.slice(0, 16));
    const commitment = fresh();
    const call = deposit(scene, 1, { signals: { commitment } });
    await expect(call).to.emit(pool, "LeavesInserted").withArgs(twin.root, 16);
    await expect(call)
      .to.emit(pool, "NoteAdded")
      .withArgs(RING, 0, commitment, 0, () => true);
    expect([...(await pool.noteTree())]).to.deep.equal([twin.root, 16n, BigInt(RING - 15)]);
    // The new leaf has taken the first one's slot, and all come in their order.
    await pool.insertLeaves(RING);
    twin.append([...leaves.slice(16), commitment]);
    expect((await pool.noteTree()).root).to.equal(twin.root);
  });

  it("goes round the ring many times", async () => {
    const { pool } = scene;
    const twin = new MerkleTree(NOTE_TREE_DEPTH);
    for (const [add, insert] of [
      [50, 50],
      [40, 1],
      [20, 59],
      [64, 64],
      [3, 2],
    ] as const) {
      twin.append(await queue(add));
      await pool.insertLeaves(insert);
    }
    await pool.insertLeaves(RING);
    expect([...(await pool.noteTree())]).to.deep.equal([twin.root, BigInt(twin.size), 0n]);
  });
});
