// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Calls with some gas and tells what came back and what it took.
contract VerifierProbe {
    function probe(
        address target,
        bytes calldata data,
        uint256 gasLimit
    ) external view returns (bool success, bytes memory answer, uint256 gasUsed) {
        bytes memory input = data;
        // Fails, and makes the address warm: the call that is measured costs what later ones do.
        (success, answer) = target.staticcall{gas: 0}(input);
        gasUsed = gasleft();
        (success, answer) = target.staticcall{gas: gasLimit}(input);
        gasUsed -= gasleft();
    }
}
