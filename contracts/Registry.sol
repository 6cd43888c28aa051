// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

import {IEnergyMarket} from "./interfaces/IEnergyMarket.sol";
import {EnergyType, IRegistry, MeterRecord, Profile} from "./interfaces/IRegistry.sol";

/// @title Registry
/// @notice See {IRegistry}.
contract Registry is IRegistry, AccessManaged, ERC2771Context {
    uint256 private constant MAX_NAME_BYTES = 64;
    uint256 private constant MAX_SERIAL_BYTES = 32;
    uint256 private constant KEY_BYTES = 33;
    uint256 private constant MAX_READING_INTERVAL = 1 days;

    IEnergyMarket private immutable _market;

    mapping(address owner => Profile) private _profiles;
    mapping(uint256 participant => MeterRecord[]) private _meters;
    mapping(bytes32 serialHash => uint256 participant) private _participantOfSerial;
    bytes private _openingKey;
    uint256 private _readingInterval;

    constructor(
        address accessManager,
        address forwarder,
        address market_
    ) AccessManaged(accessManager) ERC2771Context(forwarder) {
        _market = IEnergyMarket(market_);
    }

    // ------------------------------------------------------------------ participants

    /// @inheritdoc IRegistry
    function register(Profile calldata profile) external {
        address owner = _msgSender();
        if (bytes(_profiles[owner].displayName).length != 0) revert AlreadyRegistered(owner);
        _checkName(profile.displayName);
        _profiles[owner] = profile;
        emit Registered(owner, profile);
    }

    /// @inheritdoc IRegistry
    function changeProfile(Profile calldata profile) external {
        address owner = _msgSender();
        Profile memory before = _requireProfile(owner);
        _checkName(profile.displayName);
        _profiles[owner] = profile;
        emit ProfileChanged(owner, profile);
        uint256 participant = _market.participantOf(owner);
        if (participant == 0) return;
        bool sameSupply =
            profile.energyType == before.energyType && profile.microgrid == before.microgrid;
        if (!sameSupply) _market.setAuthorised(participant, false);
        bool green = sameSupply && _market.accountOf(participant).greenSupply;
        _market.setEnergyType(participant, green, profile.greenPreference);
    }

    /// @inheritdoc IRegistry
    function authorise(address owner) external restricted returns (uint256 participant) {
        Profile memory profile = _requireProfile(owner);
        participant = _market.participantOf(owner);
        if (participant == 0) participant = _market.openAccount(owner);
        _market.setEnergyType(participant, _isGreen(profile.energyType), profile.greenPreference);
        _market.setAuthorised(participant, true);
    }

    /// @inheritdoc IRegistry
    function revoke(uint256 participant) external restricted {
        _market.setAuthorised(participant, false);
    }

    // ------------------------------------------------------------------ meters

    /// @inheritdoc IRegistry
    function bindMeter(
        uint256 participant,
        string calldata serial,
        address gateway,
        uint256 ratedPowerW,
        uint256 importWh,
        uint256 exportWh
    ) external restricted returns (uint256 meterId) {
        meterId = _market.bindMeter(participant, gateway, ratedPowerW, importWh, exportWh);
        _record(participant, serial, gateway, meterId, ratedPowerW, importWh, exportWh);
    }

    /// @inheritdoc IRegistry
    function rebindMeter(
        uint256 participant,
        string calldata serial,
        address gateway,
        uint256 ratedPowerW,
        uint256 finalImportWh,
        uint256 finalExportWh,
        uint256 importWh,
        uint256 exportWh
    ) external restricted returns (uint256 meterId) {
        MeterRecord[] storage records = _meters[participant];
        if (records.length != 0) {
            delete _participantOfSerial[keccak256(bytes(records[records.length - 1].serial))];
        }
        meterId = _market.rebindMeter(
            participant,
            gateway,
            ratedPowerW,
            finalImportWh,
            finalExportWh,
            importWh,
            exportWh
        );
        _record(participant, serial, gateway, meterId, ratedPowerW, importWh, exportWh);
    }

    // ------------------------------------------------------------------ operator's key

    /// @inheritdoc IRegistry
    function setOpeningKey(bytes calldata key) external restricted {
        if (key.length != KEY_BYTES || (key[0] != 0x02 && key[0] != 0x03)) {
            revert OpeningKeyInvalid(key);
        }
        _openingKey = key;
        emit OpeningKeySet(key);
    }

    // ------------------------------------------------------------------ gateways

    /// @inheritdoc IRegistry
    function setReadingInterval(uint256 intervalSeconds) external restricted {
        if (intervalSeconds > MAX_READING_INTERVAL) {
            revert ReadingIntervalInvalid(intervalSeconds, MAX_READING_INTERVAL);
        }
        _readingInterval = intervalSeconds;
        emit ReadingIntervalSet(intervalSeconds);
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IRegistry
    function profileOf(address owner) external view returns (Profile memory) {
        return _requireProfile(owner);
    }

    /// @inheritdoc IRegistry
    function metersOf(uint256 participant) external view returns (MeterRecord[] memory) {
        return _meters[participant];
    }

    /// @inheritdoc IRegistry
    function participantOfSerial(string calldata serial) external view returns (uint256) {
        return _participantOfSerial[keccak256(bytes(serial))];
    }

    /// @inheritdoc IRegistry
    function openingKey() external view returns (bytes memory) {
        return _openingKey;
    }

    /// @inheritdoc IRegistry
    function readingInterval() external view returns (uint256) {
        return _readingInterval;
    }

    /// @inheritdoc IRegistry
    function market() external view returns (address) {
        return address(_market);
    }

    // ------------------------------------------------------------------ internal

    function _record(
        uint256 participant,
        string calldata serial,
        address gateway,
        uint256 meterId,
        uint256 ratedPowerW,
        uint256 importWh,
        uint256 exportWh
    ) private {
        uint256 length = bytes(serial).length;
        if (length == 0 || length > MAX_SERIAL_BYTES) revert SerialInvalid(serial);
        bytes32 serialHash = keccak256(bytes(serial));
        uint256 holder = _participantOfSerial[serialHash];
        if (holder != 0) revert SerialBound(serial, holder);
        _participantOfSerial[serialHash] = participant;
        // The market has checked that each number fits.
        MeterRecord memory record = MeterRecord({
            serial: serial,
            gateway: gateway,
            meterId: uint32(meterId),
            ratedPowerW: uint32(ratedPowerW),
            boundAt: uint40(block.timestamp),
            importWh: uint48(importWh),
            exportWh: uint48(exportWh)
        });
        _meters[participant].push(record);
        emit MeterRecorded(participant, serialHash, record);
    }

    function _requireProfile(address owner) private view returns (Profile memory profile) {
        profile = _profiles[owner];
        if (bytes(profile.displayName).length == 0) revert NotRegistered(owner);
    }

    function _checkName(string calldata displayName) private pure {
        uint256 length = bytes(displayName).length;
        if (length == 0 || length > MAX_NAME_BYTES) revert DisplayNameInvalid(displayName);
    }

    function _isGreen(EnergyType energyType) private pure returns (bool) {
        return energyType != EnergyType.None && energyType != EnergyType.Controllable;
    }

    // ------------------------------------------------------------------ context

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength()
        internal
        view
        override(Context, ERC2771Context)
        returns (uint256)
    {
        return ERC2771Context._contextSuffixLength();
    }
}
