import type { Wallet } from "ethers";
import { CiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import type { BookedPlan } from "../../../sdk/private/chain/poolState.ts";
import {
  checkPlanUpload,
  isRestPlan,
  type PlanUploadHeader,
} from "../../../sdk/private/uploads/planUpload.ts";
import { signReceipt, type UploadReceipt } from "../../../sdk/private/uploads/receipt.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import type { EpochMirror } from "../epochs/epochMirror.ts";
import { NotTakenError } from "../matcherErrors.ts";
import type { Log } from "../../operations/log.ts";
import type { AnswerBook } from "../store/answerBook.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { DeliveryBook } from "../store/deliveryBook.ts";
import type { StoredUpload, UploadBook } from "../store/uploadBook.ts";
import type { FormCheck } from "./formCheck.ts";
import { loseIfDamaged } from "./loseUpload.ts";
import { requireHash } from "./requireHash.ts";
import { uploadQuestionName } from "./uploadJudging.ts";

/** What a participant uploads for its plan. */
export interface PlanUpload {
  header: PlanUploadHeader;
  envelope: Uint8Array;
  ciphertext: Uint8Array;
}

export interface UploadDeskOptions {
  chain: MatcherChain;
  epochs: EpochMirror;
  uploads: UploadBook;
  deliveries: DeliveryBook;
  blobs: BlobStore;
  form: FormCheck;
  answers: AnswerBook;
  log: Log;
  /** Signs receipts. */
  wallet: Pick<Wallet, "signTypedData">;
}

/** Refused uploads of one upload key after which it is not listened to any more: each may cost the key holder a bit. */
const MOST_REFUSALS = 3;

/** Takes plans' ciphertexts. When it gives a receipt, the upload is on the disk. */
export class UploadDesk {
  readonly #options: UploadDeskOptions;

  constructor(options: UploadDeskOptions) {
    this.#options = options;
  }

  /**
   * Takes an upload, or says of the same one that it was taken.
   * @throws NotTakenError, UploadRefusedError, CiphertextError, StoreFullError
   */
  async take(upload: PlanUpload): Promise<UploadReceipt> {
    const { uploads } = this.#options;
    const { header } = upload;
    await this.#check(upload);
    const before = uploads.get(header.plan);
    if (before !== undefined && isSame(before, header)) return this.#again(upload, before);
    this.#requireFirst(header, before);
    this.#requireForm(upload);
    return this.#keep(upload);
  }

  async #check({ header, envelope, ciphertext }: PlanUpload): Promise<void> {
    const { chain } = this.#options;
    this.#requireEpoch(header);
    requireHash("ciphertext", ciphertext, header.contentHash);
    requireHash("envelope", envelope, header.envelopeHash);
    const booked = await this.#booked(header.plan);
    const isRest = booked !== undefined && isRestPlan(booked);
    checkPlanUpload(chain.pool, header, { booked, isRest });
    if (chain.nowS >= chain.proposalsCloseAtS(header.period)) {
      throw new NotTakenError(
        410,
        `No match of period ${header.period} is taken any more.`,
        "Have the plan refunded, and make one for a later period.",
      );
    }
    if (this.#options.uploads.refusals(header.uploadAddress) >= MOST_REFUSALS) {
      throw new NotTakenError(
        409,
        `${MOST_REFUSALS} uploads of ${header.uploadAddress} were refused.`,
        "Have the plan refunded, and make a new one, with a ciphertext that was just encrypted.",
      );
    }
  }

  /** Before anything costs more than a look. */
  #requireEpoch({ period, epoch }: PlanUploadHeader): void {
    const announced = this.#options.chain.epochOfPeriod(period);
    if (announced?.epoch !== epoch) {
      const said = announced === undefined ? "has none" : `is of epoch ${announced.epoch}`;
      throw new NotTakenError(
        409,
        `The upload is for epoch ${epoch}, and period ${period} ${said}.`,
        "Encrypt for the period's own epoch: `GET /epochs` lists them.",
      );
    }
    if (this.#options.epochs.manifestOf(epoch) !== undefined) return;
    throw new NotTakenError(
      503,
      `The keys of epoch ${epoch} are not here yet.`,
      "Send it again in a moment.",
    );
  }

  /** The chain's plan; one that is not known yet may be in a block that was not read. */
  async #booked(plan: bigint): Promise<BookedPlan | undefined> {
    const { chain } = this.#options;
    const known = chain.state.plans.get(plan);
    if (known?.state === "open") return known;
    await chain.sync();
    return chain.state.plans.get(plan);
  }

  /** Of one upload, the same receipt; what was damaged on the disk since is written again. */
  async #again(upload: PlanUpload, before: StoredUpload): Promise<UploadReceipt> {
    const { header, envelope, ciphertext } = upload;
    const { blobs } = this.#options;
    if (before.state === "unsound") throw unsound(before);
    await blobs.write(header.contentHash, ciphertext);
    const { envelopeHash } = before.header;
    if (header.envelopeHash === envelopeHash) await blobs.write(envelopeHash, envelope);
    // One that was sealed anew is another: the first counts, unless the disk has lost it.
    else if (await loseIfDamaged(this.#options, header.plan, [envelopeHash])) {
      return this.#keep(upload);
    }
    return before.receipt;
  }

  /** @throws NotTakenError */
  #requireFirst({ plan, contentHash }: PlanUploadHeader, before: StoredUpload | undefined): void {
    const { uploads, answers } = this.#options;
    const isReplaced = before === undefined || ["unsound", "lost"].includes(before.state);
    if (!isReplaced) {
      throw new NotTakenError(
        409,
        `Plan ${plan} has another ciphertext, ${before.header.contentHash}.`,
        "A plan has one: what was uploaded first counts.",
      );
    }
    const isOther = before !== undefined && before.header.contentHash !== contentHash;
    if (isOther && answers.countTrue(uploadQuestionName(before.header), "sound") > 0) {
      throw new NotTakenError(
        409,
        `Plan ${plan} has another ciphertext, ${before.header.contentHash}, which was judged to be sound and is lost here.`,
        "Upload that one again: the key holder takes no other.",
      );
    }
    const other = uploads.planOf(contentHash);
    if (other === undefined || other === plan) return;
    throw new NotTakenError(
      409,
      `The ciphertext ${contentHash} was uploaded for another plan.`,
      "Encrypt each plan by itself: the same content hash would show that two are one.",
    );
  }

  #requireForm({ header, ciphertext }: PlanUpload): void {
    const { form, uploads } = this.#options;
    try {
      form.require(ciphertext);
    } catch (error) {
      // Signed by the plan's key: no one else can have it refused.
      if (error instanceof CiphertextError) uploads.countRefusal(header.uploadAddress);
      throw error;
    }
  }

  async #keep(upload: PlanUpload): Promise<UploadReceipt> {
    const { header, envelope, ciphertext } = upload;
    const { chain, uploads, blobs, wallet } = this.#options;
    const { plan, contentHash } = header;
    await blobs.write(contentHash, ciphertext);
    await blobs.write(header.envelopeHash, envelope);
    const receipt = await signReceipt(wallet, chain.pool, {
      plan,
      contentHash,
      takenAtS: chain.nowS,
    });
    // While that was written, the same or another may have come.
    const before = uploads.get(plan);
    if (before !== undefined && isSame(before, header)) return before.receipt;
    try {
      this.#requireFirst(header, before);
    } catch (error) {
      await this.#forget([contentHash, header.envelopeHash]);
      throw error;
    }
    await this.#forget(
      uploads.put({ header, receipt, bytes: envelope.length + ciphertext.length }),
    );
    return receipt;
  }

  /** Removes what nothing needs any more. */
  async #forget(hashes: readonly string[]): Promise<void> {
    const { uploads, deliveries, blobs } = this.#options;
    for (const hash of hashes) {
      if (!uploads.needs(hash) && !deliveries.needs(hash)) await blobs.remove(hash);
    }
  }
}

function isSame({ header, state }: StoredUpload, { contentHash }: PlanUploadHeader): boolean {
  return header.contentHash === contentHash && state !== "lost";
}

/** @throws never: it makes the error */
export function unsound({ header, reason }: StoredUpload): NotTakenError {
  return new NotTakenError(
    422,
    `The ciphertext of plan ${header.plan} was judged to be unsound: ${reason ?? ""}`,
    "Have the plan refunded, and make a new one, with a ciphertext that was just encrypted.",
  );
}
