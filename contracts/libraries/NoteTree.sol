// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";

/// @dev Levels of hashes above the leaves.
uint256 constant NOTE_TREE_DEPTH = 24;

/// @notice A LeanIMT that is only appended to, with all roots that it has had.
/// @param root The latest.
/// @param frontier At each level the node that waits for its right neighbour; stale where none does.
/// @param sizeOf Leaves below a root. A path's shape follows from it, and with the shape a leaf's index.
struct NoteTreeData {
    uint256 root;
    uint256[NOTE_TREE_DEPTH + 1] frontier;
    mapping(uint256 root => uint256 size) sizeOf;
}

/// @notice Appends leaves in batches: a batch of n costs n - 1 hashes and one for each level above it, instead of one
/// for each level and leaf.
library NoteTree {
    /// @dev `nodes` is used up.
    /// @param size Leaves before. With the new ones at most 2^NOTE_TREE_DEPTH.
    /// @param nodes The new leaves, at least one.
    function append(
        NoteTreeData storage self,
        uint256 size,
        uint256[] memory nodes
    ) internal returns (uint256 root) {
        // No index leaves 25 bits.
        unchecked {
            // Of the level: the place of nodes[0], the number of nodes, and how many of these will never change.
            uint256 first = size;
            uint256 count = size + nodes.length;
            uint256 complete = count;
            for (uint256 level = 0; ; ++level) {
                uint256 waiting = first % 2 == 1 ? self.frontier[level] : 0;
                if (complete % 2 == 1 && complete > first) {
                    self.frontier[level] = nodes[complete - 1 - first];
                }
                if (count == 1) break;
                _ascend(nodes, first, count, waiting);
                first /= 2;
                count = (count + 1) / 2;
                complete /= 2;
            }
            root = nodes[0];
            self.root = root;
            self.sizeOf[root] = size + nodes.length;
        }
    }

    /// @dev Overwrites nodes of a level by their parents. A node without a right neighbour is its own parent.
    /// @param waiting The node before the first one, where that is a right neighbour.
    function _ascend(
        uint256[] memory nodes,
        uint256 first,
        uint256 count,
        uint256 waiting
    ) private pure {
        unchecked {
            uint256 parents = (count + 1) / 2 - first / 2;
            for (uint256 i = 0; i < parents; ++i) {
                // Never behind what is written: the children of parent i are nodes 2i - 1 and later.
                uint256 right = 2 * i + 1 - (first % 2);
                uint256 left = right == 0 ? waiting : nodes[right - 1];
                bool hasRight = first + right < count;
                nodes[i] = hasRight ? PoseidonT3.hash([left, nodes[right]]) : left;
            }
        }
    }
}
