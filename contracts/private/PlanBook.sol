// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPrivateMarket, PlanState, PlanView, Proof} from "../interfaces/IPrivateMarket.sol";
import {Circuit} from "../types/Circuit.sol";
import {BuyPlanSignals} from "../verifiers/BuyPlanSignals.sol";
import {RefundSignals} from "../verifiers/RefundSignals.sol";
import {SellPlanSignals} from "../verifiers/SellPlanSignals.sol";
import {AuditKeys} from "./AuditKeys.sol";
import {NoteQueue} from "./NoteQueue.sol";
import {Nullifiers} from "./Nullifiers.sol";
import {Participants} from "./Participants.sol";
import {Proofs} from "./Proofs.sol";
import {Terms} from "./Terms.sol";

/// @notice Plans by their commitments, from their birth to their end.
abstract contract PlanBook is
    IPrivateMarket,
    Terms,
    Proofs,
    AuditKeys,
    NoteQueue,
    Nullifiers,
    Participants
{
    /// @dev Of one slot each. None is ever deleted: a commitment is taken once.
    mapping(uint256 plan => PlanView) internal _plans;

    // ------------------------------------------------------------------ plans

    /// @inheritdoc IPrivateMarket
    function submitSellPlan(Proof calldata proof, uint256 deadline, bytes32 features) external {
        uint256[] calldata signals = _signalsOf(proof, SellPlanSignals.COUNT);
        _requireContext(
            Circuit.SELL_PLAN,
            deadline,
            abi.encode(features),
            SellPlanSignals.context(signals)
        );
        _requireAuditKey(SellPlanSignals.auditKey(signals));
        _requireScope(SellPlanSignals.scope(signals));
        _requireRoot(SellPlanSignals.root(signals), SellPlanSignals.size(signals));
        _requireParticipants(
            SellPlanSignals.participantsRoot(signals),
            SellPlanSignals.participantsSize(signals)
        );
        _requireSame(_bondWh, SellPlanSignals.bondWh(signals));
        _spend(SellPlanSignals.nullifier(signals));
        _addPlan(
            SellPlanSignals.plan(signals),
            true,
            SellPlanSignals.period(signals),
            features,
            SellPlanSignals.planMemo(signals)
        );
        _addNote(GENERATION, SellPlanSignals.rest(signals), 1, SellPlanSignals.restMemo(signals));
        _requireVerified(Circuit.SELL_PLAN, proof);
    }

    /// @inheritdoc IPrivateMarket
    function submitBuyPlan(Proof calldata proof, uint256 deadline, bytes32 features) external {
        uint256[] calldata signals = _signalsOf(proof, BuyPlanSignals.COUNT);
        _requireContext(
            Circuit.BUY_PLAN,
            deadline,
            abi.encode(features),
            BuyPlanSignals.context(signals)
        );
        _requireAuditKey(BuyPlanSignals.auditKey(signals));
        _requireScope(BuyPlanSignals.scope(signals));
        _requireRoot(BuyPlanSignals.root(signals), BuyPlanSignals.size(signals));
        _requireParticipants(
            BuyPlanSignals.participantsRoot(signals),
            BuyPlanSignals.participantsSize(signals)
        );
        _requireSame(_bondNano, BuyPlanSignals.bondNano(signals));
        _spend(BuyPlanSignals.nullifier(signals));
        _addPlan(
            BuyPlanSignals.plan(signals),
            false,
            BuyPlanSignals.period(signals),
            features,
            BuyPlanSignals.planMemo(signals)
        );
        _addNote(CREDIT, BuyPlanSignals.change(signals), 1, BuyPlanSignals.changeMemo(signals));
        _requireVerified(Circuit.BUY_PLAN, proof);
    }

    /// @inheritdoc IPrivateMarket
    function refund(Proof calldata proof, uint256 deadline) external {
        uint256[] calldata signals = _signalsOf(proof, RefundSignals.COUNT);
        _requireContext(Circuit.REFUND, deadline, "", RefundSignals.context(signals));
        _requireAuditKey(RefundSignals.auditKey(signals));
        _requireSame(_bondNano, RefundSignals.bondNano(signals));
        _requireSame(_bondWh, RefundSignals.bondWh(signals));
        uint256 plan = RefundSignals.plan(signals);
        PlanView memory book = _requireOpen(plan);
        _requireSame(book.sell ? 1 : 0, RefundSignals.side(signals));
        _requireSame(book.strikes, RefundSignals.strikes(signals));
        uint256 from = _proposalsCloseAt(book.period);
        if (block.timestamp < from) revert RefundTooEarly(plan, from);
        _plans[plan].state = PlanState.Ended;
        emit PlanRefunded(plan);
        _addReservedNote(
            book.sell ? GENERATION : CREDIT,
            RefundSignals.note(signals),
            RefundSignals.memo(signals)
        );
        _requireVerified(Circuit.REFUND, proof);
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IPrivateMarket
    function planOf(uint256 plan) external view returns (PlanView memory) {
        return _plans[plan];
    }

    // ------------------------------------------------------------------ internal

    function _requireOpen(uint256 plan) internal view returns (PlanView memory book) {
        book = _plans[plan];
        if (book.state != PlanState.Open) revert PlanNotOpen(plan, book.state);
    }

    function _requireUnknown(uint256 plan) internal view {
        if (_plans[plan].state != PlanState.None) revert PlanKnown(plan);
    }

    // ------------------------------------------------------------------ private

    function _addPlan(
        uint256 plan,
        bool sell,
        uint256 period,
        bytes32 features,
        uint256[] calldata memo
    ) private {
        if (period > MAX_PERIOD) revert PeriodInvalid(period);
        uint256 closedAt = _plansCloseAt(period);
        if (block.timestamp >= closedAt) revert PlansClosed(period, closedAt);
        _requireUnknown(plan);
        _plans[plan] = PlanView({
            state: PlanState.Open,
            sell: sell,
            period: uint24(period),
            strikes: 0
        });
        _reserveLeaves(1);
        emit PlanAdded(plan, sell, period, 0, features, memo);
    }
}
