pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "circomlib/circuits/poseidon.circom";
include "lib/authorisation.circom";
include "lib/keys.circom";
include "lib/newNotes.circom";
include "lib/spentNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Merge (4): two credit notes of one owner become one.
// ═════════════════════════════════════════════════════════════════════════════

template Merge(depth) {
    // ─── public ──────────────────────────────────────────────────────────────
    // Of the spent notes
    signal output nullifiers[2];
    // Both amounts, a new leaf
    signal output sum;
    signal output memo[4];
    // Note tree
    signal input root;
    signal input size;
    // Chain and pool
    signal input scope;
    // The regulator's current key
    signal input auditKey[2];
    // Chain, pool, circuit, deadline
    signal input context;

    // ─── private ─────────────────────────────────────────────────────────────
    // The owner's keys
    signal input spendKey[2];
    signal input nullifierKey;
    signal input viewKey[2];
    signal input signatureR[2];
    signal input signatureS;
    // The spent notes
    signal input noteAmountNano[2];
    signal input noteSalt[2];
    signal input noteIndex[2];
    signal input noteSiblings[2][depth];
    // Fresh scalar of the sum's memo
    signal input ephemeral;

    // 1. The notes are this owner's and in the tree
    signal owner <== OwnerOfKeys()(spendKey, nullifierKey, viewKey);
    for (var i = 0; i < 2; i++) {
        nullifiers[i] <== SpentCredit(depth)(
            owner, nullifierKey, noteAmountNano[i], noteSalt[i], noteIndex[i], noteSiblings[i], root, size, scope
        );
    }

    // 2. They are two: one note merged with itself would double
    signal isSame <== IsEqual()(noteIndex);
    isSame === 0;

    // 3. The sum, checked to be below 2^64
    (sum, memo) <== NewCredit(0)(owner, viewKey, auditKey, ephemeral, noteAmountNano[0] + noteAmountNano[1]);

    // 4. The owner signed
    signal subject <== Poseidon(3)([D_NULLIFIERS(), nullifiers[0], nullifiers[1]]);
    Authorisation(4)(spendKey, signatureR, signatureS, subject, sum, context);
}
