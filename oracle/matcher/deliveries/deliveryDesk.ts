import type { DeliveryUploadHeader } from "../../../sdk/private/uploads/deliveryUpload.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import type { EpochMirror } from "../epochs/epochMirror.ts";
import { NotTakenError } from "../matcherErrors.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { DeliveryBook } from "../store/deliveryBook.ts";
import type { UploadBook } from "../store/uploadBook.ts";
import type { FormCheck } from "../uploads/formCheck.ts";
import { requireHash } from "../uploads/requireHash.ts";

/** A metered energy that somebody uploads for a match. */
export interface DeliveryUpload {
  header: DeliveryUploadHeader;
  envelope: Uint8Array;
  ciphertext: Uint8Array;
}

export interface DeliveryDeskOptions {
  chain: MatcherChain;
  epochs: EpochMirror;
  deliveries: DeliveryBook;
  uploads: UploadBook;
  blobs: BlobStore;
  form: FormCheck;
}

/**
 * Records are public and the gateway's signature is for the key holder alone: anybody can upload for a match. So several
 * wait side by side, and the key holder says which is the gateway's.
 */
const MOST_WAITING = 4;

/** Takes deliveries' ciphertexts from gateways. */
export class DeliveryDesk {
  readonly #options: DeliveryDeskOptions;

  constructor(options: DeliveryDeskOptions) {
    this.#options = options;
  }

  /**
   * Takes a delivery, or says of the same one that it was taken.
   * @throws NotTakenError, CiphertextError, StoreFullError
   */
  async take({ header, envelope, ciphertext }: DeliveryUpload): Promise<void> {
    const { deliveries, blobs, form } = this.#options;
    requireHash("ciphertext", ciphertext, header.contentHash);
    requireHash("envelope", envelope, header.envelopeHash);
    await this.#requireMatch(header);
    if (!this.#isNew(header)) return;
    form.require(ciphertext);
    await blobs.write(header.contentHash, ciphertext);
    await blobs.write(header.envelopeHash, envelope);
    try {
      // While that was written, others may have come.
      if (this.#isNew(header)) deliveries.put(header, envelope.length + ciphertext.length);
    } catch (error) {
      await this.#forget(header);
      throw error;
    }
  }

  /** Anybody can send what is not taken: of that nothing stays on the disk. */
  async #forget({ contentHash, envelopeHash }: DeliveryUploadHeader): Promise<void> {
    const { deliveries, uploads, blobs } = this.#options;
    for (const hash of [contentHash, envelopeHash]) {
      if (!deliveries.needs(hash) && !uploads.needs(hash)) await blobs.remove(hash);
    }
  }

  async #requireMatch({ record, period, epoch }: DeliveryUploadHeader): Promise<void> {
    const { chain, epochs } = this.#options;
    const isEarly = chain.nowS < chain.deliveredAtS(period);
    if (isEarly || chain.state.matches.get(record)?.state !== "agreed") await chain.sync();
    const match = chain.state.matches.get(record);
    if (match?.state !== "agreed") {
      throw new NotTakenError(
        match === undefined ? 404 : 409,
        `There is no agreed match ${record}.`,
        "Send what was delivered of a match that both sides have confirmed.",
      );
    }
    const announced = chain.epochOfPeriod(period)?.epoch;
    if (match.period !== period || announced !== epoch) {
      throw new NotTakenError(
        409,
        `The match is of period ${match.period}, and that of epoch ${announced ?? "none"}.`,
        "Encrypt for the period's own epoch: `GET /epochs` lists them.",
      );
    }
    if (epochs.manifestOf(epoch) === undefined) {
      throw new NotTakenError(503, `Epoch ${epoch} is not here yet.`, "Send it again in a moment.");
    }
    this.#requireInTime(period);
  }

  #requireInTime(period: bigint): void {
    const { chain } = this.#options;
    const untilDeliveredS = chain.deliveredAtS(period) - chain.nowS;
    if (untilDeliveredS > 0) {
      throw new NotTakenError(
        503,
        `Period ${period} is not over.`,
        "Send what was delivered when it is.",
        untilDeliveredS,
      );
    }
    if (chain.nowS < chain.reportingEndsAtS(period)) return;
    throw new NotTakenError(
      410,
      `Deliveries of period ${period} are not judged any more.`,
      "There is nothing to be done: matches are settled by their proofs.",
    );
  }

  /** @throws NotTakenError where the match needs no other. */
  #isNew({ record, contentHash }: DeliveryUploadHeader): boolean {
    const others = this.#options.deliveries.ofRecord(record);
    if (others.some((delivery) => delivery.contentHash === contentHash)) return false;
    if (others.some(({ state }) => state === "within" || state === "beyond")) {
      throw new NotTakenError(
        409,
        `The delivery of match ${record} has been judged.`,
        "A match is judged once.",
      );
    }
    if (others.filter(({ state }) => state === "taken").length < MOST_WAITING) return true;
    throw new NotTakenError(
      429,
      `${MOST_WAITING} deliveries of match ${record} wait for their verdict.`,
      "Send it again when they have been judged.",
    );
  }
}
