// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IPrivateMarket} from "../interfaces/IPrivateMarket.sol";
import {Proofs} from "./Proofs.sol";

/// @notice Which address may vouch for the generation of which gateway.
abstract contract Gateways is IPrivateMarket, Proofs, AccessManaged {
    mapping(address gateway => uint256) private _tagOf;
    mapping(uint256 tag => address) private _gatewayOf;

    /// @inheritdoc IPrivateMarket
    function setGateway(address gateway, uint256 tag) external restricted {
        if (gateway == address(0)) revert ZeroAddress();
        _requireCanonical(0, tag);
        address holder = _gatewayOf[tag];
        if (holder != address(0) && holder != gateway) revert GatewayTagTaken(tag, holder);
        delete _gatewayOf[_tagOf[gateway]];
        _tagOf[gateway] = tag;
        if (tag != 0) _gatewayOf[tag] = gateway;
        emit GatewaySet(gateway, tag);
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IPrivateMarket
    function gatewayTag(address gateway) external view returns (uint256) {
        return _tagOf[gateway];
    }

    // ------------------------------------------------------------------ internal

    function _requireGateway(address gateway, uint256 tag) internal view {
        uint256 expected = _tagOf[gateway];
        if (expected == 0) revert UnknownGateway(gateway);
        if (tag != expected) revert ForeignGateway(expected, tag);
    }
}
