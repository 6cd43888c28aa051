// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";

import {IGroth16Verifier} from "../../contracts/interfaces/IGroth16Verifier.sol";
import {BabyJubjub} from "../../contracts/libraries/BabyJubjub.sol";
import {NoteTree, NoteTreeData} from "../../contracts/libraries/NoteTree.sol";

/// @notice Stands in for a circuit's verifier: it takes as a proof the circuit's number and seven zeros, whatever the
/// signals are.
contract StandInVerifier is IGroth16Verifier {
    uint256 private immutable _circuit;

    constructor(uint256 circuit) {
        _circuit = circuit;
    }

    function verify(uint256[8] calldata points, uint256[] calldata) external view returns (bool) {
        for (uint256 i = 1; i < points.length; ++i) {
            if (points[i] != 0) return false;
        }
        return points[0] == _circuit;
    }
}

/// @notice The private market's libraries, callable one by one.
contract PrivateLibraries {
    using NoteTree for NoteTreeData;

    NoteTreeData private _tree;
    uint256 private _size;

    function append(uint256[] calldata leaves) external {
        _tree.append(_size, leaves);
        _size += leaves.length;
    }

    /// @notice Begins with a tree of `size` leaves, whose frontier the caller knows.
    function begin(uint256 size, uint256[25] calldata frontier) external {
        _size = size;
        _tree.frontier = frontier;
    }

    function root() external view returns (uint256) {
        return _tree.root;
    }

    function sizeOf(uint256 root_) external view returns (uint256) {
        return _tree.sizeOf[root_];
    }

    function hash(uint256 left, uint256 right) external pure returns (uint256) {
        return PoseidonT3.hash([left, right]);
    }

    function isOnCurve(uint256 x, uint256 y) external pure returns (bool) {
        return BabyJubjub.isOnCurve(x, y);
    }

    function isOfPrimeOrder(
        uint256[2] calldata point,
        uint256[2] calldata eighth
    ) external pure returns (bool) {
        return BabyJubjub.isOfPrimeOrder(point, eighth);
    }
}
