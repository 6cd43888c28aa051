import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { httpNode } from "../../oracle/sending/httpRequest.ts";
import type { RpcRequest } from "../../oracle/sending/rpc.ts";

/** A node of its own process. */
export interface ChainNode {
  url: string;
  request: RpcRequest;
  stop: () => Promise<void>;
}

/** Where a program is: `SEALWATT_ANVIL` or `SEALWATT_GETH` name it where the path does not. */
export function findProgram(name: "anvil" | "geth"): string | undefined {
  const path = process.env[`SEALWATT_${name.toUpperCase()}`] ?? name;
  return spawnSync(path, ["--version"]).status === 0 ? path : undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await end;
}

async function start(program: string, port: number, args: string[]): Promise<ChainNode> {
  const child = spawn(program, args, { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  const { request } = httpNode(url);
  for (let i = 0; ; ++i) {
    try {
      await request("eth_chainId", []);
      break;
    } catch (error) {
      if (i === 100) {
        await stopped(child);
        throw error;
      }
      await sleep(100);
    }
  }
  return { url, request, stop: () => stopped(child) };
}

/** anvil, which makes blocks only when told to. */
export async function startAnvil(program: string): Promise<ChainNode> {
  const port = await freePort();
  return start(program, port, ["--port", String(port), "--no-mining", "--quiet"]);
}

/** geth with a chain of its own and a block a second. */
export async function startGeth(program: string): Promise<ChainNode> {
  const folder = await mkdtemp(join(tmpdir(), "sealwatt-test-"));
  const [port, authPort] = [await freePort(), await freePort()];
  const node = await start(program, port, [
    ...["--dev", "--dev.period", "1", "--datadir", folder, "--nodiscover", "--ipcdisable"],
    ...["--http", "--http.port", String(port), "--authrpc.port", String(authPort)],
    ...["--verbosity", "0"],
  ]);
  return {
    ...node,
    async stop() {
      await node.stop();
      await rm(folder, { recursive: true });
    },
  };
}
