import type { MarketEvent } from "../events/marketEvent.ts";
import type { MarketCalls } from "./marketCalls.ts";
import { MarketModel, type MarketOrigin } from "./marketModel.ts";
import { replayClearing } from "./replayClearing.ts";
import { createSignerRecovery, replayReadings, type SignerRecovery } from "./replayMetering.ts";
import { replayOpenings } from "./replayOpening.ts";
import {
  replayPeriodSettled,
  replaySettlement,
  type SettlementEffects,
} from "./replaySettlement.ts";
import { replayStanding } from "./replayStanding.ts";
import { areGrown, replayVault } from "./replayVault.ts";

/** What the chain has recorded of a market, up to a block. */
export interface ChainRecord {
  origin: MarketOrigin;
  /** All the market's events, in their order. */
  events: readonly MarketEvent[];
  /** Unix seconds by block number, of every block that has an event. */
  timestamps: ReadonlyMap<number, number>;
  /** By transaction hash; none where a transaction's calls do not show. */
  calls: ReadonlyMap<string, MarketCalls>;
}

/** What follows from a record. */
export interface Replay {
  model: MarketModel;
  /** Orders whose commitment, and readings whose signature, no calldata shows. */
  uncheckedOpenings: number;
  uncheckedReadings: number;
}

/** Replays a market from its events and computes every figure anew. Pure: nothing is asked of a chain. */
export function replay(record: ChainRecord): Replay {
  const replayer = new Replayer(record);
  for (const transaction of groupByTransaction(record.events)) replayer.replay(transaction);
  return replayer.result;
}

function groupByTransaction(events: readonly MarketEvent[]): MarketEvent[][] {
  const groups: MarketEvent[][] = [];
  for (const event of events) {
    const group = groups.at(-1);
    if (group?.[0]?.transactionHash === event.transactionHash) group.push(event);
    else groups.push([event]);
  }
  return groups;
}

const isOpening = (event: MarketEvent) =>
  event.name === "OrdersOpened" || event.name === "OpeningRefused";
const isReading = (event: MarketEvent) =>
  event.name === "ReadingsReported" || event.name === "ReadingRefused";

class Replayer {
  readonly result: Replay;
  readonly #record: ChainRecord;
  readonly #recoverSigner: SignerRecovery;
  readonly #credited = new WeakSet<MarketEvent>();

  constructor(record: ChainRecord) {
    const { chainId, market } = record.origin;
    this.#record = record;
    this.#recoverSigner = createSignerRecovery(chainId, market);
    this.result = {
      model: new MarketModel(record.origin),
      uncheckedOpenings: 0,
      uncheckedReadings: 0,
    };
  }

  /** The events of one transaction: what it brought is proved once, at the first event that came of it. */
  replay(events: readonly MarketEvent[]): void {
    const { model } = this.result;
    const [{ blockNumber, transactionHash }] = events as [MarketEvent];
    const timestamp = this.#record.timestamps.get(blockNumber) ?? 0;
    const calls = this.#record.calls.get(transactionHash);
    const effects: SettlementEffects = { dues: new Map(), suspended: new Set() };
    const openings = events.filter(isOpening);
    const readings = events.filter(isReading);
    for (const [index, event] of events.entries()) {
      switch (event.name) {
        case "OrdersOpened":
        case "OpeningRefused":
          if (event === openings[0]) {
            this.result.uncheckedOpenings += replayOpenings(
              model,
              openings,
              calls?.openings,
              timestamp,
            );
          }
          break;
        case "ReadingsReported":
        case "ReadingRefused":
          if (event === readings[0]) {
            this.result.uncheckedReadings += replayReadings(
              model,
              readings,
              calls?.readings,
              timestamp,
              this.#recoverSigner,
            );
          }
          break;
        case "TradesFormed":
        case "Cleared":
          replayClearing(model, event, timestamp);
          break;
        case "AccountsSettled":
          replaySettlement(model, event, timestamp, effects);
          break;
        case "PeriodSettled":
          replayPeriodSettled(model, event);
          break;
        case "AccountSuspended":
          if (event.suspended) effects.suspended.add(event.participant);
          else {
            const account = model.account(event.participant);
            account.suspended = false;
            account.missedReadings = 0;
          }
          break;
        case "DuesChanged":
          if (areGrown(model.account(event.participant).dues, event.dues)) {
            effects.dues.set(event.participant, event.dues);
            break;
          }
          replayVault(model, event, timestamp, events[index + 1], this.#credited);
          break;
        case "Deposited":
        case "Withdrawn":
        case "IncentivesFunded":
          replayVault(model, event, timestamp, undefined, this.#credited);
          break;
        default:
          replayStanding(model, event, timestamp, calls);
      }
    }
    this.#reportStray(events[0]!, effects);
  }

  /** Dues and suspensions that no settlement of their transaction explains. */
  #reportStray(event: MarketEvent, effects: SettlementEffects): void {
    const { differences } = this.result.model;
    for (const [participant, dues] of effects.dues)
      differences.compare("dues", "unchanged", dues, { participant, event });
    for (const participant of effects.suspended)
      differences.compare("account.suspended", false, true, { participant, event });
  }
}
