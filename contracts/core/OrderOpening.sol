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
import {ORDER_GREEN, ORDER_SELL, OrderLibrary} from "../types/Order.sol";
import {PackedOrder} from "../types/PackedOrder.sol";
import {PeriodBook} from "../types/PeriodBook.sol";

/// @notice Opening of sealed orders between gate closure and clearing.
/// @dev Means are checked here and paid with at clearing; in between {MarketBase._lockedNano} keeps the owner from
/// withdrawing them. An order that cannot open stays sealed, and costs the non-opening charge.
abstract contract OrderOpening is MarketBase, IMarketCore {
    uint256 private constant ORDER_MASK = (1 << 113) - 1;
    uint256 private constant HINT_SHIFT = 128;
    uint256 private constant EVENT_GREEN = 1 << 113;
    uint256 private constant PERIODS_SHIFT = 152;
    /// @dev Bits without a meaning: between order and hint, and above the periods.
    uint256 private constant UNUSED_MASK =
        (((1 << HINT_SHIFT) - 1) ^ ORDER_MASK) | (type(uint256).max << (PERIODS_SHIFT + 96));

    bytes32 private immutable _commitmentDomain = Commitment.domain(block.chainid, address(this));

    /// @dev What the orders of one call share.
    struct OpeningRun {
        uint256 period;
        uint256 day;
        uint256 dayIndex;
        PeriodBook book;
        uint256 minPrice;
        uint256 maxPrice;
        uint256 maxEnergyWh;
        uint256 marginNano;
        uint256[4] headRanks;
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
            Opening calldata opening = openings[i];
            _report(run, opening.opening, _open(run, opening));
        }
        _endRun(run);
    }

    /// @inheritdoc IMarketCore
    function openScheduledOrders(uint256 period, ScheduledOpening[] calldata openings) external {
        OpeningRun memory run = _beginRun(period, openings.length);
        for (uint256 i = 0; i < openings.length; ++i) {
            ScheduledOpening calldata opening = openings[i];
            _report(run, opening.opening, _openScheduled(run, opening));
        }
        _endRun(run);
    }

    // ------------------------------------------------------------------ internal

    function _beginRun(uint256 period, uint256 size) private returns (OpeningRun memory run) {
        if (period == 0 || period > MAX_PERIOD) revert PeriodOutOfRange(period);
        MarketParameters memory parameters = _parametersOf(period);
        uint256 opensAt = _startOf(period - 1) + parameters.gateClosure;
        if (block.timestamp < opensAt) revert OpeningNotBegun(period, opensAt);
        uint256 closedAt = _startOf(period - 1) + parameters.openingEnd;
        if (block.timestamp >= closedAt) revert OpeningClosed(period, closedAt);
        run.book = _beginPeriod(period).withOpeningEnd(parameters.openingEnd);
        run.opened = new uint256[](size);
        run.period = period;
        run.day = period / SCHEDULE_PERIODS;
        run.dayIndex = period % SCHEDULE_PERIODS;
        run.minPrice = parameters.minPriceMicroPerKwh;
        run.maxPrice = parameters.maxPriceMicroPerKwh;
        run.maxEnergyWh = parameters.maxEnergyWh;
        run.marginNano = parameters.marginNano;
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
        uint256 word = opening.opening;
        PackedOrder order = PackedOrder.wrap(word & ORDER_MASK);
        bytes32 commitment = Commitment.hashOrder(_commitmentDomain, order, opening.salt);
        uint256 stored = _seals[_sealSlot(order.participant(), run.period)];
        if (!Commitment.matches(stored, commitment, run.period)) return _unknown(order, commitment);
        if (word >> PERIODS_SHIFT != 0)
            return abi.encodeWithSelector(MalformedOrder.selector, word);
        return _openVerified(run, word, Commitment.isMandated(stored));
    }

    function _openScheduled(
        OpeningRun memory run,
        ScheduledOpening calldata opening
    ) private returns (bytes memory) {
        uint256 word = opening.opening;
        PackedOrder order = PackedOrder.wrap(word & ORDER_MASK);
        bytes32 commitment = Commitment.hashOrder(_commitmentDomain, order, opening.salt);
        uint256 index = run.dayIndex;
        uint256 periods = word >> PERIODS_SHIFT;
        bytes32 schedule = Commitment.hashSchedule(
            Commitment.rootOf(commitment, index, opening.proof),
            periods
        );
        uint256 stored = _scheduleRoots[_scheduleSlot(order.participant(), run.day)];
        if (!Commitment.matches(stored, schedule, run.day) || (periods >> index) & 1 == 0) {
            return _unknown(order, commitment);
        }
        return _openVerified(run, word, Commitment.isMandated(stored));
    }

    /// @dev Opens an order whose seal has been found.
    function _openVerified(
        OpeningRun memory run,
        uint256 opening,
        bool mandated
    ) private returns (bytes memory failure) {
        unchecked {
            PackedOrder packed = PackedOrder.wrap(opening & ORDER_MASK);
            uint256 participant = packed.participant();
            uint256 period = run.period;
            uint256 energyWh = packed.energyWh();
            uint256 price = packed.priceMicroPerKwh();
            if (
                opening & UNUSED_MASK != 0 ||
                packed.period() != period ||
                energyWh == 0 ||
                energyWh > run.maxEnergyWh ||
                price < run.minPrice ||
                price > run.maxPrice ||
                _orders[SortedLists.slotOf(participant, period)].isOf(period)
            ) return _explain(run, opening);

            uint256 flags;
            (failure, flags) = _checkMeans(run, packed, mandated);
            if (failure.length != 0) return failure;
            run.book = SortedLists.insert(
                _orders,
                run.book,
                run.headRanks,
                participant,
                OrderLibrary.create(period, energyWh, price, flags),
                (opening >> HINT_SHIFT) & 0xffffff
            );
            uint256 count = run.count;
            run.opened[count] =
                PackedOrder.unwrap(packed) | (flags & ORDER_GREEN != 0 ? EVENT_GREEN : 0);
            run.count = count + 1;
        }
    }

    /// @return What is wrong with an order that cannot open, whoever owns it.
    function _explain(OpeningRun memory run, uint256 opening) private view returns (bytes memory) {
        if (opening & UNUSED_MASK != 0) {
            return abi.encodeWithSelector(MalformedOrder.selector, opening);
        }
        PackedOrder packed = PackedOrder.wrap(opening & ORDER_MASK);
        uint256 period = run.period;
        if (packed.period() != period) {
            return abi.encodeWithSelector(WrongPeriod.selector, period, packed.period());
        }
        uint256 participant = packed.participant();
        if (_orders[SortedLists.slotOf(participant, period)].isOf(period)) {
            return abi.encodeWithSelector(AlreadyOpened.selector, participant, period);
        }
        uint256 energyWh = packed.energyWh();
        if (energyWh == 0 || energyWh > run.maxEnergyWh) {
            return abi.encodeWithSelector(EnergyOutOfRange.selector, energyWh, run.maxEnergyWh);
        }
        return
            abi.encodeWithSelector(
                PriceOutOfBand.selector,
                packed.priceMicroPerKwh(),
                run.minPrice,
                run.maxPrice
            );
    }

    /// @dev Checks that a seller keeps its margin and that a buyer can pay quantity times limit beyond it.
    /// @return failure The error, or nothing.
    /// @return flags The side, and whether the order counts as green.
    function _checkMeans(
        OpeningRun memory run,
        PackedOrder packed,
        bool mandated
    ) private returns (bytes memory failure, uint256 flags) {
        unchecked {
            uint256 participant = packed.participant();
            Account account = _accounts[participant];
            uint256 requiredNano = run.marginNano;
            if (packed.isSell()) {
                flags = account.has(ACCOUNT_GREEN_SUPPLY) ? ORDER_SELL | ORDER_GREEN : ORDER_SELL;
            } else {
                flags = account.has(ACCOUNT_GREEN_PREFERENCE) ? ORDER_GREEN : 0;
                requiredNano += packed.energyWh() * packed.priceMicroPerKwh();
            }
            if (account.has(ACCOUNT_FROZEN)) {
                failure = abi.encodeWithSelector(AccountIsFrozen.selector, participant);
            } else if (account.balanceNano() < requiredNano) {
                failure = abi.encodeWithSelector(
                    CollateralTooSmall.selector,
                    participant,
                    requiredNano,
                    account.balanceNano()
                );
            } else if (mandated) {
                failure = _spendMandate(
                    participant,
                    packed.priceMicroPerKwh(),
                    requiredNano - run.marginNano
                );
            }
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
