// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {PackedOrder} from "../types/PackedOrder.sol";

/// @dev Leaves of a day schedule: 96 periods, padded to a tree of depth 7.
uint256 constant SCHEDULE_PERIODS = 96;
uint256 constant SCHEDULE_DEPTH = 7;

/// @notice How an order is sealed. `sdk/orders/commitment.ts` mirrors it.
/// @dev A commitment hashes three words and a tree's node hashes two, so that neither is taken for the other.
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
        return keccak256(abi.encode(domain_, order, salt));
    }

    /// @return The root of the day schedule that holds `leaf`. Pairs are sorted before they are hashed.
    function rootOf(
        bytes32 leaf,
        bytes32[SCHEDULE_DEPTH] calldata proof
    ) internal pure returns (bytes32) {
        for (uint256 level = 0; level < SCHEDULE_DEPTH; ++level) {
            leaf = Hashes.commutativeKeccak256(leaf, proof[level]);
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
