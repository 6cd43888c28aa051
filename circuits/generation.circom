pragma circom 2.2.0;

include "lib/keys.circom";
include "lib/newNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Generation (2): a note for generated energy, which its gateway vouches for:
// the contract takes it with the gateway's signature only.
// ═════════════════════════════════════════════════════════════════════════════

template Generation() {
    // ─── public ──────────────────────────────────────────────────────────────
    // The note, a new leaf
    signal output commitment;
    signal output memo[5];
    // When it is generated
    signal input period;
    // Tag of the gateway
    signal input gateway;
    // The regulator's current key
    signal input auditKey[2];
    // Chain, pool, circuit, deadline, gateway's address
    signal input context;

    // ─── private ─────────────────────────────────────────────────────────────
    // The owner's address
    signal input account;
    signal input viewKey[2];
    signal input energyWh;
    // Fresh scalar of the memo
    signal input ephemeral;

    // 1. The view key is the owner's: a memo for another key would leave a note that nobody finds
    signal owner <== Owner()(account, viewKey);

    // 2. The note, its period and energy checked to be in range
    (commitment, memo) <== NewGeneration(0)(owner, viewKey, auditKey, ephemeral, gateway, period, energyWh);

    // 3. The context is in a constraint, so that the proof holds for no other
    signal contextSquared <== context * context;
}
