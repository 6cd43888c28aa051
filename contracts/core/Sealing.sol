// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {Dues, Mandate} from "../interfaces/IMarketEvents.sol";
import {Commitment, SCHEDULE_PERIODS} from "../libraries/Commitment.sol";
import {MarketBase} from "../MarketBase.sol";
import {
    ACCOUNT_AUTHORISED,
    ACCOUNT_FROZEN,
    ACCOUNT_HAS_DUES,
    ACCOUNT_METERED,
    ACCOUNT_SUSPENDED,
    Account
} from "../types/Account.sol";
import {ParametersInForce} from "../types/MarketParameters.sol";

/// @notice Sealing of single orders and day schedules, by their owners or by agents under a mandate.
/// @dev A participant has at most one sealed order a period: a single one and a schedule never cover the same
/// period, or their owner could choose after the gate which of the two to open.
abstract contract Sealing is MarketBase, IMarketCore {
    /// @inheritdoc IMarketCore
    function submitOrder(
        uint256 period,
        bytes32 commitment,
        bytes calldata sealedOpening
    ) external {
        _submitOrder(_callerParticipant(), period, commitment, sealedOpening, false);
    }

    /// @inheritdoc IMarketCore
    function submitOrderFor(
        uint256 participant,
        uint256 period,
        bytes32 commitment,
        bytes calldata sealedOpening
    ) external {
        _requireMandate(participant);
        _submitOrder(participant, period, commitment, sealedOpening, true);
    }

    /// @inheritdoc IMarketCore
    function submitSchedule(
        uint256 day,
        bytes32 root,
        uint256 periods,
        bytes calldata sealedOpening
    ) external {
        _submitSchedule(_callerParticipant(), day, root, periods, sealedOpening, false);
    }

    /// @inheritdoc IMarketCore
    function submitScheduleFor(
        uint256 participant,
        uint256 day,
        bytes32 root,
        uint256 periods,
        bytes calldata sealedOpening
    ) external {
        _requireMandate(participant);
        _submitSchedule(participant, day, root, periods, sealedOpening, true);
    }

    // ------------------------------------------------------------------ internal

    function _submitOrder(
        uint256 participant,
        uint256 period,
        bytes32 commitment,
        bytes calldata sealedOpening,
        bool mandated
    ) private {
        if (period == 0 || period > MAX_PERIOD) revert PeriodOutOfRange(period);
        if (commitment == 0) revert EmptyCommitment();
        uint256 opensAt = _startOf(period - 1);
        if (block.timestamp < opensAt) revert GateNotOpen(period, opensAt);
        _requireTrader(participant, _requireGateBefore(period));
        if (_isScheduled(participant, period)) revert PeriodScheduled(participant, period);
        _seals[_sealSlot(participant, period)] = Commitment.seal(commitment, period, mandated);
        emit OrderSealed(participant, period, commitment, sealedOpening);
    }

    function _submitSchedule(
        uint256 participant,
        uint256 day,
        bytes32 root,
        uint256 periods,
        bytes calldata sealedOpening,
        bool mandated
    ) private {
        if (root == 0) revert EmptyCommitment();
        _checkSchedule(participant, day, periods);
        uint256 slot = _scheduleSlot(participant, day);
        _scheduleRoots[slot] = Commitment.seal(
            Commitment.hashSchedule(root, periods),
            day,
            mandated
        );
        _schedulePeriods[slot] = periods | (day << SCHEDULE_PERIODS);
        emit ScheduleSealed(participant, day, root, periods, sealedOpening);
    }

    function _checkSchedule(uint256 participant, uint256 day, uint256 periods) private view {
        if (periods == 0 || periods > ALL_PERIODS) revert SchedulePeriodsInvalid(periods);
        uint256 next = _currentPeriod() + 1;
        {
            uint256 lastDay = (next - 1) / SCHEDULE_PERIODS + LAST_DAYS_AHEAD;
            if (day > lastDay) revert ScheduleTooFar(day, lastDay);
        }
        uint256 firstOfDay = day * SCHEDULE_PERIODS;
        if (firstOfDay + SCHEDULE_PERIODS > MAX_PERIOD) revert PeriodOutOfRange(firstOfDay);
        _requireTrader(participant, _requireGateBefore(firstOfDay + _lowestBit(periods)));

        uint256 before = _scheduledPeriods(participant, day);
        if (before != 0) {
            uint256 first = firstOfDay + _lowestBit(before);
            if (block.timestamp >= _gateClosureOf(first, _inForce)) {
                revert ScheduleFixed(participant, day);
            }
        }
        // Only the next period can hold a single order whose gate is still open.
        if (
            next / SCHEDULE_PERIODS == day &&
            (periods >> (next % SCHEDULE_PERIODS)) & 1 != 0 &&
            Commitment.tagOf(_seals[_sealSlot(participant, next)]) == next
        ) revert PeriodSealed(participant, next);
    }

    function _requireMandate(uint256 participant) private view {
        Mandate memory mandate = _mandates[participant];
        if (mandate.agent != _msgSender()) revert NoMandate(participant, _msgSender());
        if (block.timestamp > mandate.expiry) revert MandateExpired(participant, mandate.expiry);
    }

    /// @dev Who may seal: authorised, metered, neither frozen nor suspended, with its margin in place and without
    /// a debt.
    function _requireTrader(uint256 participant, uint256 marginNano) private view {
        Account account = _accounts[participant];
        if (!account.has(ACCOUNT_AUTHORISED)) revert NotAuthorised(participant);
        if (!account.has(ACCOUNT_METERED)) revert NotMetered(participant);
        if (account.has(ACCOUNT_FROZEN)) revert AccountIsFrozen(participant);
        if (account.has(ACCOUNT_SUSPENDED)) revert AccountIsSuspended(participant);
        if (account.has(ACCOUNT_HAS_DUES)) {
            Dues memory dues = _dues[participant];
            uint256 owedNano = uint256(dues.owesGridNano) + dues.owesFundNano;
            if (owedNano != 0) revert DuesUnpaid(participant, owedNano);
        }
        if (account.balanceNano() < marginNano) {
            revert MarginMissing(participant, marginNano, account.balanceNano());
        }
    }

    /// @return The margin that holds for the period.
    function _requireGateBefore(uint256 period) private view returns (uint256) {
        if (period == 0) revert PeriodOutOfRange(period);
        ParametersInForce memory rules = _inForce;
        uint256 closedAt = _gateClosureOf(period, rules);
        if (block.timestamp >= closedAt) revert GateClosed(period, closedAt);
        return period >= rules.latestFrom ? rules.marginNano : rules.marginNanoBefore;
    }

    function _gateClosureOf(
        uint256 period,
        ParametersInForce memory rules
    ) private view returns (uint256) {
        return
            _startOf(period - 1) +
            (period >= rules.latestFrom ? rules.gateClosure : rules.gateClosureBefore);
    }

    function _lowestBit(uint256 word) private pure returns (uint256) {
        unchecked {
            return Math.log2(word & (~word + 1));
        }
    }
}
