import { crosses } from "../../../sdk/mechanisms/greenDoubleAuction.ts";
import type { PlanNote } from "../../../sdk/private/notes.ts";

/** One of a pair, as its owner opened it. */
export interface PairedPlan {
  plan: bigint;
  note: Pick<PlanNote, "owner" | "energyWh" | "priceMicroPerKwh">;
}

/** Why two plans that are what their owners said of them are no match. */
export interface PairFault {
  kind: "prices" | "no energy" | "one owner";
  reason: string;
  /** Who is out for the period: it would take the other's place in each of its rounds. */
  banned: readonly { plan: bigint; reason: string }[];
}

/** @returns undefined where they are a match */
export function pairFault(bid: PairedPlan, offer: PairedPlan): PairFault | undefined {
  if (!crosses(limitOf(offer.note), limitOf(bid.note))) {
    return { kind: "prices", reason: "their prices do not meet", banned: [] };
  }
  // It locks a bond at most, which it gets back, and could keep others from trading in every round.
  const empty = [bid, offer].filter(({ note }) => note.energyWh === 0n);
  if (empty.length > 0) {
    const banned = empty.map(({ plan }) => ({ plan, reason: "it has no energy" }));
    const reason = banned.map(({ plan }) => `plan ${plan}: it has no energy`).join("; ");
    return { kind: "no energy", reason, banned };
  }
  if (bid.note.owner !== offer.note.owner) return undefined;
  // It would pay in proofs for nothing. Without the bid, which meets this offer first, the offer is open to others.
  const banned = [{ plan: bid.plan, reason: "it meets an offer of its own owner first" }];
  return { kind: "one owner", reason: "both plans are of one owner", banned };
}

/** Below 2^32, and so exact. */
export const limitOf = ({ priceMicroPerKwh }: Pick<PlanNote, "priceMicroPerKwh">) =>
  Number(priceMicroPerKwh);
