// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";

/// @title Forwarder
/// @notice Relays calls that participants have signed, so that they need no ether.
contract Forwarder is ERC2771Forwarder("Sealwatt") {}
