import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import type { OracleConfig } from "../config/config.ts";
import { ClockWatch } from "../judgement/clockWatch.ts";
import { loadGatewayKey } from "../keys/gatewayKey.ts";
import { openLine } from "../meters/openLine.ts";
import { HttpServer } from "../http/httpServer.ts";
import { GATEWAY_SERVED, gatewayRoutes } from "../operations/gatewayRoutes.ts";
import type { Log } from "../operations/log.ts";
import { redactor } from "../operations/redact.ts";
import { Metrics } from "../operations/metrics.ts";
import type { MqttPublisher } from "../operations/mqttPublisher.ts";
import { Endpoints } from "../sending/endpoints.ts";
import { httpNode, type HttpNode } from "../sending/httpRequest.ts";
import { StoreDamagedError } from "../store/errors.ts";
import { GatewayStore } from "../store/gatewayStore.ts";
import { ChainFollower } from "./chainFollower.ts";
import { bindingMemory, connectMarket } from "./connectMarket.ts";
import { GatewayDaemon } from "./gatewayDaemon.ts";
import { watchedTime } from "./watchedTime.ts";

/** The most of a poll of the chain, for markets with short periods. */
const POLLS_PER_PERIOD = 20;
const LONGEST_POLL_S = 5;

export interface RunOracleOptions {
  config: OracleConfig;
  log: Log;
  version: string;
  /** Ends it: what is being written is written, and nothing is begun any more. */
  signal: AbortSignal;
  /** Told when it is at work. */
  onStarted?: (daemon: GatewayDaemon, url: string | undefined) => void;
}

/**
 * Runs a gateway as its configuration says, until the signal.
 * @throws KeyError, StoreError, WrongChainError, NoMarketError, HttpServerError; StoreWriteError while it runs
 */
export async function runOracle({
  config,
  log,
  version,
  signal,
  onStarted,
}: RunOracleOptions): Promise<void> {
  const signer = await loadGatewayKey(config.key);
  const { chainId, market } = config.market;
  const watch = new ClockWatch();
  const time = watchedTime(watch);
  const store = GatewayStore.open(config.store.path, {
    chainId,
    market,
    log: (line) => {
      log.warn(line);
    },
    nowMs: () => Math.floor(watch.nowS() * 1000),
  });
  let server: HttpServer | undefined;
  let url: string | undefined;
  let mqtt: MqttPublisher | undefined;
  try {
    const endpoints = new Endpoints({
      nodes: config.market.rpc.map((url) => stoppable(httpNode(url.reveal()), signal)),
      chainId: Number(chainId),
      clock: time,
    });
    const reads = await connectMarket(config.market, endpoints, store, log, signal);
    const lines = config.lines.map((line) => openLine(line, config.relay));
    const meters = lines.flatMap((line) => line.meters);
    const daemon = new GatewayDaemon({
      store,
      storePath: config.store.path,
      signer,
      endpoints,
      follower: new ChainFollower(
        reads,
        meters.map(({ config: { participant } }) => participant),
        bindingMemory(store),
      ),
      lines,
      operators: config.operators,
      ...config.reading,
      ...config.sending,
      pollS: pollOf(reads),
      keepDays: config.store.keepDays,
      time,
      watch,
      onSample: (participant, sample) => mqtt?.publish(participant, sample),
      // It is called once the daemon runs, and the metrics are made before.
      onStoreWrite: (durationS) => metrics.observeStoreWrite(durationS),
      redact: redactor(config.market.rpc),
      log,
      version,
    });
    const metrics = new Metrics(daemon);
    if (config.http !== undefined) {
      const routes = gatewayRoutes(daemon, metrics);
      server = new HttpServer({ ...GATEWAY_SERVED, ...config.http, routes, log });
      url = await server.start();
    }
    if (config.mqtt !== undefined) {
      // Loaded for those who publish.
      const { MqttPublisher } = await import("../operations/mqttPublisher.ts");
      mqtt = new MqttPublisher({
        config: config.mqtt,
        gateway: signer.address,
        meters: meters.map(({ config: { participant, profile } }) => ({ participant, profile })),
        intervalS: () => daemon.intervalS,
        version,
        log,
      });
      mqtt.start();
    }
    log.info("the gateway is at work", { gateway: signer.address, market, meters: meters.length });
    onStarted?.(daemon, url);
    await whileIntact(store, config.store.path, signal, (intact) => daemon.run(intact));
  } finally {
    await server?.stop();
    await mqtt?.stop();
    store.close();
    log.info("the gateway has ended");
  }
}

function pollOf({ constants }: MarketReads): number {
  return Math.min(LONGEST_POLL_S, constants.periodLength / POLLS_PER_PERIOD);
}

/** Whoever is told to stop waits for no answer: a transaction is stored before it is sent, and sent again. */
function stoppable({ name, request }: HttpNode, signal: AbortSignal): HttpNode {
  return {
    name,
    request: (method, params, late) =>
      request(method, params, late === undefined ? signal : AbortSignal.any([late, signal])),
  };
}

/**
 * Works while the whole store is read through, which opening it has not done, and after.
 * @throws StoreDamagedError where something is not as it was written; opening the store again repairs it
 */
async function whileIntact(
  store: GatewayStore,
  path: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const verified = store.verifyAll({ signal: either }).then(
    ({ findings }) => {
      if (findings.length !== 0) stop.abort(new StoreDamagedError(path, findings.join(" ")));
    },
    (error: unknown) => {
      if (!either.aborted) stop.abort(error);
    },
  );
  try {
    await work(either);
    if (stop.signal.aborted) throw stop.signal.reason as Error;
  } finally {
    if (!stop.signal.aborted) stop.abort();
    await verified;
  }
}
