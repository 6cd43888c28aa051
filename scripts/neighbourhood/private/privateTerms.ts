import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import { defaultPoolTerms } from "../../../sdk/private/poolTerms.ts";

/** What a proof and its transaction take on a slow machine of two cores; they are made one after the other. */
const PROOF_S = 2;
/** What everybody does before the first match: joins, gets a note, makes a plan. */
const PROOFS_BEFORE_MATCHES = 3;
/** What everybody does after delivery, with some to spare. */
const PROOFS_AFTER_DELIVERY = 6;
/** Between one step and the next. */
const MARGIN_S = 5;

/** How long all traders take to confirm their matches. */
const confirmationSeconds = (traders: number) => traders * PROOF_S;

/** Twice: those whose other side is silent are matched again. */
const matchingSeconds = (traders: number) => 2 * (confirmationSeconds(traders) + MARGIN_S);

/** How long before the open market's first orders private trades begin, so that they do not hinder each other. */
export function preparationSeconds(traders: number): number {
  return traders === 0 ? 0 : traders * PROOFS_BEFORE_MATCHES * PROOF_S + matchingSeconds(traders);
}

/**
 * The rules of a run's private market. Its periods are the open market's, so that both have the same readings; its
 * leads are longer, since proofs take their time however short a period is.
 * @param periods how many the run has
 */
export function privateTerms(
  genesis: number,
  periodLength: number,
  { traders, periods }: { traders: number; periods: number },
): PoolTerms {
  const confirmationTime = confirmationSeconds(traders);
  // Orders for a period are taken throughout the one before it.
  return {
    ...defaultPoolTerms(genesis, periodLength),
    plansLead: periodLength + matchingSeconds(traders),
    proposalsLead: periodLength + confirmationTime + MARGIN_S,
    confirmationTime,
    reportingTime: (periods + 4) * periodLength + traders * PROOFS_AFTER_DELIVERY * PROOF_S,
    bondWh: 5n,
    bondNano: 10_000_000n,
  };
}
