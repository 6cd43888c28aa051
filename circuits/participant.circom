pragma circom 2.2.0;

include "lib/authorisation.circom";
include "lib/keys.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Participant (13): an owner is its prover's own. Without it anybody could join
// with another's owner and so keep that one out.
// ═════════════════════════════════════════════════════════════════════════════

template Participant() {
    // ─── public ──────────────────────────────────────────────────────────────
    // The owner, a new leaf among the participants
    signal output owner;
    // Chain, pool, circuit, deadline, address that joins
    signal input context;

    // ─── private ─────────────────────────────────────────────────────────────
    // The owner's keys
    signal input spendKey[2];
    signal input nullifierKey;
    signal input viewKey[2];
    signal input signatureR[2];
    signal input signatureS;

    // 1. The owner of these keys
    owner <== OwnerOfKeys()(spendKey, nullifierKey, viewKey);

    // 2. It signed for this address; nothing is created. Who computes proofs for it knows all keys but the one that signs
    Authorisation(13)(spendKey, signatureR, signatureS, owner, 0, context);
}
