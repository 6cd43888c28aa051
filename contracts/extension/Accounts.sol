// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketExtension} from "../interfaces/IMarketExtension.sol";
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
import {MAX_COUNTER_WH, MeterBindingLibrary, MeterLibrary, MeterState} from "../types/Meter.sol";
import {MAX_ENERGY_WH} from "../types/Order.sol";

/// @notice Standing of accounts and binding of meters. No function here touches a balance.
abstract contract Accounts is MarketBase, IMarketExtension {
    /// @inheritdoc IMarketExtension
    function openAccount(address owner) external restricted returns (uint256) {
        return _openAccount(owner);
    }

    /// @inheritdoc IMarketExtension
    function setAuthorised(uint256 participant, bool authorised) external restricted {
        Account account = _requireParticipant(participant);
        // An account that is let go keeps its margin, and is expected to be read, until all of its sealed orders
        // are past.
        if (!authorised && account.has(ACCOUNT_AUTHORISED)) {
            uint256 last = _lastSealed(participant);
            account = account.withActiveUntil(last != 0 ? last : _currentPeriod());
        }
        _accounts[participant] = account.with(ACCOUNT_AUTHORISED, authorised);
        emit AccountAuthorised(participant, authorised);
    }

    /// @inheritdoc IMarketExtension
    function setEnergyType(
        uint256 participant,
        bool greenSupply,
        bool greenPreference
    ) external restricted {
        Account account = _requireParticipant(participant);
        _accounts[participant] = account.with(ACCOUNT_GREEN_SUPPLY, greenSupply).with(
            ACCOUNT_GREEN_PREFERENCE,
            greenPreference
        );
        emit EnergyTypeSet(participant, greenSupply, greenPreference);
    }

    /// @inheritdoc IMarketExtension
    function setFrozen(uint256 participant, bool frozen) external restricted {
        Account account = _requireAccount(participant);
        _accounts[participant] = account.with(ACCOUNT_FROZEN, frozen);
        emit AccountFrozen(participant, frozen);
    }

    /// @inheritdoc IMarketExtension
    function liftSuspension(uint256 participant) external restricted {
        Account account = _requireParticipant(participant);
        _accounts[participant] = account.with(ACCOUNT_SUSPENDED, false).withMissedReadings(0);
        emit AccountSuspended(participant, false);
    }

    /// @inheritdoc IMarketExtension
    function leaveMarket() external {
        uint256 participant = _callerParticipant();
        Account account = _requireParticipant(participant);
        uint256 last = _lastSealed(participant);
        if (last != 0) revert StillActive(participant, last);
        if (account.has(ACCOUNT_AUTHORISED)) account = account.withActiveUntil(_currentPeriod());
        _accounts[participant] = account.with(ACCOUNT_AUTHORISED, false);
        emit AccountAuthorised(participant, false);
    }

    /// @inheritdoc IMarketExtension
    function bindMeter(
        uint256 participant,
        address gateway,
        uint256 ratedPowerW,
        uint256 importWh,
        uint256 exportWh
    ) external restricted returns (uint256 meterId) {
        Account account = _requireParticipant(participant);
        if (account.has(ACCOUNT_METERED)) {
            revert MeterExists(participant, _bindings[participant].meterId());
        }
        _accounts[participant] = account.with(ACCOUNT_METERED, true);
        MeterState meter = MeterLibrary.bound(
            _checkCounter(importWh),
            _checkCounter(exportWh),
            0,
            0,
            _currentPeriod()
        );
        return _bind(participant, gateway, ratedPowerW, meter, _currentPeriod());
    }

    /// @inheritdoc IMarketExtension
    function rebindMeter(
        uint256 participant,
        address gateway,
        uint256 ratedPowerW,
        uint256 finalImportWh,
        uint256 finalExportWh,
        uint256 importWh,
        uint256 exportWh
    ) external restricted returns (uint256 meterId) {
        if (!_requireParticipant(participant).has(ACCOUNT_METERED)) revert NotMetered(participant);
        MeterState meter = _meters[participant];
        _keepUnsettledReading(participant, meter);
        uint256 carriedImport = _sinceLast(participant, meter.importWh(), finalImportWh);
        uint256 carriedExport = _sinceLast(participant, meter.exportWh(), finalExportWh);
        if (!meter.hasReading()) {
            // Replaced before it was ever read: what the meter before it left is still to be counted.
            carriedImport += meter.importDeltaWh();
            carriedExport += meter.exportDeltaWh();
        }
        if (carriedImport > MAX_ENERGY_WH) revert CounterOutOfRange(carriedImport, MAX_ENERGY_WH);
        if (carriedExport > MAX_ENERGY_WH) revert CounterOutOfRange(carriedExport, MAX_ENERGY_WH);
        meter = MeterLibrary.bound(
            _checkCounter(importWh),
            _checkCounter(exportWh),
            carriedImport,
            carriedExport,
            meter.period()
        );
        // The first binding's period stays: readings of the periods since are still expected.
        uint256 boundIn = _bindings[participant].boundIn();
        return _bind(participant, gateway, ratedPowerW, meter, boundIn);
    }

    function _bind(
        uint256 participant,
        address gateway,
        uint256 ratedPowerW,
        MeterState meter,
        uint256 boundIn
    ) private returns (uint256 meterId) {
        if (gateway == address(0)) revert ZeroAddress();
        if (ratedPowerW == 0 || ratedPowerW > type(uint32).max) {
            revert RatedPowerOutOfRange(ratedPowerW);
        }
        meterId = ++_meterCount;
        _bindings[participant] = MeterBindingLibrary.create(gateway, ratedPowerW, meterId, boundIn);
        _meters[participant] = meter;
        emit MeterBound(
            participant,
            meterId,
            gateway,
            ratedPowerW,
            meter.importWh(),
            meter.exportWh(),
            meter.importDeltaWh(),
            meter.exportDeltaWh()
        );
    }

    function _checkCounter(uint256 wh) private pure returns (uint256) {
        if (wh > MAX_COUNTER_WH) revert CounterOutOfRange(wh, MAX_COUNTER_WH);
        return wh;
    }

    function _sinceLast(
        uint256 participant,
        uint256 lastWh,
        uint256 finalWh
    ) private pure returns (uint256) {
        if (finalWh < lastWh) revert CounterBackwards(participant, lastWh, finalWh);
        return finalWh - lastWh;
    }
}
