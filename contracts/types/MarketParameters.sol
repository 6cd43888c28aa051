// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The rules of a market that may change, with a delay, for periods not yet begun.
/// @dev Three slots. Times are seconds; those of orders count from the start of the period before
/// delivery, `settlementDue` from the end of delivery. Coefficients are in basis points (1/10,000).
/// @param gateClosure Sealed orders are taken before this.
/// @param openingEnd Orders are opened from `gateClosure` and before this; clearing starts here.
/// @param clearingEnd Clearing is due by this; later clearing has the same result.
/// @param settlementDue Readings and settlement are due by this.
/// @param gracePeriods How many further periods a late reading is taken.
/// @param missedReadingsLimit An account is suspended after this many periods in a row without a reading.
/// @param minPriceMicroPerKwh Lowest limit price of an order.
/// @param maxPriceMicroPerKwh Highest limit price of an order.
/// @param referencePriceMicroPerKwh The period's price where less than `minAverageWh` was traded.
/// @param maxEnergyWh Largest quantity of an order.
/// @param minAverageWh Least traded energy whose average price is taken as the period's price.
/// @param shortBps W', what the short side pays the grid, over the period's price.
/// @param longBps W'', what the grid pays the long side, over the period's price.
/// @param rewardBps M', reward on the energy that agrees with the declaration.
/// @param penaltyBps M'', penalty on the deviation from the declaration.
/// @param toleranceBps Deviation up to which a trade counts as kept for reputation.
/// @param marginNano The deposit that every participant keeps.
/// @param nonOpeningChargeNano What a sealed order costs that was not opened, or that its buyer could not pay.
struct MarketParameters {
    uint32 gateClosure;
    uint32 openingEnd;
    uint32 clearingEnd;
    uint32 settlementDue;
    uint8 gracePeriods;
    uint8 missedReadingsLimit;
    uint16 shortBps;
    uint16 longBps;
    uint16 rewardBps;
    uint16 penaltyBps;
    uint16 toleranceBps;
    uint32 minPriceMicroPerKwh;
    uint32 maxPriceMicroPerKwh;
    uint32 referencePriceMicroPerKwh;
    uint32 maxEnergyWh;
    uint32 minAverageWh;
    uint64 marginNano;
    uint64 nonOpeningChargeNano;
}

/// @notice Which rules hold when, with what sealing needs of them, in one slot.
/// @param latestFrom The period from which the latest rules hold.
/// @param latest Their index; the other's hold before.
/// @param gateClosure, marginNano Those of the latest rules.
/// @param gateClosureBefore, marginNanoBefore Those of the rules before.
struct ParametersInForce {
    uint24 latestFrom;
    uint8 latest;
    uint24 gateClosure;
    uint24 gateClosureBefore;
    uint64 marginNano;
    uint64 marginNanoBefore;
}
