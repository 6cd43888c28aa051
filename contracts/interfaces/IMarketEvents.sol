// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketParameters} from "../types/MarketParameters.sol";
import {PeriodTotals} from "../types/PeriodBook.sol";
import {SCHEDULE_PROOF} from "../libraries/Commitment.sol";

/// @notice What a market is made with, for good.
/// @param accessManager Who may call what is restricted, and with which delay.
/// @param forwarder The trusted ERC-2771 forwarder, so that participants need no ether.
/// @param grid The owner of the grid's account.
/// @param token The settlement token.
/// @param wrapsEther True where the token is wrapped ether.
/// @param genesis Unix seconds at which period 0 begins.
/// @param periodLength Seconds of a delivery period.
/// @param parameters The rules at the start.
struct MarketConfiguration {
    address accessManager;
    address forwarder;
    address grid;
    address token;
    bool wrapsEther;
    uint256 genesis;
    uint256 periodLength;
    MarketParameters parameters;
}

/// @notice A person's money and standing, unpacked.
struct AccountView {
    address owner;
    uint256 balanceNano;
    uint256 lockedNano;
    uint256 freeNano;
    uint256 reputation;
    uint256 missedReadings;
    uint256 activeUntil;
    bool authorised;
    bool metered;
    bool frozen;
    bool suspended;
    bool greenSupply;
    bool greenPreference;
}

/// @notice An opened order, unpacked. `opened` is false where the participant has none in the period.
struct OrderView {
    bool opened;
    bool sell;
    bool green;
    uint256 energyWh;
    uint256 priceMicroPerKwh;
    uint256 filledWh;
    uint256 tradeNano;
    uint256 next;
}

/// @notice How far a period has come.
struct PeriodView {
    bool begun;
    uint256 phase;
    uint256 openedCount;
    uint256 settledCount;
    uint256 accountCount;
    uint256[4] heads;
    PeriodTotals totals;
}

/// @notice A meter's registers at its latest reading (or binding) and the energy of that reading's period.
struct MeterView {
    address gateway;
    uint256 ratedPowerW;
    uint256 meterId;
    uint256 boundIn;
    uint256 importWh;
    uint256 exportWh;
    uint256 importDeltaWh;
    uint256 exportDeltaWh;
    uint256 period;
    bool hasReading;
}

/// @notice What could not be paid when it was due, both ways.
struct Dues {
    uint128 owesGridNano;
    uint128 owesFundNano;
    uint128 gridOwesNano;
    uint128 fundOwesNano;
}

/// @notice A right to seal orders for a participant, within limits.
/// @param participant Account number of the participant.
/// @param agent Who may seal.
/// @param minPriceMicroPerKwh Lowest limit price of an order, of either side.
/// @param maxPriceMicroPerKwh Highest limit price of an order, of either side.
/// @param spendingLimitNano Sum of quantity times limit over all bids opened under the mandate.
/// @param expiry Unix seconds after which the agent may seal no more.
struct Mandate {
    uint24 participant;
    address agent;
    uint32 minPriceMicroPerKwh;
    uint32 maxPriceMicroPerKwh;
    uint88 spendingLimitNano;
    uint40 expiry;
}

/// @notice What opens a single order.
/// @param opening The {PackedOrder} in bits 0..112, a hint for its place in bits 128..151, the rest zero.
/// @param salt The 256 bits that hid it.
struct Opening {
    uint256 opening;
    bytes32 salt;
}

/// @notice What opens an order of a day schedule: the same, and its path to the root.
/// @param opening As in {Opening}, with the schedule's periods in bits 152..247.
struct ScheduledOpening {
    uint256 opening;
    bytes32 salt;
    bytes32[SCHEDULE_PROOF] proof;
}

/// @notice The events and errors of the market, of both its parts.
interface IMarketEvents {
    // ------------------------------------------------------------------ accounts

    event AccountOpened(uint256 indexed participant, address indexed owner);
    event AccountAuthorised(uint256 indexed participant, bool authorised);
    event AccountFrozen(uint256 indexed participant, bool frozen);
    event AccountSuspended(uint256 indexed participant, bool suspended);
    event EnergyTypeSet(uint256 indexed participant, bool greenSupply, bool greenPreference);
    event MeterBound(
        uint256 indexed participant,
        uint256 indexed meterId,
        address indexed gateway,
        uint256 ratedPowerW,
        uint256 importWh,
        uint256 exportWh,
        uint256 carriedImportWh,
        uint256 carriedExportWh
    );

    error ZeroAddress();
    error AccountExists(address owner, uint256 participant);
    error UnknownAccount(address owner);
    error UnknownParticipant(uint256 participant);
    error NotAuthorised(uint256 participant);
    error NotMetered(uint256 participant);
    error MeterExists(uint256 participant, uint256 meterId);
    error AccountIsFrozen(uint256 participant);
    error AccountIsSuspended(uint256 participant);
    error CounterOutOfRange(uint256 wh, uint256 max);
    error RatedPowerOutOfRange(uint256 ratedPowerW);
    error StillActive(uint256 participant, uint256 untilPeriod);
    error TooManyAccounts();

    // ------------------------------------------------------------------ vault

    event Deposited(uint256 indexed participant, address indexed from, uint256 amountNano);
    event Withdrawn(uint256 indexed participant, address indexed to, uint256 amountNano);
    event IncentivesFunded(address indexed from, uint256 amountNano);
    event DuesChanged(uint256 indexed participant, Dues dues);

    error ZeroAmount();
    error AmountNotRepresentable(uint256 amountNano, uint256 nanoPerUnit);
    error TransferShort(uint256 expected, uint256 received);
    error VaultFull(uint256 totalNano, uint256 maxNano);
    error InsufficientFree(uint256 participant, uint256 requestedNano, uint256 freeNano);
    error NotWrappedEther(address token);
    error EtherTransferFailed(address to);

    // ------------------------------------------------------------------ parameters

    event ParametersScheduled(uint256 indexed fromPeriod, MarketParameters parameters);

    error ParametersInvalid(bytes32 name, uint256 value);
    error ParametersPending(uint256 fromPeriod, uint256 until);
    error PeriodTooSoon(uint256 period, uint256 earliest);

    // ------------------------------------------------------------------ sealing

    event OrderSealed(
        uint256 indexed participant,
        uint256 indexed period,
        bytes32 commitment,
        bytes sealedOpening
    );
    event ScheduleSealed(
        uint256 indexed participant,
        uint256 indexed day,
        bytes32 root,
        uint256 periods,
        bytes sealedOpening
    );
    event MandateGranted(uint256 indexed participant, address indexed agent, Mandate mandate);
    event MandateRevoked(uint256 indexed participant, address indexed agent);

    error GateNotOpen(uint256 period, uint256 opensAt);
    error GateClosed(uint256 period, uint256 closedAt);
    error EmptyCommitment();
    error PeriodSealed(uint256 participant, uint256 period);
    error PeriodScheduled(uint256 participant, uint256 period);
    error ScheduleFixed(uint256 participant, uint256 day);
    error ScheduleTooFar(uint256 day, uint256 lastDay);
    error SchedulePeriodsInvalid(uint256 periods);
    error MarginMissing(uint256 participant, uint256 marginNano, uint256 availableNano);
    error DuesUnpaid(uint256 participant, uint256 owedNano);
    error NoMandate(uint256 participant, address agent);
    error MandateExpired(uint256 participant, uint256 expiry);
    error MandateInvalid(uint256 participant);
    error PeriodOutOfRange(uint256 period);

    // ------------------------------------------------------------------ opening

    /// @notice Orders that opened: words of {PackedOrder}, with bit 113 set for green.
    event OrdersOpened(uint256 indexed period, uint256[] orders);
    /// @notice An order of a batch that did not open; `reason` is the error that it would have reverted with alone.
    event OpeningRefused(uint256 indexed period, uint256 indexed participant, bytes reason);

    error OpeningNotBegun(uint256 period, uint256 opensAt);
    error OpeningClosed(uint256 period, uint256 closedAt);
    error MalformedOrder(uint256 opening);
    error WrongPeriod(uint256 expected, uint256 given);
    error UnknownCommitment(uint256 participant, uint256 period, bytes32 commitment);
    error AlreadyOpened(uint256 participant, uint256 period);
    error EnergyOutOfRange(uint256 energyWh, uint256 maxEnergyWh);
    error PriceOutOfBand(uint256 price, uint256 minPrice, uint256 maxPrice);
    error CollateralTooSmall(uint256 participant, uint256 requiredNano, uint256 availableNano);
    error OutsideMandate(uint256 participant, uint256 price, uint256 costNano, uint256 leftNano);
    error PeriodUnsettled(uint256 period);
    error PeriodPast(uint256 period, uint256 current);

    // ------------------------------------------------------------------ clearing

    /// @notice Trades that were formed, in their order. Bits of a word: 0..23 seller, 24..47 buyer,
    /// 48..79 energyWh, 80..111 priceMicroPerKwh.
    event TradesFormed(uint256 indexed period, uint256[] trades);
    event Cleared(uint256 indexed period, PeriodTotals totals);

    error ClearingNotBegun(uint256 period, uint256 startsAt);
    error NothingToClear(uint256 period);
    error AlreadyCleared(uint256 period);

    // ------------------------------------------------------------------ readings

    /// @notice Readings that count: words of {PackedReading}.
    event ReadingsReported(uint256[] readings);
    /// @notice A reading of a batch that does not count; `reason` as in {OpeningRefused}.
    event ReadingRefused(uint256 indexed participant, uint256 indexed period, bytes reason);

    error MalformedReading(uint256 reading);
    error ReadingTooEarly(uint256 period, uint256 endsAt);
    error ReadingTooLate(uint256 period, uint256 closedAt);
    error ReadingOutOfOrder(
        uint256 participant,
        uint256 period,
        uint256 expectedPeriod,
        uint256 until
    );
    error ReadingNotNew(uint256 participant, uint256 period, uint256 latest);
    error ForeignSignature(uint256 participant, address gateway, address signer);
    error CounterBackwards(uint256 participant, uint256 before, uint256 given);
    error BeyondRatedPower(uint256 participant, uint256 energyWh, uint256 maxWh);

    // ------------------------------------------------------------------ settlement

    /// @notice Accounts settled, two words each.
    /// First: 0..23 participant, 24 sell, 25 short, 26 without reading, 27 charged for non-opening, 28 kept,
    /// 29 broken, 32..39 reputation, 40..71 imbalanceWh, 72..103 importWh, 104..135 exportWh, 136..199 chargeNano.
    /// Second, 64 bits each from the least: tradeNano, imbalanceNano, rewardNano, penaltyNano.
    event AccountsSettled(uint256 indexed period, uint256[] settlements);
    event PeriodSettled(uint256 indexed period);

    error SettlementNotBegun(uint256 period, uint256 startsAt);
    error NothingToSettle(uint256 period);
    error NotCleared(uint256 period);
}
