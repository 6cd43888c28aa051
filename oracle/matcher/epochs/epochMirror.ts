import {
  encodeManifest,
  EPOCH_KEY_NAMES,
  keyHashOf,
  manifestHash,
  parseManifest,
  type EpochKeyName,
  type EpochManifest,
} from "../../../sdk/private/epochs/epochManifest.ts";
import { ForeignEpochError } from "../../../sdk/private/epochs/epochError.ts";
import { fetchEpochKey } from "../../../sdk/private/epochs/fetchEpoch.ts";
import type { AnnouncedEpoch } from "../../../sdk/private/epochs/matchingRecordInterface.ts";
import { compileFeatures } from "../../../sdk/private/matching/featureSchema.ts";
import { parseWireJson } from "../../../sdk/private/wire/wireJson.ts";
import { eachByItself } from "../../eachByItself.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import type { KeyHolderClient } from "../keyHolder/keyHolderClient.ts";
import { MissingKeyError } from "../matcherErrors.ts";
import { BlobError } from "../store/blobErrors.ts";
import type { BlobStore } from "../store/blobStore.ts";

/** An epoch that the chain has, as it was announced. */
export interface KnownEpoch {
  manifest: EpochManifest;
  manifestHash: string;
}

/** An epoch with its public keys. */
export interface MirroredEpoch extends KnownEpoch {
  publicKey: Uint8Array;
  relinKeys: Uint8Array;
  deliveryKey: Uint8Array;
}

/** Epochs whose keys are held in memory, 2.7 MB each. */
const MOST_HELD = 3;

/** Keeps every epoch's manifest and public keys, as the chain says that they are, so that clients need ask nobody else. */
export class EpochMirror {
  readonly #store: ServiceStore;
  readonly #blobs: BlobStore;
  readonly #chain: MatcherChain;
  readonly #keyHolder: KeyHolderClient;
  readonly #held = new Map<number, MirroredEpoch>();
  /** Manifests that were read and compared with the chain: that takes a hash and a point each. */
  readonly #read = new Map<number, KnownEpoch>();
  /** The manifest hashes of epochs whose keys were fetched or found whole, and not found damaged since. */
  readonly #whole = new Set<string>();

  constructor(options: {
    store: ServiceStore;
    blobs: BlobStore;
    chain: MatcherChain;
    keyHolder: KeyHolderClient;
  }) {
    this.#store = options.store;
    this.#blobs = options.blobs;
    this.#chain = options.chain;
    this.#keyHolder = options.keyHolder;
  }

  /**
   * Fetches what was announced since, and keys that the disk has lost; of no epoch it waits for another.
   * @throws ForeignEpochError, ServiceError
   */
  async refresh(signal?: AbortSignal): Promise<void> {
    await eachByItself(
      this.#chain.epochs.map((announced) => async () => {
        const known = this.#knownOf(announced.epoch);
        if (known === undefined) await this.#fetch(announced, signal);
        else if (!this.#whole.has(known.manifestHash)) {
          await this.#fetchKeys(known.manifest, signal);
        }
      }),
    );
  }

  /** Epochs of the chain of which the manifest or a key is not here, or was not looked at yet. */
  get missing(): number[] {
    return this.#chain.epochs
      .filter((one) => !(this.#knownOf(one.epoch) && this.#whole.has(one.manifestHash)))
      .map(({ epoch }) => epoch);
  }

  /** Epochs of the chain that are here. */
  get known(): KnownEpoch[] {
    return this.#chain.epochs.flatMap(({ epoch }) => this.#knownOf(epoch) ?? []);
  }

  /** The manifest that the chain's epoch has now; another that was here before a reorganisation is not it. */
  manifestOf(epoch: number): EpochManifest | undefined {
    return this.#knownOf(epoch)?.manifest;
  }

  #knownOf(epoch: number): KnownEpoch | undefined {
    const announced = this.#chain.epochs.find((one) => one.epoch === epoch)?.manifestHash;
    if (announced === undefined) return undefined;
    const known = this.#read.get(epoch);
    if (known?.manifestHash === announced) return known;
    const row = this.#store.one("SELECT manifest FROM epochs WHERE epoch = ?", epoch);
    if (row === undefined) return undefined;
    const manifest = parsed(row.manifest);
    if (manifestHash(manifest) !== announced) return undefined;
    const read = { manifest, manifestHash: announced };
    this.#read.set(epoch, read);
    return read;
  }

  /** The hashes of every epoch's keys that were fetched, also of one that a reorganisation took away. */
  get keyHashes(): Set<string> {
    const manifests = this.#store
      .all("SELECT manifest FROM epochs")
      .map(({ manifest }) => parsed(manifest));
    return new Set(manifests.flatMap((one) => EPOCH_KEY_NAMES.map((name) => keyHashOf(one, name))));
  }

  /** By which the key holder has served an epoch's manifest: with it clients need not believe their node alone. */
  signatureOf(epoch: number): string {
    return String(
      this.#store.one("SELECT signature FROM epochs WHERE epoch = ?", epoch)?.signature,
    );
  }

  /** A key's bytes; where the disk has lost them, they are fetched with the next refresh. @throws MissingKeyError */
  async keyOf(manifest: EpochManifest, name: EpochKeyName): Promise<Uint8Array> {
    try {
      return await this.#blobs.read(keyHashOf(manifest, name));
    } catch (error) {
      if (!(error instanceof BlobError)) throw error;
      this.#whole.delete(manifestHash(manifest));
      throw new MissingKeyError(manifest.epoch, name, error.shortMessage);
    }
  }

  /** @returns undefined where it is not here @throws MissingKeyError */
  async epoch(epoch: number): Promise<MirroredEpoch | undefined> {
    const known = this.#knownOf(epoch);
    if (known === undefined) return undefined;
    const { manifest, manifestHash: hash } = known;
    const held = this.#held.get(epoch);
    if (held?.manifestHash === hash) return held;
    const [publicKey, relinKeys, deliveryKey] = await Promise.all(
      EPOCH_KEY_NAMES.map((name) => this.keyOf(manifest, name)),
    );
    const mirrored: MirroredEpoch = {
      ...known,
      publicKey: publicKey!,
      relinKeys: relinKeys!,
      deliveryKey: deliveryKey!,
    };
    this.#held.set(epoch, mirrored);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MOST_HELD) this.#held.delete(oldest!);
    return mirrored;
  }

  async #fetch({ epoch, manifestHash: announced }: AnnouncedEpoch, signal?: AbortSignal) {
    const answer = await this.#keyHolder.get(`/epochs/${epoch}`, signal);
    const manifest = parseManifest(answer.json());
    if (manifestHash(manifest) !== announced || manifest.epoch !== epoch) {
      throw new ForeignEpochError(`What is served as epoch ${epoch} is not what was announced.`);
    }
    // What is no schema would fail every round of the epoch.
    compileFeatures(manifest.schema);
    await this.#fetchKeys(manifest, signal);
    this.#store.run(
      "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?)",
      epoch,
      Buffer.from(encodeManifest(manifest)).toString(),
      // Of these very bytes: the key holder serves the canonical ones too.
      answer.signature ?? "",
    );
    this.#read.delete(epoch);
  }

  /** Those that are not on the disk as they should be. */
  async #fetchKeys(manifest: EpochManifest, signal?: AbortSignal): Promise<void> {
    const client = { get: (path: string) => this.#keyHolder.get(path, signal) };
    for (const name of EPOCH_KEY_NAMES) {
      const hash = keyHashOf(manifest, name);
      if (await this.#blobs.isWhole(hash)) continue;
      await this.#blobs.write(hash, await fetchEpochKey(client, manifest, name));
    }
    this.#whole.add(manifestHash(manifest));
  }
}

function parsed(manifest: unknown): EpochManifest {
  return parseManifest(parseWireJson(Buffer.from(String(manifest))));
}
