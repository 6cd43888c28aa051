pragma circom 2.2.0;

include "lib/keys.circom";
include "lib/newNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Deposit (1): a credit note for an amount that the payer sends to the pool.
// The payer needs the owner's address only, and no key.
// ═════════════════════════════════════════════════════════════════════════════

template Deposit() {
    // ─── public ──────────────────────────────────────────────────────────────
    // The note, a new leaf
    signal output commitment;
    signal output memo[4];
    // What is paid in
    signal input amountNano;
    // The regulator's current key
    signal input auditKey[2];
    // Chain, pool, circuit, deadline, payer
    signal input context;

    // ─── private ─────────────────────────────────────────────────────────────
    // The owner's address
    signal input account;
    signal input viewKey[2];
    // Fresh scalar of the memo
    signal input ephemeral;

    // 1. The view key is the owner's: a memo for another key would leave a note that nobody finds
    signal owner <== Owner()(account, viewKey);

    // 2. The note has the amount, checked to be below 2^64
    (commitment, memo) <== NewCredit(0)(owner, viewKey, auditKey, ephemeral, amountNano);

    // 3. The context is in a constraint, so that the proof holds for no other
    signal contextSquared <== context * context;
}
