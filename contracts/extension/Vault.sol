// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IMarketExtension} from "../interfaces/IMarketExtension.sol";
import {IWrappedEther} from "../interfaces/IWrappedEther.sol";
import {Ledger} from "./Ledger.sol";
import {ACCOUNT_FROZEN, Account, MAX_BALANCE_NANO} from "../types/Account.sol";

/// @notice Deposits and withdrawals.
/// @dev `_vaultNano` counts every nano that came in and has not gone out. It always equals the sum of all
/// balances and the incentive fund, corrected for buyers and sellers of whom one is settled before the other.
abstract contract Vault is Ledger, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    bool private immutable _wrapsEther;
    /// @dev Token units per nano, or nano per token unit: one of the two is 1.
    uint256 private immutable _unitsPerNano;
    uint256 private immutable _nanoPerUnit;

    constructor(bool wrapsEther) {
        _wrapsEther = wrapsEther;
        uint256 decimals = IERC20Metadata(_token).decimals();
        _unitsPerNano = decimals > 9 ? 10 ** (decimals - 9) : 1;
        _nanoPerUnit = decimals < 9 ? 10 ** (9 - decimals) : 1;
    }

    /// @dev Ether comes from unwrapping alone.
    receive() external payable {
        if (msg.sender != _token) revert NotWrappedEther(msg.sender);
    }

    // ------------------------------------------------------------------ deposit

    /// @inheritdoc IMarketExtension
    function deposit(uint256 participant, uint256 amountNano) external nonReentrant {
        _pull(amountNano);
        _credit(participant, amountNano);
    }

    /// @inheritdoc IMarketExtension
    function depositWithPermit(
        uint256 participant,
        uint256 amountNano,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        try
            IERC20Permit(_token).permit(
                _msgSender(),
                address(this),
                _toUnits(amountNano),
                deadline,
                v,
                r,
                s
            )
        {} catch {
            // Used by somebody else before, or invalid: the transfer tells.
        }
        _pull(amountNano);
        _credit(participant, amountNano);
    }

    /// @inheritdoc IMarketExtension
    function depositEther(uint256 participant) external payable nonReentrant {
        if (!_wrapsEther) revert NotWrappedEther(_token);
        if (msg.value == 0) revert ZeroAmount();
        if (msg.value % _unitsPerNano != 0) revert AmountNotRepresentable(msg.value, _unitsPerNano);
        IWrappedEther(_token).deposit{value: msg.value}();
        _credit(participant, msg.value / _unitsPerNano);
    }

    /// @inheritdoc IMarketExtension
    function fundIncentives(uint256 amountNano) external nonReentrant {
        _pull(amountNano);
        _grow(amountNano);
        _incentiveFundNano += amountNano;
        emit IncentivesFunded(_msgSender(), amountNano);
    }

    // ------------------------------------------------------------------ withdraw

    /// @inheritdoc IMarketExtension
    function withdraw(uint256 amountNano, address to) external nonReentrant {
        _debitCaller(amountNano, to);
        IERC20(_token).safeTransfer(to, _toUnits(amountNano));
    }

    /// @inheritdoc IMarketExtension
    function withdrawEther(uint256 amountNano, address payable to) external nonReentrant {
        if (!_wrapsEther) revert NotWrappedEther(_token);
        _debitCaller(amountNano, to);
        uint256 amount = _toUnits(amountNano);
        IWrappedEther(_token).withdraw(amount);
        (bool ok, ) = to.call{value: amount}("");
        if (!ok) revert EtherTransferFailed(to);
    }

    // ------------------------------------------------------------------ internal

    function _pull(uint256 amountNano) private {
        if (amountNano == 0) revert ZeroAmount();
        uint256 amount = _toUnits(amountNano);
        uint256 before = IERC20(_token).balanceOf(address(this));
        IERC20(_token).safeTransferFrom(_msgSender(), address(this), amount);
        uint256 received = IERC20(_token).balanceOf(address(this)) - before;
        if (received != amount) revert TransferShort(amount, received);
    }

    function _credit(uint256 participant, uint256 amountNano) private {
        Account account = _requireAccount(participant);
        _grow(amountNano);
        account = account.withBalanceNano(account.balanceNano() + amountNano);
        _accounts[participant] = _payDues(participant, account);
        emit Deposited(participant, _msgSender(), amountNano);
    }

    /// @dev No account can hold more than the vault, so that no balance can leave its 88 bits.
    function _grow(uint256 amountNano) private {
        uint256 total = _vaultNano + amountNano;
        if (total > MAX_BALANCE_NANO) revert VaultFull(total, MAX_BALANCE_NANO);
        _vaultNano = total;
    }

    function _debitCaller(uint256 amountNano, address to) private {
        if (amountNano == 0) revert ZeroAmount();
        if (to == address(0)) revert ZeroAddress();
        uint256 participant = _callerParticipant();
        Account account = _payDues(participant, _accounts[participant]);
        if (account.has(ACCOUNT_FROZEN)) revert AccountIsFrozen(participant);
        uint256 marginNano = _parametersOf(_currentPeriod()).marginNano;
        uint256 free = _freeNano(participant, account, marginNano);
        if (amountNano > free) revert InsufficientFree(participant, amountNano, free);
        _accounts[participant] = account.withBalanceNano(account.balanceNano() - amountNano);
        _vaultNano -= amountNano;
        emit Withdrawn(participant, to, amountNano);
    }

    function _toUnits(uint256 amountNano) private view returns (uint256) {
        if (amountNano % _nanoPerUnit != 0) revert AmountNotRepresentable(amountNano, _nanoPerUnit);
        return (amountNano / _nanoPerUnit) * _unitsPerNano;
    }
}
