import type { MarketReads, MeterReadingState } from "../../sdk/clients/marketReads.ts";
import { BaseError } from "../../sdk/errors.ts";
import type { MarketParameters } from "../../sdk/market/parameters.ts";
import { ChangeLogs } from "./changeLogs.ts";

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
  intervalChanged: boolean;
}

export interface LookOptions {
  /** Ends the look early. */
  signal?: AbortSignal;
  /** Told of the latest block as soon as it is known. */
  onHead?: (head: ChainHead) => void;
}

/** Where bindings are kept, so that meters can be read while no node answers. */
export interface BindingMemory {
  recall(): readonly Binding[];
  remember(bindings: readonly Binding[]): void;
}

/** Bindings that are asked for side by side. */
const AT_ONCE = 16;
const MOST_PERIODS = 64;

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
  readonly #changes: ChangeLogs;
  #readingIntervalS = 0;
  #head: ChainHead | undefined;

  constructor(reads: MarketReads, participants: readonly number[], memory?: BindingMemory) {
    this.reads = reads;
    this.#participants = participants;
    this.#memory = memory;
    this.#changes = new ChangeLogs(reads);
    for (const binding of memory?.recall() ?? []) {
      if (participants.includes(binding.participant)) {
        this.#bindings.set(binding.participant, binding);
      }
    }
  }

  /** The latest block; undefined until all of a first look is known. */
  get head(): ChainHead | undefined {
    return this.#head;
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
    if (this.#parameters.size >= MOST_PERIODS) this.#parameters.clear();
    this.#parameters.set(period, parameters);
    return parameters;
  }

  /**
   * Looks at the chain. The first look reads every binding, later ones what has changed. What cannot be read is
   * looked for again.
   * @throws ChainUnreachableError
   */
  async look({ signal, onHead }: LookOptions = {}): Promise<ChainNews> {
    const block = await this.reads.provider.getBlock("latest");
    if (block === null) throw new BaseError("The chain's node knows no block yet.");
    const head = { number: block.number, timestampS: block.timestamp };
    onHead?.(head);
    const { all, bound, rules, interval } = await this.#changes.scan(head.number);
    const rebound = this.#participants.filter((participant) => all || bound.has(participant));
    for (let first = 0; first < rebound.length; first += AT_ONCE) {
      signal?.throwIfAborted();
      const some = rebound.slice(first, first + AT_ONCE);
      await Promise.all(some.map((participant) => this.#refresh(participant, bound)));
    }
    if (rebound.length !== 0) this.#memory?.remember([...this.#bindings.values()]);
    if (rules) this.#parameters.clear();
    if (interval) this.#readingIntervalS = await this.reads.readingInterval();
    this.#changes.keep();
    this.#head = head;
    return { head, rebound, rulesChanged: rules, intervalChanged: interval };
  }

  /** Reads a binding anew. */
  async #refresh(participant: number, bound: ReadonlyMap<number, number>): Promise<void> {
    const [state, records] = await Promise.all([
      this.reads.meterOf(participant),
      this.reads.metersOf(participant),
    ]);
    const { serial = "", boundAtS = 0, meterId = 0 } = records.at(-1) ?? {};
    // Nodes that lag behind each other, or a block in between.
    if (state.meterId !== meterId || meterId < (bound.get(participant) ?? 0)) {
      throw new BaseError(`The nodes do not agree on the meter of participant ${participant}.`, {
        metaMessages: ["They are asked again."],
      });
    }
    this.#bindings.set(participant, { ...state, participant, serial, boundAtS });
  }
}
