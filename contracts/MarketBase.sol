// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Dues, IMarketEvents, Mandate, MarketConfiguration} from "./interfaces/IMarketEvents.sol";
import {Commitment, SCHEDULE_PERIODS} from "./libraries/Commitment.sol";
import {ORDER_SLOTS, RING_LENGTH, SortedLists} from "./libraries/SortedLists.sol";
import {ACCOUNT_AUTHORISED, ACCOUNT_OPEN, Account} from "./types/Account.sol";
import {MarketParameters, ParametersInForce} from "./types/MarketParameters.sol";
import {LateReading, LateReadingLibrary, MeterBinding, MeterState} from "./types/Meter.sol";
import {ORDER_SELL, Order} from "./types/Order.sol";
import {
    PHASE_CLEARED,
    PeriodBook,
    PeriodBookLibrary,
    PeriodTotals,
    StoredTotals
} from "./types/PeriodBook.sol";

/// @notice What the market's parts share: storage, clock, parameters.
/// @dev Per-participant state lies in dense arrays that are indexed by the account's number, so that no key is
/// hashed; what belongs to a period lies in rings of RING_LENGTH that are reused.
abstract contract MarketBase is IMarketEvents, AccessManaged, ERC2771Context, EIP712, Nonces {
    /// @notice The grid's account number. Participants follow.
    uint256 internal constant GRID = 1;
    uint256 internal constant MAX_ACCOUNTS = 1 << 24;
    uint256 internal constant SEAL_RING = 16;
    /// @dev How many days ahead a schedule may be sealed; the ring of schedules has room for two more.
    uint256 internal constant LAST_DAYS_AHEAD = 2;
    uint256 internal constant MAX_PERIOD = (1 << 24) - 1;
    uint256 internal constant BPS = 10_000;
    uint256 internal constant ALL_PERIODS = (1 << SCHEDULE_PERIODS) - 1;
    uint256 internal constant BITS_PER_WORD = 224;
    uint256 internal constant WORDS_PER_PERIOD = MAX_ACCOUNTS / BITS_PER_WORD + 1;

    uint256 internal immutable _genesis;
    uint256 internal immutable _periodLength;
    address internal immutable _token;

    Account[MAX_ACCOUNTS] internal _accounts;
    MeterState[MAX_ACCOUNTS] internal _meters;
    MeterBinding[MAX_ACCOUNTS] internal _bindings;
    /// @dev Index: participant * RING_LENGTH + period % RING_LENGTH, as for the array below.
    Order[ORDER_SLOTS] internal _orders;
    LateReading[ORDER_SLOTS] internal _lateReadings;
    /// @dev Index: participant * SEAL_RING + period % SEAL_RING. Twice the ring of orders: a seal stays until the
    /// period after next that shares its order's slot, which cannot be opened before the seal's period is settled.
    uint256[MAX_ACCOUNTS * SEAL_RING] internal _seals;
    /// @dev Index: participant * 4 + day % 4. Today's and tomorrow's schedule live beside unsettled yesterday's.
    uint256[MAX_ACCOUNTS * 4] internal _scheduleRoots;
    /// @dev As the roots: bits 0..95 the periods with an order, from bit 96 the day.
    uint256[MAX_ACCOUNTS * 4] internal _schedulePeriods;
    PeriodBook[RING_LENGTH] internal _books;
    StoredTotals[RING_LENGTH] internal _totals;
    /// @dev Bits 0..223 accounts, 224..248 period + 1. Index: period % RING_LENGTH * WORDS_PER_PERIOD + word.
    uint256[RING_LENGTH * WORDS_PER_PERIOD] internal _settledWords;

    mapping(address owner => uint256) internal _participantOf;
    mapping(uint256 participant => address) internal _ownerOf;
    mapping(uint256 participant => Dues) internal _dues;
    mapping(uint256 participant => Mandate) internal _mandates;
    mapping(uint256 participant => uint256) internal _spentNano;
    Dues internal _totalDues;

    uint256 internal _accountCount;
    uint32 internal _meterCount;
    uint256 internal _vaultNano;
    uint256 internal _incentiveFundNano;

    MarketParameters[2] internal _parameters;
    ParametersInForce internal _inForce;

    constructor(
        MarketConfiguration memory configuration
    )
        AccessManaged(configuration.accessManager)
        ERC2771Context(configuration.forwarder)
        EIP712("Sealwatt", "1")
    {
        _genesis = configuration.genesis;
        _periodLength = configuration.periodLength;
        _token = configuration.token;
    }

    // ------------------------------------------------------------------ clock

    function _currentPeriod() internal view returns (uint256) {
        return block.timestamp < _genesis ? 0 : (block.timestamp - _genesis) / _periodLength;
    }

    function _startOf(uint256 period) internal view returns (uint256) {
        return _genesis + period * _periodLength;
    }

    /// @dev The rules that hold for a period.
    function _parametersOf(uint256 period) internal view returns (MarketParameters memory) {
        uint256 latest = _inForce.latest;
        return _parameters[period >= _inForce.latestFrom ? latest : 1 - latest];
    }

    /// @dev When a reading of a period is taken no more, and who has none is settled without.
    function _graceEndOf(
        uint256 period,
        MarketParameters memory parameters
    ) internal view returns (uint256) {
        return
            _startOf(period + 1) +
            parameters.settlementDue +
            parameters.gracePeriods * _periodLength;
    }

    // ------------------------------------------------------------------ periods

    /// @dev The book of a period, begun if it was not.
    function _beginPeriod(uint256 period) internal returns (PeriodBook book) {
        uint256 slot = period % RING_LENGTH;
        book = _books[slot];
        if (book.isOf(period)) return book;
        _revertWith(_whyNotBegin(period, book));
        book = PeriodBookLibrary.begin(period);
        _books[slot] = book;
    }

    /// @dev What was traded in a period; zero where nothing was.
    function _totalsOf(uint256 period) internal view returns (PeriodTotals memory totals) {
        StoredTotals memory stored = _totals[period % RING_LENGTH];
        if (stored.period != period) return totals;
        return PeriodTotals(stored.tradedWh, stored.tradedNano, stored.trades);
    }

    /// @dev A slot is free once the period that used it is complete. A period is begun only while there is time
    /// left to settle it before its slot is needed again.
    function _whyNotBegin(uint256 period, PeriodBook book) internal view returns (bytes memory) {
        if (book.isOf(period)) return "";
        uint256 current = _currentPeriod();
        if (period + RING_LENGTH < current + 2 || (book.isBegun() && book.period() > period)) {
            return abi.encodeWithSelector(PeriodPast.selector, period, current);
        }
        if (book.isBegun() && !book.isComplete()) {
            return abi.encodeWithSelector(PeriodUnsettled.selector, book.period());
        }
        return "";
    }

    // ------------------------------------------------------------------ seals

    /// @dev True where a participant sealed an order for a period, by itself or in a schedule.
    function _hasSealed(uint256 participant, uint256 period) internal view returns (bool) {
        uint256 word = _seals[_sealSlot(participant, period)];
        if (word != 0 && Commitment.tagOf(word) == period) return true;
        return _isScheduled(participant, period);
    }

    /// @dev The last period from the next on for which a participant has sealed an order; 0 where there is none.
    function _lastSealed(uint256 participant) internal view returns (uint256) {
        uint256 next = _currentPeriod() + 1;
        uint256 today = next / SCHEDULE_PERIODS;
        for (uint256 ahead = LAST_DAYS_AHEAD + 1; ahead > 0; --ahead) {
            uint256 day = today + ahead - 1;
            uint256 periods = _scheduledPeriods(participant, day);
            if (periods == 0) continue;
            uint256 last = day * SCHEDULE_PERIODS + Math.log2(periods);
            if (last >= next) return last;
        }
        return _hasSealed(participant, next) ? next : 0;
    }

    function _sealSlot(uint256 participant, uint256 period) internal pure returns (uint256) {
        unchecked {
            return participant * SEAL_RING + (period % SEAL_RING);
        }
    }

    function _scheduleSlot(uint256 participant, uint256 day) internal pure returns (uint256) {
        unchecked {
            return participant * 4 + (day % 4);
        }
    }

    function _isScheduled(uint256 participant, uint256 period) internal view returns (bool) {
        uint256 periods = _scheduledPeriods(participant, period / SCHEDULE_PERIODS);
        return (periods >> (period % SCHEDULE_PERIODS)) & 1 != 0;
    }

    function _scheduledPeriods(uint256 participant, uint256 day) internal view returns (uint256) {
        uint256 word = _schedulePeriods[_scheduleSlot(participant, day)];
        return word >> SCHEDULE_PERIODS == day ? word & ALL_PERIODS : 0;
    }

    // ------------------------------------------------------------------ readings and settlement

    /// @dev Moves the energy of a meter's latest period out of the way where it is not settled yet.
    function _keepUnsettledReading(uint256 participant, MeterState meter) internal {
        if (!meter.hasReading()) return;
        uint256 period = meter.period();
        if (_isSettled(period, participant)) return;
        _lateReadings[participant * RING_LENGTH + (period % RING_LENGTH)] = LateReadingLibrary
            .create(meter);
    }

    /// @dev The word of the settled accounts in which a participant has its bit.
    function _settledSlot(uint256 period, uint256 participant) internal pure returns (uint256) {
        unchecked {
            return (period % RING_LENGTH) * WORDS_PER_PERIOD + participant / BITS_PER_WORD;
        }
    }

    function _isSettled(uint256 period, uint256 participant) internal view returns (bool) {
        unchecked {
            uint256 word = _settledWords[_settledSlot(period, participant)];
            return
                word >> BITS_PER_WORD == period + 1 &&
                (word >> (participant % BITS_PER_WORD)) & 1 != 0;
        }
    }

    // ------------------------------------------------------------------ dues

    /// @dev Notes what could not be paid.
    function _addDues(uint256 participant, Dues memory more) internal {
        Dues memory dues = _dues[participant];
        Dues memory total = _totalDues;
        _incrementDues(dues, more);
        _incrementDues(total, more);
        _dues[participant] = dues;
        _totalDues = total;
        emit DuesChanged(participant, dues);
    }

    function _incrementDues(Dues memory dues, Dues memory more) private pure {
        dues.owesGridNano += more.owesGridNano;
        dues.owesFundNano += more.owesFundNano;
        dues.gridOwesNano += more.gridOwesNano;
        dues.fundOwesNano += more.fundOwesNano;
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    // ------------------------------------------------------------------ accounts

    function _openAccount(address owner) internal returns (uint256 participant) {
        if (owner == address(0)) revert ZeroAddress();
        if (_participantOf[owner] != 0) revert AccountExists(owner, _participantOf[owner]);
        participant = ++_accountCount;
        if (participant >= MAX_ACCOUNTS) revert TooManyAccounts();
        _participantOf[owner] = participant;
        _ownerOf[participant] = owner;
        _accounts[participant] = Account.wrap(ACCOUNT_OPEN).withReputation(100);
        emit AccountOpened(participant, owner);
    }

    /// @dev The caller's account number.
    function _callerParticipant() internal view returns (uint256 participant) {
        participant = _participantOf[_msgSender()];
        if (participant == 0) revert UnknownAccount(_msgSender());
    }

    /// @dev What a participant may withdraw: its balance beyond margin and what its bids in the book may cost.
    function _freeNano(
        uint256 participant,
        Account account,
        uint256 marginNano
    ) internal view returns (uint256) {
        uint256 kept = _lockedNano(participant);
        if (_keepsMargin(participant, account)) kept += marginNano;
        uint256 balance = account.balanceNano();
        return balance > kept ? balance - kept : 0;
    }

    /// @dev Quantity times limit of the participant's bids that are opened and not cleared, less what they have
    /// paid already. Opening and clearing write no lock: who withdraws reads its few orders instead.
    function _lockedNano(uint256 participant) internal view returns (uint256 locked) {
        for (uint256 ring = 0; ring < RING_LENGTH; ++ring) {
            PeriodBook book = _books[ring];
            if (!book.isBegun() || book.phase() == PHASE_CLEARED) continue;
            Order order = _orders[SortedLists.slotOf(participant, ring)];
            if (!order.isOf(book.period()) || order.has(ORDER_SELL)) continue;
            locked += order.energyWh() * order.priceMicroPerKwh() - order.tradeNano();
        }
    }

    /// @dev The margin stays while a participant may trade, and until its last sealed period is surely settled.
    function _keepsMargin(uint256 participant, Account account) internal view returns (bool) {
        if (participant == GRID) return false;
        if (account.has(ACCOUNT_AUTHORISED)) return true;
        uint256 until = account.activeUntil();
        return until != 0 && _currentPeriod() <= until + RING_LENGTH;
    }

    function _requireAccount(uint256 participant) internal view returns (Account account) {
        if (participant == 0 || participant > _accountCount) revert UnknownParticipant(participant);
        return _accounts[participant];
    }

    function _requireParticipant(uint256 participant) internal view returns (Account account) {
        if (participant == GRID) revert UnknownParticipant(participant);
        return _requireAccount(participant);
    }

    /// @dev Reverts with an encoded error, or does nothing where there is none.
    function _revertWith(bytes memory failure) internal pure {
        if (failure.length == 0) return;
        assembly ("memory-safe") {
            revert(add(failure, 0x20), mload(failure))
        }
    }

    // ------------------------------------------------------------------ context

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength()
        internal
        view
        override(Context, ERC2771Context)
        returns (uint256)
    {
        return ERC2771Context._contextSuffixLength();
    }
}
