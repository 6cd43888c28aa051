// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {
    EpochView,
    IMatchingRecord,
    Opening,
    OpeningView,
    SeedView,
    Verdict,
    VerdictView
} from "../interfaces/IMatchingRecord.sol";
import {
    IPrivateMarket,
    MatchState,
    MatchView,
    PrivateMarketTerms
} from "../interfaces/IPrivateMarket.sol";

/// @title MatchingRecord
/// @notice See {IMatchingRecord}.
contract MatchingRecord is IMatchingRecord, AccessManaged {
    uint256 private constant MAX_PERIOD = (1 << 24) - 1;
    /// @dev One epoch far ahead would keep all others out for ever.
    uint256 private constant MAX_PERIODS_AHEAD = 10_000;

    IPrivateMarket private immutable _pool;
    uint40 private immutable _genesis;
    uint32 private immutable _periodLength;
    uint32 private immutable _plansLead;

    /// @dev By first period, ascending; epoch 1 is at 0. Two slots: fromPeriod 0–23, announcedAt 24–63; manifest.
    EpochView[] private _epochs;
    /// @dev Two slots: fromPeriod 0–23, committedAt 24–63; commitment.
    mapping(uint256 epoch => mapping(address matcher => SeedView)) private _seeds;
    /// @dev Two slots: period 0–23, loggedAt 24–63, count 64–95; content.
    mapping(Opening kind => mapping(bytes32 round => OpeningView)) private _openings;
    /// @dev One slot: verdict 0–7, recordedAt 8–47.
    mapping(uint256 record => VerdictView) private _verdicts;

    constructor(address accessManager, address pool_) AccessManaged(accessManager) {
        if (accessManager == address(0)) revert ZeroAddress();
        if (pool_.code.length == 0) revert PoolMissing(pool_);
        _pool = IPrivateMarket(pool_);
        // The pool's terms never change.
        PrivateMarketTerms memory terms = IPrivateMarket(pool_).terms();
        _genesis = terms.genesis;
        _periodLength = terms.periodLength;
        _plansLead = terms.plansLead;
    }

    // ------------------------------------------------------------------ epochs

    /// @inheritdoc IMatchingRecord
    function announceEpoch(
        uint24 fromPeriod,
        bytes32 manifest
    ) external restricted returns (uint256 epoch) {
        _requireHash(manifest);
        epoch = _epochs.length;
        if (epoch != 0) {
            uint256 last = _epochs[epoch - 1].fromPeriod;
            if (fromPeriod <= last) revert EpochNotLater(last, fromPeriod);
        }
        uint256 closedAt = _plansCloseAt(fromPeriod);
        if (block.timestamp >= closedAt) revert PlansClosed(fromPeriod, closedAt);
        uint256 most = _firstOpenPeriod() + MAX_PERIODS_AHEAD;
        if (fromPeriod > most) revert PeriodTooFar(fromPeriod, most);
        _epochs.push(EpochView(fromPeriod, uint40(block.timestamp), manifest));
        ++epoch;
        emit EpochAnnounced(epoch, fromPeriod, manifest);
    }

    // ------------------------------------------------------------------ seeds

    /// @inheritdoc IMatchingRecord
    function commitSeed(uint256 epoch, bytes32 commitment) external {
        _requireHash(commitment);
        uint256 fromPeriod = _requireEpoch(epoch).fromPeriod;
        uint256 first = _firstOpenPeriod();
        if (fromPeriod < first) fromPeriod = first;
        uint256 next = epoch < _epochs.length ? _epochs[epoch].fromPeriod : MAX_PERIOD + 1;
        if (fromPeriod >= next) revert EpochOver(epoch, next);
        SeedView storage seed = _seeds[epoch][msg.sender];
        if (seed.committedAt != 0) revert SeedKnown(epoch, msg.sender, seed.commitment);
        // Before `next`, which has 24 bits or is the first that has more.
        seed.fromPeriod = uint24(fromPeriod);
        seed.committedAt = uint40(block.timestamp);
        seed.commitment = commitment;
        emit SeedCommitted(epoch, msg.sender, fromPeriod, commitment);
    }

    // ------------------------------------------------------------------ openings

    /// @inheritdoc IMatchingRecord
    function logOpening(
        uint24 period,
        Opening kind,
        bytes32 round,
        bytes32 content,
        uint32 count
    ) external restricted {
        _requireHash(round);
        _requireHash(content);
        if (epochOf(period) == 0) revert EpochMissing(period);
        if (kind == Opening.Verdicts) {
            _requireDelivered(period);
        } else {
            uint256 until = _plansCloseAt(period);
            if (block.timestamp < until) revert PlansOpen(period, until);
        }
        if (kind == Opening.Pairs) {
            OpeningView storage ranks = _openings[Opening.Ranks][round];
            if (ranks.loggedAt == 0 || ranks.period != period) revert RoundUnknown(period, round);
        }
        OpeningView storage opening = _openings[kind][round];
        if (opening.loggedAt != 0) revert OpeningKnown(kind, round);
        opening.period = period;
        opening.loggedAt = uint40(block.timestamp);
        opening.count = count;
        opening.content = content;
        emit Opened(kind, period, round, content, count);
    }

    // ------------------------------------------------------------------ verdicts

    /// @inheritdoc IMatchingRecord
    function recordVerdicts(
        uint24 period,
        uint256[] calldata records,
        bool[] calldata within
    ) external restricted {
        if (records.length != within.length) revert LengthsDiffer(records.length, within.length);
        _requireDelivered(period);
        for (uint256 i = 0; i < records.length; ++i) _recordVerdict(period, records[i], within[i]);
    }

    function _recordVerdict(uint256 period, uint256 record, bool within) private {
        MatchView memory match_ = _pool.matchOf(record);
        if (match_.state != MatchState.Agreed) revert MatchNotAgreed(record, match_.state);
        if (match_.period != period) revert ForeignPeriod(record, match_.period, period);
        VerdictView storage verdict = _verdicts[record];
        if (verdict.recordedAt != 0) revert VerdictKnown(record, verdict.verdict);
        verdict.verdict = within ? Verdict.Within : Verdict.Beyond;
        verdict.recordedAt = uint40(block.timestamp);
        emit VerdictRecorded(record, period, within);
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IMatchingRecord
    function pool() external view returns (address) {
        return address(_pool);
    }

    /// @inheritdoc IMatchingRecord
    function epochCount() external view returns (uint256) {
        return _epochs.length;
    }

    /// @inheritdoc IMatchingRecord
    function epochAt(uint256 epoch) external view returns (EpochView memory) {
        return _requireEpoch(epoch);
    }

    /// @inheritdoc IMatchingRecord
    function seedCommitment(
        uint256 epoch,
        address matcher
    ) external view returns (SeedView memory) {
        return _seeds[epoch][matcher];
    }

    /// @inheritdoc IMatchingRecord
    function openingOf(Opening kind, bytes32 round) external view returns (OpeningView memory) {
        return _openings[kind][round];
    }

    /// @inheritdoc IMatchingRecord
    function verdictOf(uint256 record) external view returns (VerdictView memory) {
        return _verdicts[record];
    }

    /// @inheritdoc IMatchingRecord
    function epochOf(uint256 period) public view returns (uint256) {
        // How many begin at the period or before it: the last of them is the period's.
        (uint256 least, uint256 most) = (0, _epochs.length);
        while (least < most) {
            uint256 middle = (least + most) / 2;
            if (_epochs[middle].fromPeriod <= period) least = middle + 1;
            else most = middle;
        }
        return least;
    }

    // ------------------------------------------------------------------ internal

    function _requireHash(bytes32 hash) private pure {
        if (hash == 0) revert HashMissing();
    }

    function _requireEpoch(uint256 epoch) private view returns (EpochView storage) {
        if (epoch == 0 || epoch > _epochs.length) revert EpochUnknown(epoch);
        return _epochs[epoch - 1];
    }

    function _requireDelivered(uint256 period) private view {
        uint256 until = uint256(_genesis) + (period + 1) * _periodLength;
        if (block.timestamp < until) revert NotDelivered(period, until);
    }

    /// @dev As the pool's own {PlanBook} has it.
    function _plansCloseAt(uint256 period) private view returns (uint256) {
        return uint256(_genesis) + period * _periodLength - _plansLead;
    }

    /// @dev The first period whose plans have not closed.
    function _firstOpenPeriod() private view returns (uint256) {
        uint256 firstClosesAt = _plansCloseAt(0);
        if (block.timestamp < firstClosesAt) return 0;
        return (block.timestamp - firstClosesAt) / _periodLength + 1;
    }
}
