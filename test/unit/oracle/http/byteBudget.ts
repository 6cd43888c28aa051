import { once } from "node:events";
import { request, type ClientRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { ByteBudget } from "../../../../oracle/http/byteBudget.ts";
import { bytesReply } from "../../../../oracle/http/httpReply.ts";
import { HttpServer } from "../../../../oracle/http/httpServer.ts";
import { HttpRequestError } from "../../../../oracle/http/httpRequestError.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { rejection } from "../../../helpers/rejection.ts";

const MOST = 4_000;
const HOST = "0.0.0.0";
/** Both reach the server on this machine, each by an address of its own. */
const [ATTACKER, PEER] = ["127.0.0.2", "127.0.0.3"];

describe("ByteBudget, in an HttpServer", function () {
  this.timeout(30_000);
  let server: HttpServer;
  let port: number;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    server = new HttpServer({
      name: "A service",
      host: HOST,
      port: 0,
      log: new Log({ write: () => {} }),
      isOpen: true,
      mostBytesAtOnce: MOST,
      routes: [
        {
          method: "POST",
          path: "/octets",
          body: { contentType: "application/octet-stream", what: "octets", mostBytes: 2_000 },
          answer: async ({ body }) => bytesReply(200, body),
        },
      ],
    });
    port = Number(new URL(await server.start()).port);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.stop();
  });

  /** Says how much will come, and sends nothing of it. @returns what the server says to that */
  async function announce(localAddress: string, bytes: number): Promise<string> {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    sockets.push(socket);
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(
      `POST /octets HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: ${bytes}\r\n\r\n`,
    );
    const [data] = (await once(socket, "data")) as [Buffer];
    return String(data);
  }

  async function expectAwaited(localAddress: string, bytes: number): Promise<void> {
    const answer = announce(localAddress, bytes);
    expect(await Promise.race([answer, pause(150)])).to.equal(undefined);
  }

  async function send(localAddress: string, bytes: number): Promise<number> {
    const headers = { "content-type": "application/octet-stream", "content-length": bytes };
    const place = { port, host: "127.0.0.1", path: "/octets", method: "POST" };
    const sent: ClientRequest = request({ ...place, headers, localAddress, agent: false });
    sent.end(new Uint8Array(bytes));
    const [{ statusCode }] = (await once(sent, "response")) as [{ statusCode: number }];
    return statusCode;
  }

  it("keeps room for others where one address announces much and sends nothing", async () => {
    for (let i = 0; i < 2; i++) await expectAwaited(ATTACKER, 500);
    for (let i = 0; i < 4; i++) expect(await announce(ATTACKER, 500)).to.match(/^\S+ 503 /);
    expect(await send(PEER, 2_000)).to.equal(200);
    expect(await send(ATTACKER, 500)).to.equal(503);
    for (const socket of sockets.splice(0)) socket.destroy();
    // What was announced and given up is free again, once the server has noticed.
    while ((await send(ATTACKER, 500)) !== 200) await pause(20);
  });

  it("takes one body of any size that a route takes, also above an address's part", async () => {
    for (const bytes of [1_000, 1_001, 2_000]) expect(await send(PEER, bytes)).to.equal(200);
    await expectAwaited(PEER, 2_000);
    expect(await send(PEER, 1)).to.equal(503);
  });

  it("gives an address as large a part as it is told", async () => {
    const budget = new ByteBudget(MOST, MOST / 2);
    const never = () => new Promise<never>(() => {});
    for (let times = 0; times < 4; times++) void budget.spend(ATTACKER, 500, never);
    const refused = await rejection(budget.spend(ATTACKER, 1, async () => 1));
    expect(refused).to.be.instanceOf(HttpRequestError).and.to.have.property("status", 503);
    expect(await budget.spend(PEER, 2_000, async () => 1)).to.equal(1);
  });

  it("refuses what is above all room, and counts what is announced as no length for the most", async () => {
    await expectAwaited(ATTACKER, 2_000);
    await expectAwaited(PEER, 2_000);
    expect(await send("127.0.0.4", 1)).to.equal(503);
  });
});
