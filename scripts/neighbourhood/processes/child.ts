import { fork, type ChildProcess, type SerializationType } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

export interface ChildOptions {
  /** Path of the module that it runs. */
  module: string;
  args?: readonly string[];
  /** Besides this process's own. */
  env?: Readonly<Record<string, string>>;
  /** Of messages: `advanced` for what JSON cannot hold. */
  serialization?: SerializationType;
  /** Takes each line of its standard output. */
  onLine?: (line: string) => void;
  /** What it has to end by itself. */
  graceMs?: number;
}

const END_WITH_PARENT = fileURLToPath(new URL("./endWithParent.ts", import.meta.url));
const KEPT_LINES = 12;
const GRACE_MS = 10_000;

/** A process of the run. It never outlives this one, not even where this one is killed. */
export class Child {
  readonly process: ChildProcess;
  /** Resolves with how it ended: `code 2`, `SIGKILL`. Never rejects. */
  readonly ended: Promise<string>;
  readonly #lines: string[] = [];
  readonly #graceMs: number;

  constructor(options: ChildOptions) {
    const { module, args = [], env = {}, serialization = "json", onLine } = options;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    // A test runner's options load what its own process needs.
    const { NODE_OPTIONS: _nodeOptions, ...own } = process.env;
    this.process = fork(module, args, {
      execArgv: ["--import", END_WITH_PARENT],
      env: { ...own, ...env },
      serialization,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // In a group of its own: a terminal's Ctrl-C is for this process, which ends the others in their order.
      detached: true,
    });
    const { stdout, stderr } = this.process;
    this.#follow(stdout!, onLine);
    this.#follow(stderr!, undefined);
    this.ended = new Promise((resolve) => {
      this.process.once("error", ({ message }) => resolve(message));
      // By then all that it said is read.
      this.process.once("close", (code, signal) => resolve(signal ?? `code ${code}`));
    });
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** The last of what it said, line by line. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Ends it: politely first. */
  async end(): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    // One that is stopped hears of it only when it goes on.
    this.process.kill("SIGCONT");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), this.#graceMs);
    await ended;
    clearTimeout(timer);
  }

  #follow(stream: Readable, onLine: ((line: string) => void) | undefined): void {
    createInterface({ input: stream }).on("line", (line) => {
      this.#lines.push(line);
      this.#lines.splice(0, this.#lines.length - KEPT_LINES);
      onLine?.(line);
    });
  }
}
