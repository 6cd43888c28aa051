import { CiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import {
  checkPlanUpload,
  isRestPlan,
  readPlanUpload,
  type PlanUploadHeader,
} from "../../../sdk/private/uploads/planUpload.ts";
import { parseWireJson, wireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import { MOST_REFUSALS, type EpochKeeper, type UsedEpoch } from "../epochs/epochKeeper.ts";
import type { Witness } from "../evidence/witness.ts";
import { InTurn } from "../inTurn.ts";
import { Refusal } from "../refusal.ts";
import type { SignedProof } from "../store/evidenceRows.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import type { JudgedUpload } from "../store/uploadRows.ts";

/** What is answered of an upload. */
export interface UploadJudgement {
  plan: bigint;
  contentHash: string;
  sound: boolean;
}

/** Of one plan: who uploads what is unsound again and again is asking about the secret key. */
const MOST_REFUSALS_OF_PLAN = 3;
/** Of one upload; older ones make room. */
const MOST_HEADERS = 8;

/** Judges each upload once: whether its ciphertext would spoil the pack that it comes into. */
export class UploadDesk {
  readonly #store: KeyHolderStore;
  readonly #chain: KeyHolderChain;
  readonly #epochs: EpochKeeper;
  readonly #witness: Witness;
  readonly #turns = new InTurn();

  constructor(store: KeyHolderStore, chain: KeyHolderChain, epochs: EpochKeeper, witness: Witness) {
    this.#store = store;
    this.#chain = chain;
    this.#epochs = epochs;
    this.#witness = witness;
  }

  /** @throws Refusal, UploadRefusedError */
  judge(
    header: PlanUploadHeader,
    blinded: Uint8Array,
    proof: SignedProof,
  ): Promise<UploadJudgement> {
    return this.#turns.run(header.plan.toString(), () => this.#judge(header, blinded, proof));
  }

  async #judge(
    header: PlanUploadHeader,
    blinded: Uint8Array,
    proof: SignedProof,
  ): Promise<UploadJudgement> {
    const { plan, contentHash, period, side } = header;
    const judged = this.#store.uploads.ofPlan(plan);
    const known = judged.find((upload) => upload.contentHash === contentHash);
    if (known !== undefined) {
      if (known.isSound) await this.#takeHeader(header, known);
      return { plan, contentHash, sound: known.isSound };
    }
    requireRoom(plan, judged);
    await this.#requireOnChain(header);
    const epoch = this.#epochOf(header);
    const sound = await this.#isSound(epoch, blinded, header, proof);
    this.#store.uploads.add({
      plan,
      contentHash,
      period,
      side,
      epoch: epoch.manifestHash,
      headers: [wireJson(header)],
      isSound: sound,
      judgedAtS: this.#chain.lastNowS,
    });
    return { plan, contentHash, sound };
  }

  /** An owner whose envelope the matcher has lost seals and signs another: pairs are opened with either. */
  async #takeHeader(header: PlanUploadHeader, known: JudgedUpload): Promise<void> {
    const isKnown = known.headers.some((one) => headerOf(one).envelopeHash === header.envelopeHash);
    if (isKnown) return;
    await this.#requireOnChain(header);
    this.#requireEpoch(header);
    const headers = [...known.headers, wireJson(header)].slice(-MOST_HEADERS);
    this.#store.uploads.setHeaders(known, headers);
  }

  async #requireOnChain(header: PlanUploadHeader): Promise<void> {
    const { plan, period } = header;
    const { times, pool } = this.#chain;
    await this.#chain.refresh();
    // The matcher's node may be a block ahead.
    if (this.#chain.state.plans.get(plan)?.state !== "open") await this.#chain.sync();
    if (this.#chain.lastNowS >= times.proposalsCloseAt(period)) throw periodOver(period);
    const booked = this.#chain.state.plans.get(plan);
    checkPlanUpload(pool, header, { booked, isRest: booked !== undefined && isRestPlan(booked) });
  }

  #requireEpoch({ period, epoch: number }: PlanUploadHeader): UsedEpoch {
    const epoch = this.#epochs.ofPeriod(period);
    if (epoch.number === number) return epoch;
    throw new Refusal(
      "ForeignEpochError",
      409,
      `Period ${period} is of epoch ${epoch.number}; the upload is for epoch ${number}.`,
      "Encrypt for the period's own epoch.",
    );
  }

  #epochOf(header: PlanUploadHeader): UsedEpoch {
    const epoch = this.#requireEpoch(header);
    const { number } = epoch;
    if (epoch.refusals < MOST_REFUSALS) return epoch;
    throw new Refusal(
      "TooManyRefusalsError",
      429,
      `Epoch ${number} has had ${epoch.refusals} unsound uploads: no more are judged.`,
      "Wait for the next epoch.",
      { headers: { "retry-after": String(this.#chain.times.terms.periodLength) } },
    );
  }

  async #isSound(
    { manifestHash: epoch }: UsedEpoch,
    blinded: Uint8Array,
    { plan, contentHash, period }: PlanUploadHeader,
    proof: SignedProof,
  ): Promise<boolean> {
    try {
      return await this.#epochs.decryption.run("judge", { epoch, blinded });
    } catch (error) {
      if (!(error instanceof CiphertextError)) throw error;
      const fact = `The matcher had judged what is no blinded upload of plan ${plan}: ${error.shortMessage}`;
      const details = { plan, contentHash };
      this.#witness.keep(
        { kind: "blinded upload", culprit: "matcher", subject: contentHash, period, fact, details },
        proof,
      );
      throw error;
    }
  }
}

/** What an owner signed, out of its JSON. */
export function headerOf(json: string): PlanUploadHeader {
  return readPlanUpload(parseWireJson(new TextEncoder().encode(json)), "header");
}

function requireRoom(plan: bigint, judged: readonly JudgedUpload[]): void {
  if (judged.some(({ isSound }) => isSound)) {
    throw new Refusal(
      "UploadTakenError",
      409,
      `Plan ${plan} has a sound upload already.`,
      "Go on with the ciphertext that was judged first.",
    );
  }
  if (judged.length < MOST_REFUSALS_OF_PLAN) return;
  throw new Refusal(
    "TooManyRefusalsError",
    409,
    `${judged.length} uploads of plan ${plan} were unsound: no more of it are judged.`,
    "Have the plan refunded, and make a new one.",
  );
}

/** Nothing of a period is matched any more. */
export function periodOver(period: bigint): Refusal {
  return new Refusal(
    "PeriodOverError",
    410,
    `No match of period ${period} is taken any more.`,
    "Go on with the next period.",
  );
}
