import { expect } from "chai";
import { FIELD_ORDER } from "../../../sdk/private/field.ts";
import { MerkleTree } from "../../../sdk/private/merkleTree.ts";
import { hash } from "../../../sdk/private/poseidon.ts";
import { compileGadget, COMPILING_MS, expectRefused, expectSound } from "../helpers/gadget.ts";
import { isRefused, type TestCircuit } from "../helpers/testCircuit.ts";

const DEPTH = 3;

function treeOf(size: number, depth = DEPTH): MerkleTree {
  return new MerkleTree(
    depth,
    Array.from({ length: size }, (_, i) => hash(99n, BigInt(i))),
  );
}

/** All ways to give `levels` levels a neighbour out of a list, or none. */
function arrangements(neighbours: readonly bigint[], levels: number): bigint[][] {
  if (levels === 0) return [[]];
  return [0n, ...neighbours].flatMap((first) =>
    arrangements(neighbours, levels - 1).map((rest) => [first, ...rest]),
  );
}

describe("Inclusion", function () {
  this.timeout(COMPILING_MS);
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compileGadget("inclusion", `Inclusion(${DEPTH})`);
  });

  const inputsOf = (tree: MerkleTree, index: number) => {
    const { leaf, size, siblings } = tree.pathOf(index);
    return { leaf, index: BigInt(index), size: BigInt(size), siblings };
  };

  for (let size = 1; size <= 2 ** DEPTH; size++) {
    it(`leads from each leaf of ${size} to the root`, async () => {
      const tree = treeOf(size);
      for (let index = 0; index < size; index++) {
        const witness = await expectSound(circuit, inputsOf(tree, index));
        expect(circuit.value(witness, "root")).to.equal(tree.root);
      }
    });
  }

  it("leads from no leaf to the root by another index, however its neighbours are arranged", async () => {
    const small = await compileGadget("inclusion", "Inclusion(2)");
    for (const size of [1, 2, 3, 4]) {
      const tree = treeOf(size, 2);
      for (let index = 0; index < size; index++) {
        const { siblings, ...inputs } = inputsOf(tree, index);
        const neighbours = siblings.filter((sibling) => sibling !== 0n);
        for (let other = 0; other < 4; other++) {
          for (const arranged of arrangements(neighbours, 2)) {
            const forged = { ...inputs, index: BigInt(other), siblings: arranged };
            if (await isRefused(small, forged)) continue;
            const root = small.value(await small.witness(forged), "root");
            const isOwn = other === index && arranged.every((value, i) => value === siblings[i]);
            expect(root === tree.root, `${index} of ${size} as ${other}`).to.equal(isOwn);
          }
        }
      }
    }
  });

  it("takes no node for a leaf", async () => {
    // Four leaves, and then a node of the tree claimed to be one of two.
    const tree = treeOf(4);
    const [a, b, c, d] = tree.leaves as [bigint, bigint, bigint, bigint];
    const node = { leaf: hash(a, b), index: 0n, siblings: [hash(c, d), 0n, 0n] };
    const asLeaf = await circuit.witness({ ...node, size: 4n });
    expect(circuit.value(asLeaf, "root")).not.to.equal(tree.root);
    // A smaller tree has this root: the contract keeps the size with it, and gives both.
    const asNode = await circuit.witness({ ...node, size: 2n });
    expect(circuit.value(asNode, "root")).to.equal(tree.root);
  });

  it("refuses an index that is none of the tree", async () => {
    const inputs = inputsOf(treeOf(3), 2);
    for (const index of [3n, 7n, 8n, FIELD_ORDER - 1n]) {
      await expectRefused(circuit, { ...inputs, index, siblings: [0n, 0n, 0n] });
      await expectRefused(circuit, { ...inputs, index });
    }
  });

  it("refuses the index beyond the last leaf, though a node stands alone there", async () => {
    // Leaf 2 of 3 is its own parent; hashed with another instead, it would be one of another tree.
    const leaf = hash(1n, 2n);
    const tree = new MerkleTree(DEPTH, [5n, 6n, leaf]);
    await expectRefused(circuit, {
      leaf: 2n,
      index: 3n,
      size: 3n,
      siblings: [1n, hash(5n, 6n), 0n],
    });
    expect(tree.root).to.equal(hash(hash(5n, 6n), leaf));
  });

  it("refuses a tree of no leaves and one of more than it has room for", async () => {
    const inputs = inputsOf(treeOf(1), 0);
    for (const size of [0n, 9n, FIELD_ORDER - 1n])
      await expectRefused(circuit, { ...inputs, size });
  });

  it("refuses a neighbour where there is none", async () => {
    const inputs = inputsOf(treeOf(3), 2);
    await expectRefused(circuit, { ...inputs, siblings: [7n, ...inputs.siblings.slice(1)] });
    await expectRefused(circuit, { ...inputs, siblings: [...inputs.siblings.slice(0, 2), 7n] });
  });
});
