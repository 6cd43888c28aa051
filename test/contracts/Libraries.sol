// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Balancing, Tariff} from "../../contracts/libraries/Balancing.sol";
import {Commitment, SCHEDULE_PROOF} from "../../contracts/libraries/Commitment.sol";
import {GreenDoubleAuction} from "../../contracts/libraries/GreenDoubleAuction.sol";
import {ORDER_SLOTS, SortedLists} from "../../contracts/libraries/SortedLists.sol";
import {MarketParameters} from "../../contracts/types/MarketParameters.sol";
import {Order, OrderLibrary} from "../../contracts/types/Order.sol";
import {PackedOrder} from "../../contracts/types/PackedOrder.sol";
import {PeriodBook, PeriodBookLibrary, PeriodTotals} from "../../contracts/types/PeriodBook.sol";

/// @notice The market's libraries, callable one by one.
contract Libraries {
    struct Entry {
        uint256 id;
        uint256 price;
        uint256 flags;
        uint256 hint;
    }

    Order[ORDER_SLOTS] private _orders;
    PeriodBook private _book;

    // ------------------------------------------------------------------ GreenDoubleAuction

    function crosses(uint256 ask, uint256 bid) external pure returns (bool) {
        return GreenDoubleAuction.crosses(ask, bid);
    }

    function midPriceDown(uint256 ask, uint256 bid) external pure returns (uint256) {
        return GreenDoubleAuction.midPriceDown(ask, bid);
    }

    function fillWh(uint256 offerWh, uint256 bidWh) external pure returns (uint256) {
        return GreenDoubleAuction.fillWh(offerWh, bidWh);
    }

    function capacityWhDown(uint256 capacityNano, uint256 price) external pure returns (uint256) {
        return GreenDoubleAuction.capacityWhDown(capacityNano, price);
    }

    // ------------------------------------------------------------------ Balancing

    function tariff(
        PeriodTotals memory totals,
        MarketParameters memory parameters
    ) external pure returns (Tariff memory) {
        return Balancing.tariff(totals, parameters);
    }

    function periodPrice(
        PeriodTotals memory totals,
        MarketParameters memory parameters
    ) external pure returns (uint256 nano, uint256 wh) {
        return Balancing.periodPrice(totals, parameters);
    }

    function chargeNanoUp(
        uint256 energyWh,
        uint256 nano,
        uint256 denominator
    ) external pure returns (uint256) {
        return Balancing.chargeNanoUp(energyWh, nano, denominator);
    }

    function paymentNanoDown(
        uint256 energyWh,
        uint256 nano,
        uint256 denominator
    ) external pure returns (uint256) {
        return Balancing.paymentNanoDown(energyWh, nano, denominator);
    }

    function imbalanceWh(
        uint256 soldWh,
        uint256 boughtWh,
        uint256 importWh,
        uint256 exportWh
    ) external pure returns (uint256 distanceWh, bool short) {
        return Balancing.imbalanceWh(soldWh, boughtWh, importWh, exportWh);
    }

    function accuracyWh(
        uint256 declaredWh,
        uint256 withWh,
        uint256 againstWh
    ) external pure returns (uint256 consistentWh, uint256 deviationWh) {
        return Balancing.accuracyWh(declaredWh, withWh, againstWh);
    }

    // ------------------------------------------------------------------ Commitment

    function domain(uint256 chainId, address market) external pure returns (bytes32) {
        return Commitment.domain(chainId, market);
    }

    function hashOrder(
        bytes32 domain_,
        PackedOrder order,
        bytes32 salt
    ) external pure returns (bytes32) {
        return Commitment.hashOrder(domain_, order, salt);
    }

    function rootOf(
        bytes32 leaf,
        uint256 index,
        bytes32[SCHEDULE_PROOF] calldata proof
    ) external pure returns (bytes32) {
        return Commitment.rootOf(leaf, index, proof);
    }

    function hashSchedule(bytes32 root, uint256 periods) external pure returns (bytes32) {
        return Commitment.hashSchedule(root, periods);
    }

    function seal(bytes32 hash, uint256 tag, bool mandated) external pure returns (uint256) {
        return Commitment.seal(hash, tag, mandated);
    }

    function matches(uint256 stored, bytes32 hash, uint256 tag) external pure returns (bool) {
        return Commitment.matches(stored, hash, tag);
    }

    function tagOf(uint256 stored) external pure returns (uint256) {
        return Commitment.tagOf(stored);
    }

    function isMandated(uint256 stored) external pure returns (bool) {
        return Commitment.isMandated(stored);
    }

    // ------------------------------------------------------------------ SortedLists

    function rankOf(uint256 price, uint256 flags, uint256 id) external pure returns (uint256) {
        return SortedLists.rankOf(OrderLibrary.create(1, 1, price, flags), id);
    }

    function listOf(uint256 flags) external pure returns (uint256) {
        return SortedLists.listOf(OrderLibrary.create(1, 1, 1, flags));
    }

    function slotOf(uint256 participant, uint256 period) external pure returns (uint256) {
        return SortedLists.slotOf(participant, period);
    }

    function begin(uint256 period) external {
        _book = PeriodBookLibrary.begin(period);
    }

    /// @notice Inserts orders as one call of the market does, with what it knows of the heads.
    function insert(uint256 period, Entry[] calldata entries) external {
        uint256[4] memory headRanks;
        PeriodBook book = _book;
        for (uint256 i = 0; i < entries.length; ++i) {
            Entry calldata entry = entries[i];
            Order order = OrderLibrary.create(period, 1, entry.price, entry.flags);
            book = SortedLists.insert(_orders, book, headRanks, entry.id, order, entry.hint);
        }
        _book = book;
    }

    /// @return ids The participants of a list, in its order.
    /// @return opened How many orders the book counts.
    function read(
        uint256 period,
        uint256 list
    ) external view returns (uint256[] memory ids, uint256 opened) {
        opened = _book.openedCount();
        uint256[] memory all = new uint256[](opened);
        uint256 count = 0;
        for (uint256 id = _book.head(list); id != 0;) {
            all[count++] = id;
            id = _orders[SortedLists.slotOf(id, period)].next();
        }
        ids = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) ids[i] = all[i];
    }
}
