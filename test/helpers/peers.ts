import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../peers/", import.meta.url));

/** A program that is not ours: a command, and the arguments with which it begins. */
export type Peer = readonly [command: string, ...args: string[]];

/** What a program said. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

export function findMbpoll(): Peer | undefined {
  return succeeds("which", ["mbpoll"]) ? ["mbpoll"] : undefined;
}

/** A Python that has pymodbus: the system's may have what another in the path has not. */
export function findPymodbus(script: "client" | "server"): Peer | undefined {
  const python = ["python3", "/usr/bin/python3"].find((command) =>
    succeeds(command, ["-c", "import pymodbus, serial"]),
  );
  return python === undefined ? undefined : [python, path.join(folder, `pymodbus_${script}.py`)];
}

/** Compiles a program against libmodbus, in a folder that goes with the process. */
export function buildLibmodbus(program: "client" | "server"): Peer | undefined {
  const flags = spawnSync("pkg-config", ["--cflags", "--libs", "libmodbus"], { encoding: "utf8" });
  if (flags.status !== 0 || !succeeds("gcc", ["--version"])) return undefined;
  const built = mkdtempSync(path.join(tmpdir(), "sealwatt-peer-"));
  process.once("exit", () => rmSync(built, { recursive: true }));
  const binary = path.join(built, program);
  const source = path.join(folder, `libmodbus_${program}.c`);
  const args = ["-Wall", "-Werror", source, "-o", binary, ...flags.stdout.trim().split(/\s+/)];
  const { status, stderr } = spawnSync("gcc", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return [binary];
}

/** Runs a program to its end. */
export function ask([command, ...first]: Peer, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, [...first, ...args], { timeout: 10_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

/** Starts a program that says `ready` and goes on; returns what ends it. */
export async function serve(
  [command, ...first]: Peer,
  args: readonly string[],
): Promise<() => Promise<void>> {
  const child = spawn(command, [...first, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let isReady = false;
  const ended = once(child, "close");
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      isReady ||= /^ready$/m.test(output);
      if (isReady) resolve();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    void ended.then(() => reject(new Error(`${command} has ended: ${output}`)));
  });
  return async () => {
    child.kill("SIGKILL");
    await ended;
  };
}

/** A TCP port that was free just now, for a program that must be told one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
