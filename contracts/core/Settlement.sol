// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {Dues} from "../interfaces/IMarketEvents.sol";
import {Balancing, Delivery, PeriodPrice} from "../libraries/Balancing.sol";
import {RING_LENGTH, SortedLists} from "../libraries/SortedLists.sol";
import {MarketBase} from "../MarketBase.sol";
import {
    ACCOUNT_AUTHORISED,
    ACCOUNT_FROZEN,
    ACCOUNT_HAS_DUES,
    ACCOUNT_METERED,
    ACCOUNT_SUSPENDED,
    Account,
    MAX_REPUTATION
} from "../types/Account.sol";
import {MarketParameters} from "../types/MarketParameters.sol";
import {LateReading, MeterState} from "../types/Meter.sol";
import {ORDER_SELL, ORDER_UNDERFUNDED, Order} from "../types/Order.sol";
import {PHASE_CLEARED, PeriodBook, PeriodTotals} from "../types/PeriodBook.sol";

/// @notice Turns trades and readings into payments: section 1, steps 6 to 8, formulas (1) to (5).
/// @dev Who is settled is kept in bitmaps of 224 accounts a word, tagged with their period, so that settling an
/// account writes nothing but the account.
abstract contract Settlement is MarketBase, IMarketCore {
    uint256 private constant REPUTATION_LOSS = 10;

    /// @dev What the accounts of one call share.
    struct SettlementRun {
        uint256 period;
        MarketParameters parameters;
        PeriodPrice price;
        bool graceOver;
        uint256 gridNano;
        uint256 fundNano;
        uint256[] settlements;
        uint256 count;
    }

    /// @dev What one account owes and is owed for a period.
    struct Bill {
        uint256 tradeNano;
        uint256 imbalanceWh;
        uint256 imbalanceNano;
        uint256 rewardNano;
        uint256 penaltyNano;
        uint256 chargeNano;
        bool sell;
        bool short;
        bool unread;
        bool kept;
        bool broken;
    }

    // ------------------------------------------------------------------ settle

    /// @inheritdoc IMarketCore
    function settle(
        uint256 period,
        uint256 firstParticipant,
        uint256 count
    ) external returns (uint256 settled) {
        if (firstParticipant <= GRID) revert UnknownParticipant(firstParticipant);
        SettlementRun memory run;
        PeriodBook book;
        (run, book) = _beginSettlement(period);
        uint256 end = _min(
            firstParticipant + _min(count, MAX_ACCOUNTS),
            book.accountCount() + GRID + 1
        );
        if (firstParticipant >= end) return 0;
        run.settlements = new uint256[](2 * (end - firstParticipant));
        settled = _settleRange(run, firstParticipant, end);
        if (settled == 0) return 0;

        book = book.withMoreSettled(settled);
        _books[period % RING_LENGTH] = book;
        _accounts[GRID] = _accounts[GRID].withBalanceNano(run.gridNano);
        _incentiveFundNano = run.fundNano;
        uint256[] memory settlements = run.settlements;
        assembly ("memory-safe") {
            mstore(settlements, mul(settled, 2))
        }
        emit AccountsSettled(period, settlements);
        if (book.isComplete()) emit PeriodSettled(period);
    }

    // ------------------------------------------------------------------ internal

    function _beginSettlement(
        uint256 period
    ) private returns (SettlementRun memory run, PeriodBook book) {
        if (block.timestamp < _startOf(period + 1)) {
            revert SettlementNotBegun(period, _startOf(period + 1));
        }
        book = _beginPeriod(period);
        if (book.openedCount() != 0 && book.phase() != PHASE_CLEARED) revert NotCleared(period);
        if (book.accountCount() == 0) {
            // Whoever has an account now; who came after delivery has nothing to settle.
            book = book.withAccountCount(_accountCount - GRID);
            _books[period % RING_LENGTH] = book;
        }
        run.period = period;
        run.parameters = _parametersOf(period);
        run.price = Balancing.periodPrice(_totals[period % RING_LENGTH], run.parameters);
        run.graceOver = block.timestamp >= _graceEndOf(period, run.parameters);
        run.gridNano = _accounts[GRID].balanceNano();
        run.fundNano = _incentiveFundNano;
    }

    function _settleRange(
        SettlementRun memory run,
        uint256 first,
        uint256 end
    ) private returns (uint256 settled) {
        uint256 tag = (run.period + 1) << TAG_SHIFT;
        uint256 base = (run.period % RING_LENGTH) * WORDS_PER_PERIOD;
        uint256 participant = first;
        while (participant < end) {
            uint256 slot = base + participant / BITS_PER_WORD;
            uint256 before = _settledWords[slot];
            if (before & ~((1 << TAG_SHIFT) - 1) != tag) before = tag;
            uint256 word = before;
            uint256 last = _min(end, (participant / BITS_PER_WORD + 1) * BITS_PER_WORD);
            for (; participant < last; ++participant) {
                uint256 bit = 1 << (participant % BITS_PER_WORD);
                if (word & bit == 0 && _settleAccount(run, participant)) {
                    word |= bit;
                    ++settled;
                }
            }
            if (word != before) _settledWords[slot] = word;
        }
    }

    /// @return True where the account is settled now; false where its reading may still come.
    function _settleAccount(SettlementRun memory run, uint256 participant) private returns (bool) {
        uint256 period = run.period;
        Delivery memory delivery;
        Bill memory bill;
        Order order = _orders[SortedLists.slotOf(participant, period)];
        bool opened = order.isOf(period);
        bool metered = _readDelivery(participant, period, delivery);
        Account account = _accounts[participant];
        if (!metered) {
            bill.unread = opened || _isReadingExpected(participant, account, period);
            if (bill.unread && !run.graceOver) return false;
        }
        if (opened) {
            bill.sell = delivery.sell = order.has(ORDER_SELL);
            delivery.declaredWh = order.energyWh();
            if (bill.sell) delivery.soldWh = order.filledWh();
            else delivery.boughtWh = order.filledWh();
            bill.tradeNano = order.tradeNano();
            if (order.has(ORDER_UNDERFUNDED)) bill.chargeNano = run.parameters.nonOpeningChargeNano;
        } else if (!account.has(ACCOUNT_FROZEN) && _hasSealed(participant, period)) {
            bill.chargeNano = run.parameters.nonOpeningChargeNano;
        }
        _bill(run, delivery, bill, opened);
        account = _pay(run, participant, account, bill, opened ? order.lockNano() : 0);
        account = _judge(run, participant, account, bill);
        _accounts[participant] = account;
        _record(run, participant, account, delivery, bill);
        return true;
    }

    /// @dev The energy of the period, from the latest reading or from one that was kept.
    function _readDelivery(
        uint256 participant,
        uint256 period,
        Delivery memory delivery
    ) private view returns (bool) {
        MeterState meter = _meters[participant];
        if (meter.hasReading() && meter.period() == period) {
            delivery.importWh = meter.importDeltaWh();
            delivery.exportWh = meter.exportDeltaWh();
            return true;
        }
        LateReading late = _lateReadings[SortedLists.slotOf(participant, period)];
        if (!late.isOf(period)) return false;
        delivery.importWh = late.importDeltaWh();
        delivery.exportWh = late.exportDeltaWh();
        return true;
    }

    function _isReadingExpected(
        uint256 participant,
        Account account,
        uint256 period
    ) private view returns (bool) {
        return
            account.has(ACCOUNT_METERED) &&
            account.has(ACCOUNT_AUTHORISED) &&
            _bindings[participant].boundIn < period;
    }

    /// @dev Formulas (1) to (5). Without a reading nothing is delivered, and nothing is paid for.
    function _bill(
        SettlementRun memory run,
        Delivery memory delivery,
        Bill memory bill,
        bool opened
    ) private pure {
        (uint256 shortWh, uint256 longWh) = Balancing.imbalanceWh(delivery);
        if (shortWh != 0) {
            bill.short = true;
            bill.imbalanceWh = shortWh;
            bill.imbalanceNano = Balancing.chargeNanoUp(
                shortWh,
                run.price,
                run.parameters.shortBps
            );
        } else if (longWh != 0) {
            bill.imbalanceWh = longWh;
            if (!bill.unread) {
                bill.imbalanceNano = Balancing.paymentNanoDown(
                    longWh,
                    run.price,
                    run.parameters.longBps
                );
            }
        }
        if (!opened) {
            bill.broken = bill.chargeNano != 0;
            return;
        }
        (uint256 consistentWh, uint256 deviationWh) = Balancing.accuracyWh(delivery);
        bill.rewardNano = Balancing.paymentNanoDown(
            consistentWh,
            run.price,
            run.parameters.rewardBps
        );
        bill.penaltyNano = Balancing.chargeNanoUp(
            deviationWh,
            run.price,
            run.parameters.penaltyBps
        );
        bill.broken =
            deviationWh * BPS > delivery.declaredWh * run.parameters.toleranceBps ||
            bill.chargeNano != 0;
        bill.kept = !bill.broken && bill.tradeNano != 0;
    }

    /// @dev First what comes in, then what goes out; what either side cannot pay it owes.
    function _pay(
        SettlementRun memory run,
        uint256 participant,
        Account account,
        Bill memory bill,
        uint256 lockNano
    ) private returns (Account) {
        uint256 balance = account.balanceNano();
        uint256 locked = account.lockedNano() - lockNano;
        // A buyer's lock covers its trades, always.
        balance = bill.sell ? balance + bill.tradeNano : balance - bill.tradeNano;

        Dues memory owed;
        if (!bill.short && bill.imbalanceNano != 0) {
            uint256 paid = _min(bill.imbalanceNano, run.gridNano);
            run.gridNano -= paid;
            balance += paid;
            owed.gridOwesNano = uint128(bill.imbalanceNano - paid);
        }
        if (bill.rewardNano != 0) {
            uint256 paid = _min(bill.rewardNano, run.fundNano);
            run.fundNano -= paid;
            balance += paid;
            owed.fundOwesNano = uint128(bill.rewardNano - paid);
        }
        if (bill.short) {
            uint256 paid = _min(bill.imbalanceNano, balance - locked);
            run.gridNano += paid;
            balance -= paid;
            owed.owesGridNano = uint128(bill.imbalanceNano - paid);
        }
        uint256 finesNano = bill.penaltyNano + bill.chargeNano;
        if (finesNano != 0) {
            uint256 paid = _min(finesNano, balance - locked);
            run.fundNano += paid;
            balance -= paid;
            owed.owesFundNano = uint128(finesNano - paid);
        }
        account = account.withBalanceNano(balance).withLockedNano(locked);
        if (owed.owesGridNano | owed.owesFundNano | owed.gridOwesNano | owed.fundOwesNano != 0) {
            _addDues(participant, owed);
            account = account.with(ACCOUNT_HAS_DUES, true);
        }
        return account;
    }

    /// @dev Reputation, and the count of missing readings.
    function _judge(
        SettlementRun memory run,
        uint256 participant,
        Account account,
        Bill memory bill
    ) private returns (Account) {
        uint256 reputation = account.reputation();
        if (bill.broken) {
            reputation = reputation > REPUTATION_LOSS ? reputation - REPUTATION_LOSS : 0;
        } else if (bill.kept && reputation < MAX_REPUTATION) {
            ++reputation;
        }
        account = account.withReputation(reputation);
        uint256 missed = account.missedReadings();
        if (!bill.unread) return missed == 0 ? account : account.withMissedReadings(0);
        if (missed < type(uint8).max) ++missed;
        if (missed >= run.parameters.missedReadingsLimit && !account.has(ACCOUNT_SUSPENDED)) {
            account = account.with(ACCOUNT_SUSPENDED, true);
            emit AccountSuspended(participant, true);
        }
        return account.withMissedReadings(missed);
    }

    function _record(
        SettlementRun memory run,
        uint256 participant,
        Account account,
        Delivery memory delivery,
        Bill memory bill
    ) private pure {
        uint256 index = 2 * run.count++;
        run.settlements[index] =
            participant |
            (bill.sell ? 1 << 24 : 0) |
            (bill.short ? 1 << 25 : 0) |
            (bill.unread ? 1 << 26 : 0) |
            (bill.chargeNano != 0 ? 1 << 27 : 0) |
            (bill.kept ? 1 << 28 : 0) |
            (bill.broken ? 1 << 29 : 0) |
            (account.reputation() << 32) |
            (bill.imbalanceWh << 40) |
            (delivery.importWh << 72) |
            (delivery.exportWh << 104) |
            (bill.chargeNano << 136);
        run.settlements[index + 1] =
            bill.tradeNano |
            (bill.imbalanceNano << 64) |
            (bill.rewardNano << 128) |
            (bill.penaltyNano << 192);
    }
}
