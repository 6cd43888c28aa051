import { DeviationMasker } from "../../../sdk/private/matching/deviationMasker.ts";
import { encodeFrame } from "../../../sdk/private/wire/frame.ts";
import { ServiceRefusedError } from "../../../sdk/private/wire/serviceError.ts";
import type { Log } from "../../operations/log.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import type { EpochMirror, MirroredEpoch } from "../epochs/epochMirror.ts";
import type { SeedKeeper } from "../epochs/seedKeeper.ts";
import { readVerdicts, type DeliveryAnswer } from "../keyHolder/answerReaders.ts";
import type { KeyHolderClient, Question } from "../keyHolder/keyHolderClient.ts";
import { KeyHolderFaultError } from "../matcherErrors.ts";
import { BlobError } from "../store/blobErrors.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { DeliveryBook, StoredDelivery } from "../store/deliveryBook.ts";
import type { FormCheck } from "../uploads/formCheck.ts";

export interface DeliveryJudgingOptions {
  chain: MatcherChain;
  epochs: EpochMirror;
  seeds: SeedKeeper;
  deliveries: DeliveryBook;
  blobs: BlobStore;
  form: FormCheck;
  keyHolder: KeyHolderClient;
  log: Log;
}

/** Deliveries of one request, two parts each. */
const MOST_TOGETHER = 16;
const RETRY_MS = 2_000;

/**
 * Has the key holder judge deliveries. Each is masked into a ciphertext of its own: anybody can upload one, and noise in
 * a shared ciphertext would spoil the verdicts of all others in it.
 */
export class DeliveryJudging {
  readonly #options: DeliveryJudgingOptions;
  /** When deliveries that were refused for now are asked for again, by their id. */
  readonly #later = new Map<number, number>();

  constructor(options: DeliveryJudgingOptions) {
    this.#options = options;
  }

  /** Asks for all that wait. @throws what says that the key holder is away */
  async run(signal?: AbortSignal): Promise<void> {
    const { chain, deliveries } = this.#options;
    const waiting = deliveries
      .waiting(firstReportedPeriod(chain))
      .filter(({ id }) => (this.#later.get(id) ?? 0) <= Date.now());
    for (const period of new Set(waiting.map((delivery) => delivery.period))) {
      const group = waiting.filter((delivery) => delivery.period === period);
      for (let first = 0; first < group.length; first += MOST_TOGETHER) {
        signal?.throwIfAborted();
        await this.#judge(group.slice(first, first + MOST_TOGETHER), signal);
      }
    }
  }

  async #judge(group: readonly StoredDelivery[], signal?: AbortSignal): Promise<void> {
    const { deliveries, keyHolder, log } = this.#options;
    try {
      const masked = await this.#mask(group, signal);
      if (masked.length === 0) return;
      const { verdicts } = await keyHolder.ask(verdictQuestion(masked), signal);
      for (const [i, { delivery }] of masked.entries()) {
        const { verdict, reason } = verdicts[i]!;
        deliveries.setState(delivery.id, verdict, reason);
        this.#later.delete(delivery.id);
      }
    } catch (error) {
      const isOwn = error instanceof ServiceRefusedError || error instanceof KeyHolderFaultError;
      if (!isOwn) throw error;
      for (const { id } of group) this.#later.set(id, Date.now() + RETRY_MS);
      const [{ period }] = group as [StoredDelivery];
      log.warn("Deliveries are not judged yet.", { period, error });
    }
  }

  /** Those that can be masked. */
  async #mask(group: readonly StoredDelivery[], signal?: AbortSignal): Promise<MaskedDelivery[]> {
    const { chain, epochs, seeds, form } = this.#options;
    const [{ epoch: number, period }] = group as [StoredDelivery];
    const epoch = await epochs.epoch(number);
    const seed = seeds.seedFor(number, period);
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
    const { blobs, deliveries, log } = this.#options;
    const { id, record } = delivery;
    try {
      const matched = await this.#matchedEnergy(record, epoch, signal);
      if (matched === undefined) return undefined;
      const actual = await blobs.read(delivery.contentHash);
      const envelope = await blobs.read(delivery.envelopeHash);
      return { delivery, masked: masker.mask([{ actual, matched }]), envelope };
    } catch (error) {
      if (!(error instanceof BlobError)) throw error;
      deliveries.setState(id, "refused", error.shortMessage);
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
  const passedS = nowS - terms.reportingTime - terms.genesis;
  return BigInt(Math.max(0, Math.floor(passedS / terms.periodLength)));
}
