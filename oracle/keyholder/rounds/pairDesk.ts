import { CiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import { sealMatchOpening } from "../../../sdk/private/matches/sealMatchOpening.ts";
import { fillWh, midPriceDown } from "../../../sdk/mechanisms/greenDoubleAuction.ts";
import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import type { PlanNote } from "../../../sdk/private/notes.ts";
import { openEnvelope } from "../../../sdk/private/uploads/envelope.ts";
import { planEnvelopePlace } from "../../../sdk/private/uploads/envelopePlace.ts";
import {
  decodePlanEnvelope,
  type PlanEnvelope,
} from "../../../sdk/private/uploads/planEnvelope.ts";
import type { PlanUploadHeader } from "../../../sdk/private/uploads/planUpload.ts";
import { EnvelopeError } from "../../../sdk/private/uploads/uploadError.ts";
import { wireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { EpochKeeper } from "../epochs/epochKeeper.ts";
import type { Witness } from "../evidence/witness.ts";
import { Refusal } from "../refusal.ts";
import type { SignedProof } from "../store/evidenceRows.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import type { FormedMatch } from "../store/matchRows.ts";
import type { KeptPair } from "../store/roundRows.ts";
import type { JudgedUpload } from "../store/uploadRows.ts";
import { headerOf } from "../uploads/uploadDesk.ts";
import { entryFault, type SentEntry, type SentPair } from "./pairOpening.ts";
import { limitOf, pairFault, type PairFault } from "./pairFault.ts";
import { planLie, type OpenedEntry } from "./planLie.ts";
import type { OpenRound, RoundDesk } from "./roundDesk.ts";

/** A reputation that a plan was made with may have changed while it waited to be submitted. */
const REPUTATION_PERIODS = 2;

/** An entry of which all could be read. */
type ReadEntry = OpenedEntry & { header: PlanUploadHeader };

interface PairParts {
  store: KeyHolderStore;
  chain: KeyHolderChain;
  epochs: EpochKeeper;
  witness: Witness;
}

/** Opens matched pairs, and nothing else of a round: finds out who lied, and forms the matches of who did not. */
export class PairDesk {
  readonly #parts: PairParts;
  readonly #rounds: RoundDesk;

  constructor(parts: PairParts, rounds: RoundDesk) {
    this.#parts = parts;
    this.#rounds = rounds;
  }

  /**
   * Opens a pair, once. Reading both plans takes longest and keeps nothing: several pairs are read at the same time, and
   * one after another is kept.
   * @returns the answer as JSON
   * @throws Refusal where what the matcher sent is not what it committed to
   */
  async open(id: string, pair: SentPair, proof: SignedProof): Promise<string> {
    const { position } = pair.bid;
    const kept = await this.#requirePair(id, position);
    if (kept.answer !== undefined) return kept.answer;
    const round = this.#rounds.require(id);
    const sent = [pair.bid, { ...pair.offer, position: kept.offer }] as const;
    const headers = sent.map((entry) => this.#requireCommitted(round, entry, proof));
    const [bid, offer] = await Promise.all([
      this.#read(round, sent[0], headers[0]!, proof),
      this.#read(round, sent[1], headers[1]!, proof),
    ]);
    return this.#rounds.inTurn(round.kept.period, async () => {
      // The same may have been asked twice, and time has passed.
      const { answer } = await this.#requirePair(id, position);
      if (answer !== undefined) return answer;
      const lies = [bid, offer].filter((entry) => "lie" in entry);
      if (lies.length > 0) return this.#refuse(round, position, lies);
      return this.#form(round, position, bid as ReadEntry, offer as ReadEntry, proof);
    });
  }

  /** A pair of a round: with its answer, or one that may be opened. @throws Refusal */
  async #requirePair(id: string, position: number): Promise<KeptPair> {
    const pair = () => this.#parts.store.rounds.pairOf(id, position);
    const known = pair();
    if (known?.answer !== undefined) return known;
    const { kept } = await this.#rounds.requireLive(id);
    const found = pair();
    if (found !== undefined && kept.state === "opening") return found;
    throw new Refusal(
      "UnknownPairError",
      404,
      `The bid at position ${position} is in no pair that was fixed.`,
      "Post the round's pairs first; only these are opened.",
    );
  }

  #uploadOf({ plan, contentHash }: SentEntry): JudgedUpload | undefined {
    const judged = this.#parts.store.uploads.ofPlan(plan);
    return judged.find((upload) => upload.contentHash === contentHash && upload.isSound);
  }

  /** @returns what the plan's owner signed. @throws Refusal where the matcher opens what it did not commit to */
  #requireCommitted(round: OpenRound, entry: SentEntry, proof: SignedProof): PlanUploadHeader {
    const upload = this.#uploadOf(entry);
    const header = upload === undefined ? undefined : signedHeader(upload, entry.envelope);
    const fault = entryFault(round.opening, entry, header);
    if (fault === undefined) return header!;
    throw this.#blameMatcher(round, entry, fault, proof);
  }

  #blameMatcher(round: OpenRound, entry: SentEntry, fault: string, proof: SignedProof): Refusal {
    const { id, period } = round.kept;
    const subject = `${id}, ${entry.side} ${entry.position}`;
    const details = { plan: entry.plan, contentHash: entry.contentHash };
    const fact = `The matcher has sent what does not fit: ${fault}.`;
    this.#parts.witness.keep(
      { kind: "opened position", culprit: "matcher", subject, period, fact, details },
      proof,
    );
    return new Refusal("OpenedPositionError", 409, fact, "Open what the round was opened with.");
  }

  /** Opens what an owner has sent of its plan. */
  async #read(
    round: OpenRound,
    entry: SentEntry,
    header: PlanUploadHeader,
    proof: SignedProof,
  ): Promise<ReadEntry | LyingEntry> {
    const { epochs, chain, store } = this.#parts;
    const { epoch, period } = round.kept;
    const { plan, side } = entry;
    const numbers = await this.#openCiphertext(round, entry, proof);
    const envelope = await this.#openEnvelope(epoch, entry);
    if (envelope === undefined) {
      return { plan, header, lie: "its envelope does not open with the epoch's envelope key" };
    }
    const slackS = REPUTATION_PERIODS * chain.times.terms.periodLength;
    // Not when it was uploaded or judged: a matcher that holds it back could have an honest owner blamed.
    const madeAtS = (await chain.submittedAtS(plan)) ?? this.#uploadOf(entry)!.judgedAtS;
    const { owner } = envelope.opening.plan;
    const reputations = store.reputations.since(owner, madeAtS - slackS);
    const read = { plan, side, period, envelope, numbers, header };
    const lie = planLie(read, { code: epochs.manifestOf(epoch).code, reputations });
    return lie === undefined ? read : { plan, header, lie };
  }

  async #openCiphertext(round: OpenRound, entry: SentEntry, proof: SignedProof): Promise<number[]> {
    const { epoch } = round.kept;
    const { ciphertext, plan, contentHash } = entry;
    const task = { epoch, ciphertext, contentHash };
    const numbers = await this.#parts.epochs.decryption
      .run("plan", task)
      .catch((error: unknown) => {
        if (!(error instanceof CiphertextError)) throw error;
        // What has the hash of an upload is read where it has its form, too: its owner sent it so.
        return [];
      });
    if (numbers !== undefined) return numbers;
    const fault = `the ciphertext of plan ${plan} is not the one of its hash`;
    throw this.#blameMatcher(round, entry, fault, proof);
  }

  async #openEnvelope(
    epoch: string,
    { envelope, plan, contentHash }: SentEntry,
  ): Promise<PlanEnvelope | undefined> {
    const { envelopeScalar } = await this.#parts.epochs.secretsOf(epoch);
    const place = planEnvelopePlace(this.#parts.chain.pool, { plan, contentHash });
    try {
      return decodePlanEnvelope(await openEnvelope(envelopeScalar, envelope, place));
    } catch (error) {
      if (error instanceof EnvelopeError) return undefined;
      throw error;
    }
  }

  /** Who lied is out for the period; the honest partner stays open for the next round. */
  #refuse({ kept }: OpenRound, bid: number, lies: readonly LyingEntry[]): string {
    const { store, witness } = this.#parts;
    const { period, id } = kept;
    const reason = lies.map(({ plan, lie }) => `plan ${plan}: ${lie}`).join("; ");
    const answer = wireJson({ formed: false, banned: lies.map(({ plan }) => plan), reason });
    store.transaction(() => {
      store.rounds.answerPair(id, bid, { answer, numbers: undefined });
      for (const { plan, lie, header } of lies) {
        store.matches.ban(plan, period, lie);
        const fact = `The owner of plan ${plan} has lied: ${lie}.`;
        const finding = { kind: "plan", culprit: "participant", subject: `plan ${plan}` } as const;
        witness.keep({ ...finding, period, fact, details: { signed: header } });
      }
    });
    return answer;
  }

  #form(
    { kept }: OpenRound,
    position: number,
    bid: ReadEntry,
    offer: ReadEntry,
    proof: SignedProof,
  ): string {
    const { store } = this.#parts;
    const fault = pairFault(pairedPlan(bid), pairedPlan(offer));
    const banned = fault?.banned ?? [];
    const answer = wireJson(
      fault === undefined
        ? { formed: true }
        : { formed: false, banned: banned.map(({ plan }) => plan), reason: fault.reason },
    );
    const numbers = { bid: [...bid.numbers], offer: [...offer.numbers] };
    store.transaction(() => {
      if (fault === undefined) store.matches.add(this.#matchOf(kept, bid, offer));
      else this.#blamePair(kept, fault, [bid, offer], proof);
      for (const { plan, reason } of banned) store.matches.ban(plan, kept.period, reason);
      store.rounds.answerPair(kept.id, position, { answer, numbers });
    });
    return answer;
  }

  /** Who trades with itself is to blame for nothing. */
  #blamePair(
    { id, period }: OpenRound["kept"],
    { kind, banned }: PairFault,
    [bid, offer]: readonly [ReadEntry, ReadEntry],
    proof: SignedProof,
  ): void {
    const { witness } = this.#parts;
    if (kind === "prices") {
      // What the matcher had ranked says that they meet.
      const fact = "The matcher had a pair ranked whose prices do not meet.";
      const details = { bid: bid.plan, offer: offer.plan };
      const finding = {
        kind: "made-up limits",
        culprit: "matcher",
        subject: `${id}, ${bid.plan}`,
      } as const;
      witness.keep({ ...finding, period, fact, details }, proof);
    }
    if (kind !== "no energy") return;
    for (const { plan, header } of [bid, offer]) {
      if (!banned.some((one) => one.plan === plan)) continue;
      const fact = `Plan ${plan} was matched, and has no energy.`;
      const subject = `plan ${plan}`;
      const finding = { kind: "empty plan", culprit: "participant", subject } as const;
      witness.keep({ ...finding, period, fact, details: { signed: header } });
    }
  }

  #matchOf(
    { id, period, epoch }: OpenRound["kept"],
    bid: ReadEntry,
    offer: ReadEntry,
  ): FormedMatch {
    const [buy, sell] = [bid.envelope.opening, offer.envelope.opening];
    const energyWh = fillOf(sell.plan, buy.plan);
    const { record, opening, sellPlan, buyPlan } = sealMatchOpening(
      {
        sellPlan: offer.plan,
        buyPlan: bid.plan,
        energyWh,
        priceMicroPerKwh: BigInt(midPriceDown(limitOf(sell.plan), limitOf(buy.plan))),
      },
      {
        sellerViewKey: sell.to.viewKey,
        buyerViewKey: buy.to.viewKey,
        auditKey: this.#parts.chain.matcherPool.auditKey,
      },
    );
    const { gateway } = offer.envelope;
    const seller = sell.plan.owner;
    return {
      record,
      opening,
      sellPlan,
      buyPlan,
      round: id,
      period,
      epoch,
      energyWh,
      seller,
      gateway,
    };
  }
}

/** A plan whose owner lied about it. */
interface LyingEntry {
  plan: bigint;
  header: PlanUploadHeader;
  lie: string;
}

/** What the owner signed of this envelope, or the newest that it signed where it is none of its envelopes. */
function signedHeader({ headers }: JudgedUpload, envelope: Uint8Array): PlanUploadHeader {
  const hash = contentHash(envelope);
  const signed = headers.map(headerOf);
  return signed.find(({ envelopeHash }) => envelopeHash === hash) ?? signed.at(-1)!;
}

const pairedPlan = ({ plan, envelope }: ReadEntry) => ({ plan, note: envelope.opening.plan });

function fillOf(sell: PlanNote, buy: PlanNote): bigint {
  return BigInt(fillWh(Number(sell.energyWh), Number(buy.energyWh)));
}
