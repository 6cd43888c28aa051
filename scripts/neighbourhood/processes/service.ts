import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BaseError } from "../../../sdk/errors.ts";
import { PASSWORD_VARIABLE } from "../../../sdk/keystore/readPassword.ts";
import { Child } from "./child.ts";

/** A service of a run did not come up, or died too often. */
export class ServiceEndedError extends BaseError {
  override name = "ServiceEndedError";

  constructor(name: string, how: string, lines: readonly string[]) {
    super(`The ${name} ended (${how}).`, {
      metaMessages: ["What it said last may tell why; a run has to be started anew."],
      ...(lines.length === 0 ? {} : { details: lines.join("\n") }),
    });
  }
}

export interface ServiceOptions {
  /** What people call it: `key holder`. */
  name: string;
  /** Its command line, which prints a JSON line with its `url` once it serves. */
  command: (port: number) => readonly string[];
  /** Opens its keystore. */
  password: string;
  /** Takes what happens to it. */
  log: (line: string) => void;
  /** The command line's own module unless given. */
  module?: string;
}

const SEALWATT = fileURLToPath(new URL("../../sealwatt.mjs", import.meta.url));
const FIRST_START_MS = 60_000;
const RESTART_PAUSE_MS = 500;
const MOST_RESTARTS = 5;

/**
 * A service of the command line in a process of its own. One that dies is started again at the same address: all that
 * it must not forget is in its folder.
 */
export class Service {
  readonly name: string;
  readonly #options: ServiceOptions;
  readonly #failure = new AbortController();
  #child: Child | undefined;
  #url: string | undefined;
  #isEnding = false;
  #restarts = 0;
  #staysDown = false;

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Where it serves. */
  get url(): string {
    if (this.#url === undefined) throw new TypeError(`The ${this.name} was not started.`);
    return this.#url;
  }

  /** How often it was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Of its process, as long as it has one. */
  get pid(): number | undefined {
    return this.#child?.process.pid;
  }

  /** Aborts with a {@link ServiceEndedError} when it is given up. */
  get failure(): AbortSignal {
    return this.#failure.signal;
  }

  /** @throws ServiceEndedError, or the signal's reason */
  async start(signal?: AbortSignal): Promise<void> {
    this.#url = await this.#launch(0, signal);
  }

  /** For runs in which it dies: with `staysDown` nothing starts it again. */
  kill({ staysDown = false } = {}): void {
    this.#staysDown = staysDown;
    this.#child?.process.kill("SIGKILL");
  }

  /** For runs in which it is silent: its process stands still, and whoever asks it waits. */
  suspend(): void {
    this.#child?.process.kill("SIGSTOP");
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#child?.end();
  }

  /** Starts its process and waits until it serves. */
  async #launch(port: number, signal?: AbortSignal): Promise<string> {
    const { command, password, module = SEALWATT } = this.#options;
    let serve!: (url: string) => void;
    const served = new Promise<string>((resolve) => (serve = resolve));
    const child = new Child({
      module,
      args: command(port),
      env: { [PASSWORD_VARIABLE]: password },
      onLine: (line) => {
        const url = urlOf(line);
        if (url !== undefined) serve(url);
      },
    });
    this.#child = child;
    const timeout = AbortSignal.timeout(FIRST_START_MS);
    const ended = child.ended.then((how) => {
      throw new ServiceEndedError(this.name, how, child.lastLines);
    });
    try {
      const within = AbortSignal.any([timeout, ...(signal === undefined ? [] : [signal])]);
      const url = await Promise.race([served, ended, aborted(within)]);
      void ended.catch((error: unknown) => this.#onEnd(error as ServiceEndedError));
      return url;
    } catch (error) {
      ended.catch(() => undefined);
      await child.end();
      if (error !== timeout.reason) throw error;
      const how = `it did not serve within ${FIRST_START_MS / 1000} s`;
      throw new ServiceEndedError(this.name, how, child.lastLines);
    }
  }

  async #onEnd(error: ServiceEndedError): Promise<void> {
    const { log } = this.#options;
    if (this.#isEnding) return;
    log([error.shortMessage, ...(error.details ?? "").split("\n")].join("\n    "));
    if (this.#staysDown) return;
    if (this.#restarts === MOST_RESTARTS) {
      this.#failure.abort(error);
      return;
    }
    ++this.#restarts;
    await pause(RESTART_PAUSE_MS);
    if (this.#hasEnded()) return;
    try {
      await this.#launch(Number(new URL(this.url).port));
      log(`The ${this.name} was started again.`);
    } catch (failure) {
      if (!this.#hasEnded()) this.#failure.abort(failure);
    }
  }

  /** Others change it while one waits. */
  #hasEnded(): boolean {
    return this.#isEnding;
  }
}

function urlOf(line: string): string | undefined {
  try {
    const { url } = JSON.parse(line) as { url?: unknown };
    return typeof url === "string" ? url : undefined;
  } catch {
    return undefined;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
