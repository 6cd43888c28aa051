// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {PackedOrder} from "../types/PackedOrder.sol";

/// @dev Periods of a day schedule, and words of the path from one of its orders to its root.
uint256 constant SCHEDULE_PERIODS = 96;
uint256 constant SCHEDULE_PROOF = 7;

/// @notice How an order is sealed. `sdk/orders/commitment.ts` mirrors it.
/// @dev A commitment hashes three words, a node two, and a path has a fixed length, so that none is
/// taken for another.
/// 224 bits of a commitment or root are stored beside its period or day: finding a collision takes 2^112 work.
library Commitment {
    /// @return The word that binds a commitment to one chain and one market.
    function domain(uint256 chainId, address market) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Sealwatt sealed order v1"), chainId, market));
    }

    /// @return The commitment to `order`, which names its participant and its period.
    function hashOrder(
        bytes32 domain_,
        PackedOrder order,
        bytes32 salt
    ) internal pure returns (bytes32) {
        bytes32 hash;
        assembly ("memory-safe") {
            // keccak256(abi.encode(domain_, order, salt)), in memory that stays free.
            let free := mload(0x40)
            mstore(free, domain_)
            mstore(add(free, 0x20), order)
            mstore(add(free, 0x40), salt)
            hash := keccak256(free, 0x60)
        }
        return hash;
    }

    /// @notice What is stored of a day schedule: its root together with the periods for which it holds an order,
    /// so that no order of another period can be shown.
    function hashSchedule(bytes32 root, uint256 periods) internal pure returns (bytes32) {
        return Hashes.efficientKeccak256(root, bytes32(periods));
    }

    /// @notice The root of a day schedule: the hash of three trees of 32 commitments each, one for every 32
    /// periods. A commitment counts in its own place only, so that each period has one order.
    /// @param leaf The commitment to the order of the day's period `index`.
    /// @param proof Five siblings of the path in the tree of 32, the leaf's first; then the two other trees' roots.
    function rootOf(
        bytes32 leaf,
        uint256 index,
        bytes32[SCHEDULE_PROOF] calldata proof
    ) internal pure returns (bytes32) {
        assembly ("memory-safe") {
            // Unrolled: this is most of what an opening computes. A set bit of the index: right of its pair.
            let place := shl(5, and(index, 1))
            mstore(place, leaf)
            mstore(xor(place, 0x20), calldataload(proof))
            leaf := keccak256(0x00, 0x40)
            place := shl(4, and(index, 2))
            mstore(place, leaf)
            mstore(xor(place, 0x20), calldataload(add(proof, 0x20)))
            leaf := keccak256(0x00, 0x40)
            place := shl(3, and(index, 4))
            mstore(place, leaf)
            mstore(xor(place, 0x20), calldataload(add(proof, 0x40)))
            leaf := keccak256(0x00, 0x40)
            place := shl(2, and(index, 8))
            mstore(place, leaf)
            mstore(xor(place, 0x20), calldataload(add(proof, 0x60)))
            leaf := keccak256(0x00, 0x40)
            place := shl(1, and(index, 16))
            mstore(place, leaf)
            mstore(xor(place, 0x20), calldataload(add(proof, 0x80)))
            leaf := keccak256(0x00, 0x40)
            // The tree's place among the three; the others keep their order. In memory that stays free.
            let free := mload(0x40)
            let third := shr(5, index)
            calldatacopy(add(free, shl(5, iszero(third))), add(proof, 0xa0), 0x20)
            calldatacopy(add(free, sub(0x40, shl(5, eq(third, 2)))), add(proof, 0xc0), 0x20)
            mstore(add(free, shl(5, third)), leaf)
            leaf := keccak256(free, 0x60)
        }
        return leaf;
    }

    /// @return The stored form: the first 224 bits of `hash`, then `tag` (31 bits) and the mandate's bit.
    function seal(bytes32 hash, uint256 tag, bool mandated) internal pure returns (uint256) {
        return (uint256(hash) & ~uint256(0xffffffff)) | (tag << 1) | (mandated ? 1 : 0);
    }

    /// @return True where `stored` seals `hash` under `tag`, by whomever it was sealed.
    function matches(uint256 stored, bytes32 hash, uint256 tag) internal pure returns (bool) {
        return stored | 1 == ((uint256(hash) & ~uint256(0xffffffff)) | (tag << 1) | 1);
    }

    /// @return The period or day of a stored seal.
    function tagOf(uint256 stored) internal pure returns (uint256) {
        return (stored & 0xffffffff) >> 1;
    }

    /// @return True where the seal was set by an agent under a mandate.
    function isMandated(uint256 stored) internal pure returns (bool) {
        return stored & 1 != 0;
    }
}
