import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { authorisationMessage } from "../../../../../sdk/private/authorisation.ts";
import type { Point } from "../../../../../sdk/private/babyJubjub.ts";
import { verifySignature } from "../../../../../sdk/private/eddsa.ts";
import { MAX_AMOUNT_NANO } from "../../../../../sdk/private/field.ts";
import {
  commitmentOf,
  type CreditNote,
  type LeafNote,
  type PlanNote,
} from "../../../../../sdk/private/notes.ts";
import {
  MerkleTree,
  NOTE_TREE_DEPTH,
  PARTICIPANT_TREE_DEPTH,
} from "../../../../../sdk/private/merkleTree.ts";
import { openMemoAsAuditor, openMemoAsOwner } from "../../../../../sdk/private/openMemo.ts";
import { scopeOf } from "../../../../../sdk/private/pool.ts";
import { buildBuyPlanInputs } from "../../../../../sdk/private/proofs/buyPlan.ts";
import type {
  ProofRequest,
  SignalValue,
  SpendableNote,
} from "../../../../../sdk/private/proofs/proofRequest.ts";
import { buildSellPlanInputs } from "../../../../../sdk/private/proofs/sellPlan.ts";
import { ALICE, AUDIT_SCALAR, BOB, POOL, setting } from "../scene.ts";

export const CIRCUITS = path.join(import.meta.dirname, "../../../../../circuits");
export const manifest = JSON.parse(
  readFileSync(path.join(CIRCUITS, "circuits.json"), "utf8"),
) as Record<string, { id: number; file: string; signals: string[]; public: string[] }>;

/** Names as the manifest lists them: a list's elements one by one. */
export function namesOf(name: string, value: SignalValue): string[] {
  return typeof value === "bigint"
    ? [name]
    : value.flatMap((element, i) => namesOf(`${name}[${i}]`, element));
}

/** Checks a request against the circuit, and its notes against their readers. */
export function expectSound(request: ProofRequest, reader = ALICE): void {
  const { file, signals, public: publicInputs } = manifest[request.circuit]!;
  const given = Object.entries(request.signals).flatMap(([name, value]) => namesOf(name, value));
  expect(given).to.deep.equal(signals);
  expect(request.publicSignals).to.have.length(signals.length);
  const declared = [
    ...readFileSync(path.join(CIRCUITS, file), "utf8").matchAll(/signal input (\w+)/g),
  ].map(([, name]) => name);
  expect(Object.keys(request.inputs)).to.have.members(declared);
  for (const name of publicInputs) {
    expect(request.inputs[name], name).to.deep.equal(request.signals[name]);
  }
  for (const made of request.created) {
    expect(request.publicSignals).to.include(made.commitment);
    for (const word of made.memo) expect(request.publicSignals).to.include(word);
    expect(openMemoAsOwner(made, reader)).to.deep.equal(made.note);
    expect(openMemoAsAuditor(made, AUDIT_SCALAR)).to.deep.equal(made.note);
  }
}

/** Checks that the owner signed this, and nothing else. */
export function expectSigned(
  request: ProofRequest,
  subject: bigint,
  outcome: bigint,
  by = ALICE,
): void {
  const { signatureR, signatureS } = request.inputs;
  const signature = { r: signatureR as unknown as Point, s: signatureS as bigint };
  const context = request.signals.context as bigint;
  const message = authorisationMessage(request.circuit, subject, outcome, context);
  expect(verifySignature(by.spendKey, message, signature)).to.be.true;
}

export const credit = (amountNano: bigint, salt: bigint, owner = ALICE.owner): CreditNote => ({
  kind: "credit",
  owner,
  amountNano,
  salt,
});
export const GATEWAY = 4711n;
export const generation = {
  kind: "generation",
  owner: ALICE.owner,
  gateway: GATEWAY,
  period: 12n,
  energyWh: 1_000n,
  salt: 9n,
} as const;
export const NOTES: LeafNote[] = [
  credit(600n, 1n),
  credit(500n, 2n),
  credit(10n ** 9n, 3n, BOB.owner),
  generation,
  credit(MAX_AMOUNT_NANO, 4n),
];
export const tree = new MerkleTree(NOTE_TREE_DEPTH, NOTES.map(commitmentOf));
export const participants = new MerkleTree(PARTICIPANT_TREE_DEPTH, [8n, ALICE.owner, BOB.owner]);
export const spendable = <N extends LeafNote>(index: number): SpendableNote<N> => ({
  note: NOTES[index] as N,
  path: tree.pathOf(index),
});
export const [SMALL, MIDDLE, BOBS, GENERATED, LARGEST] = [0, 1, 2, 3, 4] as const;
export const SCOPE = scopeOf(POOL);
export const WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

export const sellTerms = {
  from: spendable<typeof generation>(GENERATED),
  participant: participants.pathOf(1),
  energyWh: 700n,
  priceMicroPerKwh: 200n,
  features: 6n,
  encryptedFeaturesHash: 2n ** 256n - 1n,
  bondWh: 50n,
};
export const buyTerms = {
  from: spendable<CreditNote>(BOBS),
  participant: participants.pathOf(2),
  period: 12n,
  energyWh: 800n,
  priceMicroPerKwh: 300n,
  features: 0n,
  encryptedFeaturesHash: 0n,
  bondNano: 1_000n,
};
export const withdrawTerms = {
  from: spendable<CreditNote>(SMALL),
  amountNano: 250n,
  recipient: WALLET,
  relayer: WALLET,
  feeNano: 5n,
};

// Alice sells 500 of her 700 Wh to Bob at a price between both limits; 480 Wh come.
export const sold = buildSellPlanInputs(ALICE, setting(), sellTerms);
export const bought = buildBuyPlanInputs(BOB, setting(), buyTerms);
export const sellPlan = planOf(sold);
export const buyPlan = planOf(bought);
export const match = {
  kind: "match",
  sellPlan: commitmentOf(sellPlan),
  buyPlan: commitmentOf(buyPlan),
  energyWh: 500n,
  priceMicroPerKwh: 250n,
  salt: 77n,
} as const;
export const MATCH = commitmentOf(match);
export const actual = { kind: "actual", match: MATCH, energyWh: 480n, salt: 78n } as const;
export const refundTerms = {
  plan: sellPlan,
  gateway: GATEWAY,
  features: 6n,
  strikes: 0n,
  bondNano: 1_000n,
  bondWh: 50n,
};

function planOf({ created }: ProofRequest): PlanNote {
  const note = created[0]!.note;
  if (note.kind !== "plan") throw new TypeError("The first note is no plan.");
  return note;
}
