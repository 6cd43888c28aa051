pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/eddsaposeidon.circom";
include "circomlib/circuits/poseidon.circom";
include "tags.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Authorisation: the spending key signed what this proof does. Who computes a
// proof for somebody knows the nullifier key and the notes, and could otherwise
// pay the notes to another recipient or split them in another way.
// ═════════════════════════════════════════════════════════════════════════════

template Authorisation(circuitId) {
    // The owner's key and its signature
    signal input spendKey[2];
    signal input signatureR[2];
    signal input signatureS;
    // What is spent: nullifier, plan, or hash of two nullifiers
    signal input subject;
    // What comes of it: commitments, folded with D_OUTPUTS
    signal input outcome;
    // Chain, pool, circuit, deadline and whatever else the contract binds
    signal input context;

    // 1. Both points are on the curve, which circomlib's verifier takes for granted
    BabyCheck()(spendKey[0], spendKey[1]);
    BabyCheck()(signatureR[0], signatureR[1]);

    // 2. The message is of this circuit
    signal message <== Poseidon(5)([D_AUTHORISE(), circuitId, subject, outcome, context]);

    // 3. EdDSA; the verifier demands S < l, so that a signature has one form, and no key of low order
    EdDSAPoseidonVerifier()(1, spendKey[0], spendKey[1], signatureS, signatureR[0], signatureR[1], message);
}

template Outcome() {
    signal input first;
    signal input second;
    signal output out;

    out <== Poseidon(3)([D_OUTPUTS(), first, second]);
}
