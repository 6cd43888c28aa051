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
    // The plan; `gateway` is 0 of a buyer
    signal input period;
    signal input energyWh;
    signal input price;
    signal input gateway;
    signal input features;
    signal input planSalt;
    // Fresh scalar of the memo
    signal input ephemeral;

    // 1. The plan is this owner's
    side * (side - 1) === 0;
    signal owner <== OwnerOfKeys()(spendKey, nullifierKey, viewKey);
    signal attributes <== Attributes()(gateway, features);
    OwnPlan()(owner, side, period, energyWh, price, attributes, planSalt, plan);

    // 2. Ranges of what the contract gives
    Range(STRIKES_BITS())(strikes);
    Range(AMOUNT_BITS())(bondNano);
    Range(ENERGY_BITS())(bondWh);

    // 3. Bought: the lock, and the bond where it was not lost. Of a seller it is 0: out of range, it would keep its
    //    energy locked. A sum of two products is below 2^65; the range makes it an amount
    signal hasNoStrike <== IsZero()(strikes);
    signal keptBondNano <== hasNoStrike * bondNano;
    signal lockNano <== energyWh * price;
    signal amountNano <== (1 - side) * (lockNano + keptBondNano);
    Range(AMOUNT_BITS())(amountNano);

    // 4. Sold: the energy less a bond for each strike, at least none; both are below 2^44
    signal lostWh <== strikes * bondWh;
    signal hasRest <== LessThan(STRIKES_BITS() + ENERGY_BITS())([lostWh, energyWh]);
    signal restWh <== hasRest * (energyWh - lostWh);

    // 5. The memo, of one length for both
    signal packed <== Packed()(0, period, restWh, 0);
    signal quantity <== amountNano + side * (packed - amountNano);
    signal origin <== side * gateway;
    signal salt;
    (salt, memo) <== LongMemo(0)(ephemeral, viewKey, auditKey, [owner, quantity, origin]);

    // 6. The note of the plan's side
    signal credit <== CreditCommitment()(owner, amountNano, salt);
    signal generation <== GenerationCommitment()(owner, gateway, period, restWh, salt);
    note <== credit + side * (generation - credit);

    // 7. The owner signed
    Authorisation(12)(spendKey, signatureR, signatureS, plan, note, context);
}
