import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wallet } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { ChainFollower } from "../../oracle/daemon/chainFollower.ts";
import { GatewayDaemon } from "../../oracle/daemon/gatewayDaemon.ts";
import { openLine, type OpenedLine } from "../../oracle/meters/openLine.ts";
import type { GatewayStatus } from "../../oracle/operations/gatewayView.ts";
import { Log } from "../../oracle/operations/log.ts";
import { textLine } from "../../oracle/operations/logLine.ts";
import { COMMON_METER, loadDeviceProfile } from "../../oracle/profiles/loadDeviceProfile.ts";
import { Endpoints } from "../../oracle/sending/endpoints.ts";
import { SimulatedMeter } from "../../oracle/simulator/simulatedMeter.ts";
import { GatewayStore } from "../../oracle/store/gatewayStore.ts";
import { AgentClient } from "../../sdk/clients/agentClient.ts";
import { MarketReads } from "../../sdk/clients/marketReads.ts";
import { OperatorClient } from "../../sdk/clients/operatorClient.ts";
import { ParticipantClient } from "../../sdk/clients/participantClient.ts";
import { machineTime, type Clock, type RunTime } from "../../sdk/clock.ts";
import { defaultParameters, type MarketParameters } from "../../sdk/market/parameters.ts";
import { seededRandom } from "../../sdk/seededRandom.ts";
import packageJson from "../../package.json" with { type: "json" };
import { ACTORS, FIRST_PARTICIPANT, RunKeys } from "./actors.ts";
import { BiddingAgent, type Submission } from "./agents/biddingAgent.ts";
import { persistenceForecast, profileForecast } from "./agents/forecast.ts";
import { AdaptivePrice } from "./agents/pricing.ts";
import { deployMarket } from "./deployMarket.ts";
import { loadHardhat, startEmbeddedChain, type EmbeddedChain } from "./embeddedChain.ts";
import { meteredProfile, type Playback } from "./meteredProfile.ts";
import { MarketObserver } from "./observer.ts";
import { OperatorService, type OperatorStatus } from "./operatorService.ts";
import type { DeployedPool } from "./private/deployPool.ts";
import type { Disturbance } from "./private/disturbance.ts";
import type { MatchingPathName } from "./private/matchingPath.ts";
import type { PrivateTrade } from "./private/privateTrade.ts";
import {
  preparationSeconds,
  privateTerms,
  SIMULATED_PROOF_S,
  type PrivatePace,
} from "./private/privateTerms.ts";
import { SLOT_S, type EnergyProfile } from "./profiles/energyProfile.ts";
import { SimulatedTime } from "./simulatedTime.ts";
import { SupervisedPart, type Part, type PartHealth } from "./supervisor.ts";
import { Treasury } from "./treasury.ts";

export interface NeighbourhoodOptions {
  profiles: readonly EnergyProfile[];
  periodSeconds: number;
  seed: number;
  /** Periods to trade for; without end unless given. */
  periods?: number;
  /** Simulated time instead of the machine's. */
  fullSpeed?: boolean;
  log: (line: string) => void;
  /** Says what is being set up. */
  progress?: (line: string) => void;
  /** How many residents trade privately, too; none unless given. Only a run with an end has private trades. */
  privateTraders?: number;
  /** How their plans are matched: under encryption unless said otherwise. */
  privateMatching?: MatchingPathName;
  /** For tests: who lies or dies among those who match. */
  disturbance?: Disturbance;
  /** Ends the setting up early. */
  signal?: AbortSignal;
  /** A project whose contracts are built; loaded and built unless given. */
  hre?: HardhatRuntimeEnvironment;
}

/** One participant of a running neighbourhood. */
export interface Resident {
  participant: number;
  name: string;
  profile: EnergyProfile;
  meter: SimulatedMeter;
  /** How its orders come to the market. */
  submission: Submission["kind"];
}

/** Everything about the run that views and reports show. */
export interface NeighbourhoodHealth {
  gateway: GatewayStatus | undefined;
  operator: OperatorStatus | undefined;
  parts: PartHealth[];
}

/** Quarter-hour of the day with which profiles begin: half past nine, when the sun is up and loads are on. */
const FIRST_SLOT = 38;
const CURRENCY = 1_000_000_000n;
const GRID_DEPOSIT_NANO = 10_000n * CURRENCY;
const FUND_NANO = 1_000n * CURRENCY;
const DEPOSIT_NANO = 250n * CURRENCY;
const SPENDING_LIMIT_NANO = 100_000n * CURRENCY;
/** What the community pays and gets outside the market. */
const BAND = { feedInMicroPerKwh: 80_000, retailMicroPerKwh: 320_000 };
/** Seconds between deployment and period 0, where the time is the machine's. */
const setupSeconds = (participants: number) => 5 + Math.ceil(participants / 8);
const YEAR_S = 365 * 86_400;
const FIRST_SERIAL = 10_000_001;
const SIMULATED_START_S = 1_893_456_000;
/** More than the deployment takes, during which the chain keeps its own time. */
const DEPLOYMENT_S = 600;

/** What a run is made of, once everybody is in. */
interface Stage {
  options: NeighbourhoodOptions;
  keys: RunKeys;
  time: RunTime;
  chain: EmbeddedChain;
  reads: MarketReads;
  parameters: MarketParameters;
  residents: Resident[];
  clients: ParticipantClient[];
  operatorClient: OperatorClient;
  agentClient: AgentClient;
  firstPeriod: number;
  folder: string;
  treasury: Treasury;
  /** Where the private market is; undefined where there is none. */
  pool: DeployedPool | undefined;
}

/** A market with everybody who takes part in it, in this process. */
export class Neighbourhood {
  readonly chain: EmbeddedChain;
  readonly reads: MarketReads;
  readonly observer: MarketObserver;
  readonly residents: readonly Resident[];
  readonly parameters: MarketParameters;
  readonly firstPeriod: number;
  /** Infinite where the run has no end. */
  readonly lastPeriod: number;
  readonly time: RunTime;
  readonly parts: ReadonlyMap<string, SupervisedPart>;
  readonly #stage: Stage;
  #gateway: GatewayDaemon | undefined;
  #operator: OperatorService | undefined;

  private constructor(stage: Stage) {
    const { chain, reads, residents, parameters, firstPeriod, time, options } = stage;
    this.#stage = stage;
    this.chain = chain;
    this.reads = reads;
    this.residents = residents;
    this.parameters = parameters;
    this.firstPeriod = firstPeriod;
    this.lastPeriod = firstPeriod + (options.periods ?? Infinity) - 1;
    this.time = time;
    this.observer = new MarketObserver(reads, chain.request, 0);
    const parts: Part[] = [
      { name: "operator", run: (clock, signal) => this.#runOperator(clock, signal) },
      { name: "gateway", run: (clock, signal) => this.#runGateway(clock, signal) },
      ...residents.map((resident, index) => this.#agentOf(resident, index)),
    ];
    this.parts = new Map(
      parts.map((part) => [part.name, new SupervisedPart(part, time, options.log)]),
    );
  }

  /** The quarter-hour of the profiles that a period stands for. */
  slotOf(period: number): number {
    return FIRST_SLOT + period - this.firstPeriod;
  }

  health(): NeighbourhoodHealth {
    return {
      gateway: this.#gateway?.status(),
      operator: this.#operator?.status(),
      parts: [...this.parts.values()].map(({ health }) => health),
    };
  }

  /** Puts everything up for private trades; undefined where nobody trades privately. */
  async privateTrade(): Promise<PrivateTrade | undefined> {
    const { pool, options, ...stage } = this.#stage;
    if (pool === undefined) return undefined;
    // Loaded where it is wanted: proofs bring much along.
    const { setUpPrivateTrade } = await import("./private/setUpPrivateTrade.ts");
    return setUpPrivateTrade({
      ...stage,
      pool,
      observer: this.observer,
      period: this.firstPeriod,
      // In real time proofs would hinder the orders of later periods.
      settledAfter: options.fullSpeed === true ? this.firstPeriod : this.lastPeriod,
      slot: this.slotOf(this.firstPeriod),
      count: options.privateTraders ?? 0,
      matching: options.privateMatching ?? "encrypted",
      disturbance: options.disturbance ?? {},
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      seed: options.seed,
      nowS: () => this.time.nowS(),
      log: options.log,
      progress: options.progress ?? (() => undefined),
    });
  }

  /** Starts the agents, the gateway and the operator. */
  start(): void {
    for (const part of this.parts.values()) part.start();
  }

  /** Ends everything and removes what was written. */
  async stop(): Promise<void> {
    await Promise.all([...this.parts.values()].map((part) => part.stop()));
    await dismantle(this.#stage);
  }

  async #runOperator(clock: Clock, signal: AbortSignal): Promise<void> {
    const { operatorClient, keys, options } = this.#stage;
    this.#operator = new OperatorService({
      client: operatorClient,
      openingKey: keys.openingKey(),
      clock,
      fromBlock: 0,
      log: options.log,
    });
    await this.#operator.run(signal);
  }

  async #runGateway(clock: Clock, signal: AbortSignal): Promise<void> {
    const { reads, residents, chain, keys, folder, options } = this.#stage;
    const { periodLength, chainId } = reads.constants;
    const nowS = () => this.time.nowS();
    const storePath = join(folder, "gateway.db");
    const store = GatewayStore.open(storePath, {
      chainId,
      market: reads.addresses.market,
      nowMs: () => nowS() * 1000,
    });
    // Its tasks have clocks of their own; this one waits for all of them.
    const ended = new AbortController();
    const waiting = clock.until(Infinity, ended.signal).catch(() => undefined);
    try {
      this.#gateway = new GatewayDaemon({
        store,
        storePath,
        signer: new Wallet(keys.wallet(ACTORS.indexOf("gateway")).privateKey),
        endpoints: new Endpoints({
          nodes: [{ name: "embedded chain", request: chain.request }],
          chainId: Number(chainId),
          clock: { nowS },
        }),
        follower: new ChainFollower(
          reads,
          residents.map(({ participant }) => participant),
        ),
        lines: residents.map(lineOf),
        operators: [keys.address("operator")],
        // The readings at the ends of periods are all that a market of minutes needs.
        intervalS: periodLength,
        attempts: 3,
        confirmations: 1,
        maxFeePerGas: 0n,
        pollS: periodLength / 8,
        time: this.time,
        log: new Log({ write: options.log, format: textLine, level: "warn" }),
        version: packageJson.version,
      });
      await this.#gateway.run(signal);
      // It ends by itself only where it is told to.
      signal.throwIfAborted();
    } finally {
      this.#gateway = undefined;
      ended.abort();
      await waiting;
      store.close();
    }
  }

  #agentOf({ participant, profile, submission }: Resident, index: number): Part {
    const { reads, agentClient, clients, keys, options } = this.#stage;
    const { seed, log } = options;
    // An agent that starts again goes on with the prices it has learnt: they are its owner's, not the process's.
    const price = new AdaptivePrice(BAND, seededRandom(seed, `price ${participant}`));
    const good = profileForecast(profile, seededRandom(seed, `forecast ${participant}`));
    const forecast = index % 5 === 4 ? persistenceForecast(good) : good;
    const part = seededRandom(seed, `part ${participant}`).uniform();
    return {
      name: `agent of participant ${participant}`,
      run: (clock, signal) =>
        new BiddingAgent({
          participant,
          reads,
          submission:
            submission === "mandate"
              ? { kind: submission, client: agentClient }
              : { kind: submission, client: clients[index]! },
          forecast,
          price,
          clock,
          slotOf: (period) => this.slotOf(period),
          firstPeriod: this.firstPeriod,
          ...(Number.isFinite(this.lastPeriod) ? { lastPeriod: this.lastPeriod } : {}),
          part,
          openingKey: keys.openingKey().compressedPublicKey,
          log,
        }).run(signal),
    };
  }

  /** Deploys a market on a chain of its own and brings everybody in; nobody acts before {@link start}. */
  static async create(options: NeighbourhoodOptions): Promise<Neighbourhood> {
    const { profiles, periodSeconds, periods, signal, privateTraders = 0 } = options;
    const step = (line: string) => {
      signal?.throwIfAborted();
      options.progress?.(line);
    };
    const hre = options.hre ?? (await buildProject(step));
    step("starting the chain");
    const { chain, time } = await startChain(hre, options);
    const folder = await mkdtemp(join(tmpdir(), "sealwatt-"));
    const residents: Resident[] = [];
    try {
      step("deploying the market");
      const keys = new RunKeys();
      const { provider } = chain;
      const parameters = defaultParameters(periodSeconds);
      const pace = await privatePace(options);
      const genesis =
        Math.floor(time.nowS()) + setupSeconds(profiles.length) + preparationSeconds(pace);
      const addresses = await deployMarket(chain.connection, keys, {
        genesis,
        periodLength: periodSeconds,
        parameters,
      });
      let pool: DeployedPool | undefined;
      if (privateTraders > 0) {
        step("deploying the private market");
        const { deployPool } = await import("./private/deployPool.ts");
        const terms = privateTerms(genesis, periodSeconds, {
          ...pace,
          periods: periods ?? 0,
        });
        pool = await deployPool(chain.connection, keys, addresses, terms, pace.matching);
      }
      const reads = await MarketReads.connect(provider, addresses);
      const operatorClient = new OperatorClient(reads, await keys.sender("operator", provider));
      const agentClient = new AgentClient(reads, await keys.sender("agent", provider));
      const treasury = new Treasury(reads, await keys.sender("treasurer", provider));

      step(`registering ${profiles.length} participants`);
      await operatorClient.publishOpeningKey(keys.openingKey());
      await treasury.endow(GRID_DEPOSIT_NANO, FUND_NANO);
      const clients: ParticipantClient[] = [];
      // Nothing flows before the first period, which is known when everybody is in.
      const playback: Playback = {
        startS: Infinity,
        slotLengthS: periodSeconds,
        firstSlot: FIRST_SLOT,
        ...(periods === undefined ? {} : { slots: periods }),
      };
      for (const [index, profile] of profiles.entries()) {
        signal?.throwIfAborted();
        const client = new ParticipantClient(reads, await keys.sender(index, provider));
        clients.push(client);
        residents.push(
          await moveIn(index, profile, client, {
            operatorClient,
            treasury,
            playback,
            time,
            agent: agentClient.sender.address,
            gateway: keys.address("gateway"),
          }),
        );
      }
      let firstPeriod = 1;
      while (reads.startOf(firstPeriod - 1) < time.nowS()) ++firstPeriod;
      playback.startS = reads.startOf(firstPeriod);
      return new Neighbourhood({
        options,
        keys,
        time,
        chain,
        reads,
        parameters,
        residents,
        clients,
        operatorClient,
        agentClient,
        firstPeriod,
        folder,
        treasury,
        pool,
      });
    } catch (error) {
      await dismantle({ residents, chain, folder });
      throw error;
    }
  }
}

/** How fast those who trade privately prove, once the proving keys are there: some are made where they are missing. */
async function privatePace({
  privateTraders: traders = 0,
  privateMatching: matching = "encrypted",
  fullSpeed = false,
  progress,
}: NeighbourhoodOptions): Promise<PrivatePace> {
  if (traders === 0) return { traders, matching, proofSeconds: 0 };
  const { circuitKeys } = await import("../keys/circuitKeys.ts");
  await circuitKeys([], {
    onBuilt: ({ name }) => progress?.(`made the proving key of ${name}, which is kept`),
  });
  if (fullSpeed) return { traders, matching, proofSeconds: SIMULATED_PROOF_S };
  const { measureProof } = await import("./private/measureProof.ts");
  const pace = { traders, matching, proofSeconds: await measureProof() };
  progress?.(
    `${pace.proofSeconds.toFixed(1)} s are planned for a private proof: orders begin in ${preparationSeconds(pace)} s`,
  );
  return pace;
}

/** What everybody who moves in has to do with. */
interface Surroundings {
  operatorClient: OperatorClient;
  treasury: Treasury;
  playback: Playback;
  time: RunTime;
  /** Addresses. */
  agent: string;
  gateway: string;
}

/** Registers a participant, pays its deposit, puts its meter up and binds it. */
async function moveIn(
  index: number,
  profile: EnergyProfile,
  client: ParticipantClient,
  { operatorClient, treasury, playback, time, agent, gateway }: Surroundings,
): Promise<Resident> {
  const { genesis, periodLength } = client.reads.constants;
  const name = `${profile.description} ${index + 1}`;
  const serialNumber = FIRST_SERIAL + index;
  const submission = (["schedule", "order", "mandate"] as const)[index % 3]!;
  const meter = new SimulatedMeter({
    profile: loadDeviceProfile(COMMON_METER),
    load: meteredProfile(profile, playback),
    nowS: () => time.nowS(),
    serialNumber,
  });
  await meter.start();
  try {
    await client.register({
      displayName: name,
      energyType: profile.energyType,
      greenPreference: index % 3 === 1,
      microgrid: "MG-1",
      location: `feeder ${(index % 4) + 1}`,
    });
    const participant = await operatorClient.authorise(client.sender.address);
    await treasury.mint(client.sender.address, DEPOSIT_NANO);
    await client.depositWithPermit(DEPOSIT_NANO, genesis + YEAR_S);
    const { importWh, exportWh } = meter.registers();
    await operatorClient.bindMeter(participant, {
      serial: String(serialNumber),
      gateway,
      // The contract bounds energy by rated power times market seconds, but a period of any length stands for a
      // quarter-hour of the profile's energy.
      ratedPowerW: Math.ceil((profile.ratedPowerW * SLOT_S) / periodLength),
      importWh,
      exportWh,
    });
    if (submission === "mandate") {
      await client.grantMandate({
        agent,
        minPriceMicroPerKwh: BAND.feedInMicroPerKwh,
        maxPriceMicroPerKwh: BAND.retailMicroPerKwh,
        spendingLimitNano: SPENDING_LIMIT_NANO,
        expiry: genesis + YEAR_S,
      });
    }
    return { participant, name, profile, meter, submission };
  } catch (error) {
    await meter.stop();
    throw error;
  }
}

/** A resident's meter on a line of its own. */
function lineOf({ participant, meter }: Resident): OpenedLine {
  const { host, port, unit } = meter.address;
  return openLine(
    {
      name: `participant ${participant}`,
      protocol: "modbus-tcp",
      port: { kind: "tcp", host, port },
      replyTimeoutMs: 1_500,
      meters: [
        {
          participant,
          profile: COMMON_METER,
          allowExperimental: false,
          unit,
          address: undefined,
          serialNumber: undefined,
          switchable: false,
          line: 0,
        },
      ],
    },
    undefined,
  );
}

async function startChain(
  hre: HardhatRuntimeEnvironment,
  { profiles, fullSpeed = false }: NeighbourhoodOptions,
): Promise<{ chain: EmbeddedChain; time: RunTime }> {
  const accounts = { accounts: FIRST_PARTICIPANT + profiles.length };
  if (!fullSpeed) return { chain: await startEmbeddedChain(hre, accounts), time: machineTime };
  const time = new SimulatedTime(SIMULATED_START_S + DEPLOYMENT_S, async () => {
    await chain.request("evm_mine", []);
  });
  const chain = await startEmbeddedChain(hre, accounts, {
    blockTimeS: () => time.nowS(),
    startS: SIMULATED_START_S,
  });
  return { chain, time };
}

async function dismantle({
  residents,
  chain,
  folder,
}: Pick<Stage, "residents" | "chain" | "folder">): Promise<void> {
  await Promise.all(residents.map(({ meter }) => meter.stop()));
  await chain.close();
  await rm(folder, { recursive: true, force: true });
}

async function buildProject(step: (line: string) => void): Promise<HardhatRuntimeEnvironment> {
  const hre = await loadHardhat();
  step("building the contracts");
  await hre.tasks.getTask("build").run({ quiet: true });
  return hre;
}
