// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignedReading} from "../types/Meter.sol";
import {IMarketEvents, Opening, ScheduledOpening} from "./IMarketEvents.sol";

/// @notice The verbs that run every period for every participant: submit, open, clear, report, settle.
interface IMarketCore is IMarketEvents {
    // ------------------------------------------------------------------ sealing

    /// @notice Seals the caller's order for the next period; a new one replaces it until gate closure.
    /// @param period The delivery period; its gate is open in the period before.
    /// @param commitment keccak256(domain, packed order, salt), see {Commitment}.
    /// @param sealedOpening The opening, encrypted to the operator, or nothing. Only logged.
    /// @dev Errors: {UnknownAccount}, {NotAuthorised}, {NotMetered}, {AccountIsFrozen}, {AccountIsSuspended},
    /// {MarginMissing}, {DuesUnpaid}, {GateNotOpen}, {GateClosed}, {EmptyCommitment}, {PeriodScheduled}.
    function submitOrder(uint256 period, bytes32 commitment, bytes calldata sealedOpening) external;

    /// @notice Seals the orders of a whole day under one root.
    /// @param day Periods `day * 96` to `day * 96 + 95`.
    /// @param root Root over the 96 commitments, see {Commitment}.
    /// @param periods Bit i set where the schedule holds an order for period `day * 96 + i`. Each of those must be
    /// opened, or costs the non-opening charge. May be replaced until the gate of the first of them closes.
    /// @dev Errors: as {submitOrder}, and {SchedulePeriodsInvalid}, {ScheduleTooFar}, {ScheduleFixed}, {PeriodSealed}.
    function submitSchedule(
        uint256 day,
        bytes32 root,
        uint256 periods,
        bytes calldata sealedOpening
    ) external;

    /// @notice {submitOrder} by a participant's agent. The mandate's limits are checked when the order opens.
    /// @dev Errors: as {submitOrder}, and {NoMandate}, {MandateExpired}.
    function submitOrderFor(
        uint256 participant,
        uint256 period,
        bytes32 commitment,
        bytes calldata sealedOpening
    ) external;

    /// @notice {submitSchedule} by a participant's agent.
    function submitScheduleFor(
        uint256 participant,
        uint256 day,
        bytes32 root,
        uint256 periods,
        bytes calldata sealedOpening
    ) external;

    // ------------------------------------------------------------------ opening

    /// @notice Opens a sealed order. Anyone who holds the opening may call.
    /// @dev Errors: {OpeningNotBegun}, {OpeningClosed}, {MalformedOrder}, {WrongPeriod}, {UnknownCommitment},
    /// {AlreadyOpened}, {EnergyOutOfRange}, {PriceOutOfBand}, {CollateralTooSmall}, {OutsideMandate},
    /// {AccountIsFrozen}, {PeriodUnsettled}.
    function openOrder(uint256 period, Opening calldata opening) external;

    /// @notice Opens an order of a day schedule. Errors as {openOrder}.
    function openScheduledOrder(uint256 period, ScheduledOpening calldata opening) external;

    /// @notice Opens many; one that cannot be opened is reported by {OpeningRefused} and stops no other.
    /// Cheapest when each list comes worst order first.
    function openOrders(uint256 period, Opening[] calldata openings) external;

    /// @notice Opens many orders of day schedules; see {openOrders}.
    function openScheduledOrders(uint256 period, ScheduledOpening[] calldata openings) external;

    // ------------------------------------------------------------------ clearing

    /// @notice Forms the trades of a period: green offers meet green bids, then everything left meets. Anyone may
    /// call, as often as it takes; the result depends on nothing but the opened orders.
    /// @param maxSteps How many trades to form at most in this call.
    /// @return cleared True when the period is done.
    /// @dev Errors: {ClearingNotBegun}, {NothingToClear}, {AlreadyCleared}.
    function clear(uint256 period, uint256 maxSteps) external returns (bool cleared);

    // ------------------------------------------------------------------ readings

    /// @notice Takes the registers of a participant's meter at the end of a period, signed by its gateway.
    /// @dev Errors: {MalformedReading}, {NotMetered}, {ReadingTooEarly}, {ReadingTooLate}, {ReadingNotNew},
    /// {ReadingOutOfOrder} while a period left out may still be read,
    /// {ForeignSignature}, {CounterBackwards}, {BeyondRatedPower}, {PeriodUnsettled}.
    function reportReading(SignedReading calldata reading) external;

    /// @notice Takes many; one that does not count is reported by {ReadingRefused} and stops no other.
    function reportReadings(SignedReading[] calldata readings) external;

    // ------------------------------------------------------------------ settlement

    /// @notice Turns trades and readings of a period into payments, once per account. Anyone may call. Accounts
    /// that are settled already, or whose reading may still come, are passed over.
    /// @param firstParticipant Where to start; participants are numbered from 2.
    /// @param count How many account numbers to go through.
    /// @return settled How many accounts this call settled.
    /// @dev Errors: {SettlementNotBegun}, {NotCleared}, {PeriodPast}, {PeriodUnsettled}.
    function settle(
        uint256 period,
        uint256 firstParticipant,
        uint256 count
    ) external returns (uint256 settled);
}
