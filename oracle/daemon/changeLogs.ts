import type { Log } from "ethers";
import { marketInterface, registryInterface } from "../../sdk/clients/contractHandle.ts";
import type { MarketReads } from "../../sdk/clients/marketReads.ts";

/** What of a market has changed. */
export interface Changes {
  /** True where too much has happened to tell what: everything may have changed. */
  all: boolean;
  /** Participants whose meter was bound anew, with the number of the new binding; 0 where one was taken back. */
  bound: ReadonlyMap<number, number>;
  rules: boolean;
  interval: boolean;
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

/** Finds in the chain's logs what has changed, also where a reorganisation takes a change back. */
export class ChangeLogs {
  readonly #reads: MarketReads;
  #seen: readonly Log[] = [];
  #scannedTo = -1;
  #next: { seen: readonly Log[]; scannedTo: number } | undefined;

  constructor(reads: MarketReads) {
    this.#reads = reads;
  }

  /** What has changed up to a block since what was kept. */
  async scan(headNumber: number): Promise<Changes> {
    const { provider, addresses } = this.#reads;
    // A chain that was set back is shorter than what was looked at.
    const since = Math.min(this.#scannedTo, headNumber) + 1 - LOOK_BACK;
    const all = this.#scannedTo < 0 || headNumber - since >= MOST_BLOCKS;
    const fromBlock = Math.max(0, all ? headNumber + 1 - LOOK_BACK : since);
    const logs = await provider.getLogs({
      address: [addresses.market, addresses.registry],
      topics: [[METER_BOUND, PARAMETERS_SCHEDULED, INTERVAL_SET]],
      fromBlock,
      toBlock: headNumber,
    });
    this.#next = { seen: logs, scannedTo: headNumber };
    const known = new Set(this.#seen.map(placeOf));
    const present = new Set(logs.map(placeOf));
    const fresh = logs.filter((log) => !known.has(placeOf(log)));
    const gone = this.#seen.filter(
      (log) => log.blockNumber >= fromBlock && !present.has(placeOf(log)),
    );
    const bound = new Map<number, number>();
    for (const log of gone.filter(isOf(METER_BOUND))) bound.set(boundBy(log).participant, 0);
    for (const log of fresh.filter(isOf(METER_BOUND))) {
      const { participant, meterId } = boundBy(log);
      bound.set(participant, meterId);
    }
    const has = (topic: string) => all || [...fresh, ...gone].some(isOf(topic));
    return { all, bound, rules: has(PARAMETERS_SCHEDULED), interval: has(INTERVAL_SET) };
  }

  /** What was scanned last is dealt with; until then it is found again. */
  keep(): void {
    if (this.#next === undefined) return;
    this.#seen = this.#next.seen;
    this.#scannedTo = this.#next.scannedTo;
  }
}

const placeOf = ({ blockHash, index }: Log) => `${blockHash}/${index}`;

const isOf =
  (topic: string) =>
  ({ topics }: Log) =>
    topics[0] === topic;

function boundBy(log: Log): { participant: number; meterId: number } {
  const { participant, meterId } = marketInterface.parseLog(log)!.args.toObject() as Record<
    string,
    bigint
  >;
  return { participant: Number(participant), meterId: Number(meterId) };
}
