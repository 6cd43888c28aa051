import { id as hashOf, Wallet, ZeroAddress, type Log, type Provider } from "ethers";
import { marketInterface, registryInterface } from "../../sdk/clients/contractHandle.ts";
import {
  MarketReads,
  type MeterReadingState,
  type MeterRecord,
} from "../../sdk/clients/marketReads.ts";
import { ChainUnreachableError } from "../../sdk/clients/revertError.ts";
import { defaultParameters, type MarketParameters } from "../../sdk/market/parameters.ts";

export const PERIOD_S = 900;
export const GENESIS_S = 1_893_456_000;
/** The key under which meters are bound. */
export const SIGNER = new Wallet(hashOf("gateway"));
export const GATEWAY = SIGNER.address;
const MARKET = "0x1111111111111111111111111111111111111111";
const REGISTRY = "0x2222222222222222222222222222222222222222";

export type BindingChanges = Partial<MeterReadingState> & { serial?: string; boundAtS?: number };
type FakeLog = Pick<Log, "address" | "topics" | "data" | "blockHash" | "blockNumber" | "index">;

/** What a chain says of a market, without a chain: a test says what, and which question fails. */
export class FakeMarket {
  head = { number: 100, timestamp: GENESIS_S };
  parameters: MarketParameters = defaultParameters(PERIOD_S);
  readingIntervalS = 0;
  logs: FakeLog[] = [];
  readonly receipts = new Map<string, { blockHash: string; logs: FakeLog[] }>();
  /** How often each question was asked. */
  readonly asked: Record<string, number> = {};
  /** Questions that the node does not answer, and how often. */
  readonly failing = new Map<string, number>();
  /** Waited for before a question is answered. */
  delay: (question: string) => Promise<void> | undefined = () => undefined;
  readonly reads: MarketReads;
  readonly #meters = new Map<number, { state: MeterReadingState; records: MeterRecord[] }>();
  #logs = 0;

  constructor() {
    const ask = async <T>(question: string, answer: () => T): Promise<T> => {
      this.asked[question] = (this.asked[question] ?? 0) + 1;
      await this.delay(question);
      const fails = this.failing.get(question) ?? 0;
      if (fails > 0) {
        this.failing.set(question, fails - 1);
        throw new ChainUnreachableError(`No answer to ${question}.`);
      }
      return answer();
    };
    const provider = {
      getBlock: () => ask("getBlock", () => ({ ...this.head })),
      getLogs: ({ fromBlock, toBlock }: { fromBlock: number; toBlock: number }) =>
        ask("getLogs", () =>
          this.logs.filter(({ blockNumber }) => blockNumber >= fromBlock && blockNumber <= toBlock),
        ),
      getTransactionReceipt: (hash: string) =>
        ask("getTransactionReceipt", () => this.receipts.get(hash) ?? null),
    } as unknown as Provider;
    const reads = MarketReads.of(
      provider,
      { market: MARKET, registry: REGISTRY, token: ZeroAddress },
      { chainId: 1n, genesis: GENESIS_S, periodLength: PERIOD_S },
    );
    this.reads = Object.assign(reads, {
      meterOf: (participant: number) =>
        ask("meterOf", () => ({ ...this.meter(participant).state })),
      metersOf: (participant: number) =>
        ask("metersOf", () => [...this.meter(participant).records]),
      readingInterval: () => ask("readingInterval", () => this.readingIntervalS),
      parametersOf: () => ask("parametersOf", () => this.parameters),
    });
  }

  meter(participant: number) {
    return this.#meters.get(participant) ?? { state: { ...UNBOUND }, records: [] as MeterRecord[] };
  }

  /** Binds a participant's meter, in the latest block and without a log. */
  bind(participant: number, { serial, boundAtS, ...changes }: BindingChanges = {}): void {
    const state = { ...UNBOUND, gateway: GATEWAY, ratedPowerW: 4_000, meterId: 1, ...changes };
    const record = {
      ...state,
      serial: serial ?? "12345",
      boundAtS: boundAtS ?? GENESIS_S,
    } satisfies MeterRecord;
    const { records } = this.meter(participant);
    this.#meters.set(participant, { state, records: [...records, record] });
  }

  /** Takes a binding back, as a reorganisation does. */
  unbind(participant: number): void {
    const { records } = this.meter(participant);
    const last = records.at(-2)!;
    this.#meters.set(participant, {
      state: { ...UNBOUND, ...last },
      records: records.slice(0, -1),
    });
  }

  /** Adds blocks to the chain. */
  mine(blocks = 1, seconds = blocks): void {
    this.head = { number: this.head.number + blocks, timestamp: this.head.timestamp + seconds };
  }

  /** Binds a meter anew in a new block, with the log that tells of it. */
  rebind(participant: number, changes: BindingChanges = {}): FakeLog {
    const { meterId } = this.meter(participant).state;
    this.bind(participant, { meterId: meterId + 1, ...changes });
    const { gateway, ratedPowerW, importWh, exportWh, ...state } = this.meter(participant).state;
    return this.log(MARKET, marketInterface, "MeterBound", [
      ...[participant, state.meterId, gateway, ratedPowerW, importWh, exportWh, 0, 0],
    ]);
  }

  setInterval(seconds: number): void {
    this.readingIntervalS = seconds;
    this.log(REGISTRY, registryInterface, "ReadingIntervalSet", [seconds]);
  }

  scheduleParameters(parameters: MarketParameters, fromPeriod = 0): void {
    this.parameters = parameters;
    this.log(MARKET, marketInterface, "ParametersScheduled", [fromPeriod, parameters]);
  }

  /** A log in a new block. */
  log(
    address: string,
    contract: typeof marketInterface,
    name: string,
    values: readonly unknown[],
  ): FakeLog {
    this.mine();
    const { topics, data } = contract.encodeEventLog(name, values);
    const { number: blockNumber } = this.head;
    const index = this.#logs++;
    const log = { address, topics, data, blockNumber, blockHash: hashOf(`${blockNumber}`), index };
    this.logs.push(log);
    return log;
  }

  /** A log of the market that is in a receipt only. */
  marketLog(name: string, values: readonly unknown[]): FakeLog {
    const { topics, data } = marketInterface.encodeEventLog(name, values);
    return { address: MARKET, topics, data, blockNumber: 0, blockHash: "", index: 0 };
  }
}

const UNBOUND: MeterReadingState = {
  gateway: ZeroAddress,
  ratedPowerW: 0,
  meterId: 0,
  boundIn: 0,
  importWh: 0n,
  exportWh: 0n,
  importDeltaWh: 0n,
  exportDeltaWh: 0n,
  period: 0,
  hasReading: false,
};
