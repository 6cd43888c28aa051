import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { Gateway, type GatewayStatus } from "../../oracle/gateway/gateway.ts";
import { ReadingStore } from "../../oracle/gateway/readingStore.ts";
import { ModbusTcpMeter } from "../../oracle/modbus/modbusTcpMeter.ts";
import { COMMON_METER, loadDeviceProfile } from "../../oracle/profiles/deviceProfile.ts";
import { SimulatedMeter } from "../../oracle/simulator/simulatedMeter.ts";
import { AgentClient } from "../../sdk/clients/agentClient.ts";
import {
  currencyInterface,
  encodeCall,
  marketInterface,
} from "../../sdk/clients/contractHandle.ts";
import { GatewayClient } from "../../sdk/clients/gatewayClient.ts";
import { MarketReads } from "../../sdk/clients/marketReads.ts";
import { OperatorClient } from "../../sdk/clients/operatorClient.ts";
import { ParticipantClient } from "../../sdk/clients/participantClient.ts";
import { systemClock } from "../../sdk/clock.ts";
import { defaultParameters, type MarketParameters } from "../../sdk/market/parameters.ts";
import { FIRST_PARTICIPANT, RunKeys } from "./actors.ts";
import { BiddingAgent, type Submission } from "./agents/biddingAgent.ts";
import { persistenceForecast, profileForecast } from "./agents/forecast.ts";
import { AdaptivePrice } from "./agents/pricing.ts";
import { deployMarket } from "./deployMarket.ts";
import { loadHardhat, startEmbeddedChain, type EmbeddedChain } from "./embeddedChain.ts";
import { meteredProfile, type Playback } from "./meteredProfile.ts";
import { MarketObserver } from "./observer.ts";
import { OperatorService, type OperatorStatus } from "./operatorService.ts";
import { SLOT_S, type EnergyProfile } from "./profiles/energyProfile.ts";
import { seededRandom } from "./seededRandom.ts";
import { SimulatedTime, type RunTime } from "./simulatedTime.ts";
import { SupervisedPart, type PartHealth } from "./supervisor.ts";

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
const setupSeconds = (participants: number) => 3 + Math.ceil(participants / 10);
const SIMULATED_START_S = 1_893_456_000;
/** More than the deployment takes, during which the chain keeps its own time. */
const DEPLOYMENT_S = 600;

/** A market with everybody who takes part in it, in this process. */
export class Neighbourhood {
  readonly chain: EmbeddedChain;
  readonly reads: MarketReads;
  readonly observer: MarketObserver;
  readonly residents: readonly Resident[];
  readonly parameters: MarketParameters;
  readonly firstPeriod: number;
  readonly time: RunTime;
  readonly parts: ReadonlyMap<string, SupervisedPart>;
  readonly #folder: string;
  readonly #gateway: { current?: Gateway };
  readonly #operator: { current?: OperatorService };
  readonly #options: NeighbourhoodOptions;

  private constructor(fields: {
    chain: EmbeddedChain;
    reads: MarketReads;
    observer: MarketObserver;
    residents: readonly Resident[];
    parameters: MarketParameters;
    firstPeriod: number;
    time: RunTime;
    parts: ReadonlyMap<string, SupervisedPart>;
    folder: string;
    gateway: { current?: Gateway };
    operator: { current?: OperatorService };
    options: NeighbourhoodOptions;
  }) {
    this.chain = fields.chain;
    this.reads = fields.reads;
    this.observer = fields.observer;
    this.residents = fields.residents;
    this.parameters = fields.parameters;
    this.firstPeriod = fields.firstPeriod;
    this.time = fields.time;
    this.parts = fields.parts;
    this.#folder = fields.folder;
    this.#gateway = fields.gateway;
    this.#operator = fields.operator;
    this.#options = fields.options;
  }

  get lastPeriod(): number {
    return this.firstPeriod + (this.#options.periods ?? Infinity) - 1;
  }

  /** The quarter-hour of the profiles that a period stands for. */
  slotOf(period: number): number {
    return FIRST_SLOT + period - this.firstPeriod;
  }

  health(): NeighbourhoodHealth {
    return {
      gateway: this.#gateway.current?.status(),
      operator: this.#operator.current?.status(),
      parts: [...this.parts.values()].map(({ health }) => health),
    };
  }

  /** Starts the agents, the gateway and the operator. */
  start(): void {
    for (const part of this.parts.values()) part.start();
  }

  /** Ends everything and removes what was written. */
  async stop(): Promise<void> {
    await Promise.all([...this.parts.values()].map((part) => part.stop()));
    await Promise.all(this.residents.map(({ meter }) => meter.stop()));
    await this.chain.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Deploys a market on a chain of its own and brings everybody in; nobody acts before {@link start}. */
  static async create(options: NeighbourhoodOptions): Promise<Neighbourhood> {
    const { profiles, periodSeconds, seed, periods, fullSpeed = false, log } = options;
    const progress = options.progress ?? (() => undefined);
    const hre = options.hre ?? (await buildProject(progress));
    progress("starting the chain");
    const keys = new RunKeys();
    const accounts = { accounts: FIRST_PARTICIPANT + profiles.length };
    let time: RunTime;
    let chain: EmbeddedChain;
    if (fullSpeed) {
      const simulated = new SimulatedTime(SIMULATED_START_S + DEPLOYMENT_S, async () => {
        await chain.request("evm_mine", []);
      });
      time = simulated;
      chain = await startEmbeddedChain(hre, accounts, {
        blockTimeS: () => simulated.nowS(),
        startS: SIMULATED_START_S,
      });
    } else {
      time = {
        nowS: () => systemClock.nowS(),
        join: () => ({ ...systemClock, leave: () => undefined }),
      };
      chain = await startEmbeddedChain(hre, accounts);
    }
    const folder = await mkdtemp(join(tmpdir(), "sealwatt-"));
    const { provider } = chain;

    const parameters = defaultParameters(periodSeconds);
    const genesis = Math.floor(time.nowS()) + setupSeconds(profiles.length);
    progress("deploying the market");
    const addresses = await deployMarket(chain.connection, keys, {
      genesis,
      periodLength: periodSeconds,
      parameters,
    });
    const reads = await MarketReads.connect(provider, addresses);
    const operatorClient = new OperatorClient(reads, await keys.sender("operator", provider));
    const gatewayClient = new GatewayClient(reads, await keys.sender("gateway", provider));
    const treasurer = await keys.sender("treasurer", provider);
    const agentSender = await keys.sender("agent", provider);
    const openingKey = keys.openingKey();

    // ---------------------------------------------------------------- money and people
    progress(`registering ${profiles.length} participants`);
    await operatorClient.publishOpeningKey(openingKey);
    const mint = (to: string, amountNano: bigint) =>
      treasurer.send(encodeCall(addresses.token, currencyInterface, "mint", [to, amountNano]));
    await mint(treasurer.address, GRID_DEPOSIT_NANO + FUND_NANO);
    await treasurer.send(
      encodeCall(addresses.token, currencyInterface, "approve", [
        addresses.market,
        GRID_DEPOSIT_NANO + FUND_NANO,
      ]),
    );
    const pay = (name: string, args: unknown[]) =>
      treasurer.send(encodeCall(addresses.market, marketInterface, name, args));
    await pay("deposit", [1, GRID_DEPOSIT_NANO]);
    await pay("fundIncentives", [FUND_NANO]);

    const deviceProfile = loadDeviceProfile(COMMON_METER);
    const clients: ParticipantClient[] = [];
    const residents: Resident[] = [];
    // Filled in once the first period is known; until then nothing flows.
    const playback: Playback = {
      startS: Infinity,
      slotLengthS: periodSeconds,
      firstSlot: FIRST_SLOT,
    };
    const submissionOf = (index: number): Submission["kind"] =>
      (["schedule", "order", "mandate"] as const)[index % 3]!;
    for (const [index, profile] of profiles.entries()) {
      const client = new ParticipantClient(reads, await keys.sender(index, provider));
      const name = `${profile.description} ${index + 1}`;
      await client.register({
        displayName: name,
        energyType: profile.energyType,
        greenPreference: index % 3 === 1,
        microgrid: "MG-1",
        location: `feeder ${(index % 4) + 1}`,
      });
      const participant = await operatorClient.authorise(client.sender.address);
      await mint(client.sender.address, DEPOSIT_NANO);
      await client.depositWithPermit(DEPOSIT_NANO, genesis + 365 * 86_400);
      const meter = new SimulatedMeter({
        profile: deviceProfile,
        load: meteredProfile(profile, playback),
        nowS: () => time.nowS(),
        serialNumber: 10_000_000 + index,
      });
      await meter.start();
      await operatorClient.bindMeter(participant, {
        serial: String(10_000_000 + index),
        gateway: gatewayClient.sender.address,
        // The contract bounds energy by power times market seconds, of which a quarter-hour has only so many here.
        ratedPowerW: Math.ceil((profile.ratedPowerW * SLOT_S) / periodSeconds),
        importWh: 0n,
        exportWh: 0n,
      });
      if (submissionOf(index) === "mandate") {
        await client.grantMandate({
          agent: agentSender.address,
          minPriceMicroPerKwh: BAND.feedInMicroPerKwh,
          maxPriceMicroPerKwh: BAND.retailMicroPerKwh,
          spendingLimitNano: SPENDING_LIMIT_NANO,
          expiry: genesis + 365 * 86_400,
        });
      }
      clients.push(client);
      residents.push({ participant, name, profile, meter, submission: submissionOf(index) });
    }

    // ---------------------------------------------------------------- the run
    const now = time.nowS();
    let firstPeriod = 1;
    while (reads.startOf(firstPeriod - 1) < now) ++firstPeriod;
    playback.startS = reads.startOf(firstPeriod);
    if (periods !== undefined) playback.slots = periods;
    const observer = new MarketObserver(reads, chain.request, 0);
    const lastPeriod = firstPeriod + (periods ?? Infinity) - 1;
    const parts = new Map<string, SupervisedPart>();
    const addPart = (name: string, run: PartRun) =>
      parts.set(name, new SupervisedPart({ name, run }, time, log));

    const operator: { current?: OperatorService } = {};
    addPart("operator", async (clock, signal) => {
      operator.current = new OperatorService({
        client: operatorClient,
        openingKey,
        clock,
        firstPeriod,
        fromBlock: 0,
        log,
      });
      await operator.current.run(signal);
    });

    const meterStates = await Promise.all(
      residents.map(({ participant }) => reads.meterOf(participant)),
    );
    const gateway: { current?: Gateway } = {};
    addPart("gateway", async (clock, signal) => {
      const store = await ReadingStore.open(join(folder, "readings.jsonl"), {
        chainId: reads.constants.chainId,
        market: addresses.market,
      });
      const drivers = residents.map(
        ({ meter }) => new ModbusTcpMeter(deviceProfile, meter.address),
      );
      try {
        gateway.current = new Gateway({
          client: gatewayClient,
          store,
          clock,
          log,
          meters: residents.map(({ participant }, i) => ({
            participant,
            meterId: meterStates[i]!.meterId,
            boundIn: meterStates[i]!.boundIn,
            where: drivers[i]!.where,
            readEnergy: () => drivers[i]!.readEnergy(),
          })),
        });
        await gateway.current.run(signal);
      } finally {
        await Promise.all(drivers.map((driver) => driver.close()));
        await store.close();
      }
    });

    const agentClient = new AgentClient(reads, agentSender);
    for (const [index, { participant, profile, submission }] of residents.entries()) {
      // An agent that starts again goes on with the prices it has learnt: they are its owner's, not the process's.
      const price = new AdaptivePrice(BAND, seededRandom(seed, `price ${participant}`));
      const good = profileForecast(profile, seededRandom(seed, `forecast ${participant}`));
      const forecast = index % 5 === 4 ? persistenceForecast(good) : good;
      const delay = 0.35 * seededRandom(seed, `delay ${participant}`).uniform();
      addPart(`agent of participant ${participant}`, async (clock, signal) => {
        const agent = new BiddingAgent({
          participant,
          reads,
          submission:
            submission === "mandate"
              ? { kind: submission, client: agentClient }
              : { kind: submission, client: clients[index]! },
          forecast,
          price,
          clock,
          slotOf: (period) => FIRST_SLOT + period - firstPeriod,
          firstPeriod,
          ...(Number.isFinite(lastPeriod) ? { lastPeriod } : {}),
          delay,
          openingKey: openingKey.compressedPublicKey,
          log,
        });
        await agent.run(signal);
      });
    }
    return new Neighbourhood({
      chain,
      reads,
      observer,
      residents,
      parameters,
      firstPeriod,
      time,
      parts,
      folder,
      gateway,
      operator,
      options,
    });
  }
}

type PartRun = ConstructorParameters<typeof SupervisedPart>[0]["run"];

async function buildProject(progress: (line: string) => void): Promise<HardhatRuntimeEnvironment> {
  const hre = await loadHardhat();
  progress("building the contracts");
  await hre.tasks.getTask("build").run({ quiet: true });
  return hre;
}
