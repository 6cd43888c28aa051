// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {InternalLeanIMT, LeanIMTData} from "@zk-kit/lean-imt.sol/InternalLeanIMT.sol";

import {IMarketReads} from "../interfaces/IMarketReads.sol";
import {IPrivateMarket, Proof} from "../interfaces/IPrivateMarket.sol";
import {Circuit} from "../types/Circuit.sol";
import {ParticipantSignals} from "../verifiers/ParticipantSignals.sol";
import {Proofs} from "./Proofs.sol";

/// @notice Who may make plans: the tree of authorised participants' private accounts.
abstract contract Participants is IPrivateMarket, Proofs, AccessManaged {
    using InternalLeanIMT for LeanIMTData;

    uint256 private constant MAX_PARTICIPANTS = 1 << 16;

    IMarketReads private immutable _market;

    LeanIMTData private _participants;
    mapping(address participant => uint256) private _ownerOf;
    /// @dev Kept for ever: whoever was expelled does not come back as somebody else.
    mapping(uint256 owner => address) private _participantOf;

    constructor(address market_) {
        if (market_ == address(0)) revert ZeroAddress();
        _market = IMarketReads(market_);
    }

    /// @inheritdoc IPrivateMarket
    function join(Proof calldata proof, uint256 deadline) external {
        uint256[] calldata signals = _signalsOf(proof, ParticipantSignals.COUNT);
        _requireContext(
            Circuit.PARTICIPANT,
            deadline,
            abi.encode(msg.sender),
            ParticipantSignals.context(signals)
        );
        if (!_isAuthorised(msg.sender)) revert NotAuthorised(msg.sender);
        uint256 owner = ParticipantSignals.owner(signals);
        _enter(msg.sender, owner);
        _requireVerified(Circuit.PARTICIPANT, proof);
    }

    /// @inheritdoc IPrivateMarket
    function expel(address participant, uint256[] calldata siblings) external {
        if (_isAuthorised(participant)) _checkCanCall(msg.sender, msg.data);
        uint256 owner = _ownerOf[participant];
        if (owner == 0) revert NotJoined(participant);
        uint256 index = _participants._indexOf(owner);
        uint256 root = _participants._remove(owner, siblings);
        delete _ownerOf[participant];
        emit ParticipantExpelled(participant, owner, index, root);
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IPrivateMarket
    function participantsTree() external view returns (uint256 root, uint256 size) {
        return (_participants._root(), _participants.size);
    }

    /// @inheritdoc IPrivateMarket
    function ownerOf(address participant) external view returns (uint256) {
        return _ownerOf[participant];
    }

    /// @inheritdoc IPrivateMarket
    function market() external view returns (address) {
        return address(_market);
    }

    // ------------------------------------------------------------------ internal

    function _requireParticipants(uint256 root, uint256 size) internal view {
        uint256 current = _participants._root();
        if (root != current || size != _participants.size) revert StaleParticipants(current, root);
    }

    function _enter(address participant, uint256 owner) private {
        uint256 before = _ownerOf[participant];
        if (before != 0) revert AlreadyJoined(participant, before);
        address holder = _participantOf[owner];
        if (holder != address(0) && holder != participant) revert OwnerTaken(owner);
        uint256 index = _participants.size;
        if (index == MAX_PARTICIPANTS) revert TreeFull(MAX_PARTICIPANTS);
        _ownerOf[participant] = owner;
        _participantOf[owner] = participant;
        emit ParticipantJoined(participant, owner, index, _participants._insert(owner));
    }

    function _isAuthorised(address participant) private view returns (bool) {
        uint256 account = _market.participantOf(participant);
        return account != 0 && _market.accountOf(account).authorised;
    }
}
