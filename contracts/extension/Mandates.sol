// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IMarketExtension} from "../interfaces/IMarketExtension.sol";
import {Mandate} from "../interfaces/IMarketEvents.sol";
import {MarketBase} from "../MarketBase.sol";

/// @notice Rights of agents to seal orders for participants. Their limits are checked when an order opens.
abstract contract Mandates is MarketBase, IMarketExtension {
    bytes32 private constant MANDATE_TYPEHASH = keccak256(
        "Mandate(uint24 participant,address agent,uint32 minPriceMicroPerKwh,uint32 maxPriceMicroPerKwh,uint88 spendingLimitNano,uint40 expiry,uint256 nonce)"
    );

    /// @inheritdoc IMarketExtension
    function grantMandate(Mandate calldata mandate, bytes calldata signature) external {
        _requireParticipant(mandate.participant);
        if (mandate.agent == address(0)) revert ZeroAddress();
        address owner = _ownerOf[mandate.participant];
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(MANDATE_TYPEHASH, mandate, _useNonce(owner)))
        );
        if (!SignatureChecker.isValidSignatureNow(owner, digest, signature)) {
            revert MandateInvalid(mandate.participant);
        }
        _mandates[mandate.participant] = mandate;
        _spentNano[mandate.participant] = 0;
        emit MandateGranted(mandate.participant, mandate.agent, mandate);
    }

    /// @inheritdoc IMarketExtension
    function revokeMandate() external {
        uint256 participant = _callerParticipant();
        address agent = _mandates[participant].agent;
        if (agent == address(0)) revert NoMandate(participant, address(0));
        // The limits stay: orders that the agent has sealed still open, within them.
        _mandates[participant].agent = address(0);
        // A mandate that was signed and not yet granted dies too.
        _useNonce(_ownerOf[participant]);
        emit MandateRevoked(participant, agent);
    }
}
