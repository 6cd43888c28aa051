// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {GreenDoubleAuction} from "../libraries/GreenDoubleAuction.sol";
import {RING_LENGTH, SortedLists} from "../libraries/SortedLists.sol";
import {MarketBase} from "../MarketBase.sol";
import {ORDER_EXHAUSTED, Order} from "../types/Order.sol";
import {
    LIST_GREEN_BIDS,
    LIST_GREEN_OFFERS,
    LIST_PLAIN_BIDS,
    LIST_PLAIN_OFFERS,
    PHASE_CLEARED,
    PHASE_GREEN,
    PHASE_OPENING,
    PeriodBook,
    PeriodTotals,
    StoredTotals
} from "../types/PeriodBook.sol";

/// @notice Forms the trades of a period: section 1, steps 2 to 5, over the sorted lists.
/// @dev The lists are complete and sorted by construction, so that a call has nothing to choose but how far to go.
/// Buyers pay here, into the period's escrow: what was traded and not yet credited to its sellers. A buyer whose
/// means have shrunk since its order opened is filled as far as they go (section 2.3, function 3).
abstract contract Clearing is MarketBase, IMarketCore {
    uint256 private constant MAX_STEPS_PER_CALL = 4096;

    /// @dev The best unfilled order of each list, and what has been formed so far.
    struct ClearingRun {
        uint256 period;
        PeriodBook book;
        uint256[4] ids;
        Order[4] heads;
        uint256[4] meansNano;
        uint256[4] unpaidNano;
        bool[4] touched;
        uint256 tradedWh;
        uint256 tradedNano;
        uint256[] trades;
        uint256 count;
    }

    /// @inheritdoc IMarketCore
    function clear(uint256 period, uint256 maxSteps) external returns (bool cleared) {
        if (maxSteps > MAX_STEPS_PER_CALL) maxSteps = MAX_STEPS_PER_CALL;
        ClearingRun memory run = _beginClearing(period, maxSteps);
        uint256 phase = run.book.phase();
        if (phase == PHASE_OPENING) phase = PHASE_GREEN;
        uint256 steps = 0;
        while (steps < maxSteps) {
            (uint256 offers, uint256 bids) = phase == PHASE_GREEN
                ? (LIST_GREEN_OFFERS, LIST_GREEN_BIDS)
                : (
                    _betterOf(run, LIST_GREEN_OFFERS, LIST_PLAIN_OFFERS),
                    _betterOf(run, LIST_GREEN_BIDS, LIST_PLAIN_BIDS)
                );
            if (!_meet(run, offers, bids)) {
                if (++phase == PHASE_CLEARED) break;
                continue;
            }
            _trade(run, offers, bids);
            ++steps;
        }
        run.book = run.book.withPhase(phase);
        return _endClearing(run, phase);
    }

    // ------------------------------------------------------------------ internal

    function _beginClearing(
        uint256 period,
        uint256 maxSteps
    ) private view returns (ClearingRun memory run) {
        run.book = _books[period % RING_LENGTH];
        if (!run.book.isOf(period) || run.book.openedCount() == 0) revert NothingToClear(period);
        if (run.book.phase() == PHASE_CLEARED) revert AlreadyCleared(period);
        uint256 startsAt = _startOf(period - 1) + run.book.openingEnd();
        if (block.timestamp < startsAt) revert ClearingNotBegun(period, startsAt);
        run.period = period;
        for (uint256 list = 0; list < 4; ++list) _load(run, list, run.book.head(list));
        // Every trade fills one of its orders, so that there are fewer trades than orders.
        uint256 most = run.book.openedCount();
        if (maxSteps < most) most = maxSteps;
        run.trades = new uint256[](most);
    }

    function _endClearing(ClearingRun memory run, uint256 phase) private returns (bool cleared) {
        PeriodBook book = run.book;
        for (uint256 list = 0; list < 4; ++list) {
            book = book.withHead(list, run.ids[list]);
            if (run.touched[list]) _store(run, list);
        }
        uint256 ring = run.period % RING_LENGTH;
        _books[ring] = book;
        PeriodTotals memory totals = _totalsOf(run.period);
        if (run.count != 0) {
            totals.tradedWh += uint64(run.tradedWh);
            totals.tradedNano += uint96(run.tradedNano);
            totals.trades += uint32(run.count);
            _totals[ring] = StoredTotals(
                totals.tradedWh,
                totals.tradedNano,
                totals.trades,
                uint24(run.period)
            );
            uint256[] memory trades = run.trades;
            uint256 count = run.count;
            assembly ("memory-safe") {
                mstore(trades, count)
            }
            emit TradesFormed(run.period, trades);
        }
        cleared = phase == PHASE_CLEARED;
        if (cleared) emit Cleared(run.period, totals);
    }

    /// @dev The list whose head comes first in the second round.
    function _betterOf(
        ClearingRun memory run,
        uint256 green,
        uint256 plain
    ) private pure returns (uint256) {
        uint256 greenId = run.ids[green];
        uint256 plainId = run.ids[plain];
        if (plainId == 0) return green;
        if (greenId == 0) return plain;
        return
            SortedLists.rankOf(run.heads[green], greenId) <
                SortedLists.rankOf(run.heads[plain], plainId)
                ? green
                : plain;
    }

    /// @dev True where both lists have an order left and the best two cross.
    function _meet(
        ClearingRun memory run,
        uint256 offers,
        uint256 bids
    ) private pure returns (bool) {
        return
            run.ids[offers] != 0 &&
            run.ids[bids] != 0 &&
            GreenDoubleAuction.crosses(
                run.heads[offers].priceMicroPerKwh(),
                run.heads[bids].priceMicroPerKwh()
            );
    }

    function _trade(ClearingRun memory run, uint256 offers, uint256 bids) private {
        Order offer = run.heads[offers];
        Order bid = run.heads[bids];
        uint256 price = GreenDoubleAuction.midPriceDown(
            offer.priceMicroPerKwh(),
            bid.priceMicroPerKwh()
        );
        uint256 energyWh = GreenDoubleAuction.fillWh(
            offer.energyWh() - offer.filledWh(),
            bid.energyWh() - bid.filledWh()
        );
        {
            if (run.unpaidNano[bids] == 0) {
                run.meansNano[bids] = _accounts[run.ids[bids]].balanceNano();
            }
            uint256 capacityWh = GreenDoubleAuction.capacityWhDown(run.meansNano[bids], price);
            if (capacityWh < energyWh) {
                energyWh = capacityWh;
                bid = bid.with(ORDER_EXHAUSTED);
            }
        }
        if (energyWh != 0) {
            uint256 valueNano = energyWh * price;
            offer = offer.withTrade(energyWh, valueNano);
            bid = bid.withTrade(energyWh, valueNano);
            run.meansNano[bids] -= valueNano;
            run.unpaidNano[bids] += valueNano;
            run.tradedWh += energyWh;
            run.tradedNano += valueNano;
            run.trades[run.count++] =
                run.ids[offers] |
                (run.ids[bids] << 24) |
                (energyWh << 48) |
                (price << 80);
        }
        _advance(run, offers, offer, offer.filledWh() == offer.energyWh());
        _advance(run, bids, bid, bid.filledWh() == bid.energyWh() || bid.has(ORDER_EXHAUSTED));
    }

    function _advance(ClearingRun memory run, uint256 list, Order order, bool done) private {
        run.heads[list] = order;
        run.touched[list] = true;
        if (!done) return;
        _store(run, list);
        _load(run, list, order.next());
    }

    function _load(ClearingRun memory run, uint256 list, uint256 id) private view {
        run.ids[list] = id;
        run.touched[list] = false;
        if (id == 0) return;
        run.heads[list] = _orders[SortedLists.slotOf(id, run.period)];
        run.unpaidNano[list] = 0;
    }

    /// @dev Writes an order back; a bid pays for what it has bought since it was loaded.
    function _store(ClearingRun memory run, uint256 list) private {
        uint256 id = run.ids[list];
        _orders[SortedLists.slotOf(id, run.period)] = run.heads[list];
        if (_isBids(list) && run.unpaidNano[list] != 0) {
            _accounts[id] = _accounts[id].withBalanceNano(run.meansNano[list]);
            run.unpaidNano[list] = 0;
        }
    }

    function _isBids(uint256 list) private pure returns (bool) {
        return list == LIST_PLAIN_BIDS || list == LIST_GREEN_BIDS;
    }
}
