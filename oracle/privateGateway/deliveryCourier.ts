import { BaseError } from "../../sdk/errors.ts";
import { ForeignEpochError, NoEpochError } from "../../sdk/private/epochs/epochError.ts";
import type { EpochManifest } from "../../sdk/private/epochs/epochManifest.ts";
import {
  fetchAnnounced,
  fetchEpochKey,
  requireAnnounced,
} from "../../sdk/private/epochs/fetchEpoch.ts";
import type { MatchingRecordReads } from "../../sdk/private/epochs/matchingRecordReads.ts";
import {
  deliveryFrame,
  encryptDelivery,
  type EncryptedDelivery,
  type MeteredDelivery,
} from "../../sdk/private/gateway/encryptedDelivery.ts";
import type { GatewayKeys } from "../../sdk/private/gateway/gatewayKeys.ts";
import { EnergyCipher } from "../../sdk/private/matching/energyCipher.ts";
import type { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import type { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";
import { ServiceRefusedError } from "../../sdk/private/wire/serviceError.ts";
import type { Log } from "../operations/log.ts";
import { StoreError, StoreFullError } from "../store/errors.ts";
import type { DeliveryStore } from "./deliveryStore.ts";

export interface DeliveryCourierOptions {
  pool: PoolId;
  keys: GatewayKeys;
  store: DeliveryStore;
  /** Of the matcher, which also tells epochs and their keys. */
  client: Pick<ServiceClient, "get" | "post">;
  record: Pick<MatchingRecordReads, "epochOfPeriod" | "verdictOf">;
  /** Whose signature an epoch's manifest must have; without it the node is believed that it is the announced one. */
  keyHolder?: string;
  /** Of deliveries. */
  scheme: HeScheme;
  log: Log;
  /** How long to wait before what was not taken is sent again. */
  retryMs?: number;
  /** Told of a store that takes no more writes: nothing can be done then. */
  onFault?: (error: StoreError) => void;
}

const RETRY_MS = 5_000;
/** One that is refused again and again is sent ever less often, so many times `retryMs` apart at most. */
const MOST_PAUSES = 128;
/** The matcher does not take what is not of the right form, however often it comes. */
const FINAL = new Set([400, 401, 410, 413, 415, 422]);
/** Of what keeps all of them. */
const ALL_WAIT = "deliveries";
/** Of what keeps one. */
const oneWaits = (record: bigint) => `delivery ${record}`;

/** When one that was not taken is due again. */
interface Delay {
  pauseMs: number;
  /** By the clock of `performance`. */
  dueMs: number;
}

/** What deliveries of one epoch are encrypted with. */
interface OpenEpoch {
  manifestHash: string;
  manifest: EpochManifest;
  cipher: EnergyCipher;
}

/**
 * Brings encrypted deliveries to the matcher, one after another, and again until they are taken. While the matcher is
 * away they wait; one that it does not take waits by itself.
 */
export class DeliveryCourier {
  readonly #options: DeliveryCourierOptions;
  readonly #end = new AbortController();
  readonly #delays = new Map<bigint, Delay>();
  #epoch: OpenEpoch | undefined;
  #wake: () => void = () => {};
  #isWanted = false;
  #running: Promise<void> | undefined;
  #failure: string | undefined;

  constructor(options: DeliveryCourierOptions) {
    this.#options = options;
  }

  /** What kept the latest one from being sent, by its name: an error's text may tell of URLs. Undefined where nothing did. */
  get failure(): string | undefined {
    return this.#failure;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** There is something new to send. */
  hurry(): void {
    this.#isWanted = true;
    this.#wake();
  }

  /** Ends the round that it is on. What was not taken is sent after the next start. */
  async stop(): Promise<void> {
    this.#end.abort();
    this.#wake();
    await this.#running;
    this.#epoch?.cipher.close();
    this.#epoch = undefined;
  }

  async #run(): Promise<void> {
    const { retryMs = RETRY_MS, onFault } = this.#options;
    while (!this.#hasEnded()) {
      this.#isWanted = false;
      try {
        await this.#sendAll();
      } catch (error) {
        if (this.#hasEnded()) return;
        if (error instanceof StoreError && !(error instanceof StoreFullError)) {
          onFault?.(error);
          return;
        }
        this.#note(error);
      }
      await this.#pause(retryMs);
    }
  }

  #hasEnded(): boolean {
    return this.#end.signal.aborted;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isWanted || this.#hasEnded()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #sendAll(): Promise<void> {
    for (const delivery of this.#options.store.waiting()) {
      if (this.#hasEnded()) return;
      const delay = this.#delays.get(delivery.record);
      if (delay !== undefined && performance.now() < delay.dueMs) continue;
      await this.#send(delivery);
    }
  }

  async #send(delivery: MeteredDelivery): Promise<void> {
    const { store, client, log } = this.#options;
    const { record } = delivery;
    try {
      const made = store.encrypted(record) ?? (await this.#make(delivery));
      await client.post("/deliveries", deliveryFrame(made), this.#end.signal);
      this.#conclude(record, "taken");
      log.endRepeats(ALL_WAIT);
    } catch (error) {
      // The pair was not matched under encryption.
      if (error instanceof NoEpochError) this.#conclude(record, "unneeded");
      else if (error instanceof ServiceRefusedError) await this.#noteRefusal(record, error);
      // Of other epochs there may be the right key.
      else if (error instanceof ForeignEpochError) this.#delay(record, error);
      else throw error;
    }
  }

  #conclude(record: bigint, state: "taken" | "unneeded"): void {
    this.#options.store.end(record, state);
    this.#forgetDelay(record);
    this.#failure = undefined;
  }

  /** This one waits, or is given up; the others go on. */
  async #noteRefusal(record: bigint, error: ServiceRefusedError): Promise<void> {
    const { store, log } = this.#options;
    // Another delivery came first. Anybody can send one, which the key holder then refuses; only a verdict ends it.
    const isJudged =
      error.status === 409 && (await this.#options.record.verdictOf(record)) !== undefined;
    if (isJudged) {
      this.#conclude(record, "taken");
      return;
    }
    if (FINAL.has(error.status)) {
      store.refuse(record, error.shortMessage);
      this.#forgetDelay(record);
      log.warn("A delivery was refused.", { record, problem: error.shortMessage });
      return;
    }
    this.#delay(record, error);
  }

  /** Has one wait: as long as the matcher asks for, where it does, else ever longer. */
  #delay(record: bigint, error: ServiceRefusedError | ForeignEpochError): void {
    const { retryMs = RETRY_MS, log } = this.#options;
    const last = this.#delays.get(record)?.pauseMs ?? retryMs;
    const askedS = error instanceof ServiceRefusedError ? error.answer.retryAfterS : undefined;
    // Where others take a match's places again and again, who waits ever longer never finds one.
    const wantedMs = askedS === undefined ? 2 * last : Math.max(retryMs, askedS * 1_000);
    const pauseMs = Math.min(MOST_PAUSES * retryMs, wantedMs);
    this.#delays.set(record, { pauseMs, dueMs: performance.now() + pauseMs });
    this.#failure = error.name;
    const fields = { record, problem: error.shortMessage };
    log.warn("A delivery waits.", fields, { repeatKey: oneWaits(record) });
  }

  #forgetDelay(record: bigint): void {
    this.#delays.delete(record);
    this.#options.log.endRepeats(oneWaits(record));
  }

  async #make(delivery: MeteredDelivery): Promise<EncryptedDelivery> {
    const { pool, keys, store } = this.#options;
    const { manifest, cipher } = await this.#epochOf(delivery.period);
    const made = await encryptDelivery(delivery, { pool, keys, manifest, cipher });
    store.keep(made);
    return made;
  }

  async #epochOf(period: bigint): Promise<OpenEpoch> {
    const { client, record, scheme, keyHolder } = this.#options;
    const announced = await requireAnnounced(record, period);
    if (this.#epoch?.manifestHash === announced.manifestHash) return this.#epoch;
    const { manifest } = await fetchAnnounced(client, announced, keyHolder);
    const cipher = new EnergyCipher(scheme, await fetchEpochKey(client, manifest, "delivery-key"));
    this.#epoch?.cipher.close();
    this.#epoch = { manifestHash: announced.manifestHash, manifest, cipher };
    return this.#epoch;
  }

  #note(error: unknown): void {
    const { log } = this.#options;
    this.#failure = error instanceof Error ? error.name : "Error";
    const fields = error instanceof BaseError ? { problem: error.shortMessage } : { error };
    log.warn("Deliveries wait.", fields, { repeatKey: ALL_WAIT });
  }
}
