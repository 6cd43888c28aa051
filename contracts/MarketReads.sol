// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Reads} from "./extension/Reads.sol";
import {MarketConfiguration} from "./interfaces/IMarketEvents.sol";
import {MarketBase} from "./MarketBase.sol";

/// @title MarketReads
/// @notice The code of the market's views. {MarketExtension} runs it on the market's storage.
contract MarketReads is Reads {
    constructor(MarketConfiguration memory configuration) MarketBase(configuration) {}
}
