import { AbiCoder, dataLength, dataSlice, type Provider } from "ethers";
import { BaseError } from "../errors.ts";
import { readLogs, type BlockRange } from "../clients/readLogs.ts";
import { parseMarketLog, type MarketEvent } from "../events/marketEvent.ts";
import type { MarketParameters } from "../market/parameters.ts";
import { decodeMarketCalls, type MarketCalls } from "./marketCalls.ts";
import type { MarketOrigin } from "./marketModel.ts";
import type { ChainRecord } from "./replay.ts";

/** Requests under way at a time, so that a small node keeps up. */
const REQUESTS_AT_ONCE = 16;

/** What part of the chain is read: no event of the market is before it. */
export type ChainRange = BlockRange;

/** The address has no market: not one event is in the range. */
export class NoMarketEventsError extends BaseError {
  override name = "NoMarketEventsError";

  constructor(market: string, { fromBlock, toBlock }: ChainRange) {
    super(`The market ${market} has no event from block ${fromBlock} to ${toBlock}.`, {
      metaMessages: ["Check the market's address, the chain and --from-block."],
    });
  }
}

/** The rules that a market was made with are not to be had. */
export class OriginUnknownError extends BaseError {
  override name = "OriginUnknownError";

  constructor(details: string) {
    super("The node does not tell with which rules the market was made.", {
      details,
      metaMessages: ["Use a node that keeps the deployment's transaction, or its state."],
    });
  }
}

/** The parts of a configuration, which ends the data of the deploying transaction; see `MarketConfiguration`. */
const PARAMETERS_TYPE = `tuple(${[
  "uint32 gateClosure",
  "uint32 openingEnd",
  "uint32 clearingEnd",
  "uint32 settlementDue",
  "uint8 gracePeriods",
  "uint8 missedReadingsLimit",
  "uint16 shortBps",
  "uint16 longBps",
  "uint16 rewardBps",
  "uint16 penaltyBps",
  "uint16 toleranceBps",
  "uint32 minPriceMicroPerKwh",
  "uint32 maxPriceMicroPerKwh",
  "uint32 referencePriceMicroPerKwh",
  "uint32 maxEnergyWh",
  "uint32 minAverageWh",
  "uint64 marginNano",
  "uint64 nonOpeningChargeNano",
].join(",")})`;
const CONFIGURATION_WORDS = [
  "address",
  "address",
  "address",
  "address",
  "bool",
  "uint256",
  "uint256",
];
const CONSTRUCTOR_TYPES = [`tuple(${CONFIGURATION_WORDS.join(",")},${PARAMETERS_TYPE})`, "address"];
const CONSTRUCTOR_BYTES = 32 * (CONFIGURATION_WORDS.length + 18 + 1);

/** Reads everything that a market has recorded, with nothing but a JSON-RPC endpoint. */
export async function readChain(
  provider: Provider,
  market: string,
  range: ChainRange,
): Promise<ChainRecord> {
  const events = await readEvents(provider, market, range);
  if (events.length === 0) throw new NoMarketEventsError(market, range);
  const blocks = [...new Set(events.map(({ blockNumber }) => blockNumber))];
  const timestamps = new Map(
    await inParallel(blocks, async (number) => {
      const block = await provider.getBlock(number);
      return [number, block?.timestamp ?? 0] as const;
    }),
  );
  return {
    origin: await readOrigin(provider, market, events[0]!),
    events,
    timestamps,
    calls: await readCalls(provider, market, events),
  };
}

async function readEvents(
  provider: Provider,
  market: string,
  range: ChainRange,
): Promise<MarketEvent[]> {
  const logs = await readLogs(provider, market, range);
  return logs.map(parseMarketLog).filter((event) => event !== undefined);
}

/** Events of which the transaction's data proves something. */
const PROVED = new Set<MarketEvent["name"]>([
  "OrdersOpened",
  "OpeningRefused",
  "ReadingsReported",
  "ReadingRefused",
  "OrderSealed",
  "ScheduleSealed",
]);

async function readCalls(
  provider: Provider,
  market: string,
  events: readonly MarketEvent[],
): Promise<Map<string, MarketCalls>> {
  const hashes = new Set(
    events.filter(({ name }) => PROVED.has(name)).map(({ transactionHash }) => transactionHash),
  );
  const calls = new Map<string, MarketCalls>();
  await inParallel([...hashes], async (hash) => {
    const transaction = await provider.getTransaction(hash);
    const decoded = transaction === null ? undefined : decodeMarketCalls(transaction, market);
    if (decoded !== undefined) calls.set(hash, decoded);
  });
  return calls;
}

/** What the market was made with: the end of the deploying transaction's data, which is its constructor's. */
async function readOrigin(
  provider: Provider,
  market: string,
  first: MarketEvent,
): Promise<MarketOrigin> {
  const { chainId } = await provider.getNetwork();
  const transaction = await provider.getTransaction(first.transactionHash);
  if (transaction?.to !== null) {
    throw new OriginUnknownError(
      `The market's first event is in transaction ${first.transactionHash}, which creates no contract.`,
    );
  }
  try {
    const words = dataSlice(transaction.data, dataLength(transaction.data) - CONSTRUCTOR_BYTES);
    const [configuration] = AbiCoder.defaultAbiCoder().decode(
      CONSTRUCTOR_TYPES,
      words,
    ) as unknown as [readonly unknown[]];
    const rules = configuration[CONFIGURATION_WORDS.length] as {
      toObject(): Record<keyof MarketParameters, bigint>;
    };
    return {
      chainId,
      market,
      genesis: Number(configuration[5]),
      periodLength: Number(configuration[6]),
      parameters: toParameters(rules.toObject()),
    };
  } catch (error) {
    throw new OriginUnknownError((error as Error).message);
  }
}

/** Parameters as a contract returns them, in the SDK's form. */
export function toParameters(given: Record<keyof MarketParameters, bigint>): MarketParameters {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      key.endsWith("Nano") ? value : Number(value),
    ]),
  ) as unknown as MarketParameters;
}

/** Runs a request for every item, some at a time, and gives the results in order. */
export async function inParallel<Item, Answer>(
  items: readonly Item[],
  request: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers = new Array<Answer>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      answers[index] = await request(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, worker));
  return answers;
}
