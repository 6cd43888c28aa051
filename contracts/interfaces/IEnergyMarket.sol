// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketCore} from "./IMarketCore.sol";
import {IMarketExtension} from "./IMarketExtension.sol";
import {IMarketReads} from "./IMarketReads.sol";

/// @title The open market
/// @notice A sealed double auction for energy in short delivery periods, its metered settlement, and the vault
/// that holds the money. Implements the smart distribution trading platform (seed 003, sections 1 and 2.3).
///
/// The main path is five verbs: {submitOrder}, {openOrder}, {clear}, {reportReading}, {settle}.
///
/// Energy is in Wh, prices in micro-currency per kWh, amounts in nano-currency: the product of the first two.
/// Accounts are numbered: 1 is the grid, participants follow in the order of their registration.
///
/// Safety, assumed: the settlement token keeps its balances (no rebasing); the block's time is honest within a
/// few seconds; the gateway keys are those of the meters. Liveness, assumed: somebody opens, clears and settles;
/// anybody may.
interface IEnergyMarket is IMarketCore, IMarketExtension, IMarketReads {}
