// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    IPrivateMarket,
    MatchProposal,
    MatchState,
    MatchView,
    PlanState,
    PlanView,
    Proof
} from "../interfaces/IPrivateMarket.sol";
import {Circuit} from "../types/Circuit.sol";
import {ConfirmBuySignals} from "../verifiers/ConfirmBuySignals.sol";
import {ConfirmSellSignals} from "../verifiers/ConfirmSellSignals.sol";
import {PlanBook} from "./PlanBook.sol";

/// @notice Matches, from their proposal to both sides' agreement.
abstract contract Matches is PlanBook {
    mapping(uint256 record => MatchView) internal _matches;

    // ------------------------------------------------------------------ proposals

    /// @inheritdoc IPrivateMarket
    function proposeMatches(MatchProposal[] calldata proposals) external restricted {
        for (uint256 i = 0; i < proposals.length; ++i) _propose(proposals[i]);
    }

    function _propose(MatchProposal calldata proposal) private {
        uint256 record = proposal.record;
        _requireCanonical(0, record);
        for (uint256 i = 0; i < proposal.opening.length; ++i) {
            _requireCanonical(i + 1, proposal.opening[i]);
        }
        MatchView storage match_ = _matches[record];
        if (match_.state != MatchState.None) revert MatchKnown(record);
        PlanView memory sell = _requireOpen(proposal.sellPlan);
        PlanView memory buy = _requireOpen(proposal.buyPlan);
        if (!sell.sell) revert WrongSide(proposal.sellPlan, sell.sell);
        if (buy.sell) revert WrongSide(proposal.buyPlan, buy.sell);
        if (sell.period != buy.period) revert PeriodsDiffer(sell.period, buy.period);
        if (buy.strikes != 0) revert BondSpent(proposal.buyPlan);
        uint256 closedAt = _proposalsCloseAt(sell.period);
        if (block.timestamp >= closedAt) revert ProposalsClosed(sell.period, closedAt);
        _plans[proposal.sellPlan].state = PlanState.Matched;
        _plans[proposal.buyPlan].state = PlanState.Matched;
        uint256 confirmBy = block.timestamp + _confirmationTime;
        match_.state = MatchState.Proposed;
        match_.period = sell.period;
        match_.confirmBy = uint40(confirmBy);
        match_.sellPlan = proposal.sellPlan;
        match_.buyPlan = proposal.buyPlan;
        _reserveLeaves(2);
        emit MatchProposed(
            record,
            proposal.sellPlan,
            proposal.buyPlan,
            confirmBy,
            proposal.opening
        );
    }

    // ------------------------------------------------------------------ confirmations

    /// @inheritdoc IPrivateMarket
    function confirmSell(Proof calldata proof, uint256 deadline) external {
        uint256[] calldata signals = _signalsOf(proof, ConfirmSellSignals.COUNT);
        _requireContext(Circuit.CONFIRM_SELL, deadline, "", ConfirmSellSignals.context(signals));
        _requireAuditKey(ConfirmSellSignals.auditKey(signals));
        uint256 record = ConfirmSellSignals.record(signals);
        MatchView storage match_ = _requireConfirmable(
            record,
            ConfirmSellSignals.sellPlan(signals),
            ConfirmSellSignals.buyPlan(signals)
        );
        if (match_.sellRest != 0) revert ConfirmedBefore(record, true);
        uint256 rest = ConfirmSellSignals.rest(signals);
        _takeRest(rest, match_.sellPlan, Circuit.CONFIRM_SELL);
        match_.sellRest = rest;
        emit MatchConfirmed(record, true, rest, ConfirmSellSignals.memo(signals));
        if (match_.buyRest != 0) _agree(record, match_);
        _requireVerified(Circuit.CONFIRM_SELL, proof);
    }

    /// @inheritdoc IPrivateMarket
    function confirmBuy(Proof calldata proof, uint256 deadline) external {
        uint256[] calldata signals = _signalsOf(proof, ConfirmBuySignals.COUNT);
        _requireContext(Circuit.CONFIRM_BUY, deadline, "", ConfirmBuySignals.context(signals));
        _requireAuditKey(ConfirmBuySignals.auditKey(signals));
        uint256 record = ConfirmBuySignals.record(signals);
        MatchView storage match_ = _requireConfirmable(
            record,
            ConfirmBuySignals.sellPlan(signals),
            ConfirmBuySignals.buyPlan(signals)
        );
        if (match_.buyRest != 0) revert ConfirmedBefore(record, false);
        uint256 rest = ConfirmBuySignals.rest(signals);
        _takeRest(rest, match_.buyPlan, Circuit.CONFIRM_BUY);
        match_.buyRest = rest;
        emit MatchConfirmed(record, false, rest, ConfirmBuySignals.memo(signals));
        if (match_.sellRest != 0) _agree(record, match_);
        _requireVerified(Circuit.CONFIRM_BUY, proof);
    }

    function _requireConfirmable(
        uint256 record,
        uint256 sellPlan,
        uint256 buyPlan
    ) private view returns (MatchView storage match_) {
        match_ = _requireMatch(record, MatchState.Proposed);
        _requirePlan(match_.sellPlan, sellPlan);
        _requirePlan(match_.buyPlan, buyPlan);
        if (block.timestamp > match_.confirmBy) revert ConfirmationClosed(record, match_.confirmBy);
    }

    /// @dev Takes a rest's commitment at once, though it is no plan yet: its owner could else submit a plan of the same
    /// commitment, and the other side's confirmation would fail.
    function _takeRest(uint256 rest, uint256 plan, uint256 circuit) private {
        // 0 stands for a side that has not confirmed, and no hash is 0.
        if (rest == 0) revert InvalidProof(circuit);
        _requireUnknown(rest);
        PlanView memory book = _plans[plan];
        book.state = PlanState.Proven;
        _plans[rest] = book;
    }

    function _agree(uint256 record, MatchView storage match_) private {
        (uint256 sellRest, uint256 buyRest) = (match_.sellRest, match_.buyRest);
        match_.state = MatchState.Agreed;
        _plans[match_.sellPlan].state = PlanState.Ended;
        _plans[match_.buyPlan].state = PlanState.Ended;
        _plans[sellRest].state = PlanState.Open;
        _plans[buyRest].state = PlanState.Open;
        emit MatchAgreed(record, sellRest, buyRest);
    }

    // ------------------------------------------------------------------ lapse

    /// @inheritdoc IPrivateMarket
    function lapse(uint256 record) external {
        MatchView storage match_ = _requireMatch(record, MatchState.Proposed);
        if (block.timestamp <= match_.confirmBy) revert ConfirmationOpen(record, match_.confirmBy);
        match_.state = MatchState.Lapsed;
        bool sellConfirmed = match_.sellRest != 0;
        bool buyConfirmed = match_.buyRest != 0;
        // Where both are silent, nobody is at fault that a contract could tell.
        bool sellStruck = buyConfirmed && !sellConfirmed;
        bool buyStruck = sellConfirmed && !buyConfirmed;
        _reopen(match_.sellPlan, sellStruck);
        _reopen(match_.buyPlan, buyStruck);
        _releaseLeaves(2);
        emit MatchLapsed(record, sellStruck, buyStruck);
    }

    function _reopen(uint256 plan, bool struck) private {
        PlanView storage book = _plans[plan];
        book.state = PlanState.Open;
        if (struck && book.strikes != type(uint16).max) ++book.strikes;
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IPrivateMarket
    function matchOf(uint256 record) external view returns (MatchView memory) {
        return _matches[record];
    }

    // ------------------------------------------------------------------ internal

    function _requireMatch(
        uint256 record,
        MatchState expected
    ) internal view returns (MatchView storage match_) {
        match_ = _matches[record];
        if (match_.state != expected) revert MatchNot(record, expected, match_.state);
    }

    function _requirePlan(uint256 expected, uint256 given) internal pure {
        if (given != expected) revert ForeignPlan(expected, given);
    }
}
