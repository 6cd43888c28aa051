import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Wallet } from "ethers";
import { HttpServer } from "../../../../oracle/http/httpServer.ts";
import { bytesReply, jsonReply, type HttpReply } from "../../../../oracle/http/httpReply.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import {
  DeliveryCourier,
  type DeliveryCourierOptions,
} from "../../../../oracle/privateGateway/deliveryCourier.ts";
import { DeliveryStore } from "../../../../oracle/privateGateway/deliveryStore.ts";
import { multiplyPoint, BASE_POINT } from "../../../../sdk/private/babyJubjub.ts";
import {
  encodeManifest,
  MANIFEST_FORMAT,
  manifestHash,
  packEnvelopeKey,
  type EpochManifest,
} from "../../../../sdk/private/epochs/epochManifest.ts";
import type { DeliveryVerdict } from "../../../../sdk/private/epochs/matchingRecordInterface.ts";
import { contentHash } from "../../../../sdk/private/matching/contentHash.ts";
import { DEFAULT_FEATURES } from "../../../../sdk/private/matching/defaultFeatures.ts";
import { FRAME_CONTENT_TYPE } from "../../../../sdk/private/wire/frame.ts";
import {
  SIGNATURE_HEADER,
  signAnswer,
  type SignedCall,
} from "../../../../sdk/private/wire/signedRequest.ts";
import { ServiceClient } from "../../../../sdk/private/wire/serviceClient.ts";
import { KEYS } from "../../sdk/private/gateway/gatewayScene.ts";
import { deliveryScheme, type KeyedScheme } from "../../sdk/private/matching/matchingScene.ts";
import { POOL } from "../../sdk/private/scene.ts";

/** The key holder's secret. */
export const ENVELOPE_SCALAR = 31_337n;
export const KEY_HOLDER = new Wallet(`0x${"e1".repeat(32)}`);
/** The first period that has an epoch. */
export const FIRST_PERIOD = 5n;

/** A courier with its store, and a matcher over HTTP that takes what it is told to take. */
export class DeliveryScene {
  readonly directory = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
  readonly keyed: KeyedScheme;
  readonly manifest: EpochManifest;
  /** Bodies that came to the matcher. */
  readonly posted: Uint8Array[] = [];
  readonly verdicts = new Map<bigint, DeliveryVerdict>();
  readonly lines: string[] = [];
  /** What the matcher answers. */
  answer: (body: Uint8Array) => HttpReply = () => jsonReply(200, { taken: true });
  store = this.#open();
  #courier: DeliveryCourier | undefined;
  #server: HttpServer | undefined;
  #url = "http://127.0.0.1:9";

  private constructor(keyed: KeyedScheme) {
    this.keyed = keyed;
    const { publicKey } = keyed.keys;
    this.manifest = {
      format: MANIFEST_FORMAT,
      epoch: 1,
      fromPeriod: FIRST_PERIOD,
      schema: DEFAULT_FEATURES,
      publicKeyHash: contentHash(publicKey),
      relinKeysHash: contentHash(publicKey),
      deliveryKeyHash: contentHash(publicKey),
      envelopeKey: packEnvelopeKey(multiplyPoint(BASE_POINT, ENVELOPE_SCALAR)),
    };
  }

  get courier(): DeliveryCourier {
    return this.#courier!;
  }

  static async make(): Promise<DeliveryScene> {
    return new DeliveryScene(await deliveryScheme());
  }

  #open(): DeliveryStore {
    return DeliveryStore.open(path.join(this.directory, "deliveries.db"), POOL);
  }

  /** Has the matcher serve. */
  async serve(key: Uint8Array = this.keyed.keys.publicKey): Promise<void> {
    const manifest = encodeManifest(this.manifest);
    this.#server = new HttpServer({
      name: "The matcher",
      host: "127.0.0.1",
      port: Number(new URL(this.#url).port) === 9 ? 0 : Number(new URL(this.#url).port),
      log: new Log({ write: () => {} }),
      routes: [
        { method: "GET", path: "/epochs/:n", answer: () => this.#signed(manifest) },
        {
          method: "GET",
          path: "/epochs/:n/delivery-key",
          answer: async () => bytesReply(200, key),
        },
        {
          method: "POST",
          path: "/deliveries",
          body: { contentType: FRAME_CONTENT_TYPE, what: "a delivery", mostBytes: 500_000 },
          answer: async ({ body }) => {
            this.posted.push(body);
            return this.answer(body);
          },
        },
      ],
    });
    this.#url = await this.#server.start();
  }

  /** The manifest, with the signature of the key holder that a mirror passes on. */
  async #signed(manifest: Uint8Array): Promise<HttpReply> {
    const call: SignedCall = {
      pool: POOL,
      method: "GET",
      path: "/epochs/1",
      body: new Uint8Array(),
    };
    const signature = await signAnswer(KEY_HOLDER, call, { status: 200, body: manifest });
    return bytesReply(200, manifest, { [SIGNATURE_HEADER]: signature });
  }

  async goAway(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  /** Starts the courier, as after a start of its process. */
  startCourier(options: Partial<DeliveryCourierOptions> = {}): DeliveryCourier {
    const { verdicts, manifest, keyed, store } = this;
    const { fromPeriod } = manifest;
    this.#courier = new DeliveryCourier({
      pool: POOL,
      keys: KEYS,
      store,
      client: new ServiceClient({ url: this.#url, pool: POOL, timeoutMs: 5_000 }),
      record: {
        epochOfPeriod: async (period) =>
          period < fromPeriod
            ? undefined
            : { epoch: 1, fromPeriod, manifestHash: manifestHash(manifest) },
        verdictOf: async (record) => verdicts.get(record),
      },
      scheme: keyed.scheme,
      log: new Log({ write: (line) => this.lines.push(line) }),
      retryMs: 20,
      ...options,
    });
    this.courier.start();
    return this.courier;
  }

  /** As if the process had been killed: a courier that was sending something else is forgotten. */
  async restart(): Promise<DeliveryCourier> {
    await this.courier.stop();
    this.store.close();
    this.store = this.#open();
    return this.startCourier();
  }

  /** Waits until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async end(): Promise<void> {
    await this.#courier?.stop();
    await this.goAway();
    this.store.close();
    rmSync(this.directory, { recursive: true });
  }
}
