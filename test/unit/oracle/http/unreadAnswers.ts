import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { bytesReply, jsonReply } from "../../../../oracle/http/httpReply.ts";
import type { HttpRoute } from "../../../../oracle/http/httpRoute.ts";
import { HttpServer, type HttpServerOptions } from "../../../../oracle/http/httpServer.ts";
import { Log } from "../../../../oracle/operations/log.ts";

/** More than the system itself takes of what is not read. */
const LARGE_BYTES = 2 ** 24;
const HELD = new Uint8Array(LARGE_BYTES);
/** Both reach the server on this machine, each by an address of its own. */
const [ATTACKER, PEER] = ["127.0.0.2", "127.0.0.3"];

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!(await isSo())) {
    expect(performance.now(), "it takes too long").to.be.below(endMs);
    await pause(50);
  }
}

describe("HttpServer, where answers are not read", function () {
  this.timeout(30_000);
  const sockets: Socket[] = [];
  let server: HttpServer;
  let port: number;
  let begun: number;
  let gate: Promise<void>;

  const routes: HttpRoute[] = [
    {
      method: "GET",
      path: "/slow",
      answer: async () => {
        begun++;
        await gate;
        return jsonReply(200, {});
      },
    },
    {
      method: "GET",
      path: "/fresh",
      answer: async () => bytesReply(200, new Uint8Array(LARGE_BYTES)),
    },
    {
      method: "GET",
      path: "/held",
      answer: async () => ({ ...bytesReply(200, HELD), isHeld: true }),
    },
  ];

  async function serve(options: Partial<HttpServerOptions> = {}): Promise<void> {
    const log = new Log({ write: () => {} });
    const place = { name: "A service", host: "0.0.0.0", port: 0, log, isOpen: true };
    server = new HttpServer({ ...place, routes, ...options });
    port = Number(new URL(await server.start()).port);
  }

  beforeEach(() => {
    begun = 0;
    gate = Promise.resolve();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.stop();
  });

  /** Asks so often at once on one connection, and reads nothing. */
  async function askAndIgnore(path: string, times = 1, localAddress = ATTACKER): Promise<Socket> {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    sockets.push(socket);
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(times));
    return socket;
  }

  async function get(path: string, localAddress: string, agent: Agent | false = false) {
    const asked = request({ port, host: "127.0.0.1", path, localAddress, agent });
    asked.end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    let bytes = 0;
    for await (const chunk of answer) bytes += (chunk as Buffer).length;
    return { status: answer.statusCode, bytes };
  }

  it("begins a request when the answer before it was sent", async () => {
    let release = () => {};
    gate = new Promise((resolve) => (release = resolve));
    await serve();
    const socket = await askAndIgnore("/slow", 9);
    await until(() => begun > 0);
    await pause(50);
    expect(begun).to.equal(1);
    release();
    let text = "";
    const answers = () => text.match(/HTTP\/1.1 200/g)?.length;
    socket.on("data", (data) => (text += String(data))).resume();
    await until(() => answers() === 9);
    expect(begun).to.equal(9);
    const other = await askAndIgnore("/fresh", 2);
    await pause(100);
    other.write("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
    await pause(50);
    expect(begun, "the second answer waits for a reader").to.equal(9);
  });

  it("cuts off who sends more than eight ahead, and begins nothing of it", async () => {
    gate = new Promise(() => {});
    await serve({ timeouts: { closeMs: 50 } });
    for (const times of [10, 1_000]) {
      const socket = await askAndIgnore("/slow", times);
      socket.resume();
      await once(socket, "close");
    }
    expect(begun).to.equal(2);
  });

  it("answers request after request on one connection", async () => {
    await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statuses: (number | undefined)[] = [];
    const ports = new Set<number | undefined>();
    agent.on("free", (socket: Socket) => ports.add(socket.localPort));
    for (let times = 0; times < 40; times++) {
      const path = times % 20 === 0 ? "/held" : "/slow";
      statuses.push((await get(path, PEER, agent)).status);
    }
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    expect(ports.size).to.equal(1);
    agent.destroy();
  });

  it("keeps of one address no more than its part, and what is not fetched not for long", async () => {
    const timeouts = { responseMs: 4_000 };
    await serve({ mostBytesAtOnce: 8 * LARGE_BYTES, timeouts });
    for (let times = 0; times < 4; times++) await askAndIgnore("/fresh");
    await until(async () => (await get("/fresh", ATTACKER)).status === 503);
    expect(await get("/slow", ATTACKER), "what is small goes on").to.include({ status: 200 });
    expect(await get("/fresh", PEER)).to.deep.equal({ status: 200, bytes: LARGE_BYTES });
    await until(async () => (await get("/fresh", ATTACKER)).status === 200);
  });

  it("keeps no more than it may in all", async () => {
    await serve({ mostBytesAtOnce: 2 * LARGE_BYTES, mostBytesEach: 2 * LARGE_BYTES });
    for (const address of [ATTACKER, "127.0.0.4"]) await askAndIgnore("/fresh", 1, address);
    await until(async () => (await get("/fresh", PEER)).status === 503);
  });

  it("counts what all are sent from one place in memory not at all", async () => {
    await serve({ mostBytesAtOnce: 2 * LARGE_BYTES });
    for (let times = 0; times < 8; times++) await askAndIgnore("/held");
    await pause(150);
    expect((await get("/held", ATTACKER)).status).to.equal(200);
    expect((await get("/fresh", PEER)).status).to.equal(200);
  });
});
