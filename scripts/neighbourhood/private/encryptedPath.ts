import { setTimeout as pause } from "node:timers/promises";
import { BaseError } from "../../../sdk/errors.ts";
import type { Clock } from "../../../sdk/clock.ts";
import type { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import type { PoolMatch } from "../../../sdk/private/chain/poolState.ts";
import type { MatchingRecordFollower } from "../../../sdk/private/epochs/matchingRecordFollower.ts";
import type { OpeningKind } from "../../../sdk/private/epochs/matchingRecordInterface.ts";
import { PeriodTimes } from "../../../sdk/private/periodTimes.ts";
import type { Service } from "../processes/service.ts";
import type { Disturbance } from "./disturbance.ts";
import type { MatchingFigures, MatchingPath } from "./matchingPath.ts";
import { meanSeconds } from "./plainPath.ts";
import { readEvidence, readPeriod } from "./serviceStatus.ts";

export interface EncryptedPathParts {
  keyHolder: Service;
  matcher: Service;
  gateways: readonly Service[];
  follower: PoolFollower;
  record: MatchingRecordFollower;
  terms: PoolTerms;
  period: bigint;
  /** The matcher's, with which it commits to its seed. */
  matcherAddress: string;
  disturbance: Disturbance;
  progress: (line: string) => void;
}

interface WaitOptions {
  clock?: Clock;
  signal: AbortSignal | undefined;
  pollMs?: number;
}

/** What the chain does not have though it is waited for. */
export class NoAnswerError extends BaseError {
  override name = "NoAnswerError";

  constructor(what: string, seconds: number) {
    super(`${what} did not come within ${seconds} s.`, {
      metaMessages: ["The lines above may tell which service is at fault."],
    });
  }
}

/** The chain's blocks come at whole seconds. */
const BLOCK_S = 2;
const POLL_MS = 200;
/** A matcher has read the chain's latest blocks in that time. */
const QUIET_MS = 2_500;
/** A disturbance must come in the middle of what it disturbs. */
const CLOSE_POLL_MS = 20;
/** How long a service is waited for by the machine's clock, once the chain's time has come. */
const PATIENCE_S = 90;
/** The same where it is known to be lost. */
const PATIENCE_WITH_THE_LOST_S = 8;

/** Matches by the services of a run, which are asked nothing but how they are: plans and chain tell them what to do. */
export class EncryptedPath implements MatchingPath {
  readonly #parts: EncryptedPathParts;
  #isLost = false;
  #isDisturbed = false;
  /** How many matches were told of, and lapsed ones. */
  #matched = 0;
  #lapsed = 0;

  constructor(parts: EncryptedPathParts) {
    this.#parts = parts;
  }

  /** Waits until there is an epoch with keys, and the matcher has committed to its seed. */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    const { record, period, matcherAddress } = this.#parts;
    const isReady = async () => {
      await record.sync();
      const epoch = record.state.epochOfPeriod(period)?.epoch;
      return record.state.seeds.some(
        (seed) =>
          seed.epoch === epoch && seed.matcher.toLowerCase() === matcherAddress.toLowerCase(),
      );
    };
    if (!(await this.#wait(isReady, { signal })))
      throw new NoAnswerError("The period's epoch, with the matcher's seed,", PATIENCE_S);
  }

  async match(clock: Clock, signal: AbortSignal): Promise<number> {
    const { terms, period } = this.#parts;
    const times = new PeriodTimes(terms);
    this.#disturb("beforeMatching");
    await clock.until(times.plansCloseAt(period) + BLOCK_S, signal);
    await this.#disturbInRound(clock, signal);
    const proposalsCloseS = times.proposalsCloseAt(period);
    await this.#wait(
      this.#quietOr(() => clock.nowS() >= proposalsCloseS),
      { clock, signal },
    );
    const matched = (await this.#matches()).length;
    const before = this.#matched;
    this.#matched = matched;
    return matched - before;
  }

  async lapse(clock: Clock, signal: AbortSignal): Promise<number> {
    // The key holder ends them as soon as it may, and a next round may be over before one looks.
    const isOverdue = ({ state, confirmBy }: PoolMatch) =>
      state === "proposed" && confirmBy < clock.nowS();
    const overdue = new Set((await this.#matches()).filter(isOverdue).map(({ record }) => record));
    const isLapsed = ({ record, state }: PoolMatch) => !overdue.has(record) || state !== "proposed";
    await this.#wait(async () => (await this.#matches()).every(isLapsed), { clock, signal });
    const lapsed = (await this.#matches()).filter(({ state }) => state === "lapsed").length;
    const before = this.#lapsed;
    this.#lapsed = lapsed;
    return lapsed - before;
  }

  async judge(clock: Clock, signal: AbortSignal): Promise<void> {
    const { record, progress } = this.#parts;
    await this.#wait(async () => (await this.#unjudged()) === 0, { clock, signal });
    const left = await this.#unjudged();
    progress(
      `private market: ${record.state.verdicts.size} deliveries are judged` +
        (left === 0 ? "" : `, ${left} are not`),
    );
  }

  async figures(): Promise<MatchingFigures> {
    const { record, keyHolder, matcher, gateways } = this.#parts;
    const missing = await this.#unjudged();
    const { openings, verdicts } = record.state;
    const logged = (kind: OpeningKind) => openings.filter((one) => one.kind === kind).length;
    const found = [...verdicts.values()].map(({ verdict }) => verdict);
    const { rounds = [] } = (await this.#period()) ?? {};
    const services = [keyHolder, matcher, ...gateways];
    return {
      path: "encrypted",
      rounds: rounds.length,
      roundSeconds: meanSeconds(rounds.flatMap(({ tookMs }) => tookMs ?? [])),
      ranksTold: rounds.reduce((sum, { ranksTold }) => sum + ranksTold, 0),
      openings: { ranks: logged("ranks"), pairs: logged("pairs"), verdicts: logged("verdicts") },
      verdicts: {
        within: found.filter((verdict) => verdict === "within").length,
        beyond: found.filter((verdict) => verdict === "beyond").length,
        missing,
      },
      evidence: await readEvidence([keyHolder, matcher]),
      restarts: services.reduce((sum, { restarts }) => sum + restarts, 0),
    };
  }

  async close(): Promise<void> {
    // The services are closed by whoever started them.
  }

  async #matches(): Promise<PoolMatch[]> {
    const { follower } = this.#parts;
    await follower.sync();
    return [...follower.state.matches.values()];
  }

  /** How many deliveries were reported and have no verdict. */
  async #unjudged(): Promise<number> {
    const { record } = this.#parts;
    await record.sync();
    const reported = (await this.#matches()).filter(({ actual }) => actual !== undefined);
    return reported.filter((match) => !record.state.verdicts.has(match.record)).length;
  }

  #period() {
    return readPeriod(this.#parts.matcher, this.#parts.period);
  }

  /** Whether there has been a round and no other is to come, as far as the matcher knows for some time; or an end. */
  #quietOr(isEnd: () => boolean): () => Promise<boolean> {
    let quietSinceMs: number | undefined;
    return async () => {
      const status = await this.#period();
      const isQuiet = status !== undefined && !status.isDue && status.rounds.length > 0;
      quietSinceMs = isQuiet ? (quietSinceMs ?? performance.now()) : undefined;
      const isLong = quietSinceMs !== undefined && performance.now() - quietSinceMs >= QUIET_MS;
      return isLong || isEnd();
    };
  }

  /** Waits until the first ranks are logged, and takes services away then. */
  async #disturbInRound(clock: Clock, signal: AbortSignal): Promise<void> {
    const { record, disturbance, keyHolder, matcher, gateways } = this.#parts;
    const { lost, killsServicesOnce = false } = disturbance;
    if (this.#isDisturbed || (lost?.when !== "inRound" && !killsServicesOnce)) return;
    this.#isDisturbed = true;
    const isOpened = async () => {
      await record.sync();
      return record.state.openings.some(({ kind }) => kind === "ranks");
    };
    if (!(await this.#wait(isOpened, { clock, signal, pollMs: CLOSE_POLL_MS })))
      throw new NoAnswerError("The first round's ranks", PATIENCE_S);
    this.#disturb("inRound");
    if (killsServicesOnce) for (const service of [keyHolder, matcher, ...gateways]) service.kill();
  }

  #disturb(when: "beforeMatching" | "inRound"): void {
    const { disturbance, matcher, keyHolder } = this.#parts;
    const { lost } = disturbance;
    if (lost?.when !== when || this.#isLost) return;
    this.#isLost = true;
    const service = lost.who === "matcher" ? matcher : keyHolder;
    if (lost.how === "dies") service.kill({ staysDown: true });
    else service.suspend();
  }

  /**
   * The chain's time goes on meanwhile, as fast as the machine's.
   * @returns whether it was done before one's patience ended
   */
  async #wait(
    isDone: () => Promise<boolean>,
    { clock, signal, pollMs = POLL_MS }: WaitOptions,
  ): Promise<boolean> {
    const patienceS = this.#isLost ? PATIENCE_WITH_THE_LOST_S : PATIENCE_S;
    const untilMs = performance.now() + patienceS * 1000;
    while (!(await isDone())) {
      if (performance.now() > untilMs) return false;
      await pause(pollMs, undefined, signal === undefined ? {} : { signal });
      await clock?.until(clock.nowS() + pollMs / 1000, signal);
    }
    return true;
  }
}
