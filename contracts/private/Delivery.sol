// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPrivateMarket, MatchState, MatchView, Proof} from "../interfaces/IPrivateMarket.sol";
import {Circuit} from "../types/Circuit.sol";
import {ActualSignals} from "../verifiers/ActualSignals.sol";
import {SettleBuySignals} from "../verifiers/SettleBuySignals.sol";
import {SettleSellSignals} from "../verifiers/SettleSellSignals.sol";
import {Matches} from "./Matches.sol";

/// @notice What was delivered of matches, and their settlement.
abstract contract Delivery is Matches {
    // ------------------------------------------------------------------ delivery

    /// @inheritdoc IPrivateMarket
    function reportActual(Proof calldata proof, uint256 deadline) external {
        uint256[] calldata signals = _signalsOf(proof, ActualSignals.COUNT);
        _requireContext(Circuit.ACTUAL, deadline, "", ActualSignals.context(signals));
        _requireAuditKey(ActualSignals.auditKey(signals));
        _requireScope(ActualSignals.scope(signals));
        uint256 record = ActualSignals.record(signals);
        MatchView storage match_ = _requireMatch(record, MatchState.Agreed);
        _requirePlan(match_.sellPlan, ActualSignals.sellPlan(signals));
        _requirePlan(match_.buyPlan, ActualSignals.buyPlan(signals));
        if (match_.actual != 0) revert ActualKnown(record, match_.actual);
        uint256 from = _deliveredAt(match_.period);
        if (block.timestamp < from) revert ReportingNotBegun(record, from);
        uint256 closedAt = _reportingClosesAt(match_.period);
        if (block.timestamp >= closedAt) revert ReportingClosed(record, closedAt);
        uint256 actual = ActualSignals.actual(signals);
        // 0 stands for a gateway's silence, and no hash is 0.
        if (actual == 0) revert InvalidProof(Circuit.ACTUAL);
        match_.actual = actual;
        emit ActualReported(record, actual, ActualSignals.secret(signals));
        _requireVerified(Circuit.ACTUAL, proof);
    }

    // ------------------------------------------------------------------ settlement

    /// @inheritdoc IPrivateMarket
    function settleSell(Proof calldata proof, uint256 deadline) external {
        uint256[] calldata signals = _signalsOf(proof, SettleSellSignals.COUNT);
        _requireContext(Circuit.SETTLE_SELL, deadline, "", SettleSellSignals.context(signals));
        _requireAuditKey(SettleSellSignals.auditKey(signals));
        _requireSame(_toleranceBps, SettleSellSignals.toleranceBps(signals));
        uint256 record = SettleSellSignals.record(signals);
        MatchView storage match_ = _requireSettleable(record, SettleSellSignals.actual(signals));
        _requirePlan(match_.sellPlan, SettleSellSignals.plan(signals));
        if (match_.sellSettled) revert SettledBefore(record, true);
        match_.sellSettled = true;
        emit MatchSettled(record, true);
        _addReservedNote(
            CREDIT,
            SettleSellSignals.credit(signals),
            SettleSellSignals.memo(signals)
        );
        _requireVerified(Circuit.SETTLE_SELL, proof);
    }

    /// @inheritdoc IPrivateMarket
    function settleBuy(Proof calldata proof, uint256 deadline) external {
        uint256[] calldata signals = _signalsOf(proof, SettleBuySignals.COUNT);
        _requireContext(Circuit.SETTLE_BUY, deadline, "", SettleBuySignals.context(signals));
        _requireAuditKey(SettleBuySignals.auditKey(signals));
        _requireSame(_toleranceBps, SettleBuySignals.toleranceBps(signals));
        uint256 record = SettleBuySignals.record(signals);
        MatchView storage match_ = _requireSettleable(record, SettleBuySignals.actual(signals));
        _requirePlan(match_.buyPlan, SettleBuySignals.plan(signals));
        if (match_.buySettled) revert SettledBefore(record, false);
        match_.buySettled = true;
        emit MatchSettled(record, false);
        _addReservedNote(CREDIT, SettleBuySignals.credit(signals), SettleBuySignals.memo(signals));
        _requireVerified(Circuit.SETTLE_BUY, proof);
    }

    /// @dev One `actual` for both sides: final once it is there, or 0 once none can come any more.
    function _requireSettleable(
        uint256 record,
        uint256 actual
    ) private view returns (MatchView storage match_) {
        match_ = _requireMatch(record, MatchState.Agreed);
        uint256 expected = match_.actual;
        if (expected == 0) {
            uint256 from = _reportingClosesAt(match_.period);
            if (block.timestamp < from) revert SettlementNotBegun(record, from);
        }
        if (actual != expected) revert ForeignActual(expected, actual);
    }
}
