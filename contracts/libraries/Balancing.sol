// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketParameters} from "../types/MarketParameters.sol";
import {PeriodTotals} from "../types/PeriodBook.sol";

/// @notice What a watt-hour costs and earns in a period: each coefficient times the period's price, in
/// nano-currency, over one denominator.
struct Tariff {
    uint256 shortNano;
    uint256 longNano;
    uint256 rewardNano;
    uint256 penaltyNano;
    uint256 denominator;
}

/// @notice Balancing and incentives of the smart distribution trading platform, section 1, formulas (1) to (5).
/// @dev Charges round up and payments round down, so that dust stays with the grid or the incentive fund.
/// Nothing overflows: energies are below 2^30, the period's traded value below 2^96, coefficients below 2^16.
library Balancing {
    uint256 private constant BPS = 10_000;

    /// @notice A of formula (2), as the exact fraction `nano / wh`: the average price of the period's trades,
    /// weighted by energy. The reference price where too little was traded for the average to mean anything.
    function periodPrice(
        PeriodTotals memory totals,
        MarketParameters memory parameters
    ) internal pure returns (uint256 nano, uint256 wh) {
        if (totals.tradedWh == 0 || totals.tradedWh < parameters.minAverageWh) {
            return (parameters.referencePriceMicroPerKwh, 1);
        }
        return (totals.tradedNano, totals.tradedWh);
    }

    /// @return What the formulas multiply energies with in a period.
    function tariff(
        PeriodTotals memory totals,
        MarketParameters memory parameters
    ) internal pure returns (Tariff memory) {
        (uint256 nano, uint256 wh) = periodPrice(totals, parameters);
        return
            Tariff({
                shortNano: nano * parameters.shortBps,
                longNano: nano * parameters.longBps,
                rewardNano: nano * parameters.rewardBps,
                penaltyNano: nano * parameters.penaltyBps,
                denominator: wh * BPS
            });
    }

    /// @notice Formula (1) and the charge of formula (5): an energy's cost, rounded up.
    function chargeNanoUp(
        uint256 energyWh,
        uint256 nano,
        uint256 denominator
    ) internal pure returns (uint256) {
        unchecked {
            return (energyWh * nano + denominator - 1) / denominator;
        }
    }

    /// @notice Formulas (3) and (4): an energy's worth, rounded down.
    function paymentNanoDown(
        uint256 energyWh,
        uint256 nano,
        uint256 denominator
    ) internal pure returns (uint256) {
        unchecked {
            return (energyWh * nano) / denominator;
        }
    }

    /// @notice D of formulas (1) and (3): the position (sold minus bought) against metered export minus import.
    /// @return distanceWh How far the two are apart.
    /// @return short True where the participant delivered too little or took too much.
    function imbalanceWh(
        uint256 soldWh,
        uint256 boughtWh,
        uint256 importWh,
        uint256 exportWh
    ) internal pure returns (uint256 distanceWh, bool short) {
        unchecked {
            uint256 owedWh = soldWh + importWh;
            uint256 givenWh = boughtWh + exportWh;
            short = owedWh > givenWh;
            distanceWh = short ? owedWh - givenWh : givenWh - owedWh;
        }
    }

    /// @notice E and D^ of formulas (4) and (5): the declared quantity against the one metered in its direction.
    /// @param withWh Metered in the direction of the order: export of an offer, import of a bid.
    /// @param againstWh Metered in the other direction.
    /// @return consistentWh The energy on which the two agree.
    /// @return deviationWh The distance between the two.
    function accuracyWh(
        uint256 declaredWh,
        uint256 withWh,
        uint256 againstWh
    ) internal pure returns (uint256 consistentWh, uint256 deviationWh) {
        unchecked {
            if (againstWh >= withWh) return (0, declaredWh + againstWh - withWh);
            uint256 meteredWh = withWh - againstWh;
            return
                meteredWh < declaredWh
                    ? (meteredWh, declaredWh - meteredWh)
                    : (declaredWh, meteredWh - declaredWh);
        }
    }
}
