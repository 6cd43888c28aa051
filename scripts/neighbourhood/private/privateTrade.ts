import type { Clock } from "../../../sdk/clock.ts";
import type { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import type { VouchLedger } from "../../../sdk/private/gateway/vouchLedger.ts";
import type { PlainMatcher } from "../../../sdk/private/matcher/plainMatcher.ts";
import type { MarketObserver } from "../observer.ts";
import type { CountingProver } from "./countingProver.ts";
import type { PrivateTrader } from "./privateTrader.ts";

export interface PrivateTradeParts {
  follower: PoolFollower;
  terms: PoolTerms;
  traders: readonly PrivateTrader[];
  matcher: PlainMatcher;
  prover: CountingProver;
  ledgers: readonly VouchLedger[];
  observer: MarketObserver;
  /** The delivery period of all private trades. */
  period: number;
  /** The open market's period after which private trades are settled: what was fed in is known then. */
  settledAfter: number;
  /** The quarter-hour of the profiles that it stands for. */
  slot: number;
  /** The regulator's. */
  auditScalar: bigint;
  /** Where a trader is paid out to. */
  walletOf: (trader: PrivateTrader) => string;
  progress: (line: string) => void;
}

/** The chain's blocks come at whole seconds. */
const BLOCK_S = 2;
/** More would only wait for the prover, and their proofs' deadlines come nearer. */
const AT_A_TIME = 2;
/** How often it is looked whether the period is settled, as a part of a period. */
const LOOK = 1 / 4;

/**
 * Some residents trade privately, through all steps, beside the open market. The matcher is told their plans, and their
 * gateways vouch for what their meters show; two of them keep silent where they should confirm.
 */
export class PrivateTrade {
  readonly parts: PrivateTradeParts;

  constructor(parts: PrivateTradeParts) {
    this.parts = parts;
  }

  /** Runs until everybody has taken out what is left. */
  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    const { terms, period, settledAfter, observer, matcher, traders, walletOf, progress } =
      this.parts;
    const { bondNano, bondWh, periodLength } = terms;
    const all = (step: (trader: PrivateTrader) => Promise<void>) => this.#all(step, signal);
    progress(`${traders.length} participants trade privately in period ${period}: they join`);
    await all((trader) => trader.join());
    progress("private market: generation is vouched for, deposits are made");
    await all((trader) => trader.fund(BigInt(period), bondNano));
    progress("private market: plans are made");
    await all((trader) => trader.plan(BigInt(period)));
    await this.#matchAndConfirm("first", all);
    // Who confirmed where the other side was silent is matched again.
    await clock.until(this.#lastConfirmationS() + BLOCK_S, signal);
    const lapsed = await matcher.lapseOverdue();
    progress(`private market: ${lapsed.length} matches lapsed for a side's silence`);
    await this.#matchAndConfirm("second", all);
    while (!observer.period(settledAfter).complete) {
      await clock.until(clock.nowS() + LOOK * periodLength, signal);
    }
    await clock.until(this.#lastConfirmationS() + BLOCK_S, signal);
    await matcher.lapseOverdue();
    progress("private market: gateways attest what was delivered");
    await all((trader) => trader.report());
    progress("private market: both sides settle, and take back what is left");
    await all((trader) => trader.settle());
    await all((trader) => trader.refund(bondWh));
    progress("private market: withdrawals");
    await all((trader) => trader.withdraw(walletOf(trader)));
  }

  /** Ends the prover and closes the gateways' ledgers. */
  async close(): Promise<void> {
    await this.parts.prover.close();
    for (const ledger of this.parts.ledgers) ledger.close();
  }

  async #matchAndConfirm(
    round: string,
    all: (step: (trader: PrivateTrader) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const { traders, matcher, period, progress } = this.parts;
    for (const trader of traders) await trader.tell();
    const { proposed, refused } = await matcher.match(BigInt(period));
    for (const { reason } of refused) progress(`a match was refused: ${reason.shortMessage}`);
    progress(`private market: ${proposed.length} matches in the ${round} round`);
    await all((trader) => trader.confirm());
  }

  /** One prepares its proof while another's is made; each step of all is done before the next one begins. */
  async #all(step: (trader: PrivateTrader) => Promise<void>, signal: AbortSignal): Promise<void> {
    const queue = this.parts.traders.values();
    const act = async () => {
      for (const trader of queue) {
        signal.throwIfAborted();
        await step(trader);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, act));
  }

  #lastConfirmationS(): number {
    const { matches } = this.parts.follower.state;
    return Math.max(0, ...[...matches.values()].map(({ confirmBy }) => confirmBy));
  }
}
