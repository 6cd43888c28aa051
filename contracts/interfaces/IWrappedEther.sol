// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The part of wrapped ether that the vault uses.
interface IWrappedEther {
    /// @notice Mints wrapped ether for the ether sent.
    function deposit() external payable;

    /// @notice Burns wrapped ether and sends the caller as much ether.
    function withdraw(uint256 amount) external;
}
