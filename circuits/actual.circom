pragma circom 2.2.0;

include "lib/attestation.circom";
include "lib/deliverySecret.circom";
include "lib/keys.circom";
include "lib/notes.circom";
include "lib/range.circom";
include "lib/spentNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Actual (9): what was delivered of a match, as the gateway of its seller signed
// it. It needs nobody's spending key: whoever has the gateway's attestation and
// both openings can prove it and gains nothing, since all of it is decided.
// ═════════════════════════════════════════════════════════════════════════════

template Actual() {
    // ─── public ──────────────────────────────────────────────────────────────
    // The actual note, which both settlements open
    signal output actual;
    // What opens it, for both sides and the regulator
    signal output secret[3];
    // The plans that the match is of
    signal input sellPlan;
    signal input buyPlan;
    // The confirmed match
    signal input match;
    // Chain and pool
    signal input scope;
    // The regulator's current key
    signal input auditKey[2];
    // Chain, pool, circuit, deadline
    signal input context;

    // ─── private ─────────────────────────────────────────────────────────────
    // The sell plan
    signal input owner;
    signal input period;
    signal input energyWh;
    signal input price;
    signal input features;
    signal input planSalt;
    // The match
    signal input matchEnergyWh;
    signal input matchPrice;
    signal input matchSalt;
    // The gateway's key and its signature
    signal input gatewayKey[2];
    signal input signatureR[2];
    signal input signatureS;
    // What it metered for the match
    signal input actualEnergyWh;
    // Fresh scalar of the secret
    signal input ephemeral;

    // 1. The plan is a seller's, and its energy comes from this gateway
    signal gateway <== GatewayTag()(gatewayKey);
    signal attributes <== Attributes()(gateway, features);
    OwnPlan()(owner, 1, period, energyWh, price, attributes, planSalt, sellPlan);

    // 2. The match is of this plan. Its salt is what both sides know, and no other
    signal commitment <== MatchCommitment()(sellPlan, buyPlan, matchEnergyWh, matchPrice, matchSalt);
    commitment === match;
    Range(ENERGY_BITS())(matchEnergyWh);
    Range(PRICE_BITS())(matchPrice);

    // 3. The gateway signed what was delivered, in the range that settlements take: above it, nobody could settle
    Range(ENERGY_BITS())(actualEnergyWh);
    Attestation()(gatewayKey, signatureR, signatureS, scope, match, actualEnergyWh);

    // 4. The secret, which gives the salt
    signal salt;
    (salt, secret) <== DeliverySecret()(match, matchSalt, actualEnergyWh, ephemeral, auditKey);

    // 5. The actual note
    actual <== ActualCommitment()(match, actualEnergyWh, salt);

    // 6. The context is in a constraint, so that the proof holds for no other
    signal contextSquared <== context * context;
}
