pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/comparators.circom";
include "circomlib/circuits/poseidon.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Inclusion: the root of a LeanIMT from a leaf, its index and its neighbours.
// A node without a right neighbour is its own parent, so that the path's shape
// depends on the index and on how many leaves there are. Were the shape the
// prover's, one leaf would have several indices, and as many nullifiers; and a
// node could pass for a leaf. So it follows from public `size` and from `index`.
// ═════════════════════════════════════════════════════════════════════════════

template Inclusion(depth) {
    signal input leaf;
    // Which leaf, from 0
    signal input index;
    // The neighbour at each level, from the leaves up; 0 where there is none
    signal input siblings[depth];
    // Number of leaves
    signal input size;
    signal output root;

    // 1. Bits of the index and of the last leaf's; there are at most 2^depth leaves, and not none
    signal indexBits[depth] <== Num2Bits(depth)(index);
    signal lastBits[depth] <== Num2Bits(depth)(size - 1);

    // 2. The index is one of a leaf: beyond the last, no level would be found to lack a neighbour
    signal isInside <== LessEqThan(depth)([index, size - 1]);
    isInside === 1;

    // 3. Levels at which the node is the last one: the index's higher bits are the last index's
    signal bothOne[depth];
    signal isLast[depth + 1];
    isLast[depth] <== 1;
    for (var level = depth - 1; level >= 0; level--) {
        bothOne[level] <== indexBits[level] * lastBits[level];
        isLast[level] <== isLast[level + 1] * (1 - indexBits[level] - lastBits[level] + 2 * bothOne[level]);
    }

    // 4. From the leaf up: the last one of its level, if even, has no right neighbour and rises as it is
    signal isAlone[depth];
    signal left[depth];
    signal hash[depth];
    signal nodes[depth + 1];
    nodes[0] <== leaf;
    for (var level = 0; level < depth; level++) {
        isAlone[level] <== isLast[level] * (1 - indexBits[level]);
        // One form for each path
        isAlone[level] * siblings[level] === 0;
        left[level] <== nodes[level] + indexBits[level] * (siblings[level] - nodes[level]);
        hash[level] <== Poseidon(2)([left[level], nodes[level] + siblings[level] - left[level]]);
        nodes[level + 1] <== hash[level] + isAlone[level] * (nodes[level] - hash[level]);
    }
    root <== nodes[depth];
}
