import { getAddress } from "ethers";
import { ContractRevertedError } from "../../../sdk/clients/revertError.ts";
import { pairByRanks, pairsHash, type RoundPair } from "../../../sdk/private/rounds/pairByRanks.ts";
import { MOST_ROUNDS } from "../../../sdk/private/rounds/roundLimits.ts";
import {
  readRoundOpening,
  roundId,
  type RoundOpening,
  type RoundPlan,
} from "../../../sdk/private/rounds/roundOpening.ts";
import { parseWireJson, wireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { EpochKeeper, UsedEpoch } from "../epochs/epochKeeper.ts";
import type { Witness } from "../evidence/witness.ts";
import { eachByItself } from "../../eachByItself.ts";
import { InTurn } from "../inTurn.ts";
import { notYet, Refusal } from "../refusal.ts";
import type { SignedProof } from "../store/evidenceRows.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import type { KeptRound, RoundSummary } from "../store/roundRows.ts";
import { periodOver } from "../uploads/uploadDesk.ts";
import { endRound, type EndParts } from "./endRound.ts";
import { RepeatedDifference } from "./repeatedDifference.ts";
import { expectedPlans, roundDifference } from "./roundList.ts";

/** Older ones are deeper than a chain is reorganised. */
const RELOGGED_ROUNDS = 64;

/** A round with what it was opened with. */
export interface OpenRound {
  kept: KeptRound;
  opening: RoundOpening;
}

/** Opens rounds and takes their pairs: each step is kept, then logged on chain, and only then answered. */
export class RoundDesk {
  readonly #store: KeyHolderStore;
  readonly #chain: KeyHolderChain;
  readonly #epochs: EpochKeeper;
  readonly #witness: Witness;
  readonly #ending: EndParts;
  readonly #matcher: string;
  readonly #turns = new InTurn();
  readonly #opened = new Map<string, RoundOpening>();
  readonly #differences = new RepeatedDifference();

  constructor(
    parts: { store: KeyHolderStore; chain: KeyHolderChain; epochs: EpochKeeper; witness: Witness },
    matcher: string,
  ) {
    this.#store = parts.store;
    this.#chain = parts.chain;
    this.#epochs = parts.epochs;
    this.#witness = parts.witness;
    this.#ending = parts;
    this.#matcher = getAddress(matcher);
  }

  /** @throws Refusal before the period's plans have closed, and to a matcher without a seed */
  async beacon(period: bigint): Promise<string> {
    await this.#chain.refresh();
    const epoch = await this.#requireClosed(period);
    this.#requireSeed(epoch, period);
    return this.#epochs.beaconOf(epoch, period);
  }

  /** @returns the round's id. @throws Refusal */
  open(opening: RoundOpening, proof: SignedProof): Promise<string> {
    return this.inTurn(opening.period, () => this.#open(opening, proof));
  }

  /** A round of which something can still be told. @throws Refusal */
  async requireLive(id: string): Promise<OpenRound> {
    const round = this.require(id);
    await this.#chain.refresh();
    const { period } = round.kept;
    if (this.#isOver(period)) throw periodOver(period);
    if (round.kept.state === "ended") {
      throw new Refusal(
        "RoundEndedError",
        409,
        `Round ${round.kept.round} of period ${period} has ended.`,
        "Open another one.",
      );
    }
    return round;
  }

  /** @throws Refusal where there is none of the id */
  require(id: string): OpenRound {
    const kept = this.#store.rounds.find(id);
    if (kept === undefined) {
      throw new Refusal(
        "UnknownRoundError",
        404,
        `There is no round ${id.slice(0, 66)}.`,
        "Open it with POST /rounds.",
      );
    }
    let opening = this.#opened.get(id);
    if (opening === undefined) {
      const text = this.#store.rounds.openingOf(id);
      opening = readRoundOpening(parseWireJson(new TextEncoder().encode(text)));
      // One round is worked on at a time, and one before it may be asked about again.
      if (this.#opened.size >= 2 * MOST_ROUNDS) this.#opened.clear();
      this.#opened.set(id, opening);
    }
    return { kept, opening };
  }

  /** Takes the pairs that the matcher has computed from the ranks. @returns their hash. @throws Refusal */
  pair(id: string, pairs: readonly RoundPair[], proof: SignedProof): Promise<string> {
    return this.inTurn(this.require(id).kept.period, () => this.#pair(id, pairs, proof));
  }

  /** What changes the rounds of a period is done one after another. */
  inTurn<T>(period: bigint, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(period.toString(), work);
  }

  /** Logs what was kept and not logged, such as before a crash. */
  async resume(): Promise<void> {
    const live = this.#store.rounds.unended().filter(({ period }) => !this.#isOver(period));
    await eachByItself(
      live.map(({ id, state, period }) => async () => {
        if (state === "kept") await this.inTurn(period, () => this.#logRanks(id));
        if (state === "paired") await this.inTurn(period, () => this.#logPairs(id));
      }),
    );
  }

  /**
   * Logs again what a reorganisation took off the chain: what was told stays told.
   * @returns false where the contract refuses what may be taken later
   */
  async relog(): Promise<boolean> {
    const logged = new Set(
      this.#chain.record.openings.map(({ kind, round }) => `${kind} ${round}`),
    );
    let isDone = true;
    for (const round of this.#store.rounds.latest(RELOGGED_ROUNDS)) {
      try {
        await this.#relogRound(round, logged);
      } catch (error) {
        // Such as where its epoch is not announced again: the others must not wait for it.
        if (!(error instanceof ContractRevertedError)) throw error;
        isDone &&= this.#isOver(round.period);
      }
    }
    return isDone;
  }

  async #relogRound(round: RoundSummary, logged: ReadonlySet<string>): Promise<void> {
    const { id, state, period, bids, pairs, pairsHash: content } = round;
    if (state === "kept") return;
    if (!logged.has(`ranks ${id}`)) {
      await this.#chain.logOnce({ kind: "ranks", period, round: id, content: id, count: bids });
    }
    if (content === undefined || state === "paired" || logged.has(`pairs ${id}`)) return;
    await this.#chain.logOnce({ kind: "pairs", period, round: id, content, count: pairs });
  }

  #isOver(period: bigint): boolean {
    return this.#chain.lastNowS >= this.#chain.times.proposalsCloseAt(period);
  }

  async #requireClosed(period: bigint): Promise<UsedEpoch> {
    // The matcher's node may be a block ahead.
    if (!this.#chain.havePlansClosed(period)) await this.#chain.sync();
    if (this.#chain.havePlansClosed(period)) return this.#epochs.ofPeriod(period);
    const waitS = this.#chain.times.plansCloseAt(period) - this.#chain.lastNowS;
    throw notYet(`Plans of period ${period} are still taken.`, waitS);
  }

  #requireSeed({ number }: UsedEpoch, period: bigint): void {
    const seed = this.#chain.record.seeds.find(
      ({ epoch, matcher }) => epoch === number && getAddress(matcher) === this.#matcher,
    );
    if (seed !== undefined && seed.fromPeriod <= period) return;
    throw new Refusal(
      "SeedMissingError",
      409,
      `The matcher ${this.#matcher} has committed to no seed of epoch ${number} before plans of period ${period} closed.`,
      "Commit to one with commitSeed; it holds for later periods.",
    );
  }

  async #open(opening: RoundOpening, proof: SignedProof): Promise<string> {
    const { period, round } = opening;
    await this.#chain.sync();
    const epoch = await this.#requireClosed(period);
    this.#requireSeed(epoch, period);
    const beacon = await this.#epochs.beaconOf(epoch, period);
    const id = roundId(this.#chain.pool, epoch.manifestHash, beacon, opening);
    const before = this.#store.rounds.ofPeriod(period);
    const known = before.find((kept) => kept.round === round);
    if (known?.id === id) return this.#logRanks(id);
    if (this.#isOver(period)) throw periodOver(period);
    this.#requireNext(opening, before, proof);
    this.#requireEpoch(opening, epoch);
    const lost = this.#requireList(opening, epoch, proof);
    this.#store.transaction(() => {
      for (const earlier of before) {
        endRound(this.#ending, earlier, { left: "before it opened the next", proof });
      }
      this.#store.rounds.add({
        id,
        period,
        round,
        epoch: epoch.manifestHash,
        opening: wireJson(opening),
        bids: opening.bidLeaves.length,
        offers: opening.offerLeaves.length,
        openedAtS: this.#chain.lastNowS,
      });
      this.#noteLost(opening, lost, proof);
    });
    return this.#logRanks(id);
  }

  /** Rounds are opened one after another, at most so many, and each once. */
  #requireNext(opening: RoundOpening, before: readonly KeptRound[], proof: SignedProof): void {
    const { period, round } = opening;
    const subject = `period ${period}, round ${round}`;
    const blame = (kind: string, fact: string) =>
      this.#witness.keep({ kind, culprit: "matcher", subject, period, fact }, proof);
    if (round >= MOST_ROUNDS) {
      blame("too many rounds", `The matcher asked for more than ${MOST_ROUNDS} rounds.`);
      throw refuseRound("TooManyRoundsError", `A period has at most ${MOST_ROUNDS} rounds.`);
    }
    if (before.some((kept) => kept.round === round)) {
      blame("round opened twice", "The matcher opened one round in two ways.");
      throw refuseRound("RoundKnownError", `${subject} was opened otherwise.`);
    }
    if (round !== before.length) {
      throw refuseRound(
        "RoundOrderError",
        `The next round of period ${period} is ${before.length}.`,
      );
    }
    if (this.#store.matches.formedPlans(period).size === 0) return;
    throw refuseRound(
      "RoundUnfinishedError",
      `Matches of the round before are not proposed yet.`,
      "Finish that round first.",
    );
  }

  #requireEpoch({ epoch: number, period }: RoundOpening, epoch: UsedEpoch): void {
    if (number === epoch.number) return;
    throw refuseRound("ForeignEpochError", `Period ${period} is of epoch ${epoch.number}.`);
  }

  /** @returns the plans that the matcher has lost. @throws Refusal where it leaves out others, or adds some */
  #requireList(opening: RoundOpening, epoch: UsedEpoch, proof: SignedProof): RoundPlan[] {
    const { period, round, bidLeaves, offerLeaves } = opening;
    const expected = expectedPlans(this.#store, this.#chain.state, period, epoch.manifestHash);
    const { missing, foreign, lost } = roundDifference(expected, opening);
    if (missing.length > 0 || foreign.length > 0) {
      const fact = `The matcher's round leaves out ${missing.length} plans and has ${foreign.length} that are none of the period's.`;
      const details = { missing: missing.map(shown), foreign: foreign.map(shown) };
      const subject = `period ${period}, round ${round}`;
      if (this.#differences.isRepeated(subject, [...missing, ...foreign])) {
        const finding = { kind: "round list", culprit: "matcher", subject } as const;
        this.#witness.keep({ ...finding, period, fact, details }, proof);
      }
      throw new Refusal(
        "RoundListError",
        409,
        fact,
        "Read the chain, and open it with all plans.",
        {
          fields: details,
        },
      );
    }
    this.#differences.forget(`period ${period}, round ${round}`);
    if (bidLeaves.length > 0 && offerLeaves.length > 0) return lost;
    throw new Refusal(
      "NothingToMatchError",
      422,
      `Period ${period} has ${bidLeaves.length} bids and ${offerLeaves.length} offers.`,
      "Open a round when it has both.",
    );
  }

  /** It is no lie, and still the matcher's: whoever asks why a plan had no match is told. */
  #noteLost({ period, round }: RoundOpening, lost: readonly RoundPlan[], proof: SignedProof): void {
    if (lost.length === 0) return;
    const subject = `period ${period}, round ${round}`;
    const fact = `The matcher has lost ${lost.length} sound uploads of the period, and opened the round without them.`;
    const details = { lost: lost.map(shown) };
    this.#witness.keep({ kind: "lost", culprit: "matcher", subject, period, fact, details }, proof);
  }

  async #logRanks(id: string): Promise<string> {
    const { kept, opening } = this.require(id);
    if (kept.state !== "kept") return id;
    await this.#chain.logOnce({
      kind: "ranks",
      period: kept.period,
      round: id,
      // The id is the hash of all that is ranked.
      content: id,
      count: opening.bidLeaves.length,
    });
    this.#store.rounds.setState(id, "ranking");
    return id;
  }

  async #pair(id: string, pairs: readonly RoundPair[], proof: SignedProof): Promise<string> {
    const { kept, opening } = await this.requireLive(id);
    const hash = pairsHash(id, pairs);
    if (kept.pairsHash === undefined) {
      requireRanking(kept);
      const expected = this.#expectedPairs(kept, opening);
      const expectedHash = pairsHash(id, expected);
      if (hash !== expectedHash) throw this.#blamePairs(kept, { pairs, expected }, proof);
      this.#blameUnranked(kept, opening, proof);
      const told = this.#store.ranks.answersOf(id).size;
      this.#store.rounds.addPairs(id, { pairsHash: hash, pairs: expected, told });
    } else if (hash !== kept.pairsHash) {
      throw this.#blamePairs(kept, { pairs, expected: this.#store.rounds.pairsOf(id) }, proof);
    }
    return this.#logPairs(id);
  }

  #blamePairs(
    { id, period, round }: KeptRound,
    { pairs, expected }: { pairs: readonly RoundPair[]; expected: readonly RoundPair[] },
    proof: SignedProof,
  ): Refusal {
    const fact = "The matcher's pairs are not those that the ranks give.";
    const text = (list: readonly RoundPair[]) => list.map(({ bid, offer }) => [bid, offer]);
    const details = { round, given: text(pairs), expected: text(expected) };
    this.#witness.keep(
      { kind: "pairs", culprit: "matcher", subject: id, period, fact, details },
      proof,
    );
    return new Refusal(
      "PairsError",
      409,
      fact,
      "Pair each bid, by position, with its nearest offer that is free.",
    );
  }

  /** A bid without ranks gets no offer; that it was left out is on record. */
  #expectedPairs(kept: KeptRound, { bidLeaves, offerLeaves }: RoundOpening): RoundPair[] {
    const answers = this.#store.ranks.answersOf(kept.id);
    const ranks = [...bidLeaves.keys()].map((position) => {
      const answer = answers.get(position);
      return answer === undefined ? [] : (JSON.parse(answer) as { nearest: number[] }).nearest;
    });
    return pairByRanks(ranks, offerLeaves.length);
  }

  #blameUnranked(
    { id, period, round }: KeptRound,
    { bidLeaves }: RoundOpening,
    proof: SignedProof,
  ) {
    const answers = this.#store.ranks.answersOf(id);
    const bids = [...bidLeaves.keys()].filter((position) => !answers.has(position));
    if (bids.length === 0) return;
    const fact = `The matcher has asked for no ranks of ${bids.length} of ${bidLeaves.length} bids.`;
    const subject = `period ${period}, round ${round}`;
    const finding = { kind: "bids left", culprit: "matcher", subject } as const;
    this.#witness.keep({ ...finding, period, fact, details: { bids } }, proof);
  }

  async #logPairs(id: string): Promise<string> {
    const { kept } = this.require(id);
    if (kept.state === "paired") {
      const count = this.#store.rounds.pairsOf(id).length;
      const content = kept.pairsHash!;
      await this.#chain.logOnce({ kind: "pairs", period: kept.period, round: id, content, count });
      this.#store.rounds.setState(id, "opening");
    }
    return kept.pairsHash!;
  }
}

/** Before its ranks are logged, nothing of a round is taken or told. @throws Refusal */
export function requireRanking({ state }: KeptRound): void {
  if (state === "ranking") return;
  throw new Refusal(
    "RoundStateError",
    409,
    "The round is not at its ranks.",
    state === "kept" ? "Open it again: it is not logged on chain yet." : "Its pairs are fixed.",
  );
}

const shown = ({ plan, contentHash }: Pick<RoundPlan, "plan" | "contentHash">) => ({
  plan: plan.toString(),
  contentHash,
});

function refuseRound(
  name: string,
  fact: string,
  remedy = "GET /status tells which rounds there are.",
): Refusal {
  return new Refusal(name, 409, fact, remedy);
}
