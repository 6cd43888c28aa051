import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { OracleRig } from "../oracleRig.ts";
import { BINARY } from "../runSealwatt.ts";
import { isStartedAgain } from "../systemdUnit.ts";
import type { RigGateway } from "./rigGateway.ts";

/** What a gateway's process is started with. */
export interface ChildOptions {
  /** Put before the command, such as a tracer. */
  through?: readonly string[];
  env?: Record<string, string>;
}

/** The system waits so long before it starts a service again. */
const RESTART_MS = 100;
const PRIVATE = 0o600;

/** A rig's gateway in a process of its own, as `sealwatt oracle run` starts it. One that ends is started again where its unit says so. */
export class ChildGateway {
  readonly gateway: RigGateway;
  /** How often it was killed, and how often it ended by itself. */
  readonly ends = { killed: 0, alone: 0 };
  /** What it ended with by itself. */
  readonly exitCodes: (number | null)[] = [];
  #options: ChildOptions;
  readonly #config: string;
  #child: ChildProcess | undefined;
  #isWanted = false;
  #supervision: Promise<void> = Promise.resolve();

  constructor(rig: OracleRig, gateway: RigGateway, rpcUrl: string, options: ChildOptions = {}) {
    this.gateway = gateway;
    this.#options = options;
    this.#config = `${gateway.storePath}.yaml`;
    const { market, registry } = rig.reads.addresses;
    const keyFile = `${gateway.storePath}.key`;
    writeFileSync(keyFile, gateway.signer.privateKey, { mode: PRIVATE });
    // JSON is YAML too.
    const config = {
      market: {
        ...{ address: market, registry, rpc: [rpcUrl] },
        chainId: Number(rig.reads.constants.chainId),
      },
      key: { file: keyFile },
      store: { path: gateway.storePath },
      reading: { intervalS: 1 },
      sending: { confirmations: 2 },
      lines: gateway.lines.map(({ port, protocol, profile, meters }) => ({
        ...{ protocol, replyTimeoutMs: 1_000 },
        ...(port.kind === "tcp"
          ? { host: port.host, port: port.port }
          : { serial: port.path, baudRate: port.baudRate }),
        meters: meters.map(({ participant, unit }) => ({
          ...{ participant, profile },
          ...(protocol === "dlt645" ? { address: unit } : { unit: Number(unit) }),
        })),
      })),
    };
    writeFileSync(this.#config, JSON.stringify(config), { mode: PRIVATE });
  }

  start(): void {
    this.#isWanted = true;
    this.#supervision = this.#supervise();
  }

  /** How it is started from the next time on. */
  set options(options: ChildOptions) {
    this.#options = options;
  }

  async #supervise(): Promise<void> {
    while (this.#isWanted) {
      const { through = [], env = {} } = this.#options;
      const [command, ...args] = [...through, process.execPath, BINARY];
      const { NODE_OPTIONS: _, ...environment } = process.env;
      const child = spawn(command, [...args, "oracle", "run", "--config", this.#config], {
        env: { ...environment, ...env },
        stdio: ["ignore", "pipe", "pipe"],
        // So that what it was started through ends with it.
        detached: true,
      });
      this.#child = child;
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => {
          this.gateway.log.push(...text.trimEnd().split("\n"));
        });
      const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
      if (signal === "SIGKILL") ++this.ends.killed;
      else {
        ++this.ends.alone;
        this.exitCodes.push(code);
      }
      if (!isStartedAgain(code)) return;
      await pause(RESTART_MS);
    }
  }

  /** kill -9 */
  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    const { pid, exitCode, signalCode } = this.#child ?? {};
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    process.kill(-pid, signal);
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    this.kill();
    await this.#supervision;
  }
}
