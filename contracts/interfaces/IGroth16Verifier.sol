// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IGroth16Verifier
/// @notice Checks proofs of one circuit.
interface IGroth16Verifier {
    /// @param points A, B and C, affine, as snarkjs exports them for a contract: A.x, A.y, B.x (imaginary part first),
    /// B.y, C.x, C.y.
    /// @param signals The public signals, in the order of `circuits/circuits.json`.
    /// @return True only where the proof holds for exactly these signals. False for a wrong number of signals, for a
    /// signal at or above the scalar field's order, and for points that are not on the curve or not written with
    /// coordinates below the base field's order.
    /// @dev Warning: whoever has a valid proof can make others of it for the same signals. A proof identifies nothing.
    function verify(
        uint256[8] calldata points,
        uint256[] calldata signals
    ) external view returns (bool);
}
