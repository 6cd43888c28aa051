import type { BaseError } from "../../sdk/errors.ts";
import type { PoolFollower } from "../../sdk/private/chain/poolFollower.ts";
import type { PoolTerms } from "../../sdk/private/chain/poolReads.ts";
import type { GatewayKeys } from "../../sdk/private/gateway/gatewayKeys.ts";
import type { GatewayPool, MeterBook } from "../../sdk/private/gateway/gatewayPool.ts";
import { PrivateGateway } from "../../sdk/private/gateway/privateGateway.ts";
import type { VouchLedger } from "../../sdk/private/gateway/vouchLedger.ts";
import type { Prover } from "../../sdk/private/prover/prover.ts";
import type { RateOptions } from "../../sdk/private/relayer/rateLimit.ts";
import { healthRoutes, type Readiness } from "../http/healthRoutes.ts";
import { HttpServer, type HttpTimeouts } from "../http/httpServer.ts";
import { statusOf } from "../http/statusOf.ts";
import type { Log } from "../operations/log.ts";
import type { DeliveryCourier } from "./deliveryCourier.ts";
import type { DeliveryStore } from "./deliveryStore.ts";
import { GatewayServiceMetrics } from "./gatewayServiceMetrics.ts";
import { gatewayRoutes } from "./gatewayRoutes.ts";
import type { PrivateGatewayStatus } from "./gatewayServiceStatus.ts";
import { Places } from "./places.ts";
import { RequestChecks } from "./requestChecks.ts";
import { VouchingGateway } from "./vouchingGateway.ts";

export interface PrivateGatewayServiceOptions {
  pool: GatewayPool;
  follower: Pick<PoolFollower, "sync" | "state" | "scannedTo">;
  terms: PoolTerms;
  keys: GatewayKeys;
  ledger: VouchLedger;
  meters: MeterBook;
  prover: Prover;
  /** The chain's time in Unix seconds. */
  nowS: () => Promise<number>;
  /** Where there is a matcher: it is brought what was delivered. */
  deliveries?: { store: DeliveryStore; courier: DeliveryCourier };
  host: string;
  port: number;
  log: Log;
  version: string;
  /** How often one participant may ask, and how often one network address. */
  participantRate?: RateOptions;
  addressRate?: RateOptions;
  timeouts?: Partial<HttpTimeouts>;
}

/** What is asked for waits for its proof and for a block. */
const TIMEOUTS: Partial<HttpTimeouts> = { responseMs: 120_000, closeMs: 10_000 };
const PLACES = { most: 32, mostEach: 4 };

/** A private gateway that sellers ask over HTTP. */
export class PrivateGatewayService {
  readonly #options: PrivateGatewayServiceOptions;
  readonly #gateway: PrivateGateway;
  readonly #vouching: VouchingGateway;
  readonly #places = new Places(PLACES);
  readonly #server: HttpServer;
  readonly #fault: Promise<BaseError>;
  #isStarted = false;

  constructor(options: PrivateGatewayServiceOptions) {
    this.#options = options;
    const { pool, keys, ledger, meters, prover, nowS, deliveries, log } = options;
    this.#gateway = new PrivateGateway({ pool, keys, ledger, meters, prover, nowS });
    let tell: (fault: BaseError) => void;
    this.#fault = new Promise((resolve) => (tell = resolve));
    this.#vouching = new VouchingGateway({
      gateway: this.#gateway,
      onFault: (fault) => tell(fault),
      ...(deliveries === undefined ? {} : { deliveries }),
    });
    this.#server = new HttpServer({
      name: "The private gateway",
      host: options.host,
      port: options.port,
      log,
      routes: this.#routes(),
      timeouts: { ...TIMEOUTS, ...options.timeouts },
      isOpen: true,
      statusOf,
    });
  }

  /** Resolves where the ledger or store takes no more writes: the process should end. */
  get fault(): Promise<BaseError> {
    return this.#fault;
  }

  /**
   * Goes on after an end, wanted or not, and serves.
   * @returns the URL
   * @throws HttpServerError, and what reading the chain throws
   */
  async start(): Promise<string> {
    const { ledger, deliveries } = this.#options;
    await this.#gateway.start();
    if (deliveries !== undefined) {
      const attested = ledger.attestedDeliveries();
      deliveries.store.wantAll(
        attested.map(({ record, period, energyWh }) => ({
          record,
          period: BigInt(period),
          energyWh: BigInt(energyWh),
        })),
      );
      deliveries.store.retryRefused();
      deliveries.courier.start();
    }
    const url = await this.#server.start();
    this.#isStarted = true;
    return url;
  }

  /** Takes nothing new, and ends what it has begun: a proof that is being made is given up, what was sent is not. */
  async stop(): Promise<void> {
    const { prover, deliveries } = this.#options;
    this.#isStarted = false;
    await this.#server.stop();
    await prover.close();
    await this.#vouching.settled();
    await deliveries?.courier.stop();
  }

  status(): PrivateGatewayStatus {
    const { pool, keys, ledger, follower, deliveries, version } = this.#options;
    return {
      gateway: pool.gatewayAddress,
      tag: keys.tag,
      chainId: pool.id.chainId,
      pool: pool.id.pool,
      version,
      readTo: follower.scannedTo,
      waiting: this.#places.count,
      ...this.#vouching.counts,
      unsettledNotes: ledger.unsettledNotes().length,
      deliveries:
        deliveries === undefined
          ? undefined
          : { ...deliveries.store.counts(), failure: deliveries.courier.failure },
    };
  }

  readiness(): Readiness {
    const { follower, pool, keys } = this.#options;
    const registered = follower.state.gateways.get(pool.gatewayAddress);
    const reasons = [
      ...(this.#isStarted ? [] : ["The gateway is starting or ending."]),
      ...(registered === keys.tag
        ? []
        : ["The pool does not know this gateway's address and tag."]),
    ];
    return { ready: reasons.length === 0, reasons };
  }

  #routes() {
    const { pool, keys, follower, terms, nowS, participantRate, addressRate } = this.#options;
    const checks = new RequestChecks({
      pool: pool.id,
      tag: keys.tag,
      follower,
      terms,
      nowS,
      ...(participantRate === undefined ? {} : { rate: participantRate }),
    });
    return [
      ...gatewayRoutes({
        gateway: this.#vouching,
        checks,
        places: this.#places,
        ...(addressRate === undefined ? {} : { rate: addressRate }),
      }),
      ...healthRoutes({
        readiness: () => this.readiness(),
        status: () => this.status(),
        metrics: new GatewayServiceMetrics(() => ({ ...this.status(), ...this.readiness() })),
      }),
    ];
  }
}
