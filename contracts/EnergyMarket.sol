// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";

import {Clearing} from "./core/Clearing.sol";
import {Metering} from "./core/Metering.sol";
import {OrderOpening} from "./core/OrderOpening.sol";
import {Sealing} from "./core/Sealing.sol";
import {Settlement} from "./core/Settlement.sol";
import {MarketConfiguration} from "./interfaces/IMarketEvents.sol";
import {ParameterRules} from "./libraries/ParameterRules.sol";
import {MarketBase} from "./MarketBase.sol";

/// @title EnergyMarket
/// @notice The open market: see {IEnergyMarket} for what each function does.
/// @dev One contract's code cannot hold it all. What runs every period is here; every other call goes to the
/// {MarketExtension}, fixed at deployment, on this contract's storage. Nothing can be exchanged later.
contract EnergyMarket is Sealing, OrderOpening, Clearing, Metering, Settlement, Proxy {
    address private immutable _extension;

    /// @param extension A {MarketExtension} made with the same configuration.
    constructor(
        MarketConfiguration memory configuration,
        address extension
    ) MarketBase(configuration) {
        if (extension.code.length == 0) revert ZeroAddress();
        _extension = extension;
        ParameterRules.check(configuration.parameters, configuration.periodLength);
        _parameters[0] = configuration.parameters;
        _inForce.gateClosure = uint24(configuration.parameters.gateClosure);
        _inForce.marginNano = configuration.parameters.marginNano;
        _openAccount(configuration.grid);
    }

    /// @dev Ether comes from unwrapping alone; the extension checks that.
    receive() external payable {
        _fallback();
    }

    function _implementation() internal view override returns (address) {
        return _extension;
    }
}
