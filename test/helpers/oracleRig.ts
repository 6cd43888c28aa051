import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wallet } from "ethers";
import hre from "hardhat";
import type { Counters } from "../../oracle/judgement/judge.ts";
import { encodeCall, registryInterface } from "../../sdk/clients/contractHandle.ts";
import { MarketReads } from "../../sdk/clients/marketReads.ts";
import { OperatorClient } from "../../sdk/clients/operatorClient.ts";
import { ParticipantClient } from "../../sdk/clients/participantClient.ts";
import { machineTime, type RunTime, type TaskClock } from "../../sdk/clock.ts";
import { defaultParameters } from "../../sdk/market/parameters.ts";
import {
  randomNonce,
  signOperatorCommand,
  type ReleaseCommand,
} from "../../sdk/gateway/operatorCommand.ts";
import { ACTORS, FIRST_PARTICIPANT, RunKeys } from "../../scripts/neighbourhood/actors.ts";
import { deployMarket } from "../../scripts/neighbourhood/deployMarket.ts";
import {
  startEmbeddedChain,
  type EmbeddedChain,
} from "../../scripts/neighbourhood/embeddedChain.ts";
import { SimulatedTime } from "../../scripts/neighbourhood/simulatedTime.ts";
import { FaultyRpc } from "./oracleRig/faultyRpc.ts";
import { RigGateway } from "./oracleRig/rigGateway.ts";
import { RigLine, type LinePlan, type RigMeter } from "./oracleRig/rigLine.ts";

export interface RigOptions {
  /** Seconds of a delivery period. */
  periodLengthS?: number;
  /** Periods within which a late reading is taken. */
  gracePeriods?: number;
  /** The machine's time instead of a simulated one; then the chain makes a block a second. */
  realTime?: boolean;
}

/** A gateway with its lines. */
export interface GatewayPlan {
  lines: readonly LinePlan[];
  /** How many nodes it may ask; each has faults of its own. */
  nodes?: number;
  /** The folder of its store. */
  folder?: string;
}

/** What a rig is made of. */
interface Stage {
  chain: EmbeddedChain;
  time: RunTime;
  reads: MarketReads;
  operator: OperatorClient;
  folder: string;
}

const PEOPLE = 48;
const GATEWAYS = 24;
/** When a simulated rig begins, in unix seconds. */
export const SIMULATED_START_S = 1_893_456_000;
/** More than the deployment takes, during which the chain keeps its own time. */
export const DEPLOYMENT_S = 600;
const SETUP_S = 120;
/** So that a reading after one that is missing does not wait for long. */
const GRACE_PERIODS = 1;
/** The market's slots of periods must be settled before they are needed again; earlier there is no need. */
const SETTLED_AFTER_PERIODS = 7;

/**
 * A market on a chain in this process, simulated meters with their faults, and gateways that run as the daemon does.
 * The time is simulated unless wanted otherwise: it stands still while anybody works, so that nothing is late that is
 * not meant to be, and the test moves it on.
 */
export class OracleRig {
  readonly chain: EmbeddedChain;
  readonly time: RunTime;
  readonly reads: MarketReads;
  readonly operator: OperatorClient;
  readonly folder: string;
  readonly gateways: RigGateway[] = [];
  readonly lines: RigLine[] = [];
  readonly keys = new RunKeys();
  readonly #clock: TaskClock;
  #people = 0;
  #settled = 0;

  private constructor({ chain, time, reads, operator, folder }: Stage) {
    this.chain = chain;
    this.time = time;
    this.reads = reads;
    this.operator = operator;
    this.folder = folder;
    this.#clock = time.join();
  }

  static async create({
    periodLengthS = 900,
    gracePeriods = GRACE_PERIODS,
    realTime = false,
  }: RigOptions = {}) {
    const accounts = { accounts: FIRST_PARTICIPANT + PEOPLE + GATEWAYS };
    const time = realTime
      ? machineTime
      : new SimulatedTime(SIMULATED_START_S + DEPLOYMENT_S, async () => {
          await chain.request("evm_mine", []);
        });
    const chain = await startEmbeddedChain(
      hre,
      accounts,
      realTime ? {} : { blockTimeS: () => time.nowS(), startS: SIMULATED_START_S },
    );
    const keys = new RunKeys();
    const addresses = await deployMarket(chain.connection, keys, {
      genesis: Math.ceil(time.nowS()) + (realTime ? 0 : SETUP_S),
      periodLength: periodLengthS,
      parameters: { ...defaultParameters(periodLengthS), gracePeriods },
    });
    const reads = await MarketReads.connect(chain.provider, addresses);
    const operator = new OperatorClient(reads, await keys.sender("operator", chain.provider));
    const folder = mkdtempSync(join(tmpdir(), "sealwatt-rig-"));
    return new OracleRig({ chain, time, reads, operator, folder });
  }

  get periodLengthS(): number {
    return this.reads.constants.periodLength;
  }

  get meters(): RigMeter[] {
    return this.lines.flatMap(({ meters }) => meters);
  }

  /** The period that ended last; -1 before. */
  get endedPeriod(): number {
    return this.reads.periodAt(this.time.nowS()) - 1;
  }

  /** Puts up the meters of a gateway, registers their owners and binds them. It is not started yet. */
  async addGateway({ lines, nodes = 1, folder = this.folder }: GatewayPlan): Promise<RigGateway> {
    const index = this.gateways.length;
    const { privateKey } = this.keys.wallet(FIRST_PARTICIPANT + PEOPLE + index);
    const signer = new Wallet(privateKey);
    const own: RigLine[] = [];
    for (const plan of lines) own.push(await this.#addLine(plan, signer.address));
    const gateway = new RigGateway({
      ...{ reads: this.reads, time: this.time, signer, lines: own },
      operators: [this.keys.address("operator")],
      storePath: join(folder, `gateway-${index}.db`),
      nodes: Array.from({ length: nodes }, () => new FaultyRpc(this.chain.request)),
    });
    this.gateways.push(gateway);
    return gateway;
  }

  async #addLine(plan: LinePlan, gateway: string): Promise<RigLine> {
    const nowS = () => this.time.nowS();
    // Account 1 is the grid's.
    const line = new RigLine(plan, this.#people + 2, nowS(), nowS);
    this.lines.push(line);
    await line.simulator.start();
    for (const meter of line.meters) {
      const client = new ParticipantClient(
        this.reads,
        await this.keys.sender(this.#people++, this.chain.provider),
      );
      await client.register({
        displayName: `participant ${meter.participant}`,
        energyType: "solar",
        greenPreference: false,
        microgrid: "MG-1",
        location: "feeder 1",
      });
      await this.operator.authorise(client.sender.address);
      const { participant, serialNumber: serial, ratedPowerW } = meter;
      const registers = meter.truthAt(nowS());
      await this.operator.bindMeter(participant, { serial, gateway, ratedPowerW, ...registers });
    }
    return line;
  }

  /** Binds another device in a meter's place, as an installer reads both off. */
  async rebind(
    { participant, ratedPowerW }: RigMeter,
    gateway: RigGateway,
    { serial, last, first }: { serial: string; last: Counters; first: Counters },
  ): Promise<void> {
    const { address } = gateway.signer;
    const registers = [last.importWh, last.exportWh, first.importWh, first.exportWh];
    await this.operator.sender.send(
      encodeCall(this.reads.addresses.registry, registryInterface, "rebindMeter", [
        ...[participant, serial, address, ratedPowerW, ...registers],
      ]),
    );
  }

  /** Has a gateway obey what the operator signs. */
  async command(
    gateway: RigGateway,
    order: Pick<ReleaseCommand, "kind" | "quarantineId" | "resolution">,
  ): Promise<void> {
    const command = {
      ...{ ...order, gateway: gateway.signer.address, nonce: randomNonce() },
      expiry: Math.floor(this.time.nowS()) + 3_600,
    };
    const { typedDomain } = this.reads.constants;
    const key = this.keys.wallet(ACTORS.indexOf("operator"));
    await gateway.daemon.command(await signOperatorCommand(key, typedDomain, command));
  }

  /** Lets the time pass, and settles what is to be settled meanwhile. */
  async passTo(timeS: number): Promise<void> {
    const { reads } = this;
    for (;;) {
      const settles = reads.startOf(this.#settled + SETTLED_AFTER_PERIODS);
      if (timeS < settles) break;
      await this.#clock.until(settles);
      const { begun } = await reads.periodOf(this.#settled);
      if (begun) await this.operator.settle(this.#settled);
      ++this.#settled;
    }
    await this.#clock.until(timeS);
  }

  async pass(seconds: number): Promise<void> {
    await this.passTo(this.time.nowS() + seconds);
  }

  /** Lets so many periods end, and what was read then be delivered. */
  async passPeriods(count = 1): Promise<void> {
    const { reads } = this;
    const next = reads.periodAt(this.time.nowS()) + count;
    await this.passTo(reads.startOf(next) + 0.4 * this.periodLengthS);
  }

  /** Ends everything and removes what was written. */
  async stop(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    this.#clock.leave();
    await Promise.all(this.lines.map(({ simulator }) => simulator.stop()));
    await this.chain.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
