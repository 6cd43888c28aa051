import { createHmac } from "node:crypto";
import { AbiCoder, getAddress, getBytes } from "ethers";
import type { FeatureCode, FeatureSchema } from "../../../sdk/private/matching/featureSchema.ts";
import { compileFeatures } from "../../../sdk/private/matching/featureSchema.ts";
import {
  parseManifest,
  type EpochKeyName,
  type EpochManifest,
} from "../../../sdk/private/epochs/epochManifest.ts";
import { parseWireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { Log } from "../../operations/log.ts";
import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { DecryptionKeys } from "../decryption/decryptionTasks.ts";
import { DecryptionPool } from "../decryption/decryptionPool.ts";
import { eachByItself } from "../../eachByItself.ts";
import { InTurn } from "../inTurn.ts";
import type { EpochSecrets } from "../keys/epochKeys.ts";
import type { KeyFolder } from "../keys/keyFolder.ts";
import { Refusal } from "../refusal.ts";
import type { KeptEpoch } from "../store/epochRows.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import { makeEpoch } from "./makeEpoch.ts";
import { nextFromPeriod, type EpochPlan } from "./schedule.ts";

/** Each refused upload may be a bit about the secret key, which has some 13,000: docs/matching.md, section 4. */
export const MOST_REFUSALS = 1_000;
/** From so many on the next epoch begins early. */
const MANY_REFUSALS = 800;
/** A first epoch leaves clients and matcher so much of a period before its plans close. */
const FIRST_MARGIN = 0.5;

export interface EpochKeeperOptions {
  store: KeyHolderStore;
  folder: KeyFolder;
  chain: KeyHolderChain;
  schema: FeatureSchema;
  plan: EpochPlan;
  /** So long after the settlement of an epoch's last period its secrets are kept. */
  keepPeriods: number;
  threads: number;
  log: Log;
}

/** An epoch in use. */
export interface UsedEpoch extends KeptEpoch {
  number: number;
}

/** Makes, announces, hands out and destroys the keys of epochs. */
export class EpochKeeper {
  readonly decryption: DecryptionPool;
  readonly #options: EpochKeeperOptions;
  readonly #manifests = new Map<string, { manifest: EpochManifest; code: FeatureCode }>();
  readonly #secrets = new Map<string, EpochSecrets>();
  readonly #turns = new InTurn();
  #isRotationAsked = false;

  constructor(options: EpochKeeperOptions) {
    this.#options = options;
    this.decryption = new DecryptionPool(options.threads, (epoch) => this.#decryptionKeys(epoch));
  }

  /** All that this key holder has announced and the chain has, in their order. */
  announced(): UsedEpoch[] {
    const { store, chain } = this.#options;
    const known = new Map(store.epochs.all().map((epoch) => [epoch.manifestHash, epoch]));
    return chain.record.epochs.flatMap(({ epoch: number, manifestHash }) => {
      const kept = known.get(manifestHash);
      return kept === undefined ? [] : [{ ...kept, number }];
    });
  }

  /** @throws Refusal where no epoch of this key holder has the number */
  byNumber(number: number): UsedEpoch {
    const epoch = this.announced().find((one) => one.number === number);
    if (epoch !== undefined) return epoch;
    throw new Refusal(
      "UnknownEpochError",
      404,
      `There is no epoch ${number} here.`,
      "GET /epochs tells which there are.",
    );
  }

  /** @throws Refusal where the period has none, or one that is over or not of this key holder */
  ofPeriod(period: bigint): UsedEpoch {
    const { record } = this.#options.chain;
    const announced = record.epochOfPeriod(period);
    if (announced === undefined) {
      throw new Refusal(
        "UnknownEpochError",
        404,
        `No epoch was announced for period ${period}.`,
        "Wait until the key holder has announced one, or take a later period.",
      );
    }
    const epoch = this.byNumber(announced.epoch);
    if (!epoch.isRetired) return epoch;
    throw new Refusal(
      "EpochRetiredError",
      410,
      `The secrets of epoch ${epoch.number}, which period ${period} is of, were destroyed.`,
      "Nothing of this period can be opened any more.",
    );
  }

  manifestOf(manifestHash: string): { manifest: EpochManifest; code: FeatureCode } {
    let known = this.#manifests.get(manifestHash);
    if (known === undefined) {
      const kept = this.#options.store.epochs
        .all()
        .find((epoch) => epoch.manifestHash === manifestHash);
      const manifest = parseManifest(parseWireJson(new TextEncoder().encode(kept!.manifest)));
      known = { manifest, code: compileFeatures(manifest.schema) };
      this.#manifests.set(manifestHash, known);
    }
    return known;
  }

  publicKey(manifestHash: string, name: EpochKeyName): Promise<Uint8Array | undefined> {
    return this.#options.folder.readPublic(manifestHash, name);
  }

  /** @throws Refusal where they were destroyed */
  async secretsOf(manifestHash: string): Promise<EpochSecrets> {
    let secrets = this.#secrets.get(manifestHash);
    if (secrets === undefined) {
      secrets = await this.#options.folder.readSecrets(manifestHash);
      if (secrets === undefined) {
        throw new Refusal(
          "EpochRetiredError",
          410,
          `The secrets of epoch ${manifestHash} are not here any more.`,
          "Restore its key file from a copy if it was lost; nothing of it can be opened without.",
        );
      }
      this.#secrets.set(manifestHash, secrets);
    }
    return secrets;
  }

  /** The beacon of a period: the same however often it is asked, and known to nobody before. */
  async beaconOf(epoch: KeptEpoch, period: bigint): Promise<string> {
    const { chainId, pool } = this.#options.chain.pool;
    const { beaconSecret } = await this.secretsOf(epoch.manifestHash);
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["string", "uint256", "address", "uint256"],
      ["sealwatt beacon 1", chainId, getAddress(pool), period],
    );
    return `0x${createHmac("sha256", beaconSecret).update(getBytes(encoded)).digest("hex")}`;
  }

  /**
   * Has the next epoch begin as soon as it can.
   * @param away the number of the epoch that is to end
   * @returns false where a later one was announced already, or it has not begun
   */
  askRotation(away: number): boolean {
    const last = this.#options.chain.record.epochs.at(-1);
    // One that has not begun is not ended: it comes first.
    if (last?.epoch !== away || last.fromPeriod > this.#openPeriod()) return false;
    this.#isRotationAsked = true;
    return true;
  }

  /** The first period whose plans are open, and will be for a while yet. */
  #openPeriod(): bigint {
    const { times, lastNowS } = this.#options.chain;
    return times.firstClosingFrom(lastNowS + Math.ceil(times.terms.periodLength * FIRST_MARGIN));
  }

  /** Does what is due by the chain as it was read last: makes, announces, destroys. */
  tend(): Promise<void> {
    return this.#turns.run("tend", async () => {
      this.#noteNumbers();
      await eachByItself([
        () => this.#announceDue(),
        () => this.#removeUnused(),
        () => this.#retireDue(),
      ]);
    });
  }

  /** A reorganisation may take an announcement back. */
  #noteNumbers(): void {
    const { store, chain } = this.#options;
    const numbers = new Map(
      chain.record.epochs.map(({ epoch, manifestHash }) => [manifestHash, epoch]),
    );
    for (const { manifestHash, number } of store.epochs.all()) {
      const found = numbers.get(manifestHash);
      if (found !== number) store.epochs.setNumber(manifestHash, found);
    }
  }

  async #announceDue(): Promise<void> {
    const { chain, plan, log } = this.#options;
    const { epochs } = chain.record;
    const last = epochs.at(-1);
    const used = this.announced().at(-1);
    const hasManyRefusals = used !== undefined && used.refusals >= MANY_REFUSALS;
    // An epoch of another key holder: its keys are not here, so that this one's must follow.
    const isForeign = last !== undefined && used?.number !== last.epoch;
    const isEarly = this.#isRotationAsked || hasManyRefusals || isForeign;
    const open = this.#openPeriod();
    const next = nextFromPeriod(plan, { lastFrom: last?.fromPeriod, open, isEarly });
    if (next === undefined) return;
    // The list grows when the chain is read again.
    const number = epochs.length + 1;
    const epoch = await this.#made(number, next);
    await chain.writer.announceEpoch(epoch.fromPeriod, epoch.manifestHash);
    await chain.sync();
    this.#noteNumbers();
    this.#isRotationAsked = false;
    log.info("An epoch was announced.", {
      epoch: number,
      fromPeriod: epoch.fromPeriod,
      manifest: epoch.manifestHash,
    });
  }

  /**
   * Destroys what an older try has left. An announcement that a reorganisation has taken back may come again, and plans
   * were encrypted for it: only when nothing of its first period is waited for is it given up.
   */
  async #removeUnused(): Promise<void> {
    const { store, chain } = this.#options;
    for (const { number, isRetired, fromPeriod, manifestHash } of store.epochs.all()) {
      if (number !== undefined || isRetired) continue;
      if (chain.lastNowS < chain.times.settledBy(fromPeriod)) continue;
      // Its row goes last: after a crash in between it still names what is to be destroyed.
      await this.#destroySecrets(manifestHash);
      store.epochs.remove(manifestHash);
    }
  }

  async #destroySecrets(manifestHash: string): Promise<void> {
    await this.#options.folder.destroySecrets(manifestHash);
    this.#secrets.delete(manifestHash);
    await this.decryption.forget(manifestHash);
  }

  /** Keys that were made for this very epoch, before a crash perhaps, or fresh ones. */
  async #made(number: number, fromPeriod: bigint): Promise<KeptEpoch> {
    const { store, folder, schema } = this.#options;
    for (const waiting of store.epochs.all()) {
      if (waiting.number !== undefined || waiting.fromPeriod !== fromPeriod) continue;
      if (this.manifestOf(waiting.manifestHash).manifest.epoch !== number) continue;
      if (await folder.hasSecrets(waiting.manifestHash)) return waiting;
    }
    const made = makeEpoch({ epoch: number, fromPeriod, schema }, await this.decryption.make());
    // The row comes first: after a crash in between it names what is to be destroyed.
    store.epochs.add(made);
    await folder.write(made.manifestHash, made.secrets, made.publics);
    return { ...made, number: undefined, refusals: 0, isRetired: false };
  }

  /** Destroys secrets that nothing needs any more. */
  async #retireDue(): Promise<void> {
    const { store, chain, keepPeriods, log } = this.#options;
    const keepS = keepPeriods * chain.times.terms.periodLength;
    const { epochs } = chain.record;
    for (const kept of this.announced()) {
      const next = epochs[kept.number];
      if (kept.isRetired || next === undefined) continue;
      if (chain.lastNowS < chain.times.settledBy(next.fromPeriod - 1n) + keepS) continue;
      await this.#destroySecrets(kept.manifestHash);
      await store.forgetBefore(next.fromPeriod);
      store.epochs.retire(kept.manifestHash);
      log.info("An epoch's secrets were destroyed.", { epoch: kept.number });
    }
  }

  async #decryptionKeys(epoch: string): Promise<DecryptionKeys> {
    const { matchingKey, deliveryKey } = await this.secretsOf(epoch);
    const deliveryPublicKey = await this.publicKey(epoch, "delivery-key");
    const { schema } = this.manifestOf(epoch).manifest;
    return { epoch, schema, matchingKey, deliveryKey, deliveryPublicKey: deliveryPublicKey! };
  }

  async close(): Promise<void> {
    await this.decryption.close();
  }
}
