// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The arithmetic of the double auction of the smart distribution trading platform, section 1,
/// steps 2 to 5. `sdk/mechanisms/greenDoubleAuction.ts` mirrors it name for name.
library GreenDoubleAuction {
    /// @return True where an offer and a bid trade: the ask is at or below the bid.
    function crosses(uint256 askMicroPerKwh, uint256 bidMicroPerKwh) internal pure returns (bool) {
        return askMicroPerKwh <= bidMicroPerKwh;
    }

    /// @return The mean of the two quotes in micro-currency per kWh, rounded down. The buyer keeps the half.
    function midPriceDown(
        uint256 askMicroPerKwh,
        uint256 bidMicroPerKwh
    ) internal pure returns (uint256) {
        return (askMicroPerKwh + bidMicroPerKwh) / 2;
    }

    /// @return The energy of a trade: the smaller of what is left on both sides.
    function fillWh(uint256 offerWh, uint256 bidWh) internal pure returns (uint256) {
        return offerWh < bidWh ? offerWh : bidWh;
    }

    /// @return The energy that `capacityNano` pays at a price, rounded down. Free energy has no bound.
    function capacityWhDown(
        uint256 capacityNano,
        uint256 priceMicroPerKwh
    ) internal pure returns (uint256) {
        return priceMicroPerKwh == 0 ? type(uint256).max : capacityNano / priceMicroPerKwh;
    }
}
