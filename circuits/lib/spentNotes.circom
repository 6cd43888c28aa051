pragma circom 2.2.0;

include "inclusion.circom";
include "notes.circom";
include "range.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Spent notes: a note of this owner is in the tree, and this is its nullifier.
// `owner` must come from the same nullifier key (OwnerOfKeys): with another key
// a note would have another nullifier.
// ═════════════════════════════════════════════════════════════════════════════

template SpentCredit(depth) {
    signal input owner;
    signal input nullifierKey;
    // What the note holds
    signal input amountNano;
    signal input salt;
    // Where it is
    signal input index;
    signal input siblings[depth];
    // The tree, and the chain and pool that it is of
    signal input root;
    signal input size;
    signal input scope;
    signal output nullifier;

    // 1. Range
    Range(AMOUNT_BITS())(amountNano);

    // 2. The note is in the tree
    signal commitment <== CreditCommitment()(owner, amountNano, salt);
    signal found <== Inclusion(depth)(commitment, index, siblings, size);
    found === root;

    // 3. Its nullifier
    nullifier <== Nullifier()(scope, nullifierKey, index);
}

template SpentGeneration(depth) {
    signal input owner;
    signal input nullifierKey;
    // What the note holds
    signal input gateway;
    signal input period;
    signal input energyWh;
    signal input salt;
    // Where it is
    signal input index;
    signal input siblings[depth];
    // The tree, and the chain and pool that it is of
    signal input root;
    signal input size;
    signal input scope;
    signal output nullifier;

    // 1. Range
    Range(ENERGY_BITS())(energyWh);

    // 2. The note is in the tree
    signal commitment <== GenerationCommitment()(owner, gateway, period, energyWh, salt);
    signal found <== Inclusion(depth)(commitment, index, siblings, size);
    found === root;

    // 3. Its nullifier
    nullifier <== Nullifier()(scope, nullifierKey, index);
}

// ═════════════════════════════════════════════════════════════════════════════
// OwnPlan: a plan of the book, opened by its owner.
// ═════════════════════════════════════════════════════════════════════════════

template OwnPlan() {
    signal input owner;
    signal input side;
    signal input period;
    signal input energyWh;
    signal input price;
    signal input attributes;
    signal input salt;
    // The commitment that the plan book knows
    signal input plan;

    // 1. Ranges
    Range(PERIOD_BITS())(period);
    Range(ENERGY_BITS())(energyWh);
    Range(PRICE_BITS())(price);

    // 2. Opening
    signal commitment <== PlanCommitment()(owner, side, period, energyWh, price, attributes, salt);
    commitment === plan;
}
