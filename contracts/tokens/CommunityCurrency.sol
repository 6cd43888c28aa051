// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title CommunityCurrency
/// @notice A settlement token for communities that have none: the treasurer mints what was paid in outside the
/// chain. 9 decimals, so that its unit is the market's nano-currency.
contract CommunityCurrency is ERC20, ERC20Permit, AccessManaged {
    constructor(
        string memory name,
        string memory symbol,
        address accessManager
    ) ERC20(name, symbol) ERC20Permit(name) AccessManaged(accessManager) {}

    /// @notice Mints `amount` units to `to`. Treasurer only.
    function mint(address to, uint256 amount) external restricted {
        _mint(to, amount);
    }

    /// @notice Burns the caller's tokens, against payment outside the chain.
    function burn(uint256 amount) external {
        _burn(msg.sender, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 9;
    }
}
