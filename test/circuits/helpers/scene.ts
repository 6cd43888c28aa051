import { MerkleTree } from "../../../sdk/private/merkleTree.ts";
import {
  attributesOf,
  commitmentOf,
  type ActualNote,
  type CreditNote,
  type GenerationNote,
  type LeafNote,
  type MatchNote,
  type PlanNote,
} from "../../../sdk/private/notes.ts";
import type { SpendableNote } from "../../../sdk/private/proofs/proofRequest.ts";
import { ALICE, BOB } from "../../unit/sdk/private/scene.ts";
import { NOTE_DEPTH, PARTICIPANTS_DEPTH } from "./circuits.ts";

export const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
export const GATEWAY = 0x6a7en;
export const FEATURES = 0xfea7n;
export const PERIOD = 1000n;

export function credit(amountNano: bigint, owner = ALICE.owner): CreditNote {
  return { kind: "credit", owner, amountNano, salt: amountNano + 5n };
}

export function generation(energyWh: bigint, owner = ALICE.owner): GenerationNote {
  return { kind: "generation", owner, gateway: GATEWAY, period: PERIOD, energyWh, salt: 6n };
}

/** Notes among others in one tree. */
export function placed<N extends LeafNote>(...notes: N[]): SpendableNote<N>[] {
  const leaves = [11n, 12n, 13n, ...notes.map(commitmentOf), 14n];
  const tree = new MerkleTree(NOTE_DEPTH, leaves);
  return notes.map((note, i) => ({ note, path: tree.pathOf(3 + i) }));
}

/** The place of an owner among the participants. */
export function participant(owner = ALICE.owner) {
  return new MerkleTree(PARTICIPANTS_DEPTH, [21n, 0n, owner, 22n, 23n]).pathOf(2);
}

/** Alice's plan of one side. */
export function plan(side: "buy" | "sell", terms: Partial<PlanNote> = {}): PlanNote {
  return {
    kind: "plan",
    owner: ALICE.owner,
    side,
    period: PERIOD,
    energyWh: 700n,
    priceMicroPerKwh: 120_000n,
    attributes: attributesOf(side === "sell" ? GATEWAY : 0n, FEATURES),
    salt: 31n,
    ...terms,
  };
}

/** A match of Alice's plan with one of Bob's. */
export function matched(own: PlanNote, energyWh: bigint, priceMicroPerKwh: bigint): MatchNote {
  const isSale = own.side === "sell";
  const other = commitmentOf(plan(isSale ? "buy" : "sell", { owner: BOB.owner }));
  const [sellPlan, buyPlan] = isSale ? [commitmentOf(own), other] : [other, commitmentOf(own)];
  return { kind: "match", sellPlan, buyPlan, energyWh, priceMicroPerKwh, salt: 41n };
}

export function actual(match: MatchNote, energyWh: bigint): ActualNote {
  return { kind: "actual", match: commitmentOf(match), energyWh, salt: 51n };
}
