pragma circom 2.2.0;

include "memo.circom";
include "notes.circom";
include "range.circom";

// ═════════════════════════════════════════════════════════════════════════════
// New notes: commitment and memo of what a proof makes.
// Ranges are checked here, for all circuits: no note can exist that does not
// fit, so that a difference below 0 is refused wherever a note is made of it.
// ═════════════════════════════════════════════════════════════════════════════

template NewCredit(index) {
    signal input owner;
    signal input viewKey[2];
    signal input auditKey[2];
    signal input ephemeral;
    signal input amountNano;
    signal output commitment;
    signal output memo[4];

    // 1. Range
    Range(AMOUNT_BITS())(amountNano);

    // 2. Memo, which gives the salt
    signal salt;
    (salt, memo) <== ShortMemo(index)(ephemeral, viewKey, auditKey, [owner, amountNano]);

    // 3. Commitment
    commitment <== CreditCommitment()(owner, amountNano, salt);
}

template NewGeneration(index) {
    signal input owner;
    signal input viewKey[2];
    signal input auditKey[2];
    signal input ephemeral;
    signal input gateway;
    signal input period;
    signal input energyWh;
    signal output commitment;
    signal output memo[5];

    // 1. Ranges: without them the memo's packed word could be read in another way than the commitment
    Range(PERIOD_BITS())(period);
    Range(ENERGY_BITS())(energyWh);

    // 2. Memo, which gives the salt
    signal packed <== Packed()(0, period, energyWh, 0);
    signal salt;
    (salt, memo) <== LongMemo(index)(ephemeral, viewKey, auditKey, [owner, packed, gateway]);

    // 3. Commitment
    commitment <== GenerationCommitment()(owner, gateway, period, energyWh, salt);
}

template NewPlan(index, side) {
    signal input owner;
    signal input viewKey[2];
    signal input auditKey[2];
    signal input ephemeral;
    signal input period;
    signal input energyWh;
    signal input price;
    signal input attributes;
    signal output commitment;
    signal output memo[5];

    // 1. Ranges: without them the memo's packed word could be read in another way than the commitment
    Range(PERIOD_BITS())(period);
    Range(ENERGY_BITS())(energyWh);
    Range(PRICE_BITS())(price);

    // 2. Memo, which gives the salt
    signal packed <== Packed()(side, period, energyWh, price);
    signal salt;
    (salt, memo) <== LongMemo(index)(ephemeral, viewKey, auditKey, [owner, packed, attributes]);

    // 3. Commitment
    commitment <== PlanCommitment()(owner, side, period, energyWh, price, attributes, salt);
}
