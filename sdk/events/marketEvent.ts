import { Interface } from "ethers";
import { ENERGY_MARKET_ABI } from "../abi/energyMarket.ts";
import type { Mandate } from "../mandates/mandate.ts";
import type { MarketParameters } from "../market/parameters.ts";

/** What a participant and the market owe each other. */
export interface Dues {
  owesGridNano: bigint;
  owesFundNano: bigint;
  gridOwesNano: bigint;
  fundOwesNano: bigint;
}

/** What was traded in a period. */
export interface PeriodTotals {
  tradedWh: bigint;
  tradedNano: bigint;
  trades: number;
}

/** What an event of the market says; packed words are left packed. */
export type MarketEventBody =
  | { name: "AccountOpened"; participant: number; owner: string }
  | { name: "AccountAuthorised"; participant: number; authorised: boolean }
  | { name: "AccountFrozen"; participant: number; frozen: boolean }
  | { name: "AccountSuspended"; participant: number; suspended: boolean }
  | { name: "EnergyTypeSet"; participant: number; greenSupply: boolean; greenPreference: boolean }
  | {
      name: "MeterBound";
      participant: number;
      meterId: number;
      gateway: string;
      ratedPowerW: number;
      importWh: bigint;
      exportWh: bigint;
      carriedImportWh: bigint;
      carriedExportWh: bigint;
    }
  | { name: "Deposited"; participant: number; from: string; amountNano: bigint }
  | { name: "Withdrawn"; participant: number; to: string; amountNano: bigint }
  | { name: "IncentivesFunded"; from: string; amountNano: bigint }
  | { name: "DuesChanged"; participant: number; dues: Dues }
  | { name: "ParametersScheduled"; fromPeriod: number; parameters: MarketParameters }
  | { name: "OrderSealed"; participant: number; period: number; commitment: string }
  | { name: "ScheduleSealed"; participant: number; day: number; root: string; periods: bigint }
  | { name: "MandateGranted"; participant: number; agent: string; mandate: Mandate }
  | { name: "MandateRevoked"; participant: number; agent: string }
  | { name: "OrdersOpened"; period: number; orders: bigint[] }
  | { name: "OpeningRefused"; period: number; participant: number; reason: string }
  | { name: "TradesFormed"; period: number; trades: bigint[] }
  | { name: "Cleared"; period: number; totals: PeriodTotals }
  | { name: "ReadingsReported"; readings: bigint[] }
  | { name: "ReadingRefused"; participant: number; period: number; reason: string }
  | { name: "AccountsSettled"; period: number; settlements: bigint[] }
  | { name: "PeriodSettled"; period: number };

/** Where an event stands on the chain. */
export interface EventPosition {
  blockNumber: number;
  logIndex: number;
  transactionHash: string;
}

export type MarketEvent = EventPosition & MarketEventBody;

/** A log as a node gives it. */
export interface RawLog {
  topics: readonly string[];
  data: string;
  blockNumber: number;
  index: number;
  transactionHash: string;
}

const market = new Interface(ENERGY_MARKET_ABI);

/** Inherited; they say nothing of the market. */
const OTHER_EVENTS = new Set(["AuthorityUpdated", "EIP712DomainChanged"]);

/** Of these, the values stay bigint: amounts, counters and words. Every other integer fits a number. */
const BIGINT_FIELD = /(Nano|Wh)$|^periods$/;
/** Energies of market parameters, which are small. */
const NUMBER_FIELD = /^(maxEnergyWh|minAverageWh)$/;

function toValue(name: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return BIGINT_FIELD.test(name) && !NUMBER_FIELD.test(name) ? value : Number(value);
}

/**
 * The event that a log of the market holds.
 * @returns undefined for a log that says nothing of the market
 */
export function parseMarketLog(log: RawLog): MarketEvent | undefined {
  const parsed = market.parseLog(log);
  if (parsed === null || OTHER_EVENTS.has(parsed.name)) return undefined;
  const body: Record<string, unknown> = { name: parsed.name };
  for (const [index, input] of parsed.fragment.inputs.entries()) {
    const value: unknown = parsed.args[index];
    if (input.components !== null) {
      const values = value as readonly unknown[];
      body[input.name] = Object.fromEntries(
        input.components.map((component, at) => [
          component.name,
          toValue(component.name, values[at]),
        ]),
      );
    } else if (input.isArray()) body[input.name] = [...(value as Iterable<bigint>)];
    else body[input.name] = toValue(input.name, value);
  }
  const { blockNumber, index: logIndex, transactionHash } = log;
  return { ...body, blockNumber, logIndex, transactionHash } as MarketEvent;
}
