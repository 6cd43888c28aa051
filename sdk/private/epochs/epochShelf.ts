import type { ServiceClient } from "../wire/serviceClient.ts";
import {
  fetchAnnounced,
  fetchEpochKey,
  requireAnnounced,
  type EpochSource,
  type FetchedEpoch,
} from "./fetchEpoch.ts";

/** An epoch that plans can be encrypted for. */
export interface UsableEpoch extends FetchedEpoch {
  publicKey: Uint8Array;
}

/** The current epoch, and the next where plans are made ahead. */
const MOST_KEPT = 2;

/** Fetches each epoch once, however many plans are encrypted for it. What it is the chain says each time. */
export class EpochShelf {
  readonly #client: Pick<ServiceClient, "get">;
  readonly #record: EpochSource;
  readonly #keyHolder: string | undefined;
  /** By the hash of the manifest: another one under the same number is another epoch. */
  readonly #kept = new Map<string, Promise<UsableEpoch>>();

  /**
   * @param client of the matcher or the key holder, neither of which is believed
   * @param keyHolder see `fetchAnnounced`
   */
  constructor(client: Pick<ServiceClient, "get">, record: EpochSource, keyHolder?: string) {
    this.#client = client;
    this.#record = record;
    this.#keyHolder = keyHolder;
  }

  /** @throws NoEpochError, ForeignEpochError, ServiceError, MalformedMessageError, FeatureSchemaError */
  async ofPeriod(period: bigint): Promise<UsableEpoch> {
    const announced = await requireAnnounced(this.#record, period);
    const { manifestHash } = announced;
    let epoch = this.#kept.get(manifestHash);
    if (epoch === undefined) {
      epoch = fetchAnnounced(this.#client, announced, this.#keyHolder).then(async (fetched) => ({
        ...fetched,
        publicKey: await fetchEpochKey(this.#client, fetched.manifest, "public-key"),
      }));
      this.#kept.set(manifestHash, epoch);
      // What could not be fetched is fetched again.
      epoch.catch(() => this.#kept.delete(manifestHash));
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > MOST_KEPT) this.#kept.delete(oldest!);
    }
    return epoch;
  }
}
