// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IPrivateMarket, Proof} from "../interfaces/IPrivateMarket.sol";
import {Circuit} from "../types/Circuit.sol";
import {DepositSignals} from "../verifiers/DepositSignals.sol";
import {GenerationSignals} from "../verifiers/GenerationSignals.sol";
import {MergeSignals} from "../verifiers/MergeSignals.sol";
import {WithdrawSignals} from "../verifiers/WithdrawSignals.sol";
import {AuditKeys} from "./AuditKeys.sol";
import {Gateways} from "./Gateways.sol";
import {NoteQueue} from "./NoteQueue.sol";
import {Nullifiers} from "./Nullifiers.sol";
import {Proofs} from "./Proofs.sol";
import {Terms} from "./Terms.sol";

/// @notice How value comes into notes and out of them.
abstract contract NotePool is
    IPrivateMarket,
    Terms,
    Proofs,
    AuditKeys,
    Gateways,
    NoteQueue,
    Nullifiers,
    ReentrancyGuardTransient
{
    using SafeERC20 for IERC20;

    IERC20 private immutable _token;
    /// @dev Token units per nano, or nano per token unit: one of the two is 1.
    uint256 private immutable _unitsPerNano;
    uint256 private immutable _nanoPerUnit;

    /// @dev A gateway vouches for a generation note once, though its proof could be sent again.
    mapping(uint256 commitment => bool) private _issued;

    constructor(address token_) {
        if (token_ == address(0)) revert ZeroAddress();
        _token = IERC20(token_);
        uint256 decimals = IERC20Metadata(token_).decimals();
        _unitsPerNano = decimals > 9 ? 10 ** (decimals - 9) : 1;
        _nanoPerUnit = decimals < 9 ? 10 ** (9 - decimals) : 1;
    }

    // ------------------------------------------------------------------ in

    /// @inheritdoc IPrivateMarket
    function deposit(Proof calldata proof, uint256 deadline) external nonReentrant {
        uint256[] calldata signals = _signalsOf(proof, DepositSignals.COUNT);
        _requireContext(
            Circuit.DEPOSIT,
            deadline,
            abi.encode(msg.sender),
            DepositSignals.context(signals)
        );
        _requireAuditKey(DepositSignals.auditKey(signals));
        uint256 amountNano = DepositSignals.amountNano(signals);
        if (amountNano == 0) revert ZeroAmount();
        uint256 amount = _toUnits(amountNano);
        emit Deposited(msg.sender, amountNano);
        _addNote(CREDIT, DepositSignals.commitment(signals), 0, DepositSignals.memo(signals));
        _requireVerified(Circuit.DEPOSIT, proof);
        _pull(amount);
    }

    /// @inheritdoc IPrivateMarket
    function issueGeneration(Proof calldata proof, uint256 deadline) external {
        uint256[] calldata signals = _signalsOf(proof, GenerationSignals.COUNT);
        _requireContext(
            Circuit.GENERATION,
            deadline,
            abi.encode(msg.sender),
            GenerationSignals.context(signals)
        );
        _requireAuditKey(GenerationSignals.auditKey(signals));
        _requireGateway(msg.sender, GenerationSignals.gateway(signals));
        uint256 commitment = GenerationSignals.commitment(signals);
        if (_issued[commitment]) revert NoteKnown(commitment);
        _issued[commitment] = true;
        _addNote(GENERATION, commitment, 0, GenerationSignals.memo(signals));
        _requireVerified(Circuit.GENERATION, proof);
    }

    // ------------------------------------------------------------------ between notes

    /// @inheritdoc IPrivateMarket
    function merge(Proof calldata proof, uint256 deadline) external {
        uint256[] calldata signals = _signalsOf(proof, MergeSignals.COUNT);
        _requireContext(Circuit.MERGE, deadline, "", MergeSignals.context(signals));
        _requireAuditKey(MergeSignals.auditKey(signals));
        _requireScope(MergeSignals.scope(signals));
        _requireRoot(MergeSignals.root(signals), MergeSignals.size(signals));
        uint256[] calldata nullifiers = MergeSignals.nullifiers(signals);
        _spend(nullifiers[0]);
        _spend(nullifiers[1]);
        _addNote(CREDIT, MergeSignals.sum(signals), 0, MergeSignals.memo(signals));
        _requireVerified(Circuit.MERGE, proof);
    }

    // ------------------------------------------------------------------ out

    /// @inheritdoc IPrivateMarket
    function withdraw(
        Proof calldata proof,
        uint256 deadline,
        address recipient,
        address relayer,
        uint256 feeNano
    ) external nonReentrant {
        uint256[] calldata signals = _signalsOf(proof, WithdrawSignals.COUNT);
        _requireContext(
            Circuit.WITHDRAW,
            deadline,
            abi.encode(recipient, relayer, feeNano),
            WithdrawSignals.context(signals)
        );
        _requireAuditKey(WithdrawSignals.auditKey(signals));
        _requireScope(WithdrawSignals.scope(signals));
        _requireRoot(WithdrawSignals.root(signals), WithdrawSignals.size(signals));
        uint256 amountNano = WithdrawSignals.amountNano(signals);
        (uint256 paid, uint256 fee) = _split(amountNano, recipient, relayer, feeNano);
        _spend(WithdrawSignals.nullifier(signals));
        _addNoteIfRoom(CREDIT, WithdrawSignals.change(signals), WithdrawSignals.memo(signals));
        emit Withdrawn(recipient, amountNano, relayer, feeNano);
        _requireVerified(Circuit.WITHDRAW, proof);
        if (paid != 0) _token.safeTransfer(recipient, paid);
        if (fee != 0) _token.safeTransfer(relayer, fee);
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IPrivateMarket
    function token() external view returns (address) {
        return address(_token);
    }

    // ------------------------------------------------------------------ private

    function _pull(uint256 amount) private {
        uint256 before = _token.balanceOf(address(this));
        _token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _token.balanceOf(address(this)) - before;
        if (received != amount) revert TransferShort(amount, received);
    }

    /// @dev What recipient and relayer get, in the token's units.
    function _split(
        uint256 amountNano,
        address recipient,
        address relayer,
        uint256 feeNano
    ) private view returns (uint256 paid, uint256 fee) {
        if (recipient == address(0) || (relayer == address(0) && feeNano != 0)) {
            revert ZeroAddress();
        }
        if (recipient == address(this) || relayer == address(this)) revert PoolIsPayee();
        if (feeNano > amountNano) revert FeeExceedsAmount(feeNano, amountNano);
        fee = _toUnits(feeNano);
        paid = _toUnits(amountNano) - fee;
    }

    function _toUnits(uint256 amountNano) private view returns (uint256) {
        if (amountNano % _nanoPerUnit != 0) revert AmountNotRepresentable(amountNano, _nanoPerUnit);
        return (amountNano / _nanoPerUnit) * _unitsPerNano;
    }
}
