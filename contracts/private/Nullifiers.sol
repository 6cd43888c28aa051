// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPrivateMarket} from "../interfaces/IPrivateMarket.sol";

/// @notice Which notes are spent, by whatever circuit.
abstract contract Nullifiers is IPrivateMarket {
    mapping(uint256 nullifier => bool) private _spent;

    /// @inheritdoc IPrivateMarket
    function isSpent(uint256 nullifier) external view returns (bool) {
        return _spent[nullifier];
    }

    function _spend(uint256 nullifier) internal {
        if (_spent[nullifier]) revert NullifierSpentBefore(nullifier);
        _spent[nullifier] = true;
        emit NullifierSpent(nullifier);
    }
}
