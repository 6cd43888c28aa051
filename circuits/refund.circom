pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "lib/authorisation.circom";
include "lib/keys.circom";
include "lib/memo.circom";
include "lib/notes.circom";
include "lib/range.circom";
include "lib/spentNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Refund (12): a plan that has ended gives back what it locked: a buyer's lock as
// credit, a seller's energy as generation, less the bonds that were lost.
// ═════════════════════════════════════════════════════════════════════════════

template Refund() {
    // ─── public ──────────────────────────────────────────────────────────────
    // Credit or generation, a new leaf
    signal output note;
    signal output memo[5];
    // The ended plan, its side and how often it was not confirmed in time, as the plan book has them
    signal input plan;
    signal input side;
    signal input strikes;
    // What a silent side loses
    signal input bondNano;
    signal input bondWh;
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
    // The plan
    signal input period;
    signal input energyWh;
    signal input price;
    signal input attributes;
    signal input planSalt;
    // Of a seller, what the attributes were made of; of a buyer both are 0
    signal input gateway;
    signal input features;
    // Fresh scalar of the memo
    signal input ephemeral;

    // 1. The plan is this owner's
    side * (side - 1) === 0;
    signal owner <== OwnerOfKeys()(spendKey, nullifierKey, viewKey);
    OwnPlan()(owner, side, period, energyWh, price, attributes, planSalt, plan);

    // 2. A seller's energy goes back to its gateway. A buyer's lock has none: it is refunded by who knows no more of the
    //    plan than its memo tells
    signal opened <== Attributes()(gateway, features);
    side * (opened - attributes) === 0;
    (1 - side) * gateway === 0;
    (1 - side) * features === 0;

    // 3. Ranges of what the contract gives
    Range(STRIKES_BITS())(strikes);
    Range(AMOUNT_BITS())(bondNano);
    Range(ENERGY_BITS())(bondWh);

    // 4. Bought: the lock, and the bond where it was not lost. Of a seller it is 0: out of range, it would keep its
    //    energy locked. A sum of two products is below 2^65; the range makes it an amount
    signal hasNoStrike <== IsZero()(strikes);
    signal keptBondNano <== hasNoStrike * bondNano;
    signal lockNano <== energyWh * price;
    signal amountNano <== (1 - side) * (lockNano + keptBondNano);
    Range(AMOUNT_BITS())(amountNano);

    // 5. Sold: the energy less a bond for each strike, at least none; both are below 2^44
    signal lostWh <== strikes * bondWh;
    signal hasRest <== LessThan(STRIKES_BITS() + ENERGY_BITS())([lostWh, energyWh]);
    signal restWh <== hasRest * (energyWh - lostWh);

    // 6. The memo, of one length for both
    signal packed <== Packed()(0, period, restWh, 0);
    signal quantity <== amountNano + side * (packed - amountNano);
    signal salt;
    (salt, memo) <== LongMemo(0)(ephemeral, viewKey, auditKey, [owner, quantity, gateway]);

    // 7. The note of the plan's side
    signal credit <== CreditCommitment()(owner, amountNano, salt);
    signal generation <== GenerationCommitment()(owner, gateway, period, restWh, salt);
    note <== credit + side * (generation - credit);

    // 8. The owner signed
    Authorisation(12)(spendKey, signatureR, signatureS, plan, note, context);
}
