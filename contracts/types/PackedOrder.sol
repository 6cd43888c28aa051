// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The contents of a sealed order, as they are hashed into its commitment and shown at its opening.
/// @dev Bits, from the least significant:
///
///   0..23    participant  24 bits
///   24..47   period       24 bits
///   48..79   energyWh     32 bits
///   80..111  price        32 bits  limit in micro-currency per kWh
///   112      sell          1 bit   1 for an offer, 0 for a bid
///   113..255 zero
type PackedOrder is uint256;

using PackedOrderLibrary for PackedOrder global;

/// @notice Getters of {PackedOrder}.
library PackedOrderLibrary {
    function participant(PackedOrder self) internal pure returns (uint256) {
        return PackedOrder.unwrap(self) & 0xffffff;
    }

    function period(PackedOrder self) internal pure returns (uint256) {
        return (PackedOrder.unwrap(self) >> 24) & 0xffffff;
    }

    function energyWh(PackedOrder self) internal pure returns (uint256) {
        return (PackedOrder.unwrap(self) >> 48) & 0xffffffff;
    }

    function priceMicroPerKwh(PackedOrder self) internal pure returns (uint256) {
        return (PackedOrder.unwrap(self) >> 80) & 0xffffffff;
    }

    function isSell(PackedOrder self) internal pure returns (bool) {
        return (PackedOrder.unwrap(self) >> 112) & 1 != 0;
    }
}
