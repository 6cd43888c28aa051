// A pool in which somebody has money and a plan, and from then on nothing passes but real proofs.
import { ZeroHash } from "ethers";
import { keysOf } from "../../scripts/keys/circuitKeys.ts";
import { CIRCUIT_IDS } from "../../sdk/private/context.ts";
import { accountOfSeed } from "../../sdk/private/keys.ts";
import {
  MerkleTree,
  NOTE_TREE_DEPTH,
  PARTICIPANT_TREE_DEPTH,
} from "../../sdk/private/merkleTree.ts";
import type { CreditNote, PlanNote } from "../../sdk/private/notes.ts";
import { buildBuyPlanInputs } from "../../sdk/private/proofs/buyPlan.ts";
import { buildDepositInputs } from "../../sdk/private/proofs/deposit.ts";
import {
  ownerInputs,
  type ProofRequest,
  type ProofSetting,
  type Signals,
  type SignalValue,
  type SpendableNote,
} from "../../sdk/private/proofs/proofRequest.ts";
import { hash } from "../../sdk/private/poseidon.ts";
import { TAGS } from "../../sdk/private/tags.ts";
import { outcomeOf } from "../../sdk/private/authorisation.ts";
import { FIELD_ORDER } from "../../sdk/private/field.ts";
import { buildWithdrawInputs } from "../../sdk/private/proofs/withdraw.ts";
import { nodeProver } from "../../sdk/private/prover/nodeProver.ts";
import { ProverError } from "../../sdk/private/prover/proverError.ts";
import { POOL_TERMS, stagePool, type PoolFixture } from "./privateMarket.ts";
import { DEADLINE, joinPool, type ProofArgument } from "./privateVerbs.ts";
import { useRealVerifiers } from "./realVerifiers.ts";
import { sent } from "./verbs.ts";

/** The largest amount. No double holds it, nor the fee. */
export const MAX_NANO = 2n ** 64n - 1n;
export const FEE_NANO = 2n ** 53n + 1n;
/** Of the plan that is open. */
export const PLAN_PERIOD = 3n;
export const PLAN_ENERGY_WH = 1_000n;
export const PLAN_PRICE = 200_000n;
/** The leaf of the largest note: the last one, which has no neighbour. */
export const MAX_LEAF = 4;

export const ALICE = accountOfSeed(new Uint8Array(32).fill(31));
export const BOB = accountOfSeed(new Uint8Array(32).fill(32));
const FIRST_NANO = [3_000_000_000n, 5_000_000_000n, 4_000_000_000n];

/** A scene of `stageProven`. */
export type ProvenScene = ReturnType<typeof stageProven>;

// One prover, and one proof of each request: suites that are staged alike ask for the same.
const prover = nodeProver(keysOf);
const proofs = new Map<string, Promise<ProofArgument>>();

/** A real proof. */
export function prove(request: ProofRequest): Promise<ProofArgument> {
  const key = `${request.circuit} ${request.publicSignals.join()}`;
  const known = proofs.get(key);
  if (known !== undefined) return known;
  const made = prover.prove(request).then(({ points, signals }) => ({
    points: [...points] as ProofArgument["points"],
    signals: [...signals],
  }));
  proofs.set(key, made);
  return made;
}

/** Whether the circuit has no witness for a request with some inputs changed. */
export async function isUnprovable(
  request: ProofRequest,
  inputs: ProofRequest["inputs"],
): Promise<boolean> {
  try {
    await prover.prove({ ...request, inputs: { ...request.inputs, ...inputs } });
    return false;
  } catch (error) {
    if (!(error instanceof ProverError)) throw error;
    // "signals": there is a proof, though of something else.
    if (error.fault === "signals") return false;
    // Any other refusal is the test's fault: an input that is missing or misnamed.
    if (error.fault === "inputs" && error.details?.includes("Assert Failed") === true) return true;
    throw error;
  }
}

/** To be called once the suite is over. */
export function endProver(): Promise<void> {
  return prover.close();
}

/** What a stand-in verifier takes for a proof. */
export function standIn({ circuit, publicSignals }: ProofRequest): ProofArgument {
  return {
    points: [CIRCUIT_IDS[circuit], 0n, 0n, 0n, 0n, 0n, 0n, 0n],
    signals: [...publicSignals],
  };
}

/** What proofs for a scene's pool have in common; the same scalars each time, and so the same proofs. */
export function settingOf(
  { poolId, auditKey }: Pick<PoolFixture, "poolId" | "auditKey">,
  firstEphemeral: bigint,
): ProofSetting {
  let last = firstEphemeral;
  return { pool: poolId, deadlineS: DEADLINE, auditKey, nextEphemeral: () => last++ };
}

/** Alice and Bob have joined. Alice has three notes and an open buy plan of `PLAN_PERIOD`. */
export function stageProven() {
  return stagePool(async (fixture) => {
    const { pool, poolAddress, token, actors } = fixture;
    const { payer, seller, buyer, treasurer } = actors;
    const setting = settingOf(fixture, 7_001n);
    await joinPool(fixture, seller, ALICE.owner);
    await joinPool(fixture, buyer, BOB.owner);
    const participants = new MerkleTree(PARTICIPANT_TREE_DEPTH, [ALICE.owner, BOB.owner]);
    await token.connect(treasurer).mint(payer.address, MAX_NANO);
    await token.connect(payer).approve(poolAddress, 2n * MAX_NANO);

    const tree = new MerkleTree(NOTE_TREE_DEPTH);
    const notes: CreditNote[] = [];
    const pay = async (amountNano: bigint): Promise<void> => {
      const request = buildDepositInputs(setting, {
        to: ALICE,
        amountNano,
        payer: payer.address,
      });
      await sent(pool.connect(payer).deposit(standIn(request), DEADLINE));
      const { note, commitment } = request.created[0]!;
      notes.push(note as CreditNote);
      tree.append([commitment]);
    };
    for (const amountNano of FIRST_NANO) await pay(amountNano);
    await pool.insertLeaves(FIRST_NANO.length);
    const planning = buildBuyPlanInputs(ALICE, setting, {
      from: { note: notes[2]!, path: tree.pathOf(2) },
      participant: participants.pathOf(0),
      period: PLAN_PERIOD,
      energyWh: PLAN_ENERGY_WH,
      priceMicroPerKwh: PLAN_PRICE,
      features: 0n,
      encryptedFeaturesHash: 0n,
      bondNano: POOL_TERMS.bondNano,
    });
    await pool.connect(actors.relayer).submitBuyPlan(standIn(planning), DEADLINE, ZeroHash);
    const [plan, change] = planning.created;
    notes.push(change!.note as CreditNote);
    tree.append([change!.commitment]);
    await pay(MAX_NANO);
    await pool.insertLeaves(2);
    await useRealVerifiers(fixture);
    return {
      setting,
      tree,
      participants,
      plan: { note: plan!.note as PlanNote, commitment: plan!.commitment },
      /** One of Alice's notes with its path; the third is spent. */
      credit: (leafIndex: number): SpendableNote<CreditNote> => ({
        note: notes[leafIndex]!,
        path: tree.pathOf(leafIndex),
      }),
    };
  });
}

/** Alice takes all that her largest note holds out, a part of it for the relayer. */
export function withdrawalOf(
  scene: ProvenScene,
  firstEphemeral = 9_001n,
): ProofRequest & { send: (proof: ProofArgument) => ReturnType<typeof scene.pool.withdraw> } {
  const { pool, actors } = scene;
  const [recipient, relayer] = [actors.stranger.address, actors.relayer.address];
  const request = buildWithdrawInputs(ALICE, settingOf(scene, firstEphemeral), {
    from: scene.credit(MAX_LEAF),
    amountNano: MAX_NANO,
    recipient,
    relayer,
    feeNano: FEE_NANO,
  });
  return {
    ...request,
    send: (proof) =>
      pool.connect(actors.relayer).withdraw(proof, DEADLINE, recipient, relayer, FEE_NANO),
  };
}

/** Alice bids with the same note. */
export function bidOf(scene: ProvenScene): ProofRequest {
  return buildBuyPlanInputs(ALICE, settingOf(scene, 9_101n), {
    from: scene.credit(MAX_LEAF),
    participant: scene.participants.pathOf(0),
    period: PLAN_PERIOD,
    energyWh: 500n,
    priceMicroPerKwh: 100_000n,
    features: 0n,
    encryptedFeaturesHash: 0n,
    bondNano: POOL_TERMS.bondNano,
  });
}

const modulo = (value: bigint): bigint => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;

/**
 * What the note's own owner gives a circuit for another withdrawal than an honest one: signed, and with the numbers
 * that follow from what is changed, as they are in the field.
 */
export function forgeWithdrawal(
  { inputs, created }: ProofRequest,
  changes: Record<string, SignalValue> = {},
): Signals {
  const all = { ...inputs, ...changes } as Record<string, bigint>;
  const { scope, nullifierKey, noteIndex, noteAmountNano, amountNano, context } = all;
  const nullifier = hash(TAGS.nullifier, scope!, modulo(nullifierKey!), modulo(noteIndex!));
  const rest = modulo(noteAmountNano! - amountNano!);
  const change = hash(TAGS.credit, ALICE.owner, rest, created[0]!.note.salt);
  return { ...all, ...ownerInputs(ALICE, "Withdraw", nullifier, change, context!), ...changes };
}

/** The same of a bid. */
export function forgeBid(
  { inputs, created }: ProofRequest,
  changes: Record<string, SignalValue> = {},
): Signals {
  const all = { ...inputs, ...changes } as Record<string, bigint>;
  const { scope, noteIndex, noteAmountNano, energyWh, price, period, bondNano, context } = all;
  const [planNote, changeNote] = created.map(({ note }) => note) as [PlanNote, CreditNote];
  const nullifier = hash(TAGS.nullifier, scope!, ALICE.nullifierKey, noteIndex!);
  const { owner, attributes, salt } = planNote;
  const plan = hash(TAGS.plan, owner, 0n, period!, energyWh!, price!, attributes, salt);
  const rest = modulo(noteAmountNano! - energyWh! * price! - bondNano!);
  const change = hash(TAGS.credit, owner, rest, changeNote.salt);
  const outcome = outcomeOf(plan, change);
  return { ...all, ...ownerInputs(ALICE, "BuyPlan", nullifier, outcome, context!), ...changes };
}
