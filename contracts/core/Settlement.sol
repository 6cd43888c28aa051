// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dues} from "../interfaces/IMarketEvents.sol";
import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {Balancing, Tariff} from "../libraries/Balancing.sol";
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
import {ORDER_EXHAUSTED, ORDER_SELL, Order} from "../types/Order.sol";
import {PHASE_CLEARED, PeriodBook} from "../types/PeriodBook.sol";

/// @notice Turns trades and readings into payments: section 1, steps 6 to 8, formulas (1) to (5).
/// @dev Who is settled is kept in bitmaps of 224 accounts a word, tagged with their period, so that settling an
/// account writes nothing but the account. Sums are unchecked where their terms are bounded: energies by 2^29,
/// amounts of one account and period by 2^63, balances by the vault's 2^88.
abstract contract Settlement is MarketBase, IMarketCore {
    uint256 private constant REPUTATION_LOSS = 10;
    // Bits of the first word of a settlement, see {IMarketEvents.AccountsSettled}.
    uint256 private constant FLAG_SELL = 1 << 24;
    uint256 private constant FLAG_SHORT = 1 << 25;
    uint256 private constant FLAG_UNREAD = 1 << 26;
    uint256 private constant FLAG_CHARGED = 1 << 27;
    uint256 private constant FLAG_KEPT = 1 << 28;
    uint256 private constant FLAG_BROKEN = 1 << 29;

    /// @dev What the accounts of one call share.
    struct SettlementRun {
        uint256 period;
        Tariff tariff;
        uint256 chargeNano;
        uint256 toleranceBps;
        uint256 missedReadingsLimit;
        bool graceOver;
        uint256 gridNano;
        uint256 fundNano;
        uint256[] settlements;
        uint256 count;
        Bill bill;
    }

    /// @dev What one account did, owes and is owed. `order` is zero where it opened none.
    struct Bill {
        uint256 participant;
        Order order;
        Account account;
        uint256 flags;
        uint256 importWh;
        uint256 exportWh;
        uint256 imbalanceWh;
        uint256 imbalanceNano;
        uint256 rewardNano;
        uint256 penaltyNano;
        uint256 chargeNano;
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
        if (_accountCount == GRID) revert NothingToSettle(period);
        book = _beginPeriod(period);
        if (book.openedCount() != 0 && book.phase() != PHASE_CLEARED) revert NotCleared(period);
        if (book.accountCount() == 0) {
            // Whoever has an account now; who came after delivery has nothing to settle.
            book = book.withAccountCount(_accountCount - GRID);
            _books[period % RING_LENGTH] = book;
        }
        MarketParameters memory parameters = _parametersOf(period);
        run.period = period;
        run.tariff = Balancing.tariff(_totalsOf(period), parameters);
        // Where nobody opened an order there was nothing to wait for: no option, no charge.
        if (book.openedCount() != 0) run.chargeNano = parameters.nonOpeningChargeNano;
        run.toleranceBps = parameters.toleranceBps;
        run.missedReadingsLimit = parameters.missedReadingsLimit;
        run.graceOver = block.timestamp >= _graceEndOf(period, parameters);
        run.gridNano = _accounts[GRID].balanceNano();
        run.fundNano = _incentiveFundNano;
    }

    function _settleRange(
        SettlementRun memory run,
        uint256 participant,
        uint256 end
    ) private returns (uint256 settled) {
        unchecked {
            while (participant < end) {
                uint256 slot = _settledSlot(run.period, participant);
                uint256 before = _settledWords[slot];
                if (before >> BITS_PER_WORD != run.period + 1) {
                    before = (run.period + 1) << BITS_PER_WORD;
                }
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
    }

    /// @return True where the account is settled now; false where its reading may still come.
    function _settleAccount(SettlementRun memory run, uint256 participant) private returns (bool) {
        Bill memory bill = run.bill;
        uint256 period = run.period;
        uint256 slot = SortedLists.slotOf(participant, period);
        Order order = _orders[slot];
        bool opened = order.isOf(period);
        Account account = _accounts[participant];
        uint256 flags = 0;
        MeterState meter = _meters[participant];
        if (meter.isReadingOf(period)) {
            bill.importWh = meter.importDeltaWh();
            bill.exportWh = meter.exportDeltaWh();
        } else {
            LateReading late = _lateReadings[slot];
            bool kept = late.isOf(period);
            if (!kept && (opened || _isReadingExpected(participant, account, period))) {
                if (!run.graceOver) return false;
                flags = FLAG_UNREAD;
            }
            bill.importWh = kept ? late.importDeltaWh() : 0;
            bill.exportWh = kept ? late.exportDeltaWh() : 0;
        }
        bill.participant = participant;
        bill.account = account;
        bill.chargeNano = 0;
        bill.rewardNano = 0;
        bill.penaltyNano = 0;
        if (opened) {
            bill.order = order;
            // A bid whose owner's means ran out after it was opened: or getting poor would be a free way out.
            if (order.has(ORDER_EXHAUSTED)) {
                bill.chargeNano = run.chargeNano;
                flags |= FLAG_CHARGED | FLAG_BROKEN;
            }
        } else {
            bill.order = Order.wrap(0);
            if (
                run.chargeNano != 0 &&
                !account.has(ACCOUNT_FROZEN) &&
                _hasSealed(participant, period)
            ) {
                bill.chargeNano = run.chargeNano;
                flags |= FLAG_CHARGED | FLAG_BROKEN;
            }
        }
        bill.flags = flags;
        _bill(run, bill);
        _pay(run, bill);
        _record(run, bill);
        return true;
    }

    function _isReadingExpected(
        uint256 participant,
        Account account,
        uint256 period
    ) private view returns (bool) {
        return
            account.has(ACCOUNT_METERED) &&
            (account.has(ACCOUNT_AUTHORISED) || period <= account.activeUntil()) &&
            _bindings[participant].boundIn() < period;
    }

    /// @dev Formulas (1) to (5). Without a reading nothing was delivered, and nothing is paid for.
    function _bill(SettlementRun memory run, Bill memory bill) private pure {
        unchecked {
            Tariff memory tariff = run.tariff;
            uint256 flags = bill.flags;
            Order order = bill.order;
            uint256 filledWh = order.filledWh();
            bool sell = order.has(ORDER_SELL);
            (uint256 importWh, uint256 exportWh) = (bill.importWh, bill.exportWh);
            if (sell) flags |= FLAG_SELL;
            {
                (uint256 distanceWh, bool short) = sell
                    ? Balancing.imbalanceWh(filledWh, 0, importWh, exportWh)
                    : Balancing.imbalanceWh(0, filledWh, importWh, exportWh);
                bill.imbalanceWh = distanceWh;
                if (short) {
                    flags |= FLAG_SHORT;
                    bill.imbalanceNano = Balancing.chargeNanoUp(
                        distanceWh,
                        tariff.shortNano,
                        tariff.denominator
                    );
                } else if (flags & FLAG_UNREAD == 0) {
                    bill.imbalanceNano = Balancing.paymentNanoDown(
                        distanceWh,
                        tariff.longNano,
                        tariff.denominator
                    );
                } else {
                    bill.imbalanceNano = 0;
                }
            }
            uint256 declaredWh = order.energyWh();
            if (declaredWh != 0) {
                (uint256 consistentWh, uint256 deviationWh) = sell
                    ? Balancing.accuracyWh(declaredWh, exportWh, importWh)
                    : Balancing.accuracyWh(declaredWh, importWh, exportWh);
                bill.rewardNano = Balancing.paymentNanoDown(
                    consistentWh,
                    tariff.rewardNano,
                    tariff.denominator
                );
                bill.penaltyNano = Balancing.chargeNanoUp(
                    deviationWh,
                    tariff.penaltyNano,
                    tariff.denominator
                );
                if (deviationWh * BPS > declaredWh * run.toleranceBps) flags |= FLAG_BROKEN;
                else if (filledWh != 0 && flags & FLAG_BROKEN == 0) flags |= FLAG_KEPT;
            }
            bill.flags = flags;
        }
    }

    /// @dev First what comes in, then what goes out; what either side cannot pay it owes.
    function _pay(SettlementRun memory run, Bill memory bill) private {
        unchecked {
            Account account = bill.account;
            Order order = bill.order;
            uint256 flags = bill.flags;
            uint256 balance = account.balanceNano();
            uint256 gridNano = run.gridNano;
            uint256 fundNano = run.fundNano;
            uint256 outNano = bill.penaltyNano + bill.chargeNano;
            uint256 inNano = bill.rewardNano;
            // From the escrow, into which buyers paid at clearing.
            if (flags & FLAG_SELL != 0) balance += order.tradeNano();

            uint256 shortNano = 0;
            uint256 longNano = 0;
            if (flags & FLAG_SHORT != 0) shortNano = bill.imbalanceNano;
            else longNano = bill.imbalanceNano;
            if (
                longNano <= gridNano &&
                inNano <= fundNano &&
                shortNano + outNano <= balance + longNano + inNano
            ) {
                balance = balance + longNano + inNano - shortNano - outNano;
                run.gridNano = gridNano + shortNano - longNano;
                run.fundNano = fundNano + outNano - inNano;
            } else {
                balance = _payPart(run, bill, balance);
                account = account.with(ACCOUNT_HAS_DUES, true);
            }
            bill.account = _judge(run, bill, account, balance);
            _accounts[bill.participant] = bill.account;
        }
    }

    /// @dev The same where somebody's means do not suffice: the rest is owed.
    function _payPart(
        SettlementRun memory run,
        Bill memory bill,
        uint256 balance
    ) private returns (uint256) {
        Dues memory owed;
        bool short = bill.flags & FLAG_SHORT != 0;
        uint256 paid;
        if (!short) {
            paid = _min(bill.imbalanceNano, run.gridNano);
            run.gridNano -= paid;
            balance += paid;
            owed.gridOwesNano = uint128(bill.imbalanceNano - paid);
        }
        paid = _min(bill.rewardNano, run.fundNano);
        run.fundNano -= paid;
        balance += paid;
        owed.fundOwesNano = uint128(bill.rewardNano - paid);
        if (short) {
            paid = _min(bill.imbalanceNano, balance);
            run.gridNano += paid;
            balance -= paid;
            owed.owesGridNano = uint128(bill.imbalanceNano - paid);
        }
        paid = _min(bill.penaltyNano + bill.chargeNano, balance);
        run.fundNano += paid;
        balance -= paid;
        owed.owesFundNano = uint128(bill.penaltyNano + bill.chargeNano - paid);
        _addDues(bill.participant, owed);
        return balance;
    }

    /// @return The account with its money, its reputation and its count of missing readings brought up to date.
    function _judge(
        SettlementRun memory run,
        Bill memory bill,
        Account account,
        uint256 balance
    ) private returns (Account) {
        unchecked {
            uint256 flags = bill.flags;
            uint256 reputation = account.reputation();
            if (flags & FLAG_BROKEN != 0) {
                reputation = reputation > REPUTATION_LOSS ? reputation - REPUTATION_LOSS : 0;
            } else if (flags & FLAG_KEPT != 0 && reputation < MAX_REPUTATION) {
                ++reputation;
            }
            uint256 missed = 0;
            if (flags & FLAG_UNREAD != 0) {
                missed = account.missedReadings();
                if (missed < type(uint8).max) ++missed;
                if (missed >= run.missedReadingsLimit && !account.has(ACCOUNT_SUSPENDED)) {
                    account = account.with(ACCOUNT_SUSPENDED, true);
                    emit AccountSuspended(bill.participant, true);
                }
            }
            return account.withSettlement(balance, reputation, missed);
        }
    }

    function _record(SettlementRun memory run, Bill memory bill) private pure {
        unchecked {
            uint256 first =
                bill.participant |
                    bill.flags |
                    (bill.account.reputation() << 32) |
                    (bill.imbalanceWh << 40) |
                    (bill.importWh << 72) |
                    (bill.exportWh << 104) |
                    (bill.chargeNano << 136);
            uint256 second =
                bill.order.tradeNano() |
                    (bill.imbalanceNano << 64) |
                    (bill.rewardNano << 128) |
                    (bill.penaltyNano << 192);
            uint256[] memory settlements = run.settlements;
            uint256 count = run.count;
            settlements[count] = first;
            settlements[count + 1] = second;
            run.count = count + 2;
        }
    }
}
