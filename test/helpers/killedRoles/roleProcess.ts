import { fileURLToPath } from "node:url";
import { Child } from "../../../scripts/neighbourhood/processes/child.ts";
import packageJson from "../../../package.json" with { type: "json" };

const SEALWATT = fileURLToPath(new URL(`../../../${packageJson.bin.sealwatt}`, import.meta.url));

export interface RoleProcessOptions {
  name: string;
  /** Its command line, without the port. What becomes known later is added. */
  args: string[];
  /** Opens its keystore. */
  password: string;
}

/** A service of the command line that can be killed and started again where it was. */
export class RoleProcess {
  readonly name: string;
  readonly options: RoleProcessOptions;
  #child: Child | undefined;
  #port = 0;
  #isKilled = true;
  kills = 0;
  /** How it ended where nobody killed it. */
  readonly failures: string[] = [];

  constructor(options: RoleProcessOptions) {
    this.name = options.name;
    this.options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Resolves when it serves, or has ended before. */
  async start(): Promise<void> {
    const { args, password } = this.options;
    this.#isKilled = false;
    const child = await new Promise<Child>((resolve) => {
      const started: Child = new Child({
        module: SEALWATT,
        args: [...args, "--port", String(this.#port), "--json"],
        env: { SEALWATT_KEYSTORE_PASSWORD: password },
        onLine: (line) => {
          if (line.startsWith('{"url"')) {
            this.#port = Number(new URL((JSON.parse(line) as { url: string }).url).port);
            resolve(started);
          }
        },
      });
      this.#child = started;
      void started.ended.then((how) => {
        if (!this.#isKilled)
          this.failures.push([`${this.name}: ${how}`, ...started.lastLines].join("\n"));
        resolve(started);
      });
    });
    this.#child = child;
  }

  /** Ends it as a power failure does. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    this.kills++;
    this.#child?.process.kill("SIGKILL");
    await this.#child?.ended;
  }

  /** Ends it as its operator does. @returns how it ended */
  async stop(): Promise<string> {
    this.#isKilled = true;
    await this.#child?.end();
    return (await this.#child?.ended) ?? "code 0";
  }
}
