import { SigningKey, type TransactionReceipt } from "ethers";
import { decodeOpeningRefused, type OpeningRefusal } from "../events/refusals.ts";
import type { AnyOpening } from "../orders/opening.ts";
import { openingCalls } from "../orders/openingCalls.ts";
import { encodeCall, marketInterface, readView, registryInterface } from "./contractHandle.ts";
import { marketEvents } from "./marketEvents.ts";
import type { MarketReads } from "./marketReads.ts";
import { MAX_TRANSACTION_GAS, type TransactionSender } from "./transactionSender.ts";

/** A meter as the operator binds it. */
export interface MeterToBind {
  serial: string;
  gateway: string;
  ratedPowerW: number;
  importWh: bigint;
  exportWh: bigint;
}

/** What opening came to. */
export interface OpenOutcome {
  opened: number;
  refused: OpeningRefusal[];
}

/** Far more than an order, a trade or an account costs: slots of a new participant are the dearest. */
const GAS_PER_OPENING = 160_000n;
const GAS_PER_TRADE = 60_000n;
const GAS_PER_SETTLEMENT = 120_000n;
const GAS_PER_CALL = 300_000n;

const most = (gasEach: bigint) => Number((MAX_TRANSACTION_GAS - GAS_PER_CALL) / gasEach);
const gasFor = (count: number, gasEach: bigint) => GAS_PER_CALL + gasEach * BigInt(count);

/** What the market operator does. Opening, clearing and settling need no role: anybody may. */
export class OperatorClient {
  readonly reads: MarketReads;
  readonly sender: TransactionSender;

  constructor(reads: MarketReads, sender: TransactionSender) {
    this.reads = reads;
    this.sender = sender;
  }

  // ---------------------------------------------------------------- participants

  /**
   * Opens a registered participant's account, or lets it trade again.
   * @returns its account number
   */
  async authorise(owner: string): Promise<number> {
    await this.#registry("authorise", [owner]);
    return this.reads.participantOf(owner);
  }

  bindMeter(participant: number, meter: MeterToBind): Promise<TransactionReceipt> {
    const { serial, gateway, ratedPowerW, importWh, exportWh } = meter;
    return this.#registry("bindMeter", [
      participant,
      serial,
      gateway,
      ratedPowerW,
      importWh,
      exportWh,
    ]);
  }

  /** Lets an account that was suspended for missing readings trade again. */
  liftSuspension(participant: number): Promise<TransactionReceipt> {
    return this.#send("liftSuspension", [participant]);
  }

  /** Publishes the key to which participants encrypt their openings. */
  publishOpeningKey(key: SigningKey): Promise<TransactionReceipt> {
    return this.#registry("setOpeningKey", [key.compressedPublicKey]);
  }

  /** Tells all gateways how often to sample their meters, in seconds; 0 leaves it to each. */
  setReadingInterval(intervalSeconds: number): Promise<TransactionReceipt> {
    return this.#registry("setReadingInterval", [intervalSeconds]);
  }

  // ---------------------------------------------------------------- periods

  /** Opens orders of a period in as few transactions as the gas limit allows. */
  async open(period: number, openings: readonly AnyOpening[]): Promise<OpenOutcome> {
    const outcome: OpenOutcome = { opened: 0, refused: [] };
    for (const { name, words } of openingCalls(openings, most(GAS_PER_OPENING))) {
      const receipt = await this.#send(
        name,
        [period, words],
        gasFor(words.length, GAS_PER_OPENING),
      );
      const refused = marketEvents(receipt.logs, this.reads.addresses.market)
        .filter((event) => event.name === "OpeningRefused")
        .map((event) =>
          decodeOpeningRefused(event.args.toObject() as Parameters<typeof decodeOpeningRefused>[0]),
        );
      outcome.refused.push(...refused);
      outcome.opened += words.length - refused.length;
    }
    return outcome;
  }

  /** Clears a period to its end, in as many transactions as it takes. */
  async clear(period: number): Promise<number> {
    const steps = most(GAS_PER_TRADE);
    let transactions = 0;
    for (;;) {
      const { phase, openedCount } = await this.reads.periodOf(period);
      if (phase === "cleared" || openedCount === 0) return transactions;
      // Fewer trades than orders can come of it.
      const count = Math.min(steps, openedCount);
      await this.#send("clear", [period, count], gasFor(2 * count, GAS_PER_TRADE));
      ++transactions;
    }
  }

  /**
   * Settles all accounts of a period that can be settled now. Those whose reading may still come stay.
   * @returns how many accounts are still to be settled
   */
  async settle(period: number): Promise<number> {
    const accounts = (await this.reads.accountCount()) - 1;
    const step = most(GAS_PER_SETTLEMENT);
    const before = await this.reads.periodOf(period);
    if (before.accountCount !== 0 && before.settledCount === before.accountCount) return 0;
    for (let first = 2; first <= accounts + 1; first += step) {
      const count = Math.min(step, accounts + 2 - first);
      if (!(await this.#settlesAny(period, first, count))) continue;
      await this.#send("settle", [period, first, count], gasFor(count, GAS_PER_SETTLEMENT));
    }
    const { accountCount, settledCount } = await this.reads.periodOf(period);
    // Before the first settlement the chain has not counted yet.
    return (accountCount === 0 ? accounts : accountCount) - settledCount;
  }

  /** A transaction that would settle nobody is not worth its gas. */
  async #settlesAny(period: number, first: number, count: number): Promise<boolean> {
    const [settled] = await readView(
      this.sender.provider,
      this.reads.addresses.market,
      marketInterface,
      "settle",
      [period, first, count],
    );
    return settled !== 0n;
  }

  #registry(name: string, args: readonly unknown[]): Promise<TransactionReceipt> {
    return this.sender.send(
      encodeCall(this.reads.addresses.registry, registryInterface, name, args),
    );
  }

  #send(name: string, args: readonly unknown[], gasLimit?: bigint): Promise<TransactionReceipt> {
    return this.sender.send(
      encodeCall(this.reads.addresses.market, marketInterface, name, args),
      gasLimit === undefined
        ? {}
        : { gasLimit: gasLimit > MAX_TRANSACTION_GAS ? MAX_TRANSACTION_GAS : gasLimit },
    );
  }
}
