import type { RoundArrangement } from "../../../sdk/private/rounds/arrangeRound.ts";
import { pairByRanks, type RoundPair } from "../../../sdk/private/rounds/pairByRanks.ts";
import { periodSeed } from "../../../sdk/private/rounds/periodSeed.ts";
import { parseWireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { Log } from "../../operations/log.ts";
import type { DistanceEngine, RoundWork } from "../compute/distanceEngine.ts";
import { inLanes } from "../../inLanes.ts";
import type { MirroredEpoch } from "../epochs/epochMirror.ts";
import type { KeyHolderClient } from "../keyHolder/keyHolderClient.ts";
import { readFormed, readRanks } from "../keyHolder/answerReaders.ts";
import type { AnswerBook } from "../store/answerBook.ts";
import { NotTakenError } from "../matcherErrors.ts";
import { BlobError } from "../store/blobErrors.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { RoundBook, StoredRound } from "../store/roundBook.ts";
import type { UploadBook } from "../store/uploadBook.ts";
import { leaveOut } from "../uploads/loseUpload.ts";
import type { UploadJudging } from "../uploads/uploadJudging.ts";
import { drawRound } from "./roundPlan.ts";
import {
  finishQuestion,
  openPairQuestion,
  openQuestion,
  pairsQuestion,
  ranksPrefix,
  ranksQuestion,
  squaresQuestion,
} from "./roundQuestions.ts";
import { RankKeeper } from "./rankKeeper.ts";
import type { PoolId } from "../../../sdk/private/pool.ts";

/** One is read and signed while the key holder deciphers others. */
const PAIRS_AT_ONCE = 4;

/** What a round needs of its epoch and period. */
export interface RoundSecrets {
  epoch: MirroredEpoch;
  epochSeed: Uint8Array;
  beacon: string;
}

export interface RoundRunnerOptions {
  pool: PoolId;
  engine: DistanceEngine;
  keyHolder: KeyHolderClient;
  answers: AnswerBook;
  rounds: RoundBook;
  uploads: UploadBook;
  blobs: BlobStore;
  log: Log;
  judging: Pick<UploadJudging, "run">;
}

/**
 * Takes one round through its steps. What each came to is on the disk before the next begins, so that whoever starts
 * again goes on where it was; and what was asked before is answered from there.
 */
export class RoundRunner {
  readonly #options: RoundRunnerOptions;
  readonly #round: StoredRound;
  readonly #secrets: RoundSecrets;
  readonly arrangement: RoundArrangement;
  readonly #signal: AbortSignal | undefined;

  constructor(
    options: RoundRunnerOptions,
    round: StoredRound,
    secrets: RoundSecrets,
    signal?: AbortSignal,
  ) {
    this.#options = options;
    this.#round = round;
    this.#secrets = secrets;
    this.#signal = signal;
    const { epoch, epochSeed, beacon } = secrets;
    const { manifestHash } = epoch;
    const { pool } = options;
    const matter = { ...round.opening, pool, manifestHash, epochSeed, beacon };
    this.arrangement = drawRound(matter).arrangement;
  }

  /**
   * Goes on to the end.
   * @throws ServiceUnreachableError, ServiceRefusedError, KeyHolderFaultError, ComputeError, and what ends the service
   */
  async run(): Promise<void> {
    const { rounds, keyHolder } = this.#options;
    const round = this.#round;
    if (round.state === "drawn") {
      await keyHolder.ask(openQuestion(round), this.#signal);
      this.#reach("opened");
    }
    if (round.state === "opened") {
      await this.#rank();
      this.#reach("ranked");
    }
    const pairs = this.pairs();
    if (round.state === "ranked") {
      await keyHolder.ask(pairsQuestion(round, pairs), this.#signal);
      this.#reach("paired");
    }
    await this.#open(pairs);
    await keyHolder.ask(finishQuestion(round, this.#formed(pairs)), this.#signal);
    rounds.setState(round, "finished");
  }

  /** What the ranks give. */
  pairs(): RoundPair[] {
    const { bids, offers } = this.arrangement;
    const ranks = this.#ranks();
    return pairByRanks(
      bids.map((_, position) => ranks.get(position) ?? []),
      offers.length,
    );
  }

  #reach(state: StoredRound["state"]): void {
    this.#options.rounds.setState(this.#round, state);
    this.#round.state = state;
  }

  /** By position, those that are there. */
  #ranks(): Map<number, number[]> {
    const kept = this.#options.answers.allOf(ranksPrefix(this.#round));
    return new Map(
      kept.map(({ body }) => {
        const { position, nearest } = readRanks(parseWireJson(body), "answer");
        return [position, nearest];
      }),
    );
  }

  async #rank(): Promise<void> {
    const { engine, keyHolder, log } = this.#options;
    const cheaters = await this.#cheaters();
    const keeper = new RankKeeper(keyHolder);
    const work = { ...this.#work(), skip: new Set(this.#ranks().keys()) };
    try {
      await engine.run(
        work,
        {
          onBid: async (position, masked) => {
            const question = ranksQuestion(this.#round, position, cheaters, masked);
            keeper.add(await keyHolder.askWithoutKeeping(question, this.#signal));
          },
          // It gets no ranks, and so no match; the others do.
          onBad: (bad) => leaveOut(this.#options, bad.contentHash, bad.message),
        },
        this.#signal,
      );
    } finally {
      keeper.flush();
    }
    log.debug("A round is ranked.", { round: this.#round.roundId });
  }

  /** Positions of offers whose squares are not those of their numbers; none where weights are the market's. */
  async #cheaters(): Promise<ReadonlySet<number>> {
    const { engine, keyHolder } = this.#options;
    if (this.#secrets.epoch.manifest.schema.weights !== "private") return new Set();
    const masked = () => engine.squares(this.#work(), this.#signal);
    const { cheaters } = await keyHolder.ask(squaresQuestion(this.#round, masked), this.#signal);
    return new Set(cheaters);
  }

  #work(): RoundWork {
    const { epoch, epochSeed, beacon } = this.#secrets;
    const { bids, offers } = this.arrangement;
    return {
      schema: epoch.manifest.schema,
      publicKey: epoch.publicKey,
      relinKeys: epoch.relinKeys,
      seed: periodSeed(epochSeed, beacon),
      offers: offers.map(({ contentHash }) => contentHash),
      bids: bids.map(({ contentHash }) => contentHash),
      blobs: this.#options.blobs,
    };
  }

  async #open(pairs: readonly RoundPair[]): Promise<void> {
    const { keyHolder, rounds, log } = this.#options;
    const { period } = this.#round.opening;
    const openPair = async (pair: RoundPair): Promise<void> => {
      const question = openPairQuestion(this.#round, pair, this.arrangement, (plan) =>
        this.#partsOf(plan),
      );
      try {
        const { formed, banned = [], reason = "" } = await keyHolder.ask(question, this.#signal);
        for (const plan of banned) rounds.ban(period, plan, reason);
        if (!formed) log.warn("A pair forms no match.", { period, bid: pair.bid, reason });
      } catch (error) {
        // What was damaged since cannot be opened. Both plans stay as they are.
        if (!(error instanceof BlobError || error instanceof NotTakenError)) throw error;
        log.error("A pair cannot be opened.", { period, bid: pair.bid, error });
      }
    };
    await inLanes(PAIRS_AT_ONCE, pairs, openPair, this.#signal);
  }

  async #partsOf(plan: bigint): Promise<[Uint8Array, Uint8Array]> {
    const { uploads, blobs, judging } = this.#options;
    // What came in place of a lost one is the key holder's to take first: it believes no envelope that it has no header of.
    if (uploads.get(plan)!.state === "taken") await judging.run(this.#signal);
    const { header, state } = uploads.get(plan)!;
    if (state === "taken") {
      const fact = `The key holder has not taken what was uploaded again for plan ${plan}.`;
      throw new NotTakenError(503, fact, "It is asked again: the plan is in the next round.");
    }
    return [await blobs.read(header.envelopeHash), await blobs.read(header.contentHash)];
  }

  #formed(pairs: readonly RoundPair[]): { sellPlan: bigint; buyPlan: bigint }[] {
    const { bids, offers } = this.arrangement;
    return pairs.flatMap(({ bid, offer }) => {
      const answer = this.#options.answers.get(`pair ${this.#round.roundId} ${bid}`);
      if (answer === undefined || !readFormed(parseWireJson(answer), "answer").formed) return [];
      return [{ sellPlan: offers[offer]!.plan, buyPlan: bids[bid]!.plan }];
    });
  }
}
