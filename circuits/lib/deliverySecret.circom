pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "memo.circom";
include "tags.circom";

// ═════════════════════════════════════════════════════════════════════════════
// DeliverySecret: what was delivered of a match, for both of its sides and for
// the regulator. Both sides know the match's salt, else they had not confirmed;
// its commitment is hashed in, so that two matches of one salt, which a careless
// matcher could make, have two keys: one key would show how far they differ.
// ═════════════════════════════════════════════════════════════════════════════

template DeliverySecret() {
    signal input match;
    signal input matchSalt;
    signal input energyWh;
    // Fresh random scalar
    signal input ephemeral;
    // The regulator's current key
    signal input auditKey[2];
    // The actual note's salt, derived, so that it need not be sent
    signal output salt;
    // y of R, the encrypted energy, its key for the regulator
    signal output secret[3];

    // 1. Key of both sides
    signal key <== Poseidon(3)([D_SECRET(), match, matchSalt]);

    // 2. Salt and mask; the permutation's first output, which is of the capacity, is never shown
    signal stream[3] <== PoseidonEx(3, 3)([D_STREAM(), key, 0], 0);
    salt <== stream[1];
    secret[1] <== energyWh + stream[2];

    // 3. The key, for the regulator
    signal bits[251];
    (bits, secret[0]) <== EphemeralPoint()(ephemeral);
    secret[2] <== WrappedKey()(key, bits, secret[0], auditKey);
}
