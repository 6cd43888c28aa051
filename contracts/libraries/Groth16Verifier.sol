// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {Groth16} from "./Groth16.sol";

/// @dev What every verifier does.
abstract contract Groth16Base is IGroth16Verifier {
    /// @inheritdoc IGroth16Verifier
    function verify(
        uint256[8] calldata points,
        uint256[] calldata signals
    ) external view returns (bool) {
        return Groth16.verify(points, signals);
    }
}

/// @dev What every verifier's code on the chain begins with. Its key follows.
contract Groth16Code is Groth16Base {}

/// @notice The verifier of one circuit. Its code is {Groth16Code} and then its key, so that anybody can read off the
/// chain that it is a verifier, and of which key: `scripts/keys/checkVerifiers.ts` does.
contract Groth16Verifier is Groth16Base {
    error KeyLength(uint256 bytesGiven);

    /// @param key As in {Groth16}, without the last word.
    constructor(bytes memory key) {
        // Eight pairs of coordinates in a key without signals.
        if (key.length % 64 != 0 || key.length < 8 * 64) revert KeyLength(key.length);
        uint256 signalCount = key.length / 64 - 8;
        bytes memory code = bytes.concat(type(Groth16Code).runtimeCode, key, bytes32(signalCount));
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }
}
