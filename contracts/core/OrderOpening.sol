// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {Mandate, Opening, ScheduledOpening} from "../interfaces/IMarketEvents.sol";
import {Commitment, SCHEDULE_PERIODS} from "../libraries/Commitment.sol";
import {RING_LENGTH, SortedLists} from "../libraries/SortedLists.sol";
import {MarketBase} from "../MarketBase.sol";
import {
    ACCOUNT_FROZEN,
    ACCOUNT_GREEN_PREFERENCE,
    ACCOUNT_GREEN_SUPPLY,
    Account
} from "../types/Account.sol";
import {MarketParameters} from "../types/MarketParameters.sol";
import {ORDER_GREEN, ORDER_SELL, ORDER_UNDERFUNDED, Order, OrderLibrary} from "../types/Order.sol";
import {PackedOrder} from "../types/PackedOrder.sol";
import {PeriodBook} from "../types/PeriodBook.sol";

/// @notice Opening of sealed orders between gate closure and clearing.
/// @dev A bid locks quantity times limit. One whose owner's means have shrunk since it was sealed opens with what
/// is left and is marked underfunded: its fill is cut at clearing to what the lock pays (the source's purchase
/// capacity), and it costs the non-opening charge, or shrinking one's means would be a free way out.
abstract contract OrderOpening is MarketBase, IMarketCore {
    uint256 private constant ORDER_MASK = (1 << 113) - 1;
    uint256 private constant HINT_SHIFT = 128;
    uint256 private constant OPENING_MASK = ORDER_MASK | (0xffffff << HINT_SHIFT);
    uint256 private constant EVENT_GREEN = 1 << 113;
    uint256 private constant EVENT_UNDERFUNDED = 1 << 114;

    bytes32 private immutable _commitmentDomain = Commitment.domain(block.chainid, address(this));

    /// @dev What the orders of one call share.
    struct OpeningRun {
        uint256 period;
        PeriodBook book;
        MarketParameters parameters;
        uint256[] opened;
        uint256 count;
    }

    /// @inheritdoc IMarketCore
    function openOrder(uint256 period, Opening calldata opening) external {
        OpeningRun memory run = _beginRun(period, 1);
        _revertWith(_open(run, opening));
        _endRun(run);
    }

    /// @inheritdoc IMarketCore
    function openScheduledOrder(uint256 period, ScheduledOpening calldata opening) external {
        OpeningRun memory run = _beginRun(period, 1);
        _revertWith(_openScheduled(run, opening));
        _endRun(run);
    }

    /// @inheritdoc IMarketCore
    function openOrders(uint256 period, Opening[] calldata openings) external {
        OpeningRun memory run = _beginRun(period, openings.length);
        for (uint256 i = 0; i < openings.length; ++i) {
            _report(run, openings[i].opening, _open(run, openings[i]));
        }
        _endRun(run);
    }

    /// @inheritdoc IMarketCore
    function openScheduledOrders(uint256 period, ScheduledOpening[] calldata openings) external {
        OpeningRun memory run = _beginRun(period, openings.length);
        for (uint256 i = 0; i < openings.length; ++i) {
            _report(run, openings[i].opening, _openScheduled(run, openings[i]));
        }
        _endRun(run);
    }

    // ------------------------------------------------------------------ internal

    function _beginRun(uint256 period, uint256 size) private returns (OpeningRun memory run) {
        if (period == 0 || period > MAX_PERIOD) revert PeriodOutOfRange(period);
        run.period = period;
        run.parameters = _parametersOf(period);
        uint256 opensAt = _startOf(period - 1) + run.parameters.gateClosure;
        if (block.timestamp < opensAt) revert OpeningNotBegun(period, opensAt);
        uint256 closedAt = _startOf(period - 1) + run.parameters.openingEnd;
        if (block.timestamp >= closedAt) revert OpeningClosed(period, closedAt);
        run.book = _beginPeriod(period);
        run.opened = new uint256[](size);
    }

    function _endRun(OpeningRun memory run) private {
        if (run.count == 0) return;
        _books[run.period % RING_LENGTH] = run.book;
        uint256[] memory opened = run.opened;
        uint256 count = run.count;
        assembly ("memory-safe") {
            mstore(opened, count)
        }
        emit OrdersOpened(run.period, opened);
    }

    function _report(OpeningRun memory run, uint256 opening, bytes memory failure) private {
        if (failure.length != 0) {
            emit OpeningRefused(run.period, PackedOrder.wrap(opening).participant(), failure);
        }
    }

    function _open(OpeningRun memory run, Opening calldata opening) private returns (bytes memory) {
        PackedOrder order = PackedOrder.wrap(opening.opening & ORDER_MASK);
        bytes32 commitment = Commitment.hashOrder(_commitmentDomain, order, opening.salt);
        uint256 stored = _seals[SortedLists.slotOf(order.participant(), run.period)];
        if (!Commitment.matches(stored, commitment, run.period)) {
            return _unknown(order, commitment);
        }
        return _openVerified(run, opening.opening, Commitment.isMandated(stored));
    }

    function _openScheduled(
        OpeningRun memory run,
        ScheduledOpening calldata opening
    ) private returns (bytes memory) {
        PackedOrder order = PackedOrder.wrap(opening.opening & ORDER_MASK);
        bytes32 commitment = Commitment.hashOrder(_commitmentDomain, order, opening.salt);
        bytes32 root = Commitment.rootOf(commitment, opening.proof);
        uint256 day = run.period / SCHEDULE_PERIODS;
        uint256 stored = _scheduleRoots[_scheduleSlot(order.participant(), day)];
        if (!Commitment.matches(stored, root, day)) return _unknown(order, commitment);
        return _openVerified(run, opening.opening, Commitment.isMandated(stored));
    }

    /// @dev Opens an order whose seal has been found.
    function _openVerified(
        OpeningRun memory run,
        uint256 opening,
        bool mandated
    ) private returns (bytes memory failure) {
        failure = _checkOrder(run, opening);
        if (failure.length != 0) return failure;
        PackedOrder packed = PackedOrder.wrap(opening & ORDER_MASK);
        uint256 lockNano;
        uint256 flags;
        (failure, lockNano, flags) = _fund(run, packed, mandated);
        if (failure.length != 0) return failure;
        run.book = SortedLists.insert(
            _orders,
            run.book,
            packed.participant(),
            OrderLibrary.create(
                run.period,
                packed.energyWh(),
                packed.priceMicroPerKwh(),
                lockNano,
                flags
            ),
            opening >> HINT_SHIFT
        );
        run.opened[run.count++] =
            PackedOrder.unwrap(packed) |
            (flags & ORDER_GREEN != 0 ? EVENT_GREEN : 0) |
            (flags & ORDER_UNDERFUNDED != 0 ? EVENT_UNDERFUNDED : 0);
    }

    /// @dev What can be said of an order without its account.
    function _checkOrder(
        OpeningRun memory run,
        uint256 opening
    ) private view returns (bytes memory) {
        if (opening & ~OPENING_MASK != 0) {
            return abi.encodeWithSelector(MalformedOrder.selector, opening);
        }
        PackedOrder packed = PackedOrder.wrap(opening);
        uint256 period = run.period;
        if (packed.period() != period) {
            return abi.encodeWithSelector(WrongPeriod.selector, period, packed.period());
        }
        uint256 participant = packed.participant();
        if (_orders[SortedLists.slotOf(participant, period)].period() == period) {
            return abi.encodeWithSelector(AlreadyOpened.selector, participant, period);
        }
        MarketParameters memory p = run.parameters;
        uint256 energyWh = packed.energyWh();
        if (energyWh == 0 || energyWh > p.maxEnergyWh) {
            return abi.encodeWithSelector(EnergyOutOfRange.selector, energyWh, p.maxEnergyWh);
        }
        uint256 price = packed.priceMicroPerKwh();
        if (price < p.minPriceMicroPerKwh || price > p.maxPriceMicroPerKwh) {
            return
                abi.encodeWithSelector(
                    PriceOutOfBand.selector,
                    price,
                    p.minPriceMicroPerKwh,
                    p.maxPriceMicroPerKwh
                );
        }
        return "";
    }

    /// @dev Checks the collateral of an order and locks what a bid may cost.
    function _fund(
        OpeningRun memory run,
        PackedOrder packed,
        bool mandated
    ) private returns (bytes memory failure, uint256 lockNano, uint256 flags) {
        uint256 participant = packed.participant();
        Account account = _accounts[participant];
        if (account.has(ACCOUNT_FROZEN)) {
            return (abi.encodeWithSelector(AccountIsFrozen.selector, participant), 0, 0);
        }
        uint256 price = packed.priceMicroPerKwh();
        bool sell = packed.isSell();
        uint256 costNano = sell ? 0 : packed.energyWh() * price;
        uint256 available = account.balanceNano() - account.lockedNano();
        uint256 marginNano = run.parameters.marginNano;
        // Beyond the margin a bid needs at least a watt-hour at its limit to open at all.
        if (available < marginNano + (sell ? 0 : price)) {
            failure = abi.encodeWithSelector(
                CollateralTooSmall.selector,
                participant,
                marginNano + costNano,
                available
            );
            return (failure, 0, 0);
        }
        if (mandated) {
            failure = _spendMandate(participant, price, costNano);
            if (failure.length != 0) return (failure, 0, 0);
        }
        lockNano = costNano;
        if (available - marginNano < costNano) {
            lockNano = available - marginNano;
            flags = ORDER_UNDERFUNDED;
        }
        if (sell) flags |= ORDER_SELL;
        if (account.has(sell ? ACCOUNT_GREEN_SUPPLY : ACCOUNT_GREEN_PREFERENCE)) {
            flags |= ORDER_GREEN;
        }
        if (lockNano != 0) {
            _accounts[participant] = account.withLockedNano(account.lockedNano() + lockNano);
        }
    }

    /// @dev Checks an order that an agent sealed against the mandate's limits, and counts what it may cost.
    function _spendMandate(
        uint256 participant,
        uint256 price,
        uint256 costNano
    ) private returns (bytes memory) {
        Mandate memory mandate = _mandates[participant];
        uint256 spentNano = _spentNano[participant];
        uint256 leftNano =
            mandate.spendingLimitNano > spentNano ? mandate.spendingLimitNano - spentNano : 0;
        if (
            price < mandate.minPriceMicroPerKwh ||
            price > mandate.maxPriceMicroPerKwh ||
            costNano > leftNano
        ) {
            return
                abi.encodeWithSelector(
                    OutsideMandate.selector,
                    participant,
                    price,
                    costNano,
                    leftNano
                );
        }
        _spentNano[participant] = spentNano + costNano;
        return "";
    }

    function _unknown(PackedOrder order, bytes32 commitment) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                UnknownCommitment.selector,
                order.participant(),
                order.period(),
                commitment
            );
    }
}
