import { BaseError } from "../../sdk/errors.ts";
import { OpeningBook } from "../../sdk/clients/openingBook.ts";
import type { OperatorClient } from "../../sdk/clients/operatorClient.ts";
import type { Clock } from "../../sdk/clock.ts";
import { formatContractError } from "../../sdk/events/contractError.ts";
import type { AnyOpening } from "../../sdk/orders/opening.ts";
import type { SigningKey } from "ethers";

/** Periods whose state the chain keeps; mirrors `RING_LENGTH` of `SortedLists`. */
const RING_LENGTH = 8;
/** Period 0 has no orders, since its gate is before the market's beginning. */
const FIRST_PERIOD = 1;
/** Before a step that failed is tried again. */
const RETRY_S = 0.5;

export interface OperatorServiceOptions {
  client: OperatorClient;
  openingKey: SigningKey;
  clock: Clock;
  /** A block before the first order. */
  fromBlock: number;
  log: (line: string) => void;
}

/** How the operator is. */
export interface OperatorStatus {
  /** The oldest period that is not settled yet. */
  unsettledFrom: number;
  /** Orders that could not be read or did not open. */
  refused: number;
  /** Periods whose orders were not opened in time. */
  missed: number;
}

/** Opens, clears and settles when due. It keeps nothing that is not on the chain: after a restart it goes on. */
export class OperatorService {
  readonly #options: OperatorServiceOptions;
  readonly #book: OpeningBook;
  readonly #opened = new Set<number>();
  #unsettledFrom: number;
  #refused = 0;
  #missed = 0;

  constructor(options: OperatorServiceOptions) {
    this.#options = options;
    this.#book = new OpeningBook(options.client.reads, options.openingKey, options.fromBlock);
    this.#unsettledFrom = FIRST_PERIOD;
  }

  status(): OperatorStatus {
    return { unsettledFrom: this.#unsettledFrom, refused: this.#refused, missed: this.#missed };
  }

  /** Runs until the signal. A step that fails is logged and tried again at the next. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const { reads } = client;
    const { periodLength } = reads.constants;
    const current = reads.periodAt(clock.nowS());
    // Whatever the chain still keeps: a period that is left open blocks a later one.
    this.#unsettledFrom = Math.max(FIRST_PERIOD, current - RING_LENGTH + 1);
    for (let period = current + 1; !signal.aborted; ++period) {
      const start = reads.startOf(period - 1);
      const { gateClosure, openingEnd, clearingEnd } = await reads.parametersOf(period);
      const steps = [
        { atS: start + gateClosure, do: () => this.#open(period, start + openingEnd) },
        { atS: start + openingEnd, do: () => this.#clear(period) },
        { atS: start + openingEnd, do: () => this.#settle(period - 2) },
        { atS: start + clearingEnd, do: () => this.#settle(period - 2) },
      ];
      for (const [index, { atS, do: act }] of steps.entries()) {
        await clock.until(atS, signal);
        // Once more where it failed and there is time: the chain's clock may lag behind by a block.
        const endS = steps.slice(index).find((step) => step.atS > atS)?.atS ?? start + periodLength;
        while (!(await this.#try(period, act)) && clock.nowS() + RETRY_S < endS) {
          await clock.until(clock.nowS() + RETRY_S, signal);
        }
      }
    }
  }

  async #try(period: number, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      this.#options.log(`period ${period}: ${error.shortMessage}`);
      return false;
    }
  }

  async #open(period: number, closesAt: number): Promise<void> {
    const { client, clock, log } = this.#options;
    for (const { participant, kind, index, reason } of await this.#book.refresh()) {
      ++this.#refused;
      log(`participant ${participant}, ${kind} ${index}: ${reason}`);
    }
    this.#book.forgetBefore(period);
    if (this.#opened.has(period)) return;
    const openings = await this.#unopened(period, this.#book.openingsOf(period));
    if (openings.length === 0) return;
    if (clock.nowS() >= closesAt) {
      ++this.#missed;
      log(`period ${period}: ${openings.length} orders were not opened in time`);
      return;
    }
    const { refused } = await client.open(period, openings);
    this.#opened.add(period);
    for (const { participant, reason } of refused) {
      if (reason.name === "AlreadyOpened") continue;
      ++this.#refused;
      log(`participant ${participant}, period ${period}: ${formatContractError(reason)}`);
    }
  }

  /** All of them, save after a restart in the middle of opening. */
  async #unopened(period: number, openings: AnyOpening[]): Promise<AnyOpening[]> {
    const { reads } = this.#options.client;
    if ((await reads.periodOf(period)).openedCount === 0) return openings;
    const states = await Promise.all(
      openings.map(({ order }) => reads.orderOf(period, order.participant)),
    );
    return openings.filter((_, i) => !states[i]!.opened);
  }

  /** Also what a break of the operator has left uncleared. */
  async #clear(period: number): Promise<void> {
    for (let p = this.#unsettledFrom; p <= period; ++p) await this.#options.client.clear(p);
  }

  async #settle(last: number): Promise<void> {
    const { client, log } = this.#options;
    for (let period = this.#unsettledFrom; period <= last; ++period) {
      const left = await client.settle(period);
      if (left === 0) {
        this.#opened.delete(period);
        if (period === this.#unsettledFrom) ++this.#unsettledFrom;
      } else if (period < last) {
        log(`period ${period}: ${left} accounts wait for their readings`);
      }
    }
  }
}
