import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TcpConfig } from "../../../oracle/config/config.ts";

/** A way to a meter that can be broken and mended. */
export interface Link {
  /** Where the gateway finds the meter. */
  clientPort: TcpConfig;
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const NAMESPACE_HOST = "10.231.17.2";
const PORT = 5_020;
const LISTENS_WITHIN_MS = 20_000;

/** A TCP port that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * A way through a network namespace and a cable that can be pulled: nothing that is sent then arrives, and nobody is
 * told. Undefined where no namespace may be made, or socat is missing.
 */
export async function namespaceLink(meterPort: number): Promise<Link | undefined> {
  const id = process.pid % 100_000;
  const [name, near, far] = [`sealwatt${id}`, `swn${id}`, `swf${id}`];
  const ip = (...args: string[]) => spawnSync("ip", args).status === 0;
  const remove = () => ip("netns", "del", name);
  const isMade =
    spawnSync("socat", ["-V"]).status === 0 &&
    ip("netns", "add", name) &&
    ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name) &&
    ip("addr", "add", "10.231.17.1/30", "dev", near) &&
    ip("link", "set", near, "up") &&
    ip("-n", name, "addr", "add", `${NAMESPACE_HOST}/30`, "dev", far) &&
    ip("-n", name, "link", "set", far, "up");
  if (!isMade) {
    remove();
    return undefined;
  }
  // Sockets of the file system are seen from every namespace.
  const path = join(tmpdir(), `${name}.sock`);
  const bridge = createServer((socket) => wire(socket, connect(meterPort, HOST))).listen(path);
  const socat = spawn("ip", [
    ...["netns", "exec", name, "socat"],
    ...[`TCP-LISTEN:${PORT},fork,reuseaddr`, `UNIX-CONNECT:${path}`],
  ]);
  await reachable(NAMESPACE_HOST, PORT);
  return {
    clientPort: { kind: "tcp", host: NAMESPACE_HOST, port: PORT },
    cut: async () => void ip("-n", name, "link", "set", far, "down"),
    mend: async () => void ip("-n", name, "link", "set", far, "up"),
    async close() {
      socat.kill();
      for (const pid of childrenIn(name)) process.kill(pid);
      remove();
      await new Promise((resolve) => bridge.close(resolve));
    },
  };
}

function childrenIn(namespace: string): number[] {
  const { stdout } = spawnSync("ip", ["netns", "pids", namespace], { encoding: "utf8" });
  return stdout.split("\n").filter(Boolean).map(Number);
}

function wire(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  }
}

async function reachable(host: string, port: number): Promise<void> {
  const endMs = performance.now() + LISTENS_WITHIN_MS;
  while (performance.now() < endMs) {
    const socket = connect(port, host);
    const isOpen = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen === true) return;
    await pause(10);
  }
  throw new Error(`Nothing listens at ${host}:${port}.`);
}

/** Takes connections to a meter in; while it is stopped its queue is full, and the next connection hangs. */
const DOOR = `
  const net = require("node:net");
  const server = net.createServer((socket) => {
    const meter = net.connect(Number(process.argv[1]), "${HOST}");
    socket.pipe(meter).pipe(socket);
    for (const end of [socket, meter]) end.on("error", () => { socket.destroy(); meter.destroy(); });
  });
  server.listen({ port: Number(process.argv[2]), host: "${HOST}", backlog: 1 });
`;

/** A way to a meter that becomes a black hole: what wants to connect is never answered. */
export async function blackHoleLink(meterPort: number): Promise<Link> {
  const port = await freePort();
  const door = spawn(process.execPath, ["-e", DOOR, String(meterPort), String(port)]);
  await reachable(HOST, port);
  let queued: Socket[] = [];
  return {
    clientPort: { kind: "tcp", host: HOST, port },
    async cut() {
      door.kill("SIGSTOP");
      queued = Array.from({ length: 4 }, () => connect(port, HOST));
      for (const socket of queued) socket.on("error", () => undefined);
      await once(queued[0]!, "connect");
    },
    async mend() {
      for (const socket of queued) socket.destroy();
      door.kill("SIGCONT");
    },
    async close() {
      const ended = once(door, "exit");
      door.kill("SIGKILL");
      await ended;
    },
  };
}
