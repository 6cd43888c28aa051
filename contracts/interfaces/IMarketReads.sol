// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketParameters} from "../types/MarketParameters.sol";
import {PackedReading} from "../types/Meter.sol";
import {AccountView, Dues, Mandate, MeterView, OrderView, PeriodView} from "./IMarketEvents.sol";

/// @notice Reads for pages, agents, operators and auditors.
interface IMarketReads {
    function participantOf(address owner) external view returns (uint256);

    function accountCount() external view returns (uint256);

    function accountOf(uint256 participant) external view returns (AccountView memory);

    function orderOf(uint256 period, uint256 participant) external view returns (OrderView memory);

    function meterOf(uint256 participant) external view returns (MeterView memory);

    function periodOf(uint256 period) external view returns (PeriodView memory);

    function duesOf(uint256 participant) external view returns (Dues memory);

    function totalDues() external view returns (Dues memory);

    function mandateOf(
        uint256 participant
    ) external view returns (Mandate memory mandate, uint256 spentNano);

    /// @return word The stored seal of a single order, see {Commitment.seal}; 0 where there is none.
    function sealOf(uint256 participant, uint256 period) external view returns (uint256 word);

    /// @return root The stored root of a day schedule, see {Commitment.seal}.
    /// @return periods The bits of the day's periods that hold an order.
    function scheduleOf(
        uint256 participant,
        uint256 day
    ) external view returns (uint256 root, uint256 periods);

    function isSettled(uint256 period, uint256 participant) external view returns (bool);

    function parametersOf(uint256 period) external view returns (MarketParameters memory);

    /// @return The latest rules and the period from which they hold.
    function latestParameters() external view returns (MarketParameters memory, uint256 fromPeriod);

    /// @return The period's price, rounded down: the trades' average, or the reference price.
    function averagePriceMicroPerKwhDown(uint256 period) external view returns (uint256);

    function incentiveFundNano() external view returns (uint256);

    function vaultNano() external view returns (uint256);

    function currentPeriod() external view returns (uint256);

    function startOf(uint256 period) external view returns (uint256);

    function settlementToken() external view returns (address);

    function genesis() external view returns (uint256);

    function periodLength() external view returns (uint256);

    function commitmentDomain() external view returns (bytes32);

    /// @return The EIP-712 hash that the gateway signs for a reading.
    function readingDigest(PackedReading reading, uint256 meterId) external view returns (bytes32);
}
