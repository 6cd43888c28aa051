// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPrivateMarket} from "../interfaces/IPrivateMarket.sol";
import {NOTE_TREE_DEPTH, NoteTree, NoteTreeData} from "../libraries/NoteTree.sol";

/// @notice New notes, which wait for their insertion into the tree, and the leaves that are kept free.
/// @dev A hash is what costs most beside a proof, and a batch needs fewer than two for each leaf. A note's index is
/// given when it comes, so that nobody can tell its path from the order of insertion.
abstract contract NoteQueue is IPrivateMarket {
    using NoteTree for NoteTreeData;

    /// @dev Kinds of notes.
    uint256 internal constant CREDIT = 0;
    uint256 internal constant GENERATION = 1;

    uint256 private constant CAPACITY = 1 << NOTE_TREE_DEPTH;
    /// @dev How many leaves can wait. A slot that was used before costs a quarter of a new one.
    uint256 private constant RING_LENGTH = 64;
    /// @dev How many leaves are inserted by whoever finds the ring full.
    uint256 private constant OVERFLOW_BATCH = 16;

    /// @dev Of one slot.
    /// @param inserted Leaves in the tree.
    /// @param added Leaves that have an index.
    /// @param reserved Leaves that are kept free for plans and matches.
    struct LeafCounts {
        uint32 inserted;
        uint32 added;
        uint32 reserved;
    }

    LeafCounts private _leaves;
    /// @dev Index: leaf index % RING_LENGTH.
    uint256[RING_LENGTH] private _waiting;
    NoteTreeData private _tree;

    /// @inheritdoc IPrivateMarket
    function insertLeaves(uint256 most) external returns (uint256 root, uint256 size) {
        LeafCounts memory leaves = _leaves;
        uint256 pending = leaves.added - leaves.inserted;
        uint256 count = most < pending ? most : pending;
        if (count == 0) revert NothingToInsert();
        root = _insert(leaves, count);
        size = leaves.inserted;
        _leaves = leaves;
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IPrivateMarket
    function sizeOfRoot(uint256 root) external view returns (uint256) {
        return _tree.sizeOf[root];
    }

    /// @inheritdoc IPrivateMarket
    function noteTree() external view returns (uint256 root, uint256 size, uint256 pending) {
        LeafCounts memory leaves = _leaves;
        return (_tree.root, leaves.inserted, leaves.added - leaves.inserted);
    }

    /// @inheritdoc IPrivateMarket
    function reservedLeaves() external view returns (uint256) {
        return _leaves.reserved;
    }

    // ------------------------------------------------------------------ internal

    /// @dev Never a root with a size of the caller's: a leaf's index, and with it the nullifier, follows from both.
    function _requireRoot(uint256 root, uint256 size) internal view {
        if (size == 0 || _tree.sizeOf[root] != size) revert UnknownRoot(root, size);
    }

    /// @dev Adds a note where a leaf is free that is kept for nobody.
    function _addNote(
        uint256 kind,
        uint256 commitment,
        uint256 outputIndex,
        uint256[] calldata memo
    ) internal {
        LeafCounts memory leaves = _leaves;
        _requireRoom(leaves, 1);
        _add(leaves, kind, commitment, outputIndex, memo);
    }

    /// @dev Adds a note at a leaf that was kept free.
    function _addReservedNote(uint256 kind, uint256 commitment, uint256[] calldata memo) internal {
        LeafCounts memory leaves = _leaves;
        --leaves.reserved;
        _add(leaves, kind, commitment, 0, memo);
    }

    /// @dev Adds a note, or nothing where no leaf is free.
    function _addNoteIfRoom(uint256 kind, uint256 commitment, uint256[] calldata memo) internal {
        LeafCounts memory leaves = _leaves;
        if (_hasRoom(leaves, 1)) _add(leaves, kind, commitment, 0, memo);
    }

    function _reserveLeaves(uint256 count) internal {
        LeafCounts memory leaves = _leaves;
        _requireRoom(leaves, count);
        _leaves.reserved = uint32(leaves.reserved + count);
    }

    function _releaseLeaves(uint256 count) internal {
        _leaves.reserved = uint32(_leaves.reserved - count);
    }

    // ------------------------------------------------------------------ private

    function _add(
        LeafCounts memory leaves,
        uint256 kind,
        uint256 commitment,
        uint256 outputIndex,
        uint256[] calldata memo
    ) private {
        if (leaves.added - leaves.inserted == RING_LENGTH) _insert(leaves, OVERFLOW_BATCH);
        uint256 leafIndex = leaves.added++;
        _waiting[leafIndex % RING_LENGTH] = commitment;
        _leaves = leaves;
        emit NoteAdded(leafIndex, kind, commitment, outputIndex, memo);
    }

    /// @dev Writes the tree, and leaves it to the caller to write the counts.
    function _insert(LeafCounts memory leaves, uint256 count) private returns (uint256 root) {
        uint256 inserted = leaves.inserted;
        uint256[] memory nodes = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) nodes[i] = _waiting[(inserted + i) % RING_LENGTH];
        root = _tree.append(inserted, nodes);
        leaves.inserted = uint32(inserted + count);
        emit LeavesInserted(root, inserted + count);
    }

    function _requireRoom(LeafCounts memory leaves, uint256 count) private pure {
        if (!_hasRoom(leaves, count)) revert TreeFull(CAPACITY);
    }

    function _hasRoom(LeafCounts memory leaves, uint256 count) private pure returns (bool) {
        return uint256(leaves.added) + leaves.reserved + count <= CAPACITY;
    }
}
