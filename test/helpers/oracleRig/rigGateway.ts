import type { Wallet } from "ethers";
import { ChainFollower } from "../../../oracle/daemon/chainFollower.ts";
import { bindingMemory } from "../../../oracle/daemon/connectMarket.ts";
import { GatewayDaemon, type GatewayDaemonOptions } from "../../../oracle/daemon/gatewayDaemon.ts";
import { Log } from "../../../oracle/operations/log.ts";
import { textLine } from "../../../oracle/operations/logLine.ts";
import { Endpoints } from "../../../oracle/sending/endpoints.ts";
import { GatewayStore } from "../../../oracle/store/gatewayStore.ts";
import { exitCodeOf } from "../../../scripts/cli/exitCodes.ts";
import { MarketReads } from "../../../sdk/clients/marketReads.ts";
import type { RunTime } from "../../../sdk/clock.ts";
import { BaseError } from "../../../sdk/errors.ts";
import { FunctionProvider } from "../../../sdk/rpc/functionProvider.ts";
import { isStartedAgain } from "../systemdUnit.ts";
import type { FaultyRpc } from "./faultyRpc.ts";
import type { RigLine, RigMeter } from "./rigLine.ts";

export interface RigGatewayOptions {
  reads: MarketReads;
  time: RunTime;
  signer: Wallet;
  storePath: string;
  lines: readonly RigLine[];
  /** Whose commands it obeys. */
  operators: readonly string[];
  /** Asked in this order. */
  nodes: readonly FaultyRpc[];
}

/** What one start of a gateway may have otherwise. */
export interface StartOptions {
  time?: RunTime;
  /** Stands between the daemon and its store. */
  wrapStore?: (store: GatewayStore) => GatewayStore;
  daemon?: Partial<GatewayDaemonOptions>;
  /** How long a node may take. */
  rpcTimeoutMs?: number;
}

/** More than a node of this process needs on a machine that has much else to do. */
const RPC_TIMEOUT_MS = 3_000;
const GWEI = 1_000_000_000n;

/** A gateway of a rig: its daemon can be stopped, killed and started again on the same store. */
export class RigGateway {
  readonly storePath: string;
  readonly signer: Wallet;
  readonly nodes: readonly FaultyRpc[];
  /** What its daemons said. */
  readonly log: string[] = [];
  readonly #options: RigGatewayOptions;
  #store: GatewayStore | undefined;
  #daemon: GatewayDaemon | undefined;
  #controller = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #failure: unknown;

  constructor(options: RigGatewayOptions) {
    this.#options = options;
    this.storePath = options.storePath;
    this.signer = options.signer;
    this.nodes = options.nodes;
  }

  get lines(): readonly RigLine[] {
    return this.#options.lines;
  }

  get meters(): RigMeter[] {
    return this.#options.lines.flatMap(({ meters }) => meters);
  }

  get node(): FaultyRpc {
    return this.nodes[0]!;
  }

  get daemon(): GatewayDaemon {
    return this.#daemon!;
  }

  get store(): GatewayStore {
    return this.#store!;
  }

  /** Opens the store. Two at a time have two daemons for it. */
  openStore(): GatewayStore {
    const { reads, time, storePath } = this.#options;
    return GatewayStore.open(storePath, {
      chainId: reads.constants.chainId,
      market: reads.addresses.market,
      nowMs: () => Math.floor(time.nowS() * 1000),
      log: (line) => this.log.push(line),
    });
  }

  /** Starts its daemon, as `runOracle` does where the store remembers the market. */
  start({
    time = this.#options.time,
    wrapStore,
    daemon,
    rpcTimeoutMs = RPC_TIMEOUT_MS,
  }: StartOptions = {}): void {
    const { reads, signer, storePath, lines, operators, nodes } = this.#options;
    const { addresses, constants } = reads;
    const log = new Log({ write: (line) => this.log.push(line), format: textLine });
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    this.#store = this.openStore();
    const store = wrapStore?.(this.#store) ?? this.#store;
    const endpoints = new Endpoints({
      nodes: nodes.map(({ request }, index) => ({ name: `node ${index}`, request })),
      chainId: Number(constants.chainId),
      clock: time,
      timeoutMs: rpcTimeoutMs,
    });
    const provider = new FunctionProvider(
      (method, params) => endpoints.request(method, params),
      constants.chainId,
    );
    const own = MarketReads.of(provider, addresses, constants);
    this.#daemon = new GatewayDaemon({
      ...{ store, storePath, signer, endpoints, time, log },
      follower: new ChainFollower(
        own,
        this.meters.map(({ participant }) => participant),
        bindingMemory(store),
      ),
      lines: lines.map((line) => line.open()),
      operators,
      intervalS: constants.periodLength / 3,
      attempts: 2,
      confirmations: 2,
      maxFeePerGas: 1_000n * GWEI,
      pollS: constants.periodLength / 10,
      version: "0.0.0",
      ...daemon,
    });
    this.#failure = undefined;
    this.#running = this.#daemon.run(signal).catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** Why its daemon ended by itself; undefined while it runs. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Starts it again where it has ended by itself and its unit says so, as the system does. */
  async supervise(): Promise<void> {
    const failure = this.#failure;
    if (failure === undefined) return;
    if (failure instanceof BaseError && !isStartedAgain(exitCodeOf(failure))) return;
    await this.stop();
    this.start();
  }

  /** Ends its daemon, if it runs. A daemon that failed by itself is gone too. */
  async stop(): Promise<void> {
    this.#controller.abort(new Error("told to stop"));
    await this.#running;
    this.#store?.close();
    this.#store = undefined;
    this.#daemon = undefined;
  }
}
