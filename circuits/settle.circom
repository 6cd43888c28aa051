pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "lib/authorisation.circom";
include "lib/delivered.circom";
include "lib/keys.circom";
include "lib/newNotes.circom";
include "lib/range.circom";
include "lib/spentNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Settle (10: side 1, sells; 11: side 0, buys): what one side gets of a match,
// by what was delivered. The seller v_f · p_m, the buyer the rest of its lock,
// v_m · price − v_f · p_m: together v_m · price, which the match took of it.
// ═════════════════════════════════════════════════════════════════════════════

template Settle(side, circuitId) {
    // ─── public ──────────────────────────────────────────────────────────────
    // What this side gets, a new leaf
    signal output credit;
    signal output memo[4];
    // This side's plan, as it was when it was matched
    signal input plan;
    // The confirmed match
    signal input match;
    // What the seller's gateway metered; 0 where it said nothing in time
    signal input actual;
    // The pool's tolerance
    signal input toleranceBps;
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
    // The match, with the plan of the other side
    signal input otherPlan;
    signal input matchEnergyWh;
    signal input matchPrice;
    signal input matchSalt;
    // What was metered
    signal input actualEnergyWh;
    signal input actualSalt;
    // Fresh scalar of the memo
    signal input ephemeral;

    // 1. The plan is this owner's
    signal owner <== OwnerOfKeys()(spendKey, nullifierKey, viewKey);
    OwnPlan()(owner, side, period, energyWh, price, attributes, planSalt, plan);

    // 2. The match is of it
    var sellPlan = side == 1 ? plan : otherPlan;
    var buyPlan = side == 1 ? otherPlan : plan;
    signal matchCommitment <== MatchCommitment()(sellPlan, buyPlan, matchEnergyWh, matchPrice, matchSalt);
    matchCommitment === match;
    Range(PRICE_BITS())(matchPrice);

    // 3. The actual note is of the match; where there is none, nothing was delivered. The contract alone says so: the
    //    signal is public, and no hash is 0
    signal isSilent <== IsZero()(actual);
    signal actualCommitment <== ActualCommitment()(match, actualEnergyWh, actualSalt);
    (1 - isSilent) * (actualCommitment - actual) === 0;
    isSilent * actualEnergyWh === 0;

    // 4. What counts as delivered; the ranges of both energies are checked there
    signal deliveredWh <== Delivered()(actualEnergyWh, matchEnergyWh, toleranceBps);
    signal paidNano <== deliveredWh * matchPrice;

    // 5. What this side gets, checked to be below 2^64
    signal amountNano;
    if (side == 1) {
        amountNano <== paidNano;
    } else {
        amountNano <== matchEnergyWh * price - paidNano;
    }
    (credit, memo) <== NewCredit(0)(owner, viewKey, auditKey, ephemeral, amountNano);

    // 6. The owner signed
    signal outcome <== Outcome()(credit, match);
    Authorisation(circuitId)(spendKey, signatureR, signatureS, plan, outcome, context);
}
