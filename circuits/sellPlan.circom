pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "lib/authorisation.circom";
include "lib/inclusion.circom";
include "lib/keys.circom";
include "lib/newNotes.circom";
include "lib/range.circom";
include "lib/spentNotes.circom";

// ═════════════════════════════════════════════════════════════════════════════
// SellPlan (5): energy of a generation note is offered; the rest is a new note.
// ═════════════════════════════════════════════════════════════════════════════

template SellPlan(noteDepth, participantsDepth) {
    // ─── public ──────────────────────────────────────────────────────────────
    // Of the spent generation note
    signal output nullifier;
    // The plan, for the plan book
    signal output plan;
    signal output planMemo[5];
    // Generation that is not offered, a new leaf
    signal output rest;
    signal output restMemo[5];
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
    // The least that is offered: what a seller who does not confirm can lose
    signal input bondWh;
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
    signal input gateway;
    signal input noteEnergyWh;
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
    // Fresh scalars of the memos: the plan's, the rest's
    signal input ephemeral[2];

    // 1. The note is this owner's, of this period, and in the tree
    signal owner <== OwnerOfKeys()(spendKey, nullifierKey, viewKey);
    nullifier <== SpentGeneration(noteDepth)(
        owner, nullifierKey, gateway, period, noteEnergyWh, noteSalt, noteIndex, noteSiblings, root, size, scope
    );

    // 2. The owner may trade now
    signal found <== Inclusion(participantsDepth)(owner, participantIndex, participantSiblings, participantsSize);
    found === participantsRoot;

    // 3. The plan, its period, energy and price checked to be in range; the energy comes from the note's gateway
    signal attributes <== Attributes()(gateway, features);
    (plan, planMemo) <== NewPlan(0, 1)(
        owner, viewKey, auditKey, ephemeral[0], period, energyWh, price, attributes
    );

    // 4. There is a bond to lose
    Range(ENERGY_BITS())(bondWh);
    signal isBonded <== LessEqThan(ENERGY_BITS())([bondWh, energyWh]);
    isBonded === 1;

    // 5. The rest, checked to be below 2^28: no more than was generated is offered
    (rest, restMemo) <== NewGeneration(1)(
        owner, viewKey, auditKey, ephemeral[1], gateway, period, noteEnergyWh - energyWh
    );

    // 6. The owner signed
    signal outcome <== Outcome()(plan, rest);
    Authorisation(5)(spendKey, signatureR, signatureS, nullifier, outcome, context);
}
