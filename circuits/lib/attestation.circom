pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/eddsaposeidon.circom";
include "circomlib/circuits/poseidon.circom";
include "tags.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Attestation: a gateway signed what was delivered of a match. Its signature and
// not its transaction counts, so that whoever sends shows nobody's gateway.
// ═════════════════════════════════════════════════════════════════════════════

template Attestation() {
    // The gateway's key and its signature
    signal input gatewayKey[2];
    signal input signatureR[2];
    signal input signatureS;
    // Chain and pool
    signal input scope;
    // What was delivered, and of which match
    signal input match;
    signal input energyWh;

    // 1. Both points are on the curve, which circomlib's verifier takes for granted
    BabyCheck()(gatewayKey[0], gatewayKey[1]);
    BabyCheck()(signatureR[0], signatureR[1]);

    // 2. The message is of this pool, this match and this energy
    signal message <== Poseidon(4)([D_DELIVERY(), scope, match, energyWh]);

    // 3. EdDSA; the verifier demands S < l, so that a signature has one form, and no key of low order
    EdDSAPoseidonVerifier()(1, gatewayKey[0], gatewayKey[1], signatureS, signatureR[0], signatureR[1], message);
}
