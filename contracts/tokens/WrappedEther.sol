// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

import {IWrappedEther} from "../interfaces/IWrappedEther.sol";

/// @title WrappedEther
/// @notice Ether as a token, for markets that settle in the chain's own currency.
contract WrappedEther is ERC20, ERC20Permit, IWrappedEther {
    error EtherTransferFailed(address to);

    constructor() ERC20("Wrapped Ether", "WETH") ERC20Permit("Wrapped Ether") {}

    receive() external payable {
        _mint(msg.sender, msg.value);
    }

    /// @inheritdoc IWrappedEther
    function deposit() external payable {
        _mint(msg.sender, msg.value);
    }

    /// @inheritdoc IWrappedEther
    function withdraw(uint256 amount) external {
        _burn(msg.sender, amount);
        (bool ok, ) = msg.sender.call{value: amount}("");
        if (!ok) revert EtherTransferFailed(msg.sender);
    }
}
