// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";

import {Accounts} from "./extension/Accounts.sol";
import {Parameters} from "./extension/Parameters.sol";
import {Mandates} from "./extension/Mandates.sol";
import {Vault} from "./extension/Vault.sol";
import {MarketConfiguration} from "./interfaces/IMarketEvents.sol";
import {MarketBase} from "./MarketBase.sol";

/// @title MarketExtension
/// @notice The code of everything but the five verbs that run every period. {EnergyMarket} runs it on its own
/// storage; by itself it holds nothing and is of no use. What it does not know it hands to {MarketReads}.
contract MarketExtension is Parameters, Accounts, Vault, Mandates, Proxy {
    address private immutable _reads;

    /// @param reads A {MarketReads} made with the same configuration.
    constructor(
        MarketConfiguration memory configuration,
        address reads
    ) MarketBase(configuration) Vault(configuration.wrapsEther) {
        if (reads.code.length == 0) revert ZeroAddress();
        _reads = reads;
    }

    function _implementation() internal view override returns (address) {
        return _reads;
    }
}
