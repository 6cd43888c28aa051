import { fileURLToPath } from "node:url";
import type { SentCall } from "../../../sdk/private/client/poolSender.ts";
import { BaseError } from "../../../sdk/errors.ts";
import type { ContractCall } from "../../../sdk/clients/transactionSender.ts";
import { Channel } from "../processes/channel.ts";
import { Child } from "../processes/child.ts";
import type { CrewFigures, TraderCrew, TraderStep } from "./traderCrew.ts";
import type { RunQuestion, TradersQuestion, TradersSetting } from "./traderMessages.ts";

/** The traders' process died. What its wallets were about is lost with it: a run cannot go on without them. */
export class TradersEndedError extends BaseError {
  override name = "TradersEndedError";

  constructor(how: string, lines: readonly string[]) {
    super(`The traders' process ended (${how}).`, {
      metaMessages: ["Start the run anew: what traders were about is lost with their process."],
      ...(lines.length === 0 ? {} : { details: lines.join("\n") }),
    });
  }
}

export interface RemoteCrewOptions {
  setting: TradersSetting;
  /** Sends from a trader's wallet, by its number. */
  send: (wallet: number, call: ContractCall) => Promise<SentCall>;
  log: (line: string) => void;
}

const PROCESS = fileURLToPath(new URL("./traderProcess.ts", import.meta.url));

/** Traders in a process of their own, who reach services and chain over HTTP alone. */
export class RemoteCrew implements TraderCrew {
  readonly #child: Child;
  readonly #channel: Channel<TradersQuestion, RunQuestion>;

  private constructor({ send, log }: RemoteCrewOptions) {
    this.#child = new Child({ module: PROCESS, serialization: "advanced" });
    this.#channel = new Channel<TradersQuestion, RunQuestion>(this.#child.process, async (asked) =>
      asked.what === "log" ? log(asked.line) : send(asked.wallet, asked.call),
    );
    void this.#child.ended.then((how) =>
      this.#channel.fail(new TradersEndedError(how, this.#child.lastLines)),
    );
  }

  /** @throws TradersEndedError and what opening accounts throws */
  static async start(options: RemoteCrewOptions): Promise<RemoteCrew> {
    const crew = new RemoteCrew(options);
    try {
      await crew.#channel.ask({ what: "start", setting: options.setting });
      return crew;
    } catch (error) {
      await crew.close();
      throw error;
    }
  }

  async take(step: TraderStep, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const stop = () => this.#channel.fail(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    try {
      await this.#channel.ask({ what: "take", step });
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async figures(): Promise<CrewFigures> {
    return (await this.#channel.ask({ what: "figures" })) as CrewFigures;
  }

  /** For runs in which it dies. */
  get pid(): number | undefined {
    return this.#child.process.pid;
  }

  close(): Promise<void> {
    return this.#child.end();
  }
}
