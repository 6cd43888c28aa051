pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "lib/authorisation.circom";
include "lib/keys.circom";
include "lib/newNotes.circom";
include "lib/range.circom";
include "lib/spentNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Confirm (7: side 1, sells; 8: side 0, buys): the owner of one of a match's two
// plans agrees to it. The match keeps to the plan; what it leaves is a new plan
// with the same limit (also where it is of 0 Wh: it holds a buyer's bond).
// ═════════════════════════════════════════════════════════════════════════════

template Confirm(side, circuitId) {
    // ─── public ──────────────────────────────────────────────────────────────
    // What the match leaves of the plan, for the plan book
    signal output rest;
    signal output memo[5];
    // The plans that the match is of; one is the prover's
    signal input sellPlan;
    signal input buyPlan;
    // The match record
    signal input match;
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
    // The own plan
    signal input period;
    signal input energyWh;
    signal input price;
    signal input attributes;
    signal input planSalt;
    // The match
    signal input matchEnergyWh;
    signal input matchPrice;
    signal input matchSalt;
    // Fresh scalar of the rest's memo
    signal input ephemeral;

    // 1. The plan is this owner's
    signal owner <== OwnerOfKeys()(spendKey, nullifierKey, viewKey);
    var plan = side == 1 ? sellPlan : buyPlan;
    OwnPlan()(owner, side, period, energyWh, price, attributes, planSalt, plan);

    // 2. The match is of both plans
    signal commitment <== MatchCommitment()(sellPlan, buyPlan, matchEnergyWh, matchPrice, matchSalt);
    commitment === match;
    Range(ENERGY_BITS())(matchEnergyWh);
    Range(PRICE_BITS())(matchPrice);

    // 3. It is of some energy: one of none would use up the other side's plan
    signal isNothing <== IsZero()(matchEnergyWh);
    isNothing === 0;

    // 4. Its price is no worse than the plan's limit
    signal keepsLimit;
    if (side == 1) {
        keepsLimit <== LessEqThan(PRICE_BITS())([price, matchPrice]);
    } else {
        keepsLimit <== LessEqThan(PRICE_BITS())([matchPrice, price]);
    }
    keepsLimit === 1;

    // 5. The rest, its energy checked to be below 2^28: no more than planned is matched
    (rest, memo) <== NewPlan(0, side)(
        owner, viewKey, auditKey, ephemeral, period, energyWh - matchEnergyWh, price, attributes
    );

    // 6. The owner signed
    signal outcome <== Outcome()(rest, match);
    Authorisation(circuitId)(spendKey, signatureR, signatureS, plan, outcome, context);
}
