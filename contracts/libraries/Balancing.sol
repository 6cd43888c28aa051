// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MarketParameters} from "../types/MarketParameters.sol";
import {PeriodTotals} from "../types/PeriodBook.sol";

/// @notice What a period's price is an exact fraction of: `nano / wh` micro-currency per kWh.
struct PeriodPrice {
    uint256 nano;
    uint256 wh;
}

/// @notice What a participant declared, traded and metered in one period, in Wh.
struct Delivery {
    uint256 declaredWh;
    uint256 soldWh;
    uint256 boughtWh;
    uint256 importWh;
    uint256 exportWh;
    bool sell;
}

/// @notice Balancing and incentives of the smart distribution trading platform, section 1, formulas (1) to (5).
/// @dev Charges round up and payments round down, so that dust stays with the grid or the incentive fund.
/// No product overflows: energies are below 2^30, prices below 2^32, coefficients below 2^16.
library Balancing {
    uint256 internal constant BPS = 10_000;

    /// @notice Formula (2): the average price of the period's trades, weighted by energy.
    /// @dev The reference price where too little was traded for the average to mean anything.
    function periodPrice(
        PeriodTotals memory totals,
        MarketParameters memory parameters
    ) internal pure returns (PeriodPrice memory) {
        if (totals.tradedWh == 0 || totals.tradedWh < parameters.minAverageWh) {
            return PeriodPrice(parameters.referencePriceMicroPerKwh, 1);
        }
        return PeriodPrice(totals.tradedNano, totals.tradedWh);
    }

    /// @notice Formula (1) and the charge of formula (5): energy times price times coefficient, rounded up.
    function chargeNanoUp(
        uint256 energyWh,
        PeriodPrice memory price,
        uint256 bps
    ) internal pure returns (uint256) {
        return Math.ceilDiv(energyWh * price.nano * bps, price.wh * BPS);
    }

    /// @notice Formulas (3) and (4): energy times price times coefficient, rounded down.
    function paymentNanoDown(
        uint256 energyWh,
        PeriodPrice memory price,
        uint256 bps
    ) internal pure returns (uint256) {
        return (energyWh * price.nano * bps) / (price.wh * BPS);
    }

    /// @notice D of formulas (1) and (3): the position (sold minus bought) against metered export minus import.
    /// @return shortWh What the participant delivered too little or took too much.
    /// @return longWh What it delivered too much or took too little. One of the two is zero.
    function imbalanceWh(
        Delivery memory delivery
    ) internal pure returns (uint256 shortWh, uint256 longWh) {
        uint256 owedWh = delivery.soldWh + delivery.importWh;
        uint256 givenWh = delivery.boughtWh + delivery.exportWh;
        return owedWh > givenWh ? (owedWh - givenWh, uint256(0)) : (uint256(0), givenWh - owedWh);
    }

    /// @notice E and D^ of formulas (4) and (5): the declared quantity against the metered one.
    /// @return consistentWh The energy on which the two agree.
    /// @return deviationWh The distance between the two.
    function accuracyWh(
        Delivery memory delivery
    ) internal pure returns (uint256 consistentWh, uint256 deviationWh) {
        (uint256 withWh, uint256 againstWh) = delivery.sell
            ? (delivery.exportWh, delivery.importWh)
            : (delivery.importWh, delivery.exportWh);
        if (againstWh >= withWh) return (0, delivery.declaredWh + againstWh - withWh);
        uint256 meteredWh = withWh - againstWh;
        return
            meteredWh < delivery.declaredWh
                ? (meteredWh, delivery.declaredWh - meteredWh)
                : (delivery.declaredWh, meteredWh - delivery.declaredWh);
    }
}
