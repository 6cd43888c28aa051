import type { Neighbourhood } from "../neighbourhood.ts";
import { demoFigures } from "../demoReport.ts";
import { formatSlot } from "../formatSlot.ts";
import type { Account } from "../../../sdk/clients/marketReads.ts";
import { dashboard } from "./dashboard.ts";
import { formatEnergy, formatPrice } from "./format.ts";
import { Screen, type Output } from "./screen.ts";

const FRAME_MS = 250;
const MOST_MESSAGES = 50;
/** Balances are read once in so many frames: they change only at clearing and settlement. */
const FRAMES_PER_BALANCE = 4;
const KEPT_PERIODS = 100;

/** Shows a neighbourhood: as a page in a terminal, else as a line for each settled period. */
export class LiveView {
  readonly #neighbourhood: Neighbourhood;
  readonly #output: Output;
  readonly #url: string;
  readonly #screen: Screen | undefined;
  readonly #messages: string[] = [];
  #accounts: Account[] = [];
  #fundNano = 0n;
  #nextLine: number;

  constructor(neighbourhood: Neighbourhood, url: string, output: Output) {
    this.#neighbourhood = neighbourhood;
    this.#url = url;
    this.#output = output;
    this.#nextLine = neighbourhood.firstPeriod;
    if (output.isTTY === true) this.#screen = new Screen(output, () => this.#draw());
  }

  /** Takes a line on what went wrong. */
  message(line: string): void {
    if (this.#screen === undefined) {
      this.#output.write(`${line}\n`);
      return;
    }
    this.#messages.push(line.split("\n")[0]!);
    this.#messages.splice(0, this.#messages.length - MOST_MESSAGES);
  }

  /** Shows until the signal, then gives the terminal back. */
  async run(signal: AbortSignal): Promise<void> {
    this.#screen?.open();
    try {
      for (let frame = 0; !signal.aborted; ++frame) {
        await this.#neighbourhood.observer.refresh();
        if (this.#screen === undefined) this.#printLines();
        else {
          if (frame % FRAMES_PER_BALANCE === 0) await this.#readBalances();
          this.#draw();
        }
        const current = this.#neighbourhood.reads.periodAt(this.#neighbourhood.time.nowS());
        this.#neighbourhood.observer.forgetBefore(current - KEPT_PERIODS);
        await pause(FRAME_MS, signal);
      }
    } finally {
      this.#screen?.close();
    }
  }

  async #readBalances(): Promise<void> {
    const { reads } = this.#neighbourhood;
    const count = await reads.accountCount();
    this.#accounts = await Promise.all(
      Array.from({ length: count }, (_, i) => reads.accountOf(i + 1)),
    );
    this.#fundNano = await reads.incentiveFundNano();
  }

  #draw(): void {
    const screen = this.#screen!;
    const state = {
      nowS: this.#neighbourhood.time.nowS(),
      url: this.#url,
      accounts: this.#accounts,
      fundNano: this.#fundNano,
      messages: this.#messages,
    };
    screen.draw(dashboard(this.#neighbourhood, state, screen));
  }

  #printLines(): void {
    const { observer, lastPeriod } = this.#neighbourhood;
    for (; this.#nextLine <= lastPeriod; ++this.#nextLine) {
      const observed = observer.period(this.#nextLine);
      if (!observed.complete) return;
      const { orders, trades, tradedWh, averagePriceMicroPerKwh, imbalance } = demoFigures([
        observed,
      ]);
      this.#output.write(
        `period ${this.#nextLine} (${formatSlot(this.#neighbourhood.slotOf(this.#nextLine))}): ` +
          `${orders} orders, ${trades} trades, ${formatEnergy(tradedWh)} at ${formatPrice(averagePriceMicroPerKwh)}, ` +
          `short ${formatEnergy(imbalance.shortWh)}, long ${formatEnergy(imbalance.longWh)}\n`,
      );
    }
  }
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, durationMs);
    signal.addEventListener("abort", finish, { once: true });
  });
}
