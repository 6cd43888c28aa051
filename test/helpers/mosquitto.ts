import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const BROKER = "/usr/sbin/mosquitto";
const PASSWORD_TOOL = "/usr/bin/mosquitto_passwd";
const LISTENER = "/usr/bin/mosquitto_sub";
const CERTIFICATE_TOOL = "/usr/bin/openssl";
const STARTS_WITHIN_MS = 20_000;

export const BROKER_USER = "sealwatt";
export const BROKER_PASSWORD = "correct horse";

export function hasMosquitto(): boolean {
  return [BROKER, PASSWORD_TOOL, LISTENER, CERTIFICATE_TOOL].every((path) => existsSync(path));
}

/** A broker on loopback that asks for a password. */
export class Mosquitto {
  readonly port: number;
  readonly tlsPort: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, tlsPort: number) {
    this.#folder = folder;
    this.port = port;
    this.tlsPort = tlsPort;
  }

  static async start(): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), "sealwatt-mqtt-"));
    const [port, tlsPort] = [await freePort(), await freePort()];
    const passwords = join(folder, "passwords");
    mustRun(PASSWORD_TOOL, ["-b", "-c", passwords, BROKER_USER, BROKER_PASSWORD]);
    const broker = new Mosquitto(folder, port, tlsPort);
    mustRun(CERTIFICATE_TOOL, [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"],
      ...["-keyout", join(folder, "key.pem"), "-out", broker.certificatePath],
    ]);
    const lines = [
      `user ${userInfo().username}`,
      "persistence false",
      "allow_anonymous false",
      `password_file ${passwords}`,
      `listener ${port} 127.0.0.1`,
      `listener ${tlsPort} 127.0.0.1`,
      `certfile ${broker.certificatePath}`,
      `keyfile ${join(folder, "key.pem")}`,
    ];
    writeFileSync(join(folder, "mosquitto.conf"), `${lines.join("\n")}\n`);
    await broker.run();
    return broker;
  }

  get certificatePath(): string {
    return join(this.#folder, "certificate.pem");
  }

  async run(): Promise<void> {
    this.#process = spawn(BROKER, ["-c", join(this.#folder, "mosquitto.conf")], {
      stdio: "ignore",
    });
    const endMs = performance.now() + STARTS_WITHIN_MS;
    while (!(await answers(this.port))) {
      if (performance.now() > endMs) throw new Error("Mosquitto did not start in time.");
      await pause(10);
    }
  }

  async halt(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async remove(): Promise<void> {
    await this.halt();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What Mosquitto's own client receives. */
export class MqttListener {
  readonly received: { topic: string; payload: string; isRetained: boolean }[] = [];
  readonly #process: ChildProcess;

  constructor(port: number, topic = "#") {
    this.#process = spawn(LISTENER, [
      ...["-h", "127.0.0.1", "-p", String(port), "-u", BROKER_USER, "-P", BROKER_PASSWORD],
      ...["-t", topic, "-F", "%r %t %p"],
    ]);
    let rest = "";
    this.#process.stdout!.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const [, retained, topic = "", payload = ""] = /^(\d) (\S+) (.*)$/.exec(line) ?? [];
        this.received.push({ topic, payload, isRetained: retained === "1" });
      }
    });
  }

  /** The payloads of a topic, by its end. */
  payloads(topicEnd: string): string[] {
    return this.received
      .filter(({ topic }) => topic.endsWith(topicEnd))
      .map(({ payload }) => payload);
  }

  stop(): void {
    this.#process.kill("SIGKILL");
  }
}

function mustRun(command: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`${command} failed: ${stderr}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
