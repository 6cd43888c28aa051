import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { Redis } from "ioredis";
import { freePort } from "./peers.ts";

const SERVER = "/usr/bin/redis-server";

export function hasRedis(): boolean {
  return existsSync(SERVER);
}

/** A Redis on loopback that keeps nothing on disk. */
export class RedisServer {
  readonly url: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.run();
    return server;
  }

  private constructor(port: number) {
    this.#port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  async run(): Promise<void> {
    const address = ["--bind", "127.0.0.1", "--port", String(this.#port)];
    const child = spawn(SERVER, [...address, "--save", "", "--appendonly", "no"], {
      stdio: "ignore",
    });
    this.#process = child;
    const client = this.client();
    client.on("error", () => undefined);
    const ended = new Promise<string>((resolve) => {
      child.once("exit", (code, signal) => resolve(`Redis ended at once: ${code ?? signal}.`));
    });
    try {
      // Where nobody answers a client asks for ever.
      const answer = await Promise.race([client.ping(), ended]);
      if (answer !== "PONG") throw new Error(answer);
    } finally {
      client.disconnect();
    }
  }

  client(): Redis {
    return new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  }

  async halt(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}
