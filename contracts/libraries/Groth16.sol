// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Checks Groth16 proofs on BN254 with the precompiled contracts of EIP-196 and EIP-197.
/// @dev The verification key is the end of the running contract's code: alpha, beta, gamma, delta and IC[0…n], each
/// coordinate a word, those of beta, gamma and delta with the imaginary part first; then n as the last word.
/// What a precompiled contract writes counts only where it succeeded and answered as many bytes as it should: at an
/// address without code every call succeeds. All gas may go to it: its price has changed before, and money that is
/// locked must outlive that.
library Groth16 {
    /// @dev The orders of the base field, in which coordinates are, and of the scalar field.
    uint256 internal constant Q =
        0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    uint256 internal constant R =
        0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    function verify(
        uint256[8] calldata points,
        uint256[] calldata signals
    ) internal view returns (bool) {
        (bool ok, uint256 key) = findKey(signals.length);
        if (!ok || !areCoordinates(points)) return false;
        uint256 x;
        uint256 y;
        (ok, x, y) = combine(key, signals);
        return ok && pair(points, key, x, y);
    }

    /// @return ok Whether the key is for as many signals. @return start Where it begins in the code.
    function findKey(uint256 signalCount) private pure returns (bool ok, uint256 start) {
        assembly ("memory-safe") {
            codecopy(0, sub(codesize(), 0x20), 0x20)
            ok := eq(mload(0), signalCount)
            start := sub(codesize(), add(shl(6, signalCount), 0x220))
        }
    }

    function areCoordinates(uint256[8] calldata points) private pure returns (bool) {
        for (uint256 i = 0; i < 8; i++) if (points[i] >= Q) return false;
        return true;
    }

    /// @return ok False where a signal is not below the scalar field's order.
    /// @return x @return y IC[0] + Σ signals[i] · IC[i + 1].
    function combine(
        uint256 key,
        uint256[] calldata signals
    ) private view returns (bool ok, uint256 x, uint256 y) {
        assembly ("memory-safe") {
            // In memory that stays free: the sum, then a point of the key and its signal, or their product.
            let sum := mload(0x40)
            let term := add(sum, 0x40)
            let ic := add(key, 0x1c0)
            codecopy(sum, ic, 0x40)
            ok := 1
            let cursor := signals.offset
            let end := add(cursor, shl(5, signals.length))
            for {} lt(cursor, end) {
                cursor := add(cursor, 0x20)
            } {
                let signal := calldataload(cursor)
                ok := and(ok, lt(signal, R))
                ic := add(ic, 0x40)
                codecopy(term, ic, 0x40)
                mstore(add(term, 0x40), signal)
                ok := and(ok, staticcall(gas(), 7, term, 0x60, term, 0x40))
                ok := and(ok, eq(returndatasize(), 0x40))
                ok := and(ok, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
                ok := and(ok, eq(returndatasize(), 0x40))
            }
            x := mload(sum)
            y := mload(add(sum, 0x20))
        }
    }

    /// @return ok Whether e(-A, B) · e(alpha, beta) · e((x, y), gamma) · e(C, delta) is 1. The precompiled contract
    /// fails for points off their curves, and for a B of another order.
    function pair(
        uint256[8] calldata points,
        uint256 key,
        uint256 x,
        uint256 y
    ) private view returns (bool ok) {
        assembly ("memory-safe") {
            // Four pairs, in memory that stays free.
            let pairs := mload(0x40)
            calldatacopy(pairs, points, 0xc0)
            // The opposite of A. Its y is below Q, and the identity's stays 0.
            mstore(add(pairs, 0x20), mod(sub(Q, calldataload(add(points, 0x20))), Q))
            codecopy(add(pairs, 0xc0), key, 0xc0)
            mstore(add(pairs, 0x180), x)
            mstore(add(pairs, 0x1a0), y)
            codecopy(add(pairs, 0x1c0), add(key, 0xc0), 0x80)
            calldatacopy(add(pairs, 0x240), add(points, 0xc0), 0x40)
            codecopy(add(pairs, 0x280), add(key, 0x140), 0x80)
            ok := staticcall(gas(), 8, pairs, 0x300, pairs, 0x20)
            ok := and(ok, and(eq(returndatasize(), 0x20), eq(mload(pairs), 1)))
        }
    }
}
