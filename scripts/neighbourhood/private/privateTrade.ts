import type { Clock } from "../../../sdk/clock.ts";
import type { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import type { MarketObserver } from "../observer.ts";
import type { PrivateWish } from "./chooseTraders.ts";
import type { MatchingPath } from "./matchingPath.ts";
import type { TraderCrew } from "./traderCrew.ts";

export interface PrivateTradeParts {
  follower: PoolFollower;
  /** Where matching under encryption is recorded: an address. */
  record: string;
  terms: PoolTerms;
  wishes: readonly PrivateWish[];
  crew: TraderCrew;
  path: MatchingPath;
  /** Aborts where something that all depend on is given up. */
  failure: AbortSignal;
  /** What has to be closed behind crew and path. */
  others: readonly { close: () => Promise<void> | void }[];
  observer: MarketObserver;
  /** The delivery period of all private trades. */
  period: number;
  /** The open market's period after which private trades are settled: what was fed in is known then. */
  settledAfter: number;
  /** The quarter-hour of the profiles that it stands for. */
  slot: number;
  /** The regulator's. */
  auditScalar: bigint;
  progress: (line: string) => void;
}

/** The chain's blocks come at whole seconds. */
const BLOCK_S = 2;
/** How often it is looked whether the period is settled, as a part of a period. */
const LOOK = 1 / 4;

/**
 * Some residents trade privately, through all steps, beside the open market. Their plans are matched, and their
 * gateways vouch for what their meters show; two of them keep silent where they should confirm.
 */
export class PrivateTrade {
  readonly parts: PrivateTradeParts;

  constructor(parts: PrivateTradeParts) {
    this.parts = parts;
  }

  /** Runs until everybody has taken out what is left. */
  run(clock: Clock, signal: AbortSignal): Promise<void> {
    return this.#run(clock, AbortSignal.any([signal, this.parts.failure]));
  }

  async #run(clock: Clock, signal: AbortSignal): Promise<void> {
    const { terms, period, settledAfter, observer, path, crew, wishes, progress } = this.parts;
    progress(`${wishes.length} participants trade privately in period ${period}: they join`);
    await crew.take("join", signal);
    progress("private market: generation is vouched for, deposits are made");
    await crew.take("fund", signal);
    progress("private market: plans are made");
    await crew.take("plan", signal);
    await crew.take("bring", signal);
    await this.#matchAndConfirm("first", clock, signal);
    // Who confirmed where the other side was silent is matched again.
    await clock.until((await this.#lastConfirmationS()) + BLOCK_S, signal);
    const lapsed = await path.lapse(clock, signal);
    progress(`private market: ${lapsed} matches lapsed for a side's silence`);
    await this.#matchAndConfirm("second", clock, signal);
    while (!observer.period(settledAfter).complete) {
      await clock.until(clock.nowS() + LOOK * terms.periodLength, signal);
    }
    await clock.until((await this.#lastConfirmationS()) + BLOCK_S, signal);
    await path.lapse(clock, signal);
    progress("private market: gateways attest what was delivered");
    await crew.take("report", signal);
    await path.judge(clock, signal);
    progress("private market: both sides settle, and take back what is left");
    await crew.take("settle", signal);
    await crew.take("refund", signal);
    progress("private market: withdrawals");
    await crew.take("withdraw", signal);
  }

  /** Ends what was started for it. */
  async close(): Promise<void> {
    const { crew, path, others } = this.parts;
    const endings = [crew, path, ...others].map(async (one) => one.close());
    await Promise.allSettled(endings);
    await Promise.all(endings);
  }

  async #matchAndConfirm(round: string, clock: Clock, signal: AbortSignal): Promise<void> {
    const { crew, path, progress } = this.parts;
    const matches = await path.match(clock, signal);
    progress(`private market: ${matches} matches in the ${round} round`);
    await crew.take("confirm", signal);
    // What a match has left of a plan can be matched, too.
    await crew.take("bring", signal);
  }

  async #lastConfirmationS(): Promise<number> {
    const { follower } = this.parts;
    await follower.sync();
    return Math.max(0, ...[...follower.state.matches.values()].map(({ confirmBy }) => confirmBy));
  }
}
