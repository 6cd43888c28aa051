// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IMarketExtension} from "../interfaces/IMarketExtension.sol";
import {Dues, Mandate} from "../interfaces/IMarketEvents.sol";
import {Commitment, SCHEDULE_PERIODS} from "../libraries/Commitment.sol";
import {RING_LENGTH, SortedLists} from "../libraries/SortedLists.sol";
import {Ledger} from "./Ledger.sol";
import {
    ACCOUNT_AUTHORISED,
    ACCOUNT_FROZEN,
    ACCOUNT_HAS_DUES,
    ACCOUNT_METERED,
    ACCOUNT_SUSPENDED,
    Account
} from "../types/Account.sol";
import {MarketParameters} from "../types/MarketParameters.sol";

/// @notice Sealing of single orders and day schedules, by their owners or by agents under a mandate.
/// @dev A participant has at most one sealed order a period: a single one and a schedule never cover the same
/// period, or their owner could choose after the gate which of the two to open.
abstract contract SealedOrders is Ledger {
    bytes32 private constant MANDATE_TYPEHASH = keccak256(
        "Mandate(uint24 participant,address agent,uint32 minPriceMicroPerKwh,uint32 maxPriceMicroPerKwh,uint88 spendingLimitNano,uint40 expiry,uint256 nonce)"
    );
    uint256 private constant LAST_DAYS_AHEAD = 2;

    // ------------------------------------------------------------------ submit

    /// @inheritdoc IMarketExtension
    function submitOrder(
        uint256 period,
        bytes32 commitment,
        bytes calldata sealedOpening
    ) external {
        _submitOrder(_callerParticipant(), period, commitment, sealedOpening, false);
    }

    /// @inheritdoc IMarketExtension
    function submitOrderFor(
        uint256 participant,
        uint256 period,
        bytes32 commitment,
        bytes calldata sealedOpening
    ) external {
        _requireMandate(participant);
        _submitOrder(participant, period, commitment, sealedOpening, true);
    }

    /// @inheritdoc IMarketExtension
    function submitSchedule(
        uint256 day,
        bytes32 root,
        uint256 periods,
        bytes calldata sealedOpening
    ) external {
        _submitSchedule(_callerParticipant(), day, root, periods, sealedOpening, false);
    }

    /// @inheritdoc IMarketExtension
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

    // ------------------------------------------------------------------ mandates

    /// @inheritdoc IMarketExtension
    function grantMandate(Mandate calldata mandate, bytes calldata signature) external {
        _requireParticipant(mandate.participant);
        if (mandate.agent == address(0)) revert ZeroAddress();
        address owner = _ownerOf[mandate.participant];
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(MANDATE_TYPEHASH, mandate, _useNonce(owner)))
        );
        if (!SignatureChecker.isValidSignatureNow(owner, digest, signature)) {
            revert MandateInvalid(mandate.participant);
        }
        _mandates[mandate.participant] = mandate;
        _spentNano[mandate.participant] = 0;
        emit MandateGranted(mandate.participant, mandate.agent, mandate);
    }

    /// @inheritdoc IMarketExtension
    function revokeMandate() external {
        uint256 participant = _callerParticipant();
        address agent = _mandates[participant].agent;
        if (agent == address(0)) revert NoMandate(participant, address(0));
        // The limits stay: orders that the agent has sealed still open, within them.
        _mandates[participant].agent = address(0);
        // A mandate that was signed and not yet granted dies too.
        _useNonce(_ownerOf[participant]);
        emit MandateRevoked(participant, agent);
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
        MarketParameters memory parameters = _parametersOf(period);
        _requireOpenGate(period, parameters);
        _requireTrader(participant, parameters);
        if (_isScheduled(participant, period)) revert PeriodScheduled(participant, period);

        uint256 slot = SortedLists.slotOf(participant, period);
        _requireSettledSeal(participant, period, _seals[slot]);
        _seals[slot] = Commitment.seal(commitment, period, mandated);
        _noteActive(participant, period);
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
        uint256 last = _checkSchedule(participant, day, periods);
        uint256 slot = _scheduleSlot(participant, day);
        _scheduleRoots[slot] = Commitment.seal(
            Commitment.hashSchedule(root, periods),
            day,
            mandated
        );
        _schedulePeriods[slot] = periods | (day << SCHEDULE_PERIODS);
        _noteActive(participant, last);
        emit ScheduleSealed(participant, day, root, periods, sealedOpening);
    }

    /// @return last The last period for which the schedule holds an order.
    function _checkSchedule(
        uint256 participant,
        uint256 day,
        uint256 periods
    ) private returns (uint256 last) {
        if (periods == 0 || periods > ALL_PERIODS) revert SchedulePeriodsInvalid(periods);
        uint256 next = _currentPeriod() + 1;
        {
            uint256 lastDay = (next - 1) / SCHEDULE_PERIODS + LAST_DAYS_AHEAD;
            if (day > lastDay) revert ScheduleTooFar(day, lastDay);
        }
        uint256 firstOfDay = day * SCHEDULE_PERIODS;
        last = firstOfDay + Math.log2(periods);
        if (last > MAX_PERIOD) revert PeriodOutOfRange(last);
        uint256 first = firstOfDay + _lowestBit(periods);
        MarketParameters memory parameters = _parametersOf(first);
        _requireGateBefore(first, parameters);
        _requireTrader(participant, parameters);

        uint256 before = _scheduledPeriods(participant, day);
        if (before != 0 && _isGatePast(firstOfDay + _lowestBit(before))) {
            revert ScheduleFixed(participant, day);
        }
        // Only the next period can hold a single order whose gate is still open.
        if (
            next / SCHEDULE_PERIODS == day &&
            (periods >> (next % SCHEDULE_PERIODS)) & 1 != 0 &&
            Commitment.tagOf(_seals[SortedLists.slotOf(participant, next)]) == next
        ) revert PeriodSealed(participant, next);
    }

    /// @dev The seal of an earlier period must stay until it is settled, or its non-opening charge is lost.
    function _requireSettledSeal(uint256 participant, uint256 period, uint256 stored) private view {
        uint256 before = Commitment.tagOf(stored);
        if (before == period || stored == 0) return;
        if (_isSettled(before, participant) || !_books[before % RING_LENGTH].isOf(before)) return;
        revert PeriodUnsettled(before);
    }

    /// @dev Keeps the margin in place until the last sealed period is over.
    function _noteActive(uint256 participant, uint256 period) private {
        Account account = _accounts[participant];
        if (account.activeUntil() < period)
            _accounts[participant] = account.withActiveUntil(period);
    }

    function _lowestBit(uint256 word) private pure returns (uint256) {
        return Math.log2(word & (~word + 1));
    }

    function _requireMandate(uint256 participant) private view {
        Mandate memory mandate = _mandates[participant];
        if (mandate.agent != _msgSender()) revert NoMandate(participant, _msgSender());
        if (block.timestamp > mandate.expiry) revert MandateExpired(participant, mandate.expiry);
    }

    /// @dev Who may seal: authorised, metered, neither frozen nor suspended, with its margin in place and no
    /// debt that it cannot pay.
    function _requireTrader(uint256 participant, MarketParameters memory parameters) private {
        Account account = _accounts[participant];
        if (!account.has(ACCOUNT_AUTHORISED)) revert NotAuthorised(participant);
        if (!account.has(ACCOUNT_METERED)) revert NotMetered(participant);
        if (account.has(ACCOUNT_FROZEN)) revert AccountIsFrozen(participant);
        if (account.has(ACCOUNT_SUSPENDED)) revert AccountIsSuspended(participant);
        if (account.has(ACCOUNT_HAS_DUES)) {
            account = _payDues(participant, account);
            _accounts[participant] = account;
            Dues memory dues = _dues[participant];
            uint256 owedNano = uint256(dues.owesGridNano) + dues.owesFundNano;
            if (owedNano != 0) revert DuesUnpaid(participant, owedNano);
        }
        uint256 available = account.balanceNano();
        if (available < parameters.marginNano) {
            revert MarginMissing(participant, parameters.marginNano, available);
        }
    }

    function _requireOpenGate(uint256 period, MarketParameters memory parameters) private view {
        uint256 opensAt = _startOf(period - 1);
        if (block.timestamp < opensAt) revert GateNotOpen(period, opensAt);
        _requireGateBefore(period, parameters);
    }

    function _requireGateBefore(uint256 period, MarketParameters memory parameters) private view {
        if (period == 0) revert PeriodOutOfRange(period);
        uint256 closedAt = _startOf(period - 1) + parameters.gateClosure;
        if (block.timestamp >= closedAt) revert GateClosed(period, closedAt);
    }

    function _isGatePast(uint256 period) private view returns (bool) {
        return block.timestamp >= _startOf(period - 1) + _parametersOf(period).gateClosure;
    }
}
