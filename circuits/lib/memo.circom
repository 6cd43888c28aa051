pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/comparators.circom";
include "circomlib/circuits/escalarmulany.circom";
include "circomlib/circuits/escalarmulfix.circom";
include "circomlib/circuits/poseidon.circom";
include "keys.circom";
include "tags.circom";

// ═════════════════════════════════════════════════════════════════════════════
// EphemeralPoint: R = e·B8, which secrets with both readers are shared by.
// ═════════════════════════════════════════════════════════════════════════════

template EphemeralPoint() {
    // Fresh random scalar e, of this memo alone
    signal input ephemeral;
    signal output bits[251];
    // y of R
    signal output point;

    // 1. e has as many bits as l; whether it is reduced does not matter, the same e mod l gives the same memo
    bits <== Num2Bits(251)(ephemeral);

    // 2. R = e·B8, and not the identity: with e = 0 all secrets are known
    var BASE8[2] = [
        5299619240641551281634865583518297030282874472190772894086521144482721001553,
        16950150798460657717958625567821834550301663161624707787222815936182638968203
    ];
    signal ephemeralPoint[2] <== EscalarMulFix(251, BASE8)(bits);
    signal isIdentity <== IsZero()(ephemeralPoint[0]);
    isIdentity === 0;
    point <== ephemeralPoint[1];
}

// ═════════════════════════════════════════════════════════════════════════════
// SharedSecret: y of e·P, for the holder of P's scalar. R's y fixes R up to sign,
// and so it: neither has a sign that could be chosen.
// ═════════════════════════════════════════════════════════════════════════════

template SharedSecret() {
    // Bits of e
    signal input bits[251];
    // P
    signal input reader[2];
    signal output out;

    // 1. A point of the curve that shares a secret at all
    KeyPoint()(reader);

    // 2. e·P
    signal shared[2] <== EscalarMulAny(251)(bits, reader);
    out <== shared[1];
}

// ═════════════════════════════════════════════════════════════════════════════
// WrappedKey: a key, encrypted to the regulator.
// ═════════════════════════════════════════════════════════════════════════════

template WrappedKey() {
    signal input key;
    // e and R
    signal input bits[251];
    signal input point;
    // The regulator's current U
    signal input auditKey[2];
    signal output out;

    signal shared <== SharedSecret()(bits, auditKey);
    signal mask <== Poseidon(3)([D_WRAP(), shared, point]);
    out <== key + mask;
}

// ═════════════════════════════════════════════════════════════════════════════
// MemoKey: the key of one memo, for the note's owner and for the regulator.
// It is made here, from nothing that the prover could give each of the two
// differently: no note can exist that one of them cannot read.
// ═════════════════════════════════════════════════════════════════════════════

template MemoKey() {
    // Fresh random scalar e, of this memo alone
    signal input ephemeral;
    // The owner's V
    signal input viewKey[2];
    // The regulator's current U
    signal input auditKey[2];
    // y of R = e·B8
    signal output point;
    // K, which the memo is encrypted with
    signal output key;
    // K, encrypted to the regulator
    signal output wrapped;

    // 1. R
    signal bits[251];
    (bits, point) <== EphemeralPoint()(ephemeral);

    // 2. The key, from the secret with the owner
    signal shared <== SharedSecret()(bits, viewKey);
    key <== Poseidon(3)([D_MEMO(), shared, point]);

    // 3. What the regulator gets it from
    wrapped <== WrappedKey()(key, bits, point, auditKey);
}

// ═════════════════════════════════════════════════════════════════════════════
// ShortMemo: of a credit note. LongMemo: of every other.
// Salt and mask are outputs of one permutation of (K, place of the note); its
// first output, which is of the capacity, is never shown.
// ═════════════════════════════════════════════════════════════════════════════

template ShortMemo(index) {
    signal input ephemeral;
    signal input viewKey[2];
    signal input auditKey[2];
    // What is told
    signal input words[2];
    // The note's salt, derived, so that it need not be sent
    signal output salt;
    signal output memo[4];

    // 1. Key
    signal (point, key, wrapped) <== MemoKey()(ephemeral, viewKey, auditKey);

    // 2. Salt and mask
    signal stream[4] <== PoseidonEx(3, 4)([D_STREAM(), key, index], 0);
    salt <== stream[1];

    // 3. Memo
    memo[0] <== point;
    memo[1] <== words[0] + stream[2];
    memo[2] <== words[1] + stream[3];
    memo[3] <== wrapped;
}

template LongMemo(index) {
    signal input ephemeral;
    signal input viewKey[2];
    signal input auditKey[2];
    // What is told
    signal input words[3];
    // The note's salt, derived, so that it need not be sent
    signal output salt;
    signal output memo[5];

    // 1. Key
    signal (point, key, wrapped) <== MemoKey()(ephemeral, viewKey, auditKey);

    // 2. Salt and mask
    signal stream[5] <== PoseidonEx(4, 5)([D_STREAM(), key, index, 0], 0);
    salt <== stream[1];

    // 3. Memo
    memo[0] <== point;
    memo[1] <== words[0] + stream[2];
    memo[2] <== words[1] + stream[3];
    memo[3] <== words[2] + stream[4];
    memo[4] <== wrapped;
}

// Side, period, energy and price in one word.
template Packed() {
    signal input side;
    signal input period;
    signal input energyWh;
    signal input price;
    signal output out;

    out <== side + 2 * period + 2 ** 25 * energyWh + 2 ** 53 * price;
}
