pragma circom 2.2.0;

include "lib/authorisation.circom";
include "lib/keys.circom";
include "lib/newNotes.circom";
include "lib/range.circom";
include "lib/spentNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Withdraw (3): part of a credit note leaves the pool, the rest is a new note.
// ═════════════════════════════════════════════════════════════════════════════

template Withdraw(depth) {
    // ─── public ──────────────────────────────────────────────────────────────
    // Of the spent note
    signal output nullifier;
    // The rest, a new leaf (also where it is 0: that there is no rest is nobody's business)
    signal output change;
    signal output memo[4];
    // Note tree
    signal input root;
    signal input size;
    // Chain and pool
    signal input scope;
    // What leaves the pool
    signal input amountNano;
    // The regulator's current key
    signal input auditKey[2];
    // Chain, pool, circuit, deadline, recipient, relayer and fee
    signal input context;

    // ─── private ─────────────────────────────────────────────────────────────
    // The owner's keys
    signal input spendKey[2];
    signal input nullifierKey;
    signal input viewKey[2];
    signal input signatureR[2];
    signal input signatureS;
    // The spent note
    signal input noteAmountNano;
    signal input noteSalt;
    signal input noteIndex;
    signal input noteSiblings[depth];
    // Fresh scalar of the change's memo
    signal input ephemeral;

    // 1. The note is this owner's and in the tree
    signal owner <== OwnerOfKeys()(spendKey, nullifierKey, viewKey);
    nullifier <== SpentCredit(depth)(
        owner, nullifierKey, noteAmountNano, noteSalt, noteIndex, noteSiblings, root, size, scope
    );

    // 2. The amount is one: p - 1 would be a withdrawal of -1, and the change larger than the note
    Range(AMOUNT_BITS())(amountNano);

    // 3. The change, checked to be below 2^64: no more than the note holds is taken out
    (change, memo) <== NewCredit(0)(owner, viewKey, auditKey, ephemeral, noteAmountNano - amountNano);

    // 4. The owner signed
    Authorisation(3)(spendKey, signatureR, signatureS, nullifier, change, context);
}
