// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPrivateMarket, Proof} from "../interfaces/IPrivateMarket.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {FIELD_ORDER} from "../libraries/BabyJubjub.sol";

/// @notice What every proof must be, whatever its circuit.
abstract contract Proofs is IPrivateMarket {
    address[14] private _verifiers;

    constructor(address[14] memory verifiers) {
        for (uint256 circuit = 1; circuit < verifiers.length; ++circuit) {
            if (verifiers[circuit].code.length == 0) revert TermsInvalid("verifiers", circuit);
        }
        _verifiers = verifiers;
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IPrivateMarket
    function verifierOf(uint256 circuit) external view returns (address) {
        return circuit < _verifiers.length ? _verifiers[circuit] : address(0);
    }

    // ------------------------------------------------------------------ internal

    /// @dev A proof's signals, as many as its circuit has. A signal at or above the field's order would stand for
    /// another one below it.
    function _signalsOf(
        Proof calldata proof,
        uint256 count
    ) internal pure returns (uint256[] calldata signals) {
        signals = proof.signals;
        if (signals.length != count) revert SignalCount(count, signals.length);
        for (uint256 i = 0; i < count; ++i) _requireCanonical(i, signals[i]);
    }

    function _requireCanonical(uint256 index, uint256 value) internal pure {
        if (value >= FIELD_ORDER) revert SignalNotCanonical(index, value);
    }

    /// @dev The transaction is what the proof is bound to.
    /// @param deadline The last second.
    /// @param bound What the circuit binds beside, a word each.
    function _requireContext(
        uint256 circuit,
        uint256 deadline,
        bytes memory bound,
        uint256 given
    ) internal view {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        bytes memory words = abi.encode(block.chainid, address(this), circuit, deadline);
        uint256 expected = uint256(keccak256(bytes.concat(words, bound))) >> 8;
        if (given != expected) revert ForeignContext(expected, given);
    }

    /// @dev The dearest check, and so the last one of each verb; only a token's transfer may follow.
    function _requireVerified(uint256 circuit, Proof calldata proof) internal view {
        bool valid = IGroth16Verifier(_verifiers[circuit]).verify(proof.points, proof.signals);
        if (!valid) revert InvalidProof(circuit);
    }
}
