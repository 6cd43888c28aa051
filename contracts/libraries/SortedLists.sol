// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ORDER_GREEN, ORDER_SELL, Order} from "../types/Order.sol";
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
        return participant * RING_LENGTH + (period % RING_LENGTH);
    }

    /// @return The list in which an order stands: LIST_*.
    function listOf(Order order) internal pure returns (uint256) {
        return (order.has(ORDER_GREEN) ? 2 : 0) + (order.has(ORDER_SELL) ? 1 : 0);
    }

    /// @return The rank of an order in its list; lower is better, equal is impossible.
    function rankOf(Order order, uint256 participant) internal pure returns (uint256) {
        uint256 price = order.priceMicroPerKwh();
        return ((order.has(ORDER_SELL) ? price : type(uint32).max - price) << 24) | participant;
    }

    /// @notice Stores an order in its place.
    /// @param hint A participant whose order of the same list sorts before, from which to start; else anything.
    /// @return The book with the list's head and the number of orders brought up to date.
    function insert(
        Order[ORDER_SLOTS] storage orders,
        PeriodBook book,
        uint256 participant,
        Order order,
        uint256 hint
    ) internal returns (PeriodBook) {
        uint256 period = order.period();
        uint256 list = listOf(order);
        uint256 rank = rankOf(order, participant);
        uint256 previous = hint == 0 || !_sortsBefore(orders, hint, period, list, rank) ? 0 : hint;
        uint256 next = previous == 0 ? book.head(list) : orders[slotOf(previous, period)].next();
        while (next != 0) {
            Order candidate = orders[slotOf(next, period)];
            if (rankOf(candidate, next) > rank) break;
            previous = next;
            next = candidate.next();
        }
        orders[slotOf(participant, period)] = order.withNext(next);
        if (previous == 0) {
            book = book.withHead(list, participant);
        } else {
            uint256 slot = slotOf(previous, period);
            orders[slot] = orders[slot].withNext(participant);
        }
        return book.withOneMoreOpened();
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
        return order.period() == period && listOf(order) == list && rankOf(order, hint) < rank;
    }
}
