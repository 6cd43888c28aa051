// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Shows verifiers as a private market does.
contract VerifierBook {
    address[14] public verifierOf;

    constructor(address[14] memory verifiers) {
        verifierOf = verifiers;
    }
}
