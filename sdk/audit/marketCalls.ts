import { Interface, type Result } from "ethers";
import { ENERGY_MARKET_ABI } from "../abi/energyMarket.ts";
import { FORWARDER_ABI } from "../abi/forwarder.ts";
import type { SignedReading } from "../readings/reading.ts";

/** An opening as it stood in a transaction. */
export interface CalledOpening {
  period: number;
  opening: bigint;
  salt: string;
  /** A fault of this one undoes its whole call, and nothing is logged. */
  isAlone: boolean;
  /** Present for an order of a day schedule. */
  proof?: readonly string[];
}

/** A reading as it stood in a transaction. */
export interface CalledReading extends SignedReading {
  /** As for {@link CalledOpening}. */
  isAlone: boolean;
}

/** What a transaction brought to the market to be proved. */
export interface MarketCalls {
  openings: CalledOpening[];
  readings: CalledReading[];
  /** Participants for whom an agent sealed an order or a schedule. */
  sealedFor: number[];
}

/** A transaction as far as its calls go. */
export interface CallingTransaction {
  to: string | null;
  data: string;
}

const market = new Interface(ENERGY_MARKET_ABI);
const forwarder = new Interface(FORWARDER_ABI);

/**
 * The openings and readings that a transaction gave the market, directly or through a forwarder.
 * @returns undefined where it called the market from within another contract, which does not show
 */
export function decodeMarketCalls(
  transaction: CallingTransaction,
  marketAddress: string,
): MarketCalls | undefined {
  const calls: MarketCalls = { openings: [], readings: [], sealedFor: [] };
  const address = marketAddress.toLowerCase();
  if (transaction.to?.toLowerCase() === address) {
    addCall(calls, transaction.data);
    return calls;
  }
  const relayed = parse(forwarder, transaction.data);
  if (relayed === null) return undefined;
  const first: unknown = relayed.args[0];
  const requests = (relayed.name === "executeBatch" ? first : [first]) as Iterable<Result>;
  for (const request of requests) {
    const { to, data } = request.toObject() as { to: string; data: string };
    if (to.toLowerCase() === address) addCall(calls, data);
  }
  return calls;
}

function parse(abi: Interface, data: string) {
  try {
    return abi.parseTransaction({ data });
  } catch {
    return null;
  }
}

function addCall(calls: MarketCalls, data: string): void {
  const parsed = parse(market, data);
  if (parsed === null) return;
  const args = parsed.args as unknown as readonly unknown[];
  switch (parsed.name) {
    case "openOrder":
    case "openScheduledOrder":
      calls.openings.push(toOpening(args[0] as bigint, args[1] as Result, true));
      break;
    case "openOrders":
    case "openScheduledOrders":
      for (const opening of args[1] as Iterable<Result>)
        calls.openings.push(toOpening(args[0] as bigint, opening, false));
      break;
    case "reportReading":
      calls.readings.push(toReading(args[0] as Result, true));
      break;
    case "reportReadings":
      for (const reading of args[0] as Iterable<Result>)
        calls.readings.push(toReading(reading, false));
      break;
    case "submitOrderFor":
    case "submitScheduleFor":
      calls.sealedFor.push(Number(args[0]));
      break;
    default:
  }
}

function toOpening(period: bigint, given: Result, isAlone: boolean): CalledOpening {
  const [opening, salt, proof] = given as unknown as [bigint, string, Result | undefined];
  return {
    period: Number(period),
    opening,
    salt,
    isAlone,
    ...(proof === undefined ? {} : { proof: [...(proof as Iterable<string>)] }),
  };
}

function toReading(given: Result, isAlone: boolean): CalledReading {
  const [reading, r, vs] = given as unknown as [bigint, string, string];
  return { reading, r, vs, isAlone };
}
