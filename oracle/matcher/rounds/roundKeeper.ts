import { isMatchable } from "../../../sdk/private/rounds/isMatchable.ts";
import { MOST_ROUNDS } from "../../../sdk/private/rounds/roundLimits.ts";
import type { RoundPlan } from "../../../sdk/private/rounds/roundOpening.ts";
import {
  ServiceRefusedError,
  ServiceUnreachableError,
  UnsignedAnswerError,
} from "../../../sdk/private/wire/serviceError.ts";
import type { Log } from "../../operations/log.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import { BadOffersError, EngineClosedError } from "../compute/computeErrors.ts";
import { inLanes } from "../../inLanes.ts";
import { StoreDamagedError, StoreWriteError } from "../../store/errors.ts";
import type { EpochMirror } from "../epochs/epochMirror.ts";
import { seedOrNone, type SeedKeeper } from "../epochs/seedKeeper.ts";
import { KeyHolderFaultError } from "../matcherErrors.ts";
import type { StoredRound } from "../store/roundBook.ts";
import type { RoundUpload } from "../store/uploadBook.ts";
import { leaveOut, loseIfDamaged } from "../uploads/loseUpload.ts";
import {
  firstOpenPeriod,
  uploadQuestionName,
  type UploadJudging,
} from "../uploads/uploadJudging.ts";
import { drawRound, isWorthwhile, plansOfPairs, type LastRound } from "./roundPlan.ts";
import { beaconQuestion, openQuestion } from "./roundQuestions.ts";
import { RoundRunner, type RoundRunnerOptions, type RoundSecrets } from "./roundRunner.ts";

export interface RoundKeeperOptions extends RoundRunnerOptions {
  chain: MatcherChain;
  epochs: EpochMirror;
  seeds: SeedKeeper;
  judging: UploadJudging;
  log: Log;
}

/** Which part of the time from the close of plans to that of proposals lies between two rounds at least. */
const SPACING_PART = 16;
/** The same for how long the first round waits for plans that have not been uploaded; never longer than so many seconds. */
const GRACE_PART = 10;
const MOST_GRACE_S = 5;
/** Small files, read before a round is drawn. */
const ENVELOPES_AT_ONCE = 16;

/** Runs the rounds of every period whose plans have closed, and goes on with what a crash broke off. */
export class RoundKeeper {
  readonly #options: RoundKeeperOptions;
  /** Who was paired in the last finished round of each period that is due. */
  readonly #paired = new Map<bigint, { roundId: string; plans: ReadonlySet<bigint> }>();

  constructor(options: RoundKeeperOptions) {
    this.#options = options;
  }

  /**
   * Does what can be done now. What cannot be done of one period does not keep the others back.
   * @throws at once what says that the key holder is away, and what ends the service; else, in the end, what the first
   *   period that failed has thrown
   */
  async step(signal?: AbortSignal): Promise<void> {
    const { rounds, log } = this.#options;
    const failures: { period: bigint; error: unknown }[] = [];
    const attempt = async (period: bigint, work: () => Promise<void>) => {
      signal?.throwIfAborted();
      await work().catch((error: unknown) => {
        if (signal?.aborted === true || isOfAll(error)) throw error;
        failures.push({ period, error });
      });
    };
    for (const round of rounds.underWay()) {
      await attempt(round.opening.period, () => this.#goOn(round, signal));
    }
    const due = this.#duePeriods();
    for (const period of this.#paired.keys()) {
      if (!due.includes(period)) this.#paired.delete(period);
    }
    for (const period of due) {
      await attempt(period, () => this.#drawAndRun(period, signal));
    }
    const [first, ...others] = failures;
    for (const other of others) log.warn("The rounds of another period cannot go on.", other);
    if (first !== undefined) throw first.error;
  }

  async #drawAndRun(period: bigint, signal?: AbortSignal): Promise<void> {
    const round = await this.#options.judging.exclusively(() => this.#draw(period, signal));
    if (round !== undefined) await this.#goOn(round, signal);
  }

  /** Whether a round of a period is under way, or would be opened now. */
  isDue(period: bigint): boolean {
    const { chain, rounds, uploads } = this.#options;
    if (!this.#duePeriods().includes(period)) return false;
    const last = rounds.lastOf(period);
    if (last !== undefined && !rounds.isEnded(last)) return true;
    if (last?.state === "disputed" || rounds.ofPeriod(period).length >= MOST_ROUNDS) return false;
    if (uploads.counts(period).taken > 0) return true;
    const paired = last && this.#pairedIn(last);
    // Who was paired is not looked up yet.
    if (last?.state === "finished" && paired === undefined) return true;
    const before = paired && { plans: last.opening.plans, paired };
    return (
      chain.epochOfPeriod(period) !== undefined && isWorthwhile(this.#candidates(period), before)
    );
  }

  /** Periods whose plans have closed and whose matches are still taken. */
  #duePeriods(): bigint[] {
    const { chain, uploads } = this.#options;
    const first = firstOpenPeriod(chain);
    return uploads.periods(first).filter((period) => chain.plansCloseAtS(period) <= chain.nowS);
  }

  async #goOn(round: StoredRound, signal?: AbortSignal): Promise<void> {
    const { rounds, log } = this.#options;
    const { period, round: index } = round.opening;
    const isOver = this.#options.chain.nowS >= this.#options.chain.proposalsCloseAtS(period);
    if (isOver && round.state !== "paired") {
      if (round.state === "drawn") rounds.withdraw(round);
      else this.#giveUp(round, "it came too late.");
      return;
    }
    const secrets = await this.#secretsOf(period, signal);
    if (secrets === undefined) this.#giveUp(round, "its epoch or seed is not there.");
    else {
      try {
        await new RoundRunner(this.#options, round, secrets, signal).run();
        log.info("A round is finished.", { period, round: index });
      } catch (error) {
        this.#failed(round, error);
      }
    }
  }

  /** @throws what is not the end of this round alone */
  #failed(round: StoredRound, error: unknown): void {
    const { rounds, log } = this.#options;
    const { period, round: index } = round.opening;
    const place = { period, round: index, state: round.state, error };
    if (error instanceof KeyHolderFaultError) {
      rounds.setState(round, "disputed", error.shortMessage);
      log.error("The key holder answered what cannot be.", place);
    } else if (!isOfRound(error)) throw error;
    else if (round.state !== "drawn") this.#giveUp(round, error.shortMessage);
    else {
      // The key holder's view of the chain, or of the uploads, is another: both look again.
      rounds.withdraw(round);
      log.warn("A round is not opened.", place, { repeatKey: `open ${period}` });
    }
  }

  #giveUp(round: StoredRound, reason: string): void {
    const { rounds, log } = this.#options;
    const { period, round: index } = round.opening;
    rounds.setState(round, "abandoned", reason);
    log.error("A round is given up.", { period, round: index, reason });
  }

  /** @returns undefined where there is nothing to match, or something is missing */
  async #draw(period: bigint, signal?: AbortSignal): Promise<StoredRound | undefined> {
    const { chain, rounds, keyHolder, pool } = this.#options;
    await chain.sync();
    const index = rounds.ofPeriod(period).length;
    if (index >= MOST_ROUNDS || !this.#isTime(period)) return undefined;
    if (!isWorthwhile(this.#candidates(period), await this.#lastRound(period, signal))) return;
    const secrets = await this.#secretsOf(period, signal);
    if (secrets === undefined) return undefined;
    const lostBefore = this.#lost(period);
    const { whole: plans, bad } = await this.#whole(this.#candidates(period), signal);
    if (!isWorthwhile(plans, undefined)) return undefined;
    const lost = [...lostBefore, ...bad];
    const { epoch, epochSeed, beacon } = secrets;
    const { manifestHash, manifest } = epoch;
    const place = { pool, period, round: index, epoch: manifest.epoch, manifestHash };
    const { opening, roundId } = drawRound({ ...place, epochSeed, beacon, plans, lost });
    const round = rounds.draw(opening, roundId, chain.nowS);
    try {
      // Now, while no other upload is judged: the key holder's list is the same.
      await keyHolder.ask(openQuestion(round), signal);
    } catch (error) {
      this.#failed(round, error);
      return undefined;
    }
    return round;
  }

  #isTime(period: bigint): boolean {
    const { chain, rounds, uploads } = this.#options;
    const last = rounds.lastOf(period);
    if (last !== undefined && (!rounds.isEnded(last) || last.state === "disputed")) return false;
    const closedAtS = chain.plansCloseAtS(period);
    const windowS = chain.proposalsCloseAtS(period) - closedAtS;
    if (last !== undefined) return chain.nowS >= last.drawnAtS + windowS / SPACING_PART;
    const graceS = Math.min(MOST_GRACE_S, windowS / GRACE_PART);
    if (chain.nowS >= closedAtS + graceS) return true;
    // All that bind a ciphertext have been uploaded: nobody is waited for.
    return [...chain.state.plans].every(
      ([plan, booked]) =>
        !isMatchable(booked, period) ||
        BigInt(booked.features) === 0n ||
        uploads.get(plan) !== undefined,
    );
  }

  #candidates(period: bigint): RoundUpload[] {
    return this.#matchable(period, this.#options.uploads.inState(period, "sound"));
  }

  #matchable(period: bigint, uploads: readonly RoundUpload[]): RoundUpload[] {
    const { chain, rounds } = this.#options;
    const banned = rounds.bans(period);
    const epoch = chain.epochOfPeriod(period)?.epoch;
    return uploads
      .filter((upload) => upload.epoch === epoch && !banned.has(upload.plan))
      .filter(({ plan }) => isMatchable(chain.state.plans.get(plan), period));
  }

  /** Plans that the key holder may expect, and whose uploads are lost: it is told so. */
  #lost(period: bigint): RoundPlan[] {
    const { uploads, answers } = this.#options;
    // What was sent again, and could not be judged again yet, was sound before.
    const again = uploads
      .inState(period, "taken")
      .filter((upload) => answers.countTrue(uploadQuestionName(upload), "sound") > 0);
    return this.#matchable(period, [...uploads.inState(period, "lost"), ...again]);
  }

  /** Tells plans that can be ranked and opened from others. What the disk has damaged is marked as lost. */
  async #whole(
    plans: readonly RoundUpload[],
    signal?: AbortSignal,
  ): Promise<{ whole: RoundPlan[]; bad: RoundPlan[] }> {
    const { engine, blobs } = this.#options;
    const hashes = plans.map(({ contentHash }) => contentHash);
    const bad = new Map(
      (await engine.check(blobs, hashes, signal)).map(({ contentHash, message }) => [
        contentHash,
        message,
      ]),
    );
    for (const [contentHash, message] of bad) {
      await leaveOut(this.#options, contentHash, message);
    }
    const isBad = ({ contentHash }: RoundPlan) => bad.has(contentHash);
    const envelopes = plans.filter((plan) => !isBad(plan));
    const lane = async ({ plan, contentHash, envelopeHash }: RoundUpload) => {
      // A pair that cannot be opened would keep its other side from every match.
      if (!(await loseIfDamaged(this.#options, plan, [envelopeHash]))) return;
      bad.set(contentHash, "Its envelope is lost.");
    };
    await inLanes(ENVELOPES_AT_ONCE, envelopes, lane, signal);
    return { whole: plans.filter((plan) => !isBad(plan)), bad: plans.filter(isBad) };
  }

  async #lastRound(period: bigint, signal?: AbortSignal): Promise<LastRound | undefined> {
    const last = this.#options.rounds.lastOf(period);
    // Of one that was given up nobody knows whom it would have paired.
    if (last?.state !== "finished") return undefined;
    let paired = this.#pairedIn(last);
    if (paired === undefined) {
      const secrets = await this.#secretsOf(period, signal);
      if (secrets === undefined) return undefined;
      const runner = new RoundRunner(this.#options, last, secrets);
      paired = plansOfPairs(runner.arrangement, runner.pairs());
      this.#paired.set(period, { roundId: last.roundId, plans: paired });
    }
    return { plans: last.opening.plans, paired };
  }

  /** @returns undefined where it was not looked up yet */
  #pairedIn({ roundId, opening }: StoredRound): ReadonlySet<bigint> | undefined {
    const known = this.#paired.get(opening.period);
    return known?.roundId === roundId ? known.plans : undefined;
  }

  /** @returns undefined where the epoch's keys or the matcher's seed are not there @throws MissingKeyError */
  async #secretsOf(period: bigint, signal?: AbortSignal): Promise<RoundSecrets | undefined> {
    const { chain, epochs, seeds, keyHolder, log } = this.#options;
    const announced = chain.epochOfPeriod(period);
    const epoch = announced && (await epochs.epoch(announced.epoch));
    const epochSeed = announced && seedOrNone(seeds, log, { epoch: announced.epoch, period });
    if (epoch === undefined || epochSeed === undefined) {
      const repeatKey = `no rounds ${period}`;
      const message = "A period has no rounds: its epoch's keys or seed are not there.";
      log.warn(message, { period }, { repeatKey });
      return undefined;
    }
    const { beacon } = await keyHolder.ask(beaconQuestion(period), signal);
    return { epoch, epochSeed, beacon };
  }
}

/** Whether nothing can be done of any period either: nothing can be kept or computed any more, or the key holder is away. */
function isOfAll(error: unknown): boolean {
  const kinds = [
    StoreWriteError,
    StoreDamagedError,
    EngineClosedError,
    ServiceUnreachableError,
    UnsignedAnswerError,
  ];
  return kinds.some((kind) => error instanceof kind);
}

/** Whether it is the end of the round that it came in, and not of all of them. */
function isOfRound(error: unknown): error is BadOffersError | ServiceRefusedError {
  if (error instanceof BadOffersError) return true;
  // A matcher that the key holder does not know is that in every round.
  return error instanceof ServiceRefusedError && !error.isTemporary && error.status !== 401;
}
