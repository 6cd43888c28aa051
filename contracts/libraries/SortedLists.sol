// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ORDER_SELL, Order} from "../types/Order.sol";
import {PeriodBook} from "../types/PeriodBook.sol";

/// @dev How many periods' state lives side by side.
uint256 constant RING_LENGTH = 8;
/// @dev The slots of all orders: participant * RING_LENGTH + period % RING_LENGTH.
uint256 constant ORDER_SLOTS = 1 << 27;

/// @notice The opened orders of a period as four linked lists, each sorted by price and then by participant.
/// @dev Orders are inserted in their place when they open, so that clearing walks the lists and has nothing
/// to verify. A hint only saves steps: whatever it says, the order ends where it belongs.
library SortedLists {
    /// @return The index of a participant's order of a period.
    function slotOf(uint256 participant, uint256 period) internal pure returns (uint256) {
        unchecked {
            return participant * RING_LENGTH + (period % RING_LENGTH);
        }
    }

    /// @return The list in which an order stands: LIST_*.
    function listOf(Order order) internal pure returns (uint256) {
        // ORDER_SELL is the lower of two neighbouring bits.
        return (Order.unwrap(order) >> 248) & 3;
    }

    /// @return The rank of an order in its list; lower is better, equal is impossible.
    function rankOf(Order order, uint256 participant) internal pure returns (uint256) {
        unchecked {
            uint256 price = order.priceMicroPerKwh();
            if (!order.has(ORDER_SELL)) price = type(uint32).max - price;
            return (price << 24) | participant;
        }
    }

    /// @notice Stores an order in its place.
    /// @param headRanks The ranks of the lists' heads, where known to this call; else 0.
    /// @param hint A participant whose order of the same list sorts before, from which to start; else anything.
    /// @return The book with the list's head and the number of orders brought up to date.
    function insert(
        Order[ORDER_SLOTS] storage orders,
        PeriodBook book,
        uint256[4] memory headRanks,
        uint256 participant,
        Order order,
        uint256 hint
    ) internal returns (PeriodBook) {
        uint256 list = listOf(order);
        uint256 rank = rankOf(order, participant);
        uint256 next = book.head(list);
        if (next == 0 || rank < _headRank(orders, headRanks, list, next, order.period())) {
            headRanks[list] = rank;
            book = book.withHead(list, participant);
        } else {
            uint256 previous = next;
            if (hint != 0 && _sortsBefore(orders, hint, order.period(), list, rank))
                previous = hint;
            next = _linkBehind(orders, previous, order.period(), participant, rank);
        }
        orders[slotOf(participant, order.period())] = order.withNext(next);
        return book.withOneMoreOpened();
    }

    function _headRank(
        Order[ORDER_SLOTS] storage orders,
        uint256[4] memory headRanks,
        uint256 list,
        uint256 head,
        uint256 period
    ) private view returns (uint256 rank) {
        rank = headRanks[list];
        if (rank == 0) rank = rankOf(orders[slotOf(head, period)], head);
    }

    /// @dev Walks from an order that sorts before to the last that does, and links the new one to it.
    /// @return next The order that follows the new one, 0 at the end.
    function _linkBehind(
        Order[ORDER_SLOTS] storage orders,
        uint256 previous,
        uint256 period,
        uint256 participant,
        uint256 rank
    ) private returns (uint256 next) {
        uint256 slot = slotOf(previous, period);
        Order order = orders[slot];
        next = order.next();
        while (next != 0) {
            uint256 nextSlot = slotOf(next, period);
            Order candidate = orders[nextSlot];
            if (rankOf(candidate, next) > rank) break;
            slot = nextSlot;
            order = candidate;
            next = candidate.next();
        }
        orders[slot] = order.withNext(participant);
    }

    function _sortsBefore(
        Order[ORDER_SLOTS] storage orders,
        uint256 hint,
        uint256 period,
        uint256 list,
        uint256 rank
    ) private view returns (bool) {
        if (hint > type(uint24).max) return false;
        Order order = orders[slotOf(hint, period)];
        return order.isOf(period) && listOf(order) == list && rankOf(order, hint) < rank;
    }
}
