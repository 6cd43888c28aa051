import type { Log } from "ethers";
import { marketInterface, registryInterface } from "../../sdk/clients/contractHandle.ts";
import type { MarketReads, MeterReadingState } from "../../sdk/clients/marketReads.ts";
import { BaseError } from "../../sdk/errors.ts";
import type { MarketParameters } from "../../sdk/market/parameters.ts";

/** A participant's meter as the market has it. */
export interface Binding extends MeterReadingState {
  participant: number;
  serial: string;
  /** Unix seconds. */
  boundAtS: number;
}

/** The chain's latest block. */
export interface ChainHead {
  number: number;
  timestampS: number;
}

/** What has changed on the chain since the look before. */
export interface ChainNews {
  head: ChainHead;
  /** Participants whose meter was bound anew. */
  rebound: readonly number[];
  rulesChanged: boolean;
}

/** Where bindings are kept, so that meters can be read while no node answers. */
export interface BindingMemory {
  recall(): readonly Binding[];
  remember(bindings: readonly Binding[]): void;
}

/** Blocks that are looked through again, in case a reorganisation has brought others in their place. */
const LOOK_BACK = 32;
/** What some nodes answer in one go at most. */
const MOST_BLOCKS = 2_000;

const topicOf = (contract: typeof marketInterface, name: string) =>
  contract.getEvent(name)!.topicHash;
const METER_BOUND = topicOf(marketInterface, "MeterBound");
const PARAMETERS_SCHEDULED = topicOf(marketInterface, "ParametersScheduled");
const INTERVAL_SET = topicOf(registryInterface, "ReadingIntervalSet");

/**
 * Follows what the chain says of a gateway's work: its meters' bindings, the market's rules and the reading interval.
 * A change is known within one look, without a restart.
 */
export class ChainFollower {
  readonly reads: MarketReads;
  readonly #participants: readonly number[];
  readonly #memory: BindingMemory | undefined;
  readonly #bindings = new Map<number, Binding>();
  readonly #parameters = new Map<number, MarketParameters>();
  readonly #seen = new Set<string>();
  #scannedTo = -1;
  #readingIntervalS = 0;
  head: ChainHead | undefined;

  constructor(reads: MarketReads, participants: readonly number[], memory?: BindingMemory) {
    this.reads = reads;
    this.#participants = participants;
    this.#memory = memory;
    for (const binding of memory?.recall() ?? []) {
      this.#bindings.set(binding.participant, binding);
    }
  }

  bindingOf(participant: number): Binding | undefined {
    return this.#bindings.get(participant);
  }

  /** Seconds between samples, where the operator has set them for all gateways; else 0. */
  get readingIntervalS(): number {
    return this.#readingIntervalS;
  }

  /** The rules of a period, read once and again after every change of rules. */
  async parametersOf(period: number): Promise<MarketParameters> {
    const known = this.#parameters.get(period);
    if (known !== undefined) return known;
    const parameters = await this.reads.parametersOf(period);
    if (this.#parameters.size >= 64) this.#parameters.clear();
    this.#parameters.set(period, parameters);
    return parameters;
  }

  /**
   * Looks at the chain. The first look reads every binding, later ones what has changed.
   * @throws ChainUnreachableError
   */
  async look(): Promise<ChainNews> {
    const block = await this.reads.provider.getBlock("latest");
    if (block === null) throw new BaseError("The chain's node knows no block yet.");
    const head = { number: block.number, timestampS: block.timestamp };
    const isFirst = this.#scannedTo < 0;
    const news = isFirst
      ? { rebound: this.#participants, rulesChanged: true, interval: true }
      : await this.#scan(head);
    for (const participant of news.rebound) await this.refresh(participant);
    if (news.rebound.length !== 0) this.#memory?.remember([...this.#bindings.values()]);
    if (news.rulesChanged) this.#parameters.clear();
    if (news.interval) this.#readingIntervalS = await this.reads.readingInterval();
    this.#scannedTo = head.number;
    this.head = head;
    return { head, rebound: news.rebound, rulesChanged: news.rulesChanged };
  }

  /** Reads a binding anew. */
  async refresh(participant: number): Promise<Binding> {
    const [state, records] = await Promise.all([
      this.reads.meterOf(participant),
      this.reads.metersOf(participant),
    ]);
    const { serial = "", boundAtS = 0 } = records.at(-1) ?? {};
    const binding = { ...state, participant, serial, boundAtS };
    this.#bindings.set(participant, binding);
    return binding;
  }

  async #scan(head: ChainHead) {
    const logs: Log[] = [];
    // A chain that was set back is shorter than what was looked at.
    let from = Math.max(0, Math.min(this.#scannedTo, head.number) + 1 - LOOK_BACK);
    for (; from <= head.number; from += MOST_BLOCKS) {
      logs.push(
        ...(await this.reads.provider.getLogs({
          address: [this.reads.addresses.market, this.reads.addresses.registry],
          topics: [[METER_BOUND, PARAMETERS_SCHEDULED, INTERVAL_SET]],
          fromBlock: from,
          toBlock: Math.min(head.number, from + MOST_BLOCKS - 1),
        })),
      );
    }
    const fresh = logs.filter(({ blockHash, index }) => !this.#seen.has(`${blockHash}/${index}`));
    this.#seen.clear();
    for (const { blockHash, index } of logs) this.#seen.add(`${blockHash}/${index}`);
    const rebound = fresh
      .filter(({ topics }) => topics[0] === METER_BOUND)
      .map((log) => Number(marketInterface.parseLog(log)!.args.participant))
      .filter((participant) => this.#participants.includes(participant));
    return {
      rebound: [...new Set(rebound)],
      rulesChanged: fresh.some(({ topics }) => topics[0] === PARAMETERS_SCHEDULED),
      interval: fresh.some(({ topics }) => topics[0] === INTERVAL_SET),
    };
  }
}
