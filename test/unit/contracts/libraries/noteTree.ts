import { expect } from "chai";
import { FIELD_ORDER } from "../../../../sdk/private/field.ts";
import { MerkleTree, NOTE_TREE_DEPTH } from "../../../../sdk/private/merkleTree.ts";
import { hash } from "../../../../sdk/private/poseidon.ts";
import { fresh } from "../../../helpers/privateVerbs.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";
import { stage } from "../../../helpers/stage.ts";

const CAPACITY = 2 ** NOTE_TREE_DEPTH;

/** Complete subtrees, by level and place, and what follows them. */
interface GrownTree {
  size: number;
  waiting: Map<string, bigint>;
}

/** The root after more leaves, computed from above: a second way, since no tree of millions of leaves can be built. */
function rootOf({ size, waiting }: GrownTree, leaves: readonly bigint[]): bigint {
  const total = size + leaves.length;
  function node(level: number, place: number): bigint {
    const known = waiting.get(`${level}/${place}`);
    if (known !== undefined) return known;
    if (level === 0) return leaves[place - size]!;
    const left = node(level - 1, 2 * place);
    const hasRight = (2 * place + 1) * 2 ** (level - 1) < total;
    return hasRight ? hash(left, node(level - 1, 2 * place + 1)) : left;
  }
  return node(NOTE_TREE_DEPTH, 0);
}

describe("NoteTree [P2]", () => {
  const scene = stage(async ({ ethers }) => {
    const poseidon = await ethers.deployContract("PoseidonT3");
    const libraries = { PoseidonT3: await poseidon.getAddress() };
    return { tree: await ethers.deployContract("PrivateLibraries", { libraries }) };
  });

  /** Calls the harness, of which there are no types. */
  const tree = (name: string, ...values: unknown[]): Promise<unknown> =>
    scene.tree.getFunction(name)(...values);

  it("hashes as the SDK and the circuits do", async () => {
    const edges = [0n, 1n, 2n ** 255n % FIELD_ORDER, FIELD_ORDER - 1n];
    for (const left of [...edges, fresh()]) {
      for (const right of [...edges, fresh()]) {
        expect(await tree("hash", left, right)).to.equal(hash(left, right));
      }
    }
  });

  for (const seed of [1, 2, 3, 4]) {
    it(`has the SDK's root and size after each of random batches, seed ${seed}`, async () => {
      const random = new RandomSource(seed);
      const twin = new MerkleTree(NOTE_TREE_DEPTH);
      const roots: bigint[] = [];
      for (let batch = 0; batch < 25; batch++) {
        const leaves = Array.from({ length: random.integer(1, batch % 5 === 0 ? 40 : 4) }, fresh);
        await tree("append", leaves);
        twin.append(leaves);
        expect(await tree("root")).to.equal(twin.root);
        expect(await tree("sizeOf", twin.root)).to.equal(twin.size);
        roots.push(twin.root);
      }
      expect(new Set(roots).size).to.equal(roots.length);
      for (const root of roots) expect(await tree("sizeOf", root)).to.be.greaterThan(0n);
    });
  }

  it("grows leaf by leaf over every boundary of a level", async () => {
    const twin = new MerkleTree(NOTE_TREE_DEPTH);
    for (let size = 1; size <= 33; size++) {
      const leaf = fresh();
      await tree("append", [leaf]);
      twin.append([leaf]);
      expect(await tree("root")).to.equal(twin.root);
    }
  });

  it("knows no root that it never had", async () => {
    expect(await tree("sizeOf", 0)).to.equal(0n);
    await tree("append", [fresh()]);
    expect(await tree("sizeOf", fresh())).to.equal(0n);
  });

  for (const [size, count] of [
    [CAPACITY - 1, 1],
    [CAPACITY - 16, 16],
    [CAPACITY - 21, 20],
    [CAPACITY / 2 - 3, 7],
    [CAPACITY / 2, 1],
    [12_345_677, 33],
  ] as const) {
    it(`appends ${count} to ${size} leaves`, async () => {
      const grown: GrownTree = { size, waiting: new Map() };
      const frontier = Array.from({ length: NOTE_TREE_DEPTH + 1 }, (_, level) => {
        const complete = Math.floor(size / 2 ** level);
        if (complete % 2 === 0) return 0n;
        const node = fresh();
        grown.waiting.set(`${level}/${complete - 1}`, node);
        return node;
      });
      await tree("begin", size, frontier);
      const leaves = Array.from({ length: count }, fresh);
      // In two batches, so that the second one finds the frontier that the first one leaves.
      if (count > 1) await tree("append", leaves.slice(0, count / 2));
      await tree("append", leaves.slice(count > 1 ? count / 2 : 0));
      const root = rootOf(grown, leaves);
      expect(await tree("root")).to.equal(root);
      expect(await tree("sizeOf", root)).to.equal(size + count);
    });
  }
});
