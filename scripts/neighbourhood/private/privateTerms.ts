import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import { defaultPoolTerms } from "../../../sdk/private/poolTerms.ts";
import type { MatchingPathName } from "./matchingPath.ts";

/** What a proof and its transaction take on two cores that do little else; they are made one after the other. */
export const USUAL_PROOF_S = 2;
/**
 * Planned for a proof and its transaction on simulated time, which costs nothing. Only between two leaps does the chain's
 * clock go on with the machine's: a busy machine must not be late.
 */
export const SIMULATED_PROOF_S = 60;
/** What everybody does before the first match: joins, gets a note, makes a plan. */
const PROOFS_BEFORE_MATCHES = 3;
/** What everybody has time for after delivery. */
const PROOFS_AFTER_DELIVERY = 6;
/** Between one step and the next. */
const MARGIN_S = 5;

/** What the services of the encrypted path take to start, with two cores for all of them. */
const SERVICES_S = 30;
/** What a round of theirs takes: transactions before and after it, and for each trader ranks and the opening of its pair. */
const ROUND_S = 12;
const ROUND_PER_TRADER_S = 0.2;
/** What it takes to encrypt a plan, upload it and have it judged. */
const UPLOAD_S = 0.5;

/** Who trades privately, how they are matched, and how fast they prove. */
export interface PrivatePace {
  traders: number;
  matching: MatchingPathName;
  /** See `measureProof`. */
  proofSeconds: number;
}

/** How long all traders take to confirm their matches. */
const confirmationSeconds = ({ traders, proofSeconds }: PrivatePace) =>
  Math.ceil(traders * proofSeconds);

/** From the closing of plans, or from a match's lapse, to proposals. A matcher that sees plans takes no time. */
const roundSeconds = ({ traders, matching }: PrivatePace) =>
  matching === "plain" ? 0 : Math.ceil(ROUND_S + traders * ROUND_PER_TRADER_S);

/** Twice: those whose other side is silent are matched again. */
const matchingSeconds = (pace: PrivatePace) =>
  2 * (roundSeconds(pace) + confirmationSeconds(pace) + MARGIN_S);

/** Before the first proof, and beside the proofs. */
const encryptionSeconds = ({ traders, matching }: PrivatePace) =>
  matching === "plain" ? 0 : Math.ceil(SERVICES_S + traders * UPLOAD_S);

/** How long before the open market's first orders private trades begin, so that they do not hinder each other. */
export function preparationSeconds(pace: PrivatePace): number {
  if (pace.traders === 0) return 0;
  const proofsS = PROOFS_BEFORE_MATCHES * confirmationSeconds(pace);
  return encryptionSeconds(pace) + proofsS + matchingSeconds(pace);
}

/** How long private trades make a run. */
export function privateSeconds(pace: PrivatePace): number {
  return preparationSeconds(pace) + Math.ceil(settlementSeconds(pace) / 2);
}

/** How long traders have to report, settle, take back and withdraw: twice what they need. */
function settlementSeconds(pace: PrivatePace): number {
  return PROOFS_AFTER_DELIVERY * confirmationSeconds(pace);
}

/**
 * The rules of a run's private market. Its periods are the open market's, so that both have the same readings; its
 * leads are longer, since proofs take their time however short a period is.
 * @param periods how many the run has
 */
export function privateTerms(
  genesis: number,
  periodLength: number,
  { periods, ...pace }: PrivatePace & { periods: number },
): PoolTerms {
  const confirmationTime = confirmationSeconds(pace);
  // Orders for a period are taken throughout the one before it.
  return {
    ...defaultPoolTerms(genesis, periodLength),
    plansLead: periodLength + matchingSeconds(pace),
    proposalsLead: periodLength + confirmationTime + MARGIN_S,
    confirmationTime,
    reportingTime: (periods + 4) * periodLength + settlementSeconds(pace),
    bondWh: 5n,
    bondNano: 10_000_000n,
  };
}
