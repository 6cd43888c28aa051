// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IMarketReads} from "../interfaces/IMarketReads.sol";
import {
    AccountView,
    Dues,
    Mandate,
    MeterView,
    OrderView,
    PeriodView
} from "../interfaces/IMarketEvents.sol";
import {Balancing} from "../libraries/Balancing.sol";
import {Commitment} from "../libraries/Commitment.sol";
import {RING_LENGTH, SortedLists} from "../libraries/SortedLists.sol";
import {MarketBase} from "../MarketBase.sol";
import {
    ACCOUNT_AUTHORISED,
    ACCOUNT_FROZEN,
    ACCOUNT_GREEN_PREFERENCE,
    ACCOUNT_GREEN_SUPPLY,
    ACCOUNT_METERED,
    ACCOUNT_SUSPENDED,
    Account
} from "../types/Account.sol";
import {MarketParameters} from "../types/MarketParameters.sol";
import {MeterBinding, MeterState, PackedReading} from "../types/Meter.sol";
import {ORDER_GREEN, ORDER_SELL, Order} from "../types/Order.sol";
import {PeriodBook, PeriodTotals} from "../types/PeriodBook.sol";

/// @notice Reads for pages, agents, operators and auditors.
abstract contract Reads is MarketBase, IMarketReads {
    /// @inheritdoc IMarketReads
    function participantOf(address owner) external view returns (uint256) {
        return _participantOf[owner];
    }

    /// @inheritdoc IMarketReads
    function accountCount() external view returns (uint256) {
        return _accountCount;
    }

    /// @inheritdoc IMarketReads
    function accountOf(uint256 participant) external view returns (AccountView memory) {
        Account account = _requireAccount(participant);
        return
            AccountView({
                owner: _ownerOf[participant],
                balanceNano: account.balanceNano(),
                lockedNano: _lockedNano(participant),
                freeNano: _freeNano(
                    participant,
                    account,
                    _parametersOf(_currentPeriod()).marginNano
                ),
                reputation: account.reputation(),
                missedReadings: account.missedReadings(),
                activeUntil: account.activeUntil(),
                authorised: account.has(ACCOUNT_AUTHORISED),
                metered: account.has(ACCOUNT_METERED),
                frozen: account.has(ACCOUNT_FROZEN),
                suspended: account.has(ACCOUNT_SUSPENDED),
                greenSupply: account.has(ACCOUNT_GREEN_SUPPLY),
                greenPreference: account.has(ACCOUNT_GREEN_PREFERENCE)
            });
    }

    /// @inheritdoc IMarketReads
    function orderOf(
        uint256 period,
        uint256 participant
    ) external view returns (OrderView memory view_) {
        Order order = _orders[SortedLists.slotOf(participant, period)];
        if (!order.isOf(period)) return view_;
        view_ = OrderView({
            opened: true,
            sell: order.has(ORDER_SELL),
            green: order.has(ORDER_GREEN),
            energyWh: order.energyWh(),
            priceMicroPerKwh: order.priceMicroPerKwh(),
            filledWh: order.filledWh(),
            tradeNano: order.tradeNano(),
            next: order.next()
        });
    }

    /// @inheritdoc IMarketReads
    function periodOf(uint256 period) external view returns (PeriodView memory view_) {
        PeriodBook book = _books[period % RING_LENGTH];
        if (!book.isOf(period)) return view_;
        view_.begun = true;
        view_.phase = book.phase();
        view_.openedCount = book.openedCount();
        view_.settledCount = book.settledCount();
        view_.accountCount = book.accountCount();
        for (uint256 list = 0; list < 4; ++list) view_.heads[list] = book.head(list);
        view_.totals = _totalsOf(period);
    }

    /// @inheritdoc IMarketReads
    function isSettled(uint256 period, uint256 participant) external view returns (bool) {
        return _isSettled(period, participant);
    }

    /// @inheritdoc IMarketReads
    function averagePriceMicroPerKwhDown(uint256 period) external view returns (uint256) {
        PeriodTotals memory totals = _totalsOf(period);
        (uint256 nano, uint256 wh) = Balancing.periodPrice(totals, _parametersOf(period));
        return nano / wh;
    }

    /// @inheritdoc IMarketReads
    function meterOf(uint256 participant) external view returns (MeterView memory) {
        MeterState meter = _meters[participant];
        MeterBinding binding = _bindings[participant];
        return
            MeterView({
                gateway: binding.gateway(),
                ratedPowerW: binding.ratedPowerW(),
                meterId: binding.meterId(),
                boundIn: binding.boundIn(),
                importWh: meter.importWh(),
                exportWh: meter.exportWh(),
                importDeltaWh: meter.importDeltaWh(),
                exportDeltaWh: meter.exportDeltaWh(),
                period: meter.period(),
                hasReading: meter.hasReading()
            });
    }

    /// @inheritdoc IMarketReads
    function readingDigest(PackedReading reading, uint256 meterId) external view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_domainSeparatorV4(), reading.structHash(meterId));
    }

    /// @inheritdoc IMarketReads
    function parametersOf(uint256 period) external view returns (MarketParameters memory) {
        return _parametersOf(period);
    }

    /// @inheritdoc IMarketReads
    function latestParameters() external view returns (MarketParameters memory, uint256) {
        return (_parameters[_inForce.latest], _inForce.latestFrom);
    }

    /// @inheritdoc IMarketReads
    function currentPeriod() external view returns (uint256) {
        return _currentPeriod();
    }

    /// @inheritdoc IMarketReads
    function startOf(uint256 period) external view returns (uint256) {
        return _startOf(period);
    }

    /// @inheritdoc IMarketReads
    function genesis() external view returns (uint256) {
        return _genesis;
    }

    /// @inheritdoc IMarketReads
    function periodLength() external view returns (uint256) {
        return _periodLength;
    }

    /// @inheritdoc IMarketReads
    function commitmentDomain() external view returns (bytes32) {
        return Commitment.domain(block.chainid, address(this));
    }

    /// @inheritdoc IMarketReads
    function duesOf(uint256 participant) external view returns (Dues memory) {
        return _dues[participant];
    }

    /// @inheritdoc IMarketReads
    function totalDues() external view returns (Dues memory) {
        return _totalDues;
    }

    /// @inheritdoc IMarketReads
    function settlementToken() external view returns (address) {
        return _token;
    }

    /// @inheritdoc IMarketReads
    function vaultNano() external view returns (uint256) {
        return _vaultNano;
    }

    /// @inheritdoc IMarketReads
    function incentiveFundNano() external view returns (uint256) {
        return _incentiveFundNano;
    }

    /// @inheritdoc IMarketReads
    function mandateOf(uint256 participant) external view returns (Mandate memory, uint256) {
        return (_mandates[participant], _spentNano[participant]);
    }

    /// @inheritdoc IMarketReads
    function sealOf(uint256 participant, uint256 period) external view returns (uint256 word) {
        word = _seals[_sealSlot(participant, period)];
        if (Commitment.tagOf(word) != period) return 0;
    }

    /// @inheritdoc IMarketReads
    function scheduleOf(
        uint256 participant,
        uint256 day
    ) external view returns (uint256 root, uint256 periods) {
        periods = _scheduledPeriods(participant, day);
        if (periods != 0) root = _scheduleRoots[_scheduleSlot(participant, day)];
    }
}
