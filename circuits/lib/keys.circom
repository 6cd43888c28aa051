pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/comparators.circom";
include "circomlib/circuits/poseidon.circom";
include "tags.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Owner: who a note belongs to, from keys.
// ═════════════════════════════════════════════════════════════════════════════

template Account() {
    // Key that signs for spending
    signal input spendKey[2];
    // Key that nullifiers are made with
    signal input nullifierKey;
    // What is told of both to who pays the owner
    signal output out;

    out <== Poseidon(4)([D_ACCOUNT(), spendKey[0], spendKey[1], nullifierKey]);
}

template Owner() {
    signal input account;
    // Key that memos are made for. It is hashed in: a note whose memo its owner cannot read is nobody's
    signal input viewKey[2];
    signal output out;

    out <== Poseidon(4)([D_OWNER(), account, viewKey[0], viewKey[1]]);
}

template OwnerOfKeys() {
    signal input spendKey[2];
    signal input nullifierKey;
    signal input viewKey[2];
    signal output out;

    signal account <== Account()(spendKey, nullifierKey);
    out <== Owner()(account, viewKey);
}

// ═════════════════════════════════════════════════════════════════════════════
// GatewayTag: what notes call a gateway.
// ═════════════════════════════════════════════════════════════════════════════

template GatewayTag() {
    // Key that it attests deliveries with
    signal input key[2];
    signal output out;

    out <== Poseidon(3)([D_GATEWAY(), key[0], key[1]]);
}

// ═════════════════════════════════════════════════════════════════════════════
// KeyPoint: a point of the curve, neither the identity nor of order 2.
// Multiplied by a secret, the identity gives the identity, a shared secret that
// everybody knows. Off the curve, circomlib's formulas hold on other curves,
// with small groups. (Orders 4 and 8 have no multiple in EscalarMulAny, which
// divides by 0 on its way. A rest of low order beside a large one hides nothing:
// it harms the key's owner alone, who cannot read; the pool checks audit keys.)
// ═════════════════════════════════════════════════════════════════════════════

template KeyPoint() {
    signal input point[2];

    // 1. On the curve
    BabyCheck()(point[0], point[1]);

    // 2. Not (0, 1) and not (0, -1)
    signal isLow <== IsZero()(point[0]);
    isLow === 0;
}
