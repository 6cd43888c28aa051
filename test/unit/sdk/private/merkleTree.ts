import { LeanIMT } from "@zk-kit/lean-imt";
import { expect } from "chai";
import { FIELD_ORDER, OutOfRangeError } from "../../../../sdk/private/field.ts";
import {
  MerkleTree,
  MerkleTreeError,
  NOTE_TREE_DEPTH,
  rootOfPath,
} from "../../../../sdk/private/merkleTree.ts";
import { hash } from "../../../../sdk/private/poseidon.ts";

const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => BigInt(i) + 100n);

describe("merkleTree", () => {
  it("leads every leaf to the root, in trees of 1 to 17 leaves", () => {
    for (let size = 1; size <= 17; size++) {
      const tree = new MerkleTree(6, leavesOf(size));
      const reference = new LeanIMT((left, right) => hash(left, right), leavesOf(size));
      expect(tree.root).to.equal(reference.root);
      for (let index = 0; index < size; index++) {
        const path = tree.pathOf(index);
        expect(path).to.deep.include({ index, size, root: tree.root, leaf: BigInt(index) + 100n });
        expect(path.siblings).to.have.length(6);
        expect(rootOfPath(path)).to.equal(tree.root);
      }
    }
  });

  it("is a hash of both leaves, and a lone leaf is the root", () => {
    expect(new MerkleTree(4, [5n]).root).to.equal(5n);
    expect(new MerkleTree(4, [5n, 6n]).root).to.equal(hash(5n, 6n));
    expect(new MerkleTree(4, [5n, 6n, 7n]).root).to.equal(hash(hash(5n, 6n), 7n));
  });

  it("gives 0 at levels without a neighbour", () => {
    const { siblings } = new MerkleTree(4, leavesOf(5)).pathOf(4);
    expect(siblings.slice(0, 2)).to.deep.equal([0n, 0n]);
    expect(siblings[2]).to.not.equal(0n);
    expect(siblings[3]).to.equal(0n);
  });

  it("grows leaf by leaf to the same root", () => {
    const tree = new MerkleTree(NOTE_TREE_DEPTH);
    for (const leaf of leavesOf(9)) tree.append([leaf]);
    tree.append(leavesOf(3));
    expect(tree.root).to.equal(
      new MerkleTree(NOTE_TREE_DEPTH, [...leavesOf(9), ...leavesOf(3)]).root,
    );
    expect(tree.size).to.equal(12);
  });

  it("takes leaves away again, down to none, and grows anew", () => {
    for (let size = 0; size <= 17; size++) {
      for (const from of [size, size + 1, 17]) {
        const tree = new MerkleTree(6, leavesOf(from));
        tree.truncate(size);
        const reference = new MerkleTree(6, leavesOf(size));
        expect(tree.leaves).to.deep.equal(reference.leaves);
        if (size > 0) expect(tree.root).to.equal(reference.root);
        for (const each of [tree, reference]) each.append([7n, 8n]);
        expect(tree.root).to.equal(reference.root);
        expect(tree.pathOf(size)).to.deep.equal(reference.pathOf(size));
      }
    }
    for (const size of [-1, 4, 1.5]) {
      expect(() => new MerkleTree(6, leavesOf(3)).truncate(size)).to.throw(MerkleTreeError);
    }
  });

  it("moves no leaf to another index: the path of one does not fit another's", () => {
    // In a LeanIMT the last of 5 leaves has the same neighbours as the last of 3 at half the index.
    const path = new MerkleTree(4, leavesOf(5)).pathOf(4);
    for (const index of [0, 1, 2, 3]) {
      let root: bigint | undefined;
      try {
        root = rootOfPath({ ...path, index });
      } catch (error) {
        expect(error).to.be.instanceOf(MerkleTreeError);
      }
      expect(root).to.not.equal(path.root);
    }
  });

  it("refuses an index that the tree has not, and a neighbour where there is none", () => {
    const path = new MerkleTree(4, leavesOf(5)).pathOf(4);
    for (const index of [-1, 5, 0.5]) {
      expect(() => rootOfPath({ ...path, index })).to.throw(MerkleTreeError);
    }
    expect(() => rootOfPath({ ...path, size: 17 })).to.throw(MerkleTreeError);
    expect(() => rootOfPath({ ...path, siblings: path.siblings.with(0, 9n) })).to.throw(
      MerkleTreeError,
      "level 0",
    );
    expect(() => new MerkleTree(4, leavesOf(5)).pathOf(5)).to.throw(MerkleTreeError);
  });

  it("takes no node for a leaf", () => {
    const tree = new MerkleTree(4, leavesOf(4));
    const node = hash(100n, 101n);
    const siblings = [hash(102n, 103n), 0n, 0n, 0n];
    // It would lead to the root in a tree of two leaves; the size is public.
    expect(rootOfPath({ leaf: node, index: 0, size: 2, root: tree.root, siblings })).to.equal(
      tree.root,
    );
    for (const index of [0, 1, 2, 3]) {
      let root: bigint | undefined;
      try {
        root = rootOfPath({ leaf: node, index, size: 4, root: tree.root, siblings });
      } catch (error) {
        expect(error).to.be.instanceOf(MerkleTreeError);
      }
      expect(root).to.not.equal(tree.root);
    }
  });

  it("replaces a participant by 0, and leads the others to the new root", () => {
    const tree = new MerkleTree(4, leavesOf(5));
    const before = tree.pathOf(2);
    tree.replace(3, 0n);
    expect(rootOfPath(before)).to.not.equal(tree.root);
    expect(rootOfPath(tree.pathOf(2))).to.equal(tree.root);
    expect(rootOfPath(tree.pathOf(4))).to.equal(tree.root);
    expect(tree.indexOf(102n)).to.equal(2);
    expect(tree.indexOf(103n)).to.equal(-1);
    expect(tree.leaves[3]).to.equal(0n);
  });

  it("refuses more leaves than it has room for, and those that are no field elements", () => {
    const tree = new MerkleTree(2, leavesOf(4));
    expect(() => tree.append([5n])).to.throw(MerkleTreeError, "room");
    expect(() => new MerkleTree(2, [FIELD_ORDER])).to.throw(OutOfRangeError);
    expect(() => tree.replace(0, FIELD_ORDER)).to.throw(OutOfRangeError);
    expect(() => tree.replace(4, 1n)).to.throw(MerkleTreeError);
    expect(() => new MerkleTree(2).root).to.throw(MerkleTreeError, "no leaves");
  });
});
