import { DeviationMasker } from "../../../sdk/private/matching/deviationMasker.ts";
import { encodeFrame } from "../../../sdk/private/wire/frame.ts";
import { ServiceRefusedError } from "../../../sdk/private/wire/serviceError.ts";
import { PeriodTimes } from "../../../sdk/private/periodTimes.ts";
import type { Log } from "../../operations/log.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import type { EpochMirror, MirroredEpoch } from "../epochs/epochMirror.ts";
import { seedOrNone, type SeedKeeper } from "../epochs/seedKeeper.ts";
import { readVerdicts, type DeliveryAnswer } from "../keyHolder/answerReaders.ts";
import type { KeyHolderClient, Question } from "../keyHolder/keyHolderClient.ts";
import { KeyHolderFaultError, MissingKeyError } from "../matcherErrors.ts";
import { BlobError } from "../store/blobErrors.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { DeliveryBook, StoredDelivery } from "../store/deliveryBook.ts";
import type { UploadBook } from "../store/uploadBook.ts";
import type { FormCheck } from "../uploads/formCheck.ts";

export interface DeliveryJudgingOptions {
  chain: MatcherChain;
  epochs: EpochMirror;
  seeds: SeedKeeper;
  deliveries: DeliveryBook;
  uploads: UploadBook;
  blobs: BlobStore;
  form: FormCheck;
  keyHolder: KeyHolderClient;
  log: Log;
  /** A clock that never goes back. */
  nowMs?: () => number;
}

/** Deliveries of one request, two parts each. */
const MOST_TOGETHER = 16;
/** How long one that was refused for now, or whose matched energy is not there yet, is left alone. */
const RETRY_MS = 2_000;

/**
 * Has the key holder judge deliveries. Each is masked into a ciphertext of its own: anybody can upload one, and noise in
 * a shared ciphertext would spoil the verdicts of all others in it.
 */
export class DeliveryJudging {
  readonly #options: DeliveryJudgingOptions;
  readonly #nowMs: () => number;
  /** When deliveries that are left alone for now are asked for again, by their id. */
  readonly #later = new Map<number, number>();

  constructor(options: DeliveryJudgingOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Asks for all that wait. @throws what says that the key holder is away */
  async run(signal?: AbortSignal): Promise<void> {
    const { chain, deliveries } = this.#options;
    const now = this.#nowMs();
    for (const [id, at] of this.#later) if (at <= now) this.#later.delete(id);
    const waiting = deliveries
      .waiting(firstReportedPeriod(chain))
      .filter(({ id }) => !this.#later.has(id));
    for (const period of new Set(waiting.map((delivery) => delivery.period))) {
      const group = waiting.filter((delivery) => delivery.period === period);
      for (let first = 0; first < group.length; first += MOST_TOGETHER) {
        signal?.throwIfAborted();
        await this.#judge(group.slice(first, first + MOST_TOGETHER), signal);
      }
    }
  }

  async #judge(group: readonly StoredDelivery[], signal?: AbortSignal): Promise<void> {
    const { keyHolder, log } = this.#options;
    try {
      const masked = await this.#mask(group, signal);
      if (masked.length === 0) return;
      const { value, kept } = await keyHolder.askWithoutKeeping(verdictQuestion(masked), signal);
      const { verdicts } = value;
      // Anybody can have any number refused: of that nothing is kept.
      const isJudged = verdicts.some(({ verdict }) => verdict !== "refused");
      if (kept !== undefined && isJudged) keyHolder.keep([kept]);
      for (const [i, { delivery }] of masked.entries()) {
        await this.#settle(delivery, verdicts[i]!.verdict);
      }
    } catch (error) {
      const ofThese = [ServiceRefusedError, KeyHolderFaultError, MissingKeyError];
      if (!ofThese.some((kind) => error instanceof kind)) throw error;
      for (const delivery of group) this.#leaveAlone(delivery);
      const [{ period }] = group as [StoredDelivery];
      log.warn("Deliveries are not judged yet.", { period, error });
    }
  }

  #leaveAlone({ id }: StoredDelivery): void {
    this.#later.set(id, this.#nowMs() + RETRY_MS);
  }

  async #settle(delivery: StoredDelivery, verdict: DeliveryAnswer["verdict"]): Promise<void> {
    this.#later.delete(delivery.id);
    if (verdict === "refused") await this.#refuse(delivery);
    else this.#options.deliveries.setVerdict(delivery.id, verdict);
  }

  async #refuse(delivery: StoredDelivery): Promise<void> {
    const { deliveries, uploads, blobs } = this.#options;
    deliveries.refuse(delivery);
    for (const hash of [delivery.contentHash, delivery.envelopeHash]) {
      // Who sends what somebody else sent does not have it removed.
      if (!deliveries.needs(hash) && !uploads.needs(hash)) await blobs.remove(hash);
    }
  }

  /** Those that can be masked. */
  async #mask(group: readonly StoredDelivery[], signal?: AbortSignal): Promise<MaskedDelivery[]> {
    const { chain, epochs, seeds, form, log } = this.#options;
    const [{ epoch: number, period }] = group as [StoredDelivery];
    const epoch = await epochs.epoch(number);
    const seed = seedOrNone(seeds, log, { epoch: number, period });
    if (epoch === undefined || seed === undefined) return [];
    const keys = { publicKey: epoch.deliveryKey, seed };
    const masker = new DeviationMasker(form.scheme, keys, chain.terms.toleranceBps);
    try {
      const masked: MaskedDelivery[] = [];
      for (const delivery of group) {
        const one = await this.#maskOne(masker, delivery, epoch, signal);
        if (one !== undefined) masked.push(one);
      }
      return masked;
    } finally {
      masker.close();
    }
  }

  async #maskOne(
    masker: DeviationMasker,
    delivery: StoredDelivery,
    epoch: MirroredEpoch,
    signal?: AbortSignal,
  ): Promise<MaskedDelivery | undefined> {
    const { blobs, log } = this.#options;
    const { record } = delivery;
    try {
      const matched = await this.#matchedEnergy(record, epoch, signal);
      if (matched === undefined) {
        this.#leaveAlone(delivery);
        return undefined;
      }
      const actual = await blobs.read(delivery.contentHash);
      const envelope = await blobs.read(delivery.envelopeHash);
      return { delivery, masked: masker.mask([{ actual, matched }]), envelope };
    } catch (error) {
      if (!(error instanceof BlobError)) throw error;
      await this.#refuse(delivery);
      log.error("A delivery is lost.", { record, error });
      return undefined;
    }
  }

  /** The matched energy, encrypted by the key holder. @returns undefined where it has none */
  async #matchedEnergy(
    record: bigint,
    { manifest }: MirroredEpoch,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const { keyHolder, form, log } = this.#options;
    try {
      const { bytes } = await keyHolder.get(`/matches/${record}/energy`, signal);
      form.require(bytes);
      return bytes;
    } catch (error) {
      if (!(error instanceof ServiceRefusedError) || error.isTemporary) throw error;
      const place = { record, epoch: manifest.epoch, error };
      log.warn("The key holder gives no matched energy.", place, { repeatKey: `energy ${record}` });
      return undefined;
    }
  }
}

/** A delivery as it goes to the key holder. */
interface MaskedDelivery {
  delivery: StoredDelivery;
  masked: Uint8Array;
  envelope: Uint8Array;
}

function verdictQuestion(
  masked: readonly MaskedDelivery[],
): Question<{ verdicts: DeliveryAnswer[] }> {
  const [{ delivery: first }] = masked as [MaskedDelivery];
  const deliveries = masked.map(({ delivery: { record, contentHash } }) => ({
    record,
    contentHash,
  }));
  return {
    name: `verdicts ${deliveries.map(({ contentHash }) => contentHash).join(" ")}`,
    path: "/verdicts",
    body: async () => {
      const header = { period: first.period, epoch: first.epoch, deliveries };
      return encodeFrame(
        header,
        masked.flatMap((one) => [one.masked, one.envelope]),
      );
    },
    read: readVerdicts,
    fault: ({ verdicts }) => {
      const isSame =
        verdicts.length === deliveries.length &&
        verdicts.every(({ record }, i) => record === deliveries[i]!.record);
      return isSame ? undefined : "it is of other matches.";
    },
  };
}

/** The first period whose deliveries are still judged. */
function firstReportedPeriod({ nowS, terms }: MatcherChain): bigint {
  return new PeriodTimes(terms).firstUnsettled(nowS);
}
