pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "tags.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Commitments and nullifiers (docs/protocol.md, section 3). Hashes only: whoever
// opens or makes a note checks the ranges of what is in it.
// ═════════════════════════════════════════════════════════════════════════════

template CreditCommitment() {
    signal input owner;
    signal input amountNano;
    signal input salt;
    signal output out;

    out <== Poseidon(4)([D_CREDIT(), owner, amountNano, salt]);
}

template GenerationCommitment() {
    signal input owner;
    // Tag of the gateway that measured it
    signal input gateway;
    signal input period;
    signal input energyWh;
    signal input salt;
    signal output out;

    out <== Poseidon(6)([D_GENERATION(), owner, gateway, period, energyWh, salt]);
}

template PlanCommitment() {
    signal input owner;
    // 0 buys, 1 sells
    signal input side;
    signal input period;
    signal input energyWh;
    // Limit in micro-currency per kWh
    signal input price;
    signal input attributes;
    signal input salt;
    signal output out;

    out <== Poseidon(8)([D_PLAN(), owner, side, period, energyWh, price, attributes, salt]);
}

template Attributes() {
    // 0 of a buyer
    signal input gateway;
    // Commitment to what is matched by, 0 for none
    signal input features;
    signal output out;

    out <== Poseidon(3)([D_ATTRIBUTES(), gateway, features]);
}

template MatchCommitment() {
    signal input sellPlan;
    signal input buyPlan;
    signal input energyWh;
    signal input price;
    signal input salt;
    signal output out;

    out <== Poseidon(6)([D_MATCH(), sellPlan, buyPlan, energyWh, price, salt]);
}

template ActualCommitment() {
    signal input match;
    signal input energyWh;
    signal input salt;
    signal output out;

    out <== Poseidon(4)([D_ACTUAL(), match, energyWh, salt]);
}

// No scalar of the curve is in a nullifier, so that no note has two: nk is a field element, and the leaf's index is
// fixed by its path (Inclusion).
template Nullifier() {
    // Chain and pool
    signal input scope;
    signal input nullifierKey;
    signal input leafIndex;
    signal output out;

    out <== Poseidon(4)([D_NULLIFIER(), scope, nullifierKey, leafIndex]);
}
