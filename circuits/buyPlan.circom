pragma circom 2.2.0;

include "lib/authorisation.circom";
include "lib/inclusion.circom";
include "lib/keys.circom";
include "lib/newNotes.circom";
include "lib/range.circom";
include "lib/spentNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// BuyPlan (6): energy is bid for; what it can cost and a bond are taken out of a
// credit note, the rest is a new note.
// ═════════════════════════════════════════════════════════════════════════════

template BuyPlan(noteDepth, participantsDepth) {
    // ─── public ──────────────────────────────────────────────────────────────
    // Of the spent credit note
    signal output nullifier;
    // The plan, for the plan book
    signal output plan;
    signal output planMemo[5];
    // What is not locked, a new leaf
    signal output change;
    signal output changeMemo[4];
    // Note tree
    signal input root;
    signal input size;
    // Chain and pool
    signal input scope;
    // Latest tree of authorised owners
    signal input participantsRoot;
    signal input participantsSize;
    // When the energy is delivered
    signal input period;
    // What a buyer who does not confirm loses
    signal input bondNano;
    // The regulator's current key
    signal input auditKey[2];
    // Chain, pool, circuit, deadline, encrypted features
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
    signal input noteSiblings[noteDepth];
    // The owner among the participants
    signal input participantIndex;
    signal input participantSiblings[participantsDepth];
    // The order: energy, limit in micro-currency per kWh, commitment to what is matched by
    signal input energyWh;
    signal input price;
    signal input features;
    // Fresh scalars of the memos: the plan's, the change's
    signal input ephemeral[2];

    // 1. The note is this owner's and in the tree
    signal owner <== OwnerOfKeys()(spendKey, nullifierKey, viewKey);
    nullifier <== SpentCredit(noteDepth)(
        owner, nullifierKey, noteAmountNano, noteSalt, noteIndex, noteSiblings, root, size, scope
    );

    // 2. The owner may trade now
    signal found <== Inclusion(participantsDepth)(owner, participantIndex, participantSiblings, participantsSize);
    found === participantsRoot;

    // 3. The plan, its period, energy and price checked to be in range; a buyer has no gateway
    signal attributes <== Attributes()(0, features);
    (plan, planMemo) <== NewPlan(0, 0)(
        owner, viewKey, auditKey, ephemeral[0], period, energyWh, price, attributes
    );

    // 4. The lock: below 2^60 + 2^64, since its parts are in range
    Range(AMOUNT_BITS())(bondNano);
    signal costNano <== energyWh * price;

    // 5. The change, checked to be below 2^64: no more than the note holds is locked
    (change, changeMemo) <== NewCredit(1)(
        owner, viewKey, auditKey, ephemeral[1], noteAmountNano - costNano - bondNano
    );

    // 6. The owner signed
    signal outcome <== Outcome()(plan, change);
    Authorisation(6)(spendKey, signatureR, signatureS, nullifier, outcome, context);
}
