import type { Log } from "ethers";
import { marketInterface } from "../../sdk/clients/contractHandle.ts";
import { marketEvents, type MarketEvent } from "../../sdk/clients/marketEvents.ts";
import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import { decodeAccountsSettled, type SettledAccount } from "../../sdk/events/accountsSettled.ts";
import { decodeOrdersOpened, type OpenedOrder } from "../../sdk/events/ordersOpened.ts";
import { decodeReadingsReported } from "../../sdk/events/readingsReported.ts";
import { decodeTradesFormed, type FormedTrade } from "../../sdk/events/tradesFormed.ts";
import type { RpcRequest } from "../../sdk/rpc/functionProvider.ts";

/** The main path. */
export const VERBS = ["submit", "open", "clear", "report", "settle"] as const;
export type Verb = (typeof VERBS)[number];

/** Gas used by each verb. */
export type GasByVerb = Record<Verb, bigint>;

/** What has happened to one period so far. */
export interface ObservedPeriod {
  period: number;
  /** Orders sealed for it alone; those of schedules come on top when they open. */
  sealed: number;
  opened: OpenedOrder[];
  refused: number;
  trades: FormedTrade[];
  cleared: boolean;
  readings: number;
  settled: SettledAccount[];
  complete: boolean;
  gas: GasByVerb;
}

/** What does not belong to a period. */
export interface ObservedTotals {
  depositedNano: bigint;
  withdrawnNano: bigint;
  fundedNano: bigint;
  /** Deposits into the grid's account, a part of `depositedNano`. */
  gridDepositedNano: bigint;
  transactions: number;
  blocks: number;
  failed: number;
}

const VERB_OF: Record<string, Verb> = {
  submitOrder: "submit",
  submitOrderFor: "submit",
  submitSchedule: "submit",
  submitScheduleFor: "submit",
  openOrder: "open",
  openOrders: "open",
  openScheduledOrder: "open",
  openScheduledOrders: "open",
  clear: "clear",
  reportReading: "report",
  reportReadings: "report",
  settle: "settle",
};

const SCHEDULE_PERIODS = 96;
const GRID = 1n;

const noGas = (): GasByVerb => ({ submit: 0n, open: 0n, clear: 0n, report: 0n, settle: 0n });

interface RpcBlock {
  transactions: { hash: string; to: string | null; input: string }[];
}
interface RpcReceipt {
  transactionHash: string;
  status: string;
  gasUsed: string;
  logs: (Omit<Log, "index"> & { topics: string[]; data: string; address: string })[];
}

/** Follows the chain block by block and keeps what happened to every period, from events and receipts alone. */
export class MarketObserver {
  readonly #reads: MarketReads;
  readonly #request: RpcRequest;
  readonly #periods = new Map<number, ObservedPeriod>();
  readonly totals: ObservedTotals = {
    depositedNano: 0n,
    withdrawnNano: 0n,
    fundedNano: 0n,
    gridDepositedNano: 0n,
    transactions: 0,
    blocks: 0,
    failed: 0,
  };
  #nextBlock: number;

  constructor(reads: MarketReads, request: RpcRequest, fromBlock: number) {
    this.#reads = reads;
    this.#request = request;
    this.#nextBlock = fromBlock;
  }

  period(period: number): ObservedPeriod {
    const known = this.#periods.get(period);
    if (known !== undefined) return known;
    const made: ObservedPeriod = {
      period,
      sealed: 0,
      opened: [],
      refused: 0,
      trades: [],
      cleared: false,
      readings: 0,
      settled: [],
      complete: false,
      gas: noGas(),
    };
    this.#periods.set(period, made);
    return made;
  }

  /** Forgets periods before one, so that a long run does not grow. */
  forgetBefore(period: number): void {
    for (const known of this.#periods.keys()) if (known < period) this.#periods.delete(known);
  }

  /** Reads the blocks since the last call. */
  async refresh(): Promise<void> {
    const latest = Number(await this.#request("eth_blockNumber", []));
    for (; this.#nextBlock <= latest; ++this.#nextBlock) await this.#note(this.#nextBlock);
  }

  async #note(number: number): Promise<void> {
    const tag = `0x${number.toString(16)}`;
    const block = (await this.#request("eth_getBlockByNumber", [tag, true])) as RpcBlock;
    ++this.totals.blocks;
    if (block.transactions.length === 0) return;
    const receipts = await Promise.all(
      block.transactions.map(
        ({ hash }) => this.#request("eth_getTransactionReceipt", [hash]) as Promise<RpcReceipt>,
      ),
    );
    block.transactions.forEach(({ to, input }, index) => {
      if (to?.toLowerCase() !== this.#reads.addresses.market.toLowerCase()) return;
      this.#noteTransaction(input, receipts[index]!);
    });
    // Deposits and the like may come through other contracts.
    for (const { logs } of receipts) {
      for (const event of marketEvents(logs as unknown as Log[], this.#reads.addresses.market))
        this.#noteEvent(event);
    }
  }

  #noteTransaction(input: string, receipt: RpcReceipt): void {
    ++this.totals.transactions;
    if (receipt.status !== "0x1") ++this.totals.failed;
    const call = marketInterface.parseTransaction({ data: input });
    const verb = call === null ? undefined : VERB_OF[call.name];
    if (call === null || verb === undefined) return;
    this.period(periodOfCall(call.name, call.args)).gas[verb] += BigInt(receipt.gasUsed);
  }

  #noteEvent({ name, args }: MarketEvent): void {
    switch (name) {
      case "OrderSealed":
        ++this.period(Number(args.period as bigint)).sealed;
        break;
      case "OrdersOpened":
        this.period(Number(args.period as bigint)).opened.push(
          ...decodeOrdersOpened(args.orders as bigint[]),
        );
        break;
      case "OpeningRefused":
        ++this.period(Number(args.period as bigint)).refused;
        break;
      case "TradesFormed":
        this.period(Number(args.period as bigint)).trades.push(
          ...decodeTradesFormed(args.trades as bigint[]),
        );
        break;
      case "Cleared":
        this.period(Number(args.period as bigint)).cleared = true;
        break;
      case "ReadingsReported":
        for (const { period } of decodeReadingsReported(args.readings as bigint[]))
          ++this.period(period).readings;
        break;
      case "AccountsSettled":
        this.period(Number(args.period as bigint)).settled.push(
          ...decodeAccountsSettled(args.settlements as bigint[]),
        );
        break;
      case "PeriodSettled":
        this.period(Number(args.period as bigint)).complete = true;
        break;
      case "Deposited":
        this.totals.depositedNano += args.amountNano as bigint;
        if (args.participant === GRID) this.totals.gridDepositedNano += args.amountNano as bigint;
        break;
      case "Withdrawn":
        this.totals.withdrawnNano += args.amountNano as bigint;
        break;
      case "IncentivesFunded":
        this.totals.fundedNano += args.amountNano as bigint;
        break;
    }
  }
}

/** The period that a call is for: a schedule counts for its first, a batch of readings for that of its first. */
function periodOfCall(name: string, args: Record<string, unknown>): number {
  if (name.startsWith("submitSchedule")) {
    const periods = args.periods as bigint;
    let first = 0;
    while (((periods >> BigInt(first)) & 1n) === 0n) ++first;
    return Number(args.day) * SCHEDULE_PERIODS + first;
  }
  if (name.startsWith("report")) {
    const [first] = (name === "reportReading" ? [args.reading] : args.readings) as [
      { reading: bigint },
    ];
    return Number((first.reading >> 24n) & 0xffffffn);
  }
  return Number(args.period);
}
