import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ZeroAddress, type Provider, type Wallet } from "ethers";
import { chainNowS } from "../../sdk/clients/chainTime.ts";
import { readView } from "../../sdk/clients/contractHandle.ts";
import { MarketReads } from "../../sdk/clients/marketReads.ts";
import { TransactionSender } from "../../sdk/clients/transactionSender.ts";
import type { Point } from "../../sdk/private/babyJubjub.ts";
import { PoolFollower } from "../../sdk/private/chain/poolFollower.ts";
import { poolInterface } from "../../sdk/private/chain/poolInterface.ts";
import { MatchingRecordReads } from "../../sdk/private/epochs/matchingRecordReads.ts";
import { FollowedGatewayPool } from "../../sdk/private/gateway/followedGatewayPool.ts";
import { gatewayKeysOf, type GatewayKeys } from "../../sdk/private/gateway/gatewayKeys.ts";
import { VouchLedger } from "../../sdk/private/gateway/vouchLedger.ts";
import { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { DELIVERY_PARAMETERS } from "../../sdk/private/matching/parameters.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import type { Prover } from "../../sdk/private/prover/prover.ts";
import type { RateOptions } from "../../sdk/private/relayer/rateLimit.ts";
import { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";
import type { Log } from "../operations/log.ts";
import { untilAborted } from "../untilAborted.ts";
import { ChainMeters } from "./chainMeters.ts";
import { DeliveryCourier } from "./deliveryCourier.ts";
import { DeliveryStore } from "./deliveryStore.ts";
import { PrivateGatewayService } from "./privateGatewayService.ts";

export interface RunPrivateGatewayOptions {
  provider: Provider;
  pool: PoolId;
  /** From which block on the pool's logs are read. */
  fromBlock: number;
  /** Of the address that the pool knows the gateway's tag by; not connected. */
  wallet: Wallet;
  /** Where the ledger and what waits for the matcher are kept. */
  folder: string;
  prover: Prover;
  /** The gateways whose meters it vouches for; its own address where none is named. */
  meteredBy?: readonly string[];
  /** Only these of the participants behind them. */
  participants?: readonly number[];
  /** How many blocks a settlement must lie deep before it is believed. */
  confirmations: number;
  /** The regulator's published audit keys; without them the node is believed. */
  auditKeys?: readonly Point[];
  /** Where pairs are matched under encryption, and whose epochs' manifests are believed. */
  matching?: { url: string; record: string; keyHolder?: string };
  /** How often one network address may ask. */
  addressRate?: RateOptions;
  host: string;
  port: number;
  log: Log;
  version: string;
  signal: AbortSignal;
  /** It serves. */
  onStarted: (place: { url: string; gateway: string; tag: bigint }) => void;
}

interface Deliveries {
  store: DeliveryStore;
  courier: DeliveryCourier;
  close: () => void;
}

/**
 * Runs a private gateway until the signal.
 * @throws LedgerError, StoreError, HttpServerError, ChainUnreachableError
 */
export async function runPrivateGateway(options: RunPrivateGatewayOptions): Promise<void> {
  const { pool, wallet, folder, prover, log, signal, onStarted } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys = gatewayKeysOf(wallet.privateKey);
  const ledger = VouchLedger.open(join(folder, "vouch.db"), { pool, tag: keys.tag });
  let service: PrivateGatewayService | undefined;
  let deliveries: Deliveries | undefined;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  try {
    deliveries = await openDeliveries(options, keys, (fault) => stop.abort(fault));
    service = await makeService(options, { keys, ledger, deliveries });
    const { fault } = service;
    void fault.then((error) => stop.abort(error));
    const url = await service.start();
    log.info("The private gateway serves.", { url, gateway: wallet.address, tag: keys.tag });
    onStarted({ url, gateway: wallet.address, tag: keys.tag });
    await untilAborted(ended);
    if (stop.signal.aborted) throw stop.signal.reason as Error;
  } finally {
    await service?.stop();
    await prover.close();
    deliveries?.close();
    ledger.close();
    log.info("The private gateway has ended.");
  }
}

async function makeService(
  options: RunPrivateGatewayOptions,
  parts: { keys: GatewayKeys; ledger: VouchLedger; deliveries: Deliveries | undefined },
): Promise<PrivateGatewayService> {
  const { provider, pool, fromBlock, wallet, prover, auditKeys, host, port, log, version } =
    options;
  const { keys, ledger, deliveries } = parts;
  const follower = new PoolFollower(provider, pool.pool, { fromBlock });
  const sender = await TransactionSender.of(wallet.connect(provider));
  const gatewayPool = await FollowedGatewayPool.connect(follower, sender, auditKeys);
  return new PrivateGatewayService({
    pool: gatewayPool,
    follower,
    terms: await follower.terms(),
    keys,
    ledger,
    meters: new ChainMeters({
      reads: await readMarket(provider, pool),
      follower,
      meteredBy: options.meteredBy ?? [wallet.address],
      confirmations: options.confirmations,
      ...(options.participants === undefined ? {} : { participants: options.participants }),
    }),
    prover,
    nowS: () => chainNowS(provider),
    host,
    port,
    log,
    version,
    ...(options.addressRate === undefined ? {} : { addressRate: options.addressRate }),
    ...(deliveries === undefined ? {} : { deliveries }),
  });
}

/** The open market beside which the pool is. Its registry is not asked for anything. */
async function readMarket(provider: Provider, { pool }: PoolId): Promise<MarketReads> {
  const [market] = await readView(provider, pool, poolInterface, "market");
  return MarketReads.connect(provider, { market: market as string, registry: ZeroAddress });
}

async function openDeliveries(
  { provider, pool, folder, matching, log }: RunPrivateGatewayOptions,
  keys: GatewayKeys,
  onFault: (error: Error) => void,
): Promise<Deliveries | undefined> {
  if (matching === undefined) return undefined;
  const scheme = await HeScheme.create(DELIVERY_PARAMETERS);
  const store = DeliveryStore.open(join(folder, "deliveries.db"), pool);
  const courier = new DeliveryCourier({
    pool,
    keys,
    store,
    client: new ServiceClient({ url: matching.url, pool }),
    record: new MatchingRecordReads(provider, matching.record),
    scheme,
    log,
    onFault,
    ...(matching.keyHolder === undefined ? {} : { keyHolder: matching.keyHolder }),
  });
  const close = () => {
    store.close();
    scheme.close();
  };
  return { store, courier, close };
}
