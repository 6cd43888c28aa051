// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IPrivateMarket} from "../interfaces/IPrivateMarket.sol";
import {BabyJubjub} from "../libraries/BabyJubjub.sol";

/// @notice The regulator's key, which every memo can be read with.
abstract contract AuditKeys is IPrivateMarket, AccessManaged {
    uint256 private _version;
    uint256[2] private _key;

    /// @inheritdoc IPrivateMarket
    function setAuditKey(uint256[2] calldata key, uint256[2] calldata eighth) external restricted {
        if (!BabyJubjub.isOfPrimeOrder(key, eighth)) revert AuditKeyInvalid(key[0], key[1]);
        _key = key;
        emit AuditKeySet(++_version, key[0], key[1]);
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IPrivateMarket
    function auditKey() external view returns (uint256 version, uint256 x, uint256 y) {
        return (_version, _key[0], _key[1]);
    }

    // ------------------------------------------------------------------ internal

    /// @dev Before there is a key both coordinates are 0, which no key's are.
    function _requireAuditKey(uint256[] calldata given) internal view {
        (uint256 x, uint256 y) = (given[0], given[1]);
        if (x == 0 || x != _key[0] || y != _key[1]) revert StaleAuditKey(_version, x, y);
    }
}
