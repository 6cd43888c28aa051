// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {PrivateMarketConfiguration} from "../interfaces/IPrivateMarket.sol";
import {Delivery} from "./Delivery.sol";
import {NotePool} from "./NotePool.sol";
import {Participants} from "./Participants.sol";
import {Proofs} from "./Proofs.sol";
import {Terms} from "./Terms.sol";

/// @title PrivateMarket
/// @notice See {IPrivateMarket}. Its verbs are in {NotePool}, {NoteQueue}, {Participants}, {PlanBook}, {Matches} and
/// {Delivery}; {AuditKeys} and {Gateways} are what operator and regulator set.
/// @dev A verb checks in this order: the proof's form, what the transaction and the market say of each signal, what
/// happens once; then it writes; the proof itself comes last but for a token's transfer. So whoever is late or early
/// pays for little, and is told why.
contract PrivateMarket is NotePool, Delivery {
    constructor(
        PrivateMarketConfiguration memory configuration
    )
        AccessManaged(configuration.accessManager)
        Terms(configuration.terms)
        Proofs(configuration.verifiers)
        Participants(configuration.market)
        NotePool(configuration.token)
    {
        if (configuration.accessManager == address(0)) revert ZeroAddress();
    }
}
