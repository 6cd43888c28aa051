// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketEvents} from "../interfaces/IMarketEvents.sol";
import {MarketParameters} from "../types/MarketParameters.sol";
import {MAX_ENERGY_WH, MAX_ORDER_NANO} from "../types/Order.sol";
import {RING_LENGTH} from "./SortedLists.sol";

/// @notice What market parameters must satisfy.
library ParameterRules {
    uint256 private constant BPS = 10_000;

    /// @dev Error: {IMarketEvents.ParametersInvalid} with the name and value of the first that does not hold.
    function check(MarketParameters memory p, uint256 periodLength) internal pure {
        if (p.gateClosure == 0 || p.gateClosure >= p.openingEnd) {
            revert IMarketEvents.ParametersInvalid("gateClosure", p.gateClosure);
        }
        if (p.openingEnd >= p.clearingEnd)
            revert IMarketEvents.ParametersInvalid("openingEnd", p.openingEnd);
        if (p.clearingEnd > periodLength || p.clearingEnd > type(uint24).max)
            revert IMarketEvents.ParametersInvalid("clearingEnd", p.clearingEnd);
        if (p.settlementDue == 0 || p.settlementDue > periodLength) {
            revert IMarketEvents.ParametersInvalid("settlementDue", p.settlementDue);
        }
        // Settlement without a reading begins after the grace periods, and the opening of the period that needs
        // the slots again RING_LENGTH - 2 periods after delivery: one for settlementDue, one to spare.
        if (p.gracePeriods > RING_LENGTH - 4) {
            revert IMarketEvents.ParametersInvalid("gracePeriods", p.gracePeriods);
        }
        if (p.missedReadingsLimit == 0)
            revert IMarketEvents.ParametersInvalid("missedReadingsLimit", 0);
        if (p.minPriceMicroPerKwh == 0 || p.minPriceMicroPerKwh > p.maxPriceMicroPerKwh) {
            revert IMarketEvents.ParametersInvalid("minPriceMicroPerKwh", p.minPriceMicroPerKwh);
        }
        if (
            p.referencePriceMicroPerKwh < p.minPriceMicroPerKwh ||
            p.referencePriceMicroPerKwh > p.maxPriceMicroPerKwh
        )
            revert IMarketEvents.ParametersInvalid(
                "referencePriceMicroPerKwh",
                p.referencePriceMicroPerKwh
            );
        if (
            p.maxEnergyWh == 0 ||
            p.maxEnergyWh > MAX_ENERGY_WH ||
            uint256(p.maxEnergyWh) * p.maxPriceMicroPerKwh > MAX_ORDER_NANO
        ) revert IMarketEvents.ParametersInvalid("maxEnergyWh", p.maxEnergyWh);
        // Longs are paid less than shorts pay, or one person with two meters draws money from the grid.
        if (p.shortBps < BPS || p.shortBps > 2 * BPS) {
            revert IMarketEvents.ParametersInvalid("shortBps", p.shortBps);
        }
        if (p.longBps > BPS) revert IMarketEvents.ParametersInvalid("longBps", p.longBps);
        if (p.rewardBps > BPS) revert IMarketEvents.ParametersInvalid("rewardBps", p.rewardBps);
        if (p.penaltyBps > 2 * BPS)
            revert IMarketEvents.ParametersInvalid("penaltyBps", p.penaltyBps);
        if (p.toleranceBps > BPS)
            revert IMarketEvents.ParametersInvalid("toleranceBps", p.toleranceBps);
        if (p.nonOpeningChargeNano > p.marginNano) {
            revert IMarketEvents.ParametersInvalid("nonOpeningChargeNano", p.nonOpeningChargeNano);
        }
    }
}
