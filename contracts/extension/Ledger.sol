// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketExtension} from "../interfaces/IMarketExtension.sol";
import {Dues} from "../interfaces/IMarketEvents.sol";
import {MarketBase} from "../MarketBase.sol";
import {ACCOUNT_HAS_DUES, Account} from "../types/Account.sol";

/// @notice What participants owe the grid and the incentive fund, and what these owe them.
abstract contract Ledger is MarketBase, IMarketExtension {
    /// @inheritdoc IMarketExtension
    function payDues(uint256 participant) external {
        Account account = _requireParticipant(participant);
        _accounts[participant] = _payDues(participant, account);
    }

    /// @dev Takes what an account owes, and gives what it is owed, as far as means allow.
    function _payDues(uint256 participant, Account account) internal returns (Account) {
        if (!account.has(ACCOUNT_HAS_DUES)) return account;
        Dues memory dues = _dues[participant];
        Account grid = _accounts[GRID];
        uint256 gridNano = grid.balanceNano();
        uint256 fundNano = _incentiveFundNano;
        uint256 balance = account.balanceNano();
        Dues memory paid;

        paid.gridOwesNano = uint128(_min(dues.gridOwesNano, gridNano));
        paid.fundOwesNano = uint128(_min(dues.fundOwesNano, fundNano));
        balance += paid.gridOwesNano + paid.fundOwesNano;
        paid.owesGridNano = uint128(_min(dues.owesGridNano, balance));
        paid.owesFundNano = uint128(_min(dues.owesFundNano, balance - paid.owesGridNano));
        balance -= paid.owesGridNano + paid.owesFundNano;

        _accounts[GRID] = grid.withBalanceNano(gridNano + paid.owesGridNano - paid.gridOwesNano);
        _incentiveFundNano = fundNano + paid.owesFundNano - paid.fundOwesNano;
        _subtractDues(dues, paid);
        _dues[participant] = dues;
        Dues memory total = _totalDues;
        _subtractDues(total, paid);
        _totalDues = total;
        emit DuesChanged(participant, dues);
        bool open =
            dues.owesGridNano | dues.owesFundNano | dues.gridOwesNano | dues.fundOwesNano != 0;
        return account.withBalanceNano(balance).with(ACCOUNT_HAS_DUES, open);
    }

    function _subtractDues(Dues memory dues, Dues memory less) private pure {
        dues.owesGridNano -= less.owesGridNano;
        dues.owesFundNano -= less.owesFundNano;
        dues.gridOwesNano -= less.gridOwesNano;
        dues.fundOwesNano -= less.fundOwesNano;
    }
}
