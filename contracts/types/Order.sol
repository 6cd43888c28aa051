// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A participant's opened order of one period, packed into a single slot that is reused every
/// {RING_LENGTH} periods.
/// @dev Bits, from the least significant:
///
///   0..23    period      24 bits  the delivery period; another value means the slot is stale
///   24..51   energyWh    28 bits  declared quantity, at most 268,435,455 Wh
///   52..83   price       32 bits  limit in micro-currency per kWh
///   84..111  filledWh    28 bits
///   112..167 tradeNano   56 bits  sum over trades of energyWh * price
///   168..223 free
///   224..247 next        24 bits  the next order of the same list, 0 at its end
///   248..255 flags        8 bits  see the constants below
type Order is uint256;

using OrderLibrary for Order global;

uint256 constant ORDER_SELL = 1 << 248;
uint256 constant ORDER_GREEN = 1 << 249;
uint256 constant ORDER_EXHAUSTED = 1 << 250;

uint256 constant MAX_ENERGY_WH = (1 << 28) - 1;
uint256 constant MAX_ORDER_NANO = (1 << 56) - 1;

/// @notice Getters and setters of {Order}. Setters take values that the caller has bounded.
library OrderLibrary {
    uint256 private constant MASK_24 = (1 << 24) - 1;
    uint256 private constant MASK_28 = (1 << 28) - 1;
    uint256 private constant MASK_32 = (1 << 32) - 1;
    uint256 private constant MASK_56 = (1 << 56) - 1;

    /// @return True where the slot holds an order of `period_`, not a stale one or none.
    function isOf(Order self, uint256 period_) internal pure returns (bool) {
        // Both fields in one look: an order of the period has a quantity above its 24 bits of period.
        uint256 word = Order.unwrap(self) & ((1 << 52) - 1);
        return word & MASK_24 == period_ && word > MASK_24;
    }

    function period(Order self) internal pure returns (uint256) {
        return Order.unwrap(self) & MASK_24;
    }

    function energyWh(Order self) internal pure returns (uint256) {
        return (Order.unwrap(self) >> 24) & MASK_28;
    }

    function priceMicroPerKwh(Order self) internal pure returns (uint256) {
        return (Order.unwrap(self) >> 52) & MASK_32;
    }

    function filledWh(Order self) internal pure returns (uint256) {
        return (Order.unwrap(self) >> 84) & MASK_28;
    }

    function tradeNano(Order self) internal pure returns (uint256) {
        return (Order.unwrap(self) >> 112) & MASK_56;
    }

    function next(Order self) internal pure returns (uint256) {
        return (Order.unwrap(self) >> 224) & MASK_24;
    }

    /// @param flag One of the ORDER_* constants.
    function has(Order self, uint256 flag) internal pure returns (bool) {
        return Order.unwrap(self) & flag != 0;
    }

    function with(Order self, uint256 flag) internal pure returns (Order) {
        return Order.wrap(Order.unwrap(self) | flag);
    }

    function withNext(Order self, uint256 value) internal pure returns (Order) {
        return Order.wrap((Order.unwrap(self) & ~(MASK_24 << 224)) | (value << 224));
    }

    /// @return The order with its totals increased by one trade.
    function withTrade(
        Order self,
        uint256 tradeWh,
        uint256 valueNano
    ) internal pure returns (Order) {
        // Neither sum can leave its field: filledWh never exceeds energyWh, and tradeNano never exceeds
        // maxEnergyWh * maxPrice <= MAX_ORDER_NANO.
        unchecked {
            return Order.wrap(Order.unwrap(self) + (tradeWh << 84) + (valueNano << 112));
        }
    }

    /// @return An opened order with nothing filled.
    function create(
        uint256 period_,
        uint256 energyWh_,
        uint256 price,
        uint256 flags
    ) internal pure returns (Order) {
        return Order.wrap(period_ | (energyWh_ << 24) | (price << 52) | flags);
    }
}
