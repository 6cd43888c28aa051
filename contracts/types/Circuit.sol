// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Circuits' numbers, as `circuits/circuits.json` has them.
library Circuit {
    uint256 internal constant DEPOSIT = 1;
    uint256 internal constant GENERATION = 2;
    uint256 internal constant WITHDRAW = 3;
    uint256 internal constant MERGE = 4;
    uint256 internal constant SELL_PLAN = 5;
    uint256 internal constant BUY_PLAN = 6;
    uint256 internal constant CONFIRM_SELL = 7;
    uint256 internal constant CONFIRM_BUY = 8;
    uint256 internal constant ACTUAL = 9;
    uint256 internal constant SETTLE_SELL = 10;
    uint256 internal constant SETTLE_BUY = 11;
    uint256 internal constant REFUND = 12;
    uint256 internal constant PARTICIPANT = 13;
}
