import { request } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import { expect } from "chai";
import { healthRoutes } from "../../../../oracle/http/healthRoutes.ts";
import { bytesReply, jsonReply } from "../../../../oracle/http/httpReply.ts";
import { HttpRequestError } from "../../../../oracle/http/httpRequestError.ts";
import type { HttpRoute } from "../../../../oracle/http/httpRoute.ts";
import { HttpServer, type HttpServerOptions } from "../../../../oracle/http/httpServer.ts";
import { limitRate } from "../../../../oracle/http/limitRate.ts";
import { jsonOf } from "../../../../oracle/http/readBody.ts";
import { requireLocal } from "../../../../oracle/http/requireLocal.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { BaseError } from "../../../../sdk/errors.ts";

const LOCAL = "127.0.0.1";
const OCTETS = { contentType: "application/octet-stream", what: "octets", mostBytes: 1_000 };

class FullError extends BaseError {
  override name = "FullError";
}

describe("HttpServer", () => {
  const servers: HttpServer[] = [];
  const lines: string[] = [];
  let url = "";

  const routes: HttpRoute[] = [
    {
      method: "GET",
      path: "/rounds/:id/bids/:position",
      answer: async ({ params, path }) => jsonReply(200, { ...params, path }),
    },
    {
      method: "GET",
      path: "/rounds/:id",
      answer: async ({ params: { id } }) => jsonReply(200, { id }),
    },
    {
      method: "POST",
      path: "/rounds/:id",
      body: { contentType: "application/json", what: "a round", mostBytes: 100 },
      answer: async ({ body }) => jsonReply(200, { given: jsonOf(body, "a round") }),
    },
    {
      method: "POST",
      path: "/octets",
      body: OCTETS,
      answer: async ({ body }) => bytesReply(200, body.toReversed()),
    },
    {
      method: "GET",
      path: "/full",
      answer: () => Promise.reject(new FullError("Full.", { metaMessages: ["Make room."] })),
    },
  ];

  const serve = async (options: Partial<HttpServerOptions> = {}) => {
    const server = new HttpServer({
      name: "A service",
      host: LOCAL,
      port: 0,
      log: new Log({ write: (line) => lines.push(line) }),
      routes,
      ...options,
    });
    servers.push(server);
    url = await server.start();
  };

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  const post = (path: string, body: string | Uint8Array, type: string) =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": type },
      body: body as Uint8Array<ArrayBuffer>,
    });

  it("gives routes the parts of the path that they name, as they were asked for", async () => {
    await serve();
    const answer = await fetch(`${url}/rounds/0xab/bids/7?x=1`);
    expect(await answer.json()).to.deep.equal({
      id: "0xab",
      position: "7",
      path: "/rounds/0xab/bids/7",
    });
    expect(await (await fetch(`${url}/rounds/%41`)).json()).to.deep.equal({ id: "%41" });
    for (const path of [
      "/rounds",
      "/rounds/",
      "/rounds/a/bids",
      "/rounds//bids/1",
      "/rounds/a/b",
    ]) {
      const { status } = await fetch(url + path);
      expect(status, path).to.equal(404);
    }
  });

  it("takes several methods at one path, and names all of them", async () => {
    await serve();
    expect((await post("/rounds/a", "{}", "application/json")).status).to.equal(200);
    const answer = await fetch(`${url}/rounds/a`, { method: "DELETE" });
    expect([answer.status, answer.headers.get("allow")]).to.deep.equal([405, "GET, HEAD, POST"]);
  });

  it("takes and gives octets, up to what a route takes", async () => {
    await serve();
    const bytes = new Uint8Array(1_000).map((_, i) => i);
    const answer = await post("/octets", bytes, OCTETS.contentType);
    expect(answer.headers.get("content-type")).to.equal("application/octet-stream");
    expect(new Uint8Array(await answer.arrayBuffer())).to.deep.equal(bytes.toReversed());
    expect((await post("/octets", new Uint8Array(1_001), OCTETS.contentType)).status).to.equal(413);
    expect((await post("/rounds/a", `"${"x".repeat(99)}"`, "application/json")).status).to.equal(
      413,
    );
    expect((await post("/octets", bytes, "text/plain")).status).to.equal(415);
  });

  it("says what is no JSON, and where", async () => {
    await serve();
    const answer = await post("/rounds/a", '{"a": }', "application/json");
    expect(answer.status).to.equal(400);
    expect(((await answer.json()) as { message: string }).message).to.match(/line 1, column 7/);
  });

  it("gives errors the status that the service says, and 503 else", async () => {
    await serve({ statusOf: (error) => (error instanceof FullError ? 507 : undefined) });
    const answer = await fetch(`${url}/full`);
    expect(answer.status).to.equal(507);
    expect(await answer.json()).to.deep.equal({
      error: "FullError",
      message: "Full.",
      remedy: ["Make room."],
    });
    await serve();
    expect((await fetch(`${url}/full`)).status).to.equal(503);
  });

  it("answers pages of other origins only where it is open", async () => {
    await serve();
    expect((await fetch(`${url}/rounds/a`)).headers.has("access-control-allow-origin")).to.equal(
      false,
    );
    expect((await fetch(`${url}/rounds/a`, { method: "OPTIONS" })).status).to.equal(405);
    await serve({ isOpen: true });
    const preflight = await fetch(`${url}/rounds/a`, { method: "OPTIONS" });
    expect(preflight.status).to.equal(204);
    expect(preflight.headers.get("access-control-allow-origin")).to.equal("*");
    expect(preflight.headers.get("access-control-allow-headers")).to.equal(
      "content-type, x-sealwatt-signature",
    );
    const refused = await fetch(`${url}/nothing`);
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).to.deep.equal([
      404,
      "*",
    ]);
  });

  it("takes requests by every name where it is open or asks for a secret", async () => {
    const asked = (host: string) =>
      new Promise<number>((resolve, reject) => {
        request(`${url}/rounds/a`, { headers: { host }, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        })
          .on("error", reject)
          .end();
      });
    await serve();
    expect(await asked("matcher.example")).to.equal(421);
    await serve({ takesAnyName: true });
    expect(await asked("matcher.example")).to.equal(200);
    expect((await fetch(`${url}/rounds/a`, { method: "OPTIONS" })).status).to.equal(405);
    expect((await fetch(`${url}/rounds/a`)).headers.has("access-control-allow-origin")).to.equal(
      false,
    );
    await serve({ isOpen: true });
    expect(await asked("matcher.example")).to.equal(200);
  });

  it("has every reply to a request that was read sealed, refusals too", async () => {
    const sealed: string[] = [];
    await serve({
      sealReply: async ({ method, path, body }, reply) => {
        sealed.push(`${method} ${path} ${body.length} ${reply.status}`);
        return { ...reply, headers: { ...reply.headers, "x-seal": "yes" } };
      },
    });
    expect((await fetch(`${url}/rounds/a`)).headers.get("x-seal")).to.equal("yes");
    expect((await fetch(`${url}/full`)).headers.get("x-seal")).to.equal("yes");
    await post("/octets", new Uint8Array(9), OCTETS.contentType);
    // Of what was not read nothing is said.
    expect((await post("/octets", "", "text/plain")).headers.has("x-seal")).to.equal(false);
    expect(sealed).to.deep.equal(["GET /rounds/a 0 200", "GET /full 0 503", "POST /octets 9 200"]);
  });

  it("refuses who asks too often before it reads the body", async () => {
    const admit = limitRate({ perMinute: 1, burst: 2 });
    await serve({ routes: [{ ...routes[3]!, admit }] });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      statuses.push((await post("/octets", new Uint8Array(2_000), OCTETS.contentType)).status);
    }
    expect(statuses).to.deep.equal([413, 413, 429]);
  });

  it("reads no more bodies at once than there is room for", async () => {
    let release = () => {};
    let running = 0;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow: HttpRoute = {
      ...routes[3]!,
      answer: async () => {
        running++;
        await held;
        return jsonReply(200, {});
      },
    };
    // One address has a quarter of it.
    await serve({ routes: [slow], mostBytesAtOnce: 8_000 });
    const body = new Uint8Array(900);
    const first = [1, 2].map(() => post("/octets", body, OCTETS.contentType));
    while (running < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const third = await post("/octets", body, OCTETS.contentType);
    expect([third.status, third.headers.get("retry-after")]).to.deep.equal([503, "1"]);
    release();
    expect((await Promise.all(first)).map(({ status }) => status)).to.deep.equal([200, 200]);
    expect((await post("/octets", body, OCTETS.contentType)).status).to.equal(200);
  });

  it("leaves connections for others where one address has taken its share", async () => {
    await serve({ mostConnectionsEach: 3 });
    const port = Number(new URL(url).port);
    const sockets = Array.from({ length: 5 }, () =>
      connect(port, LOCAL)
        .on("error", () => {})
        .resume(),
    );
    await Promise.race(sockets.slice(3).map((socket) => once(socket, "close")));
    for (const socket of sockets) socket.destroy();
    const ask = () =>
      fetch(`${url}/rounds/a`).then(
        ({ status }) => status,
        () => undefined,
      );
    let status = await ask();
    for (let tries = 0; status === undefined && tries < 500; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      status = await ask();
    }
    expect(status).to.equal(200);
  });

  it("ends when what it has begun has ended, or nearly so", async () => {
    let isOver = false;
    let release = () => {};
    const slow = async () => {
      await new Promise<void>((resolve) => (release = resolve));
      await new Promise((resolve) => setTimeout(resolve, 50));
      return (isOver = true);
    };
    const stuck = () => new Promise(() => {});
    for (const work of [slow, stuck]) {
      let begin = () => {};
      const begun = new Promise<void>((resolve) => (begin = resolve));
      const answer = async () => {
        begin();
        return jsonReply(200, await work());
      };
      const route: HttpRoute = { method: "GET", path: "/work", answer };
      await serve({ routes: [route], timeouts: { closeMs: 500 } });
      const asked = fetch(`${url}/work`).catch(() => undefined);
      await begun;
      const startMs = performance.now();
      const stopped = servers.at(-1)!.stop();
      expect(await asked, "it is cut off").to.equal(undefined);
      release();
      await stopped;
      expect(performance.now() - startMs).to.be.lessThan(10_000);
      expect(isOver).to.equal(true);
    }
    expect(lines.join("")).to.include("Requests did not end.");
  });

  it("serves health as every service does", async () => {
    let ready = true;
    await serve({
      routes: healthRoutes({
        readiness: () => ({ ready, reasons: ready ? [] : ["No chain."] }),
        status: () => ({ nowS: 5n }),
        metrics: { contentType: "text/plain", render: async () => "up 1\n" },
      }),
    });
    expect((await fetch(`${url}/readyz`)).status).to.equal(200);
    ready = false;
    const answer = await fetch(`${url}/readyz`);
    expect([answer.status, await answer.json()]).to.deep.equal([
      503,
      { ready: false, reasons: ["No chain."] },
    ]);
    expect(await (await fetch(`${url}/metrics`)).text()).to.equal("up 1\n");
    expect(await (await fetch(`${url}/status`)).json()).to.deep.equal({ nowS: "5" });
  });

  it("lets one address ask for status and metrics so often only, and for health always", async () => {
    let renders = 0;
    const health = {
      readiness: () => ({ ready: true, reasons: [] }),
      status: () => ({ nowS: renders++ }),
      metrics: { contentType: "text/plain", render: async () => `up ${renders++}\n` },
    };
    const statuses = (paths: string[]) =>
      Promise.all(paths.map(async (path) => (await fetch(url + path)).status));
    await serve({ routes: healthRoutes({ ...health, rate: { perMinute: 1, burst: 2 } }) });
    const some = ["/status", "/metrics", "/status", "/metrics"];
    expect((await statuses(some)).toSorted()).to.deep.equal([200, 200, 429, 429]);
    expect(renders).to.equal(2);
    expect(await statuses(["/healthz", "/readyz"])).to.deep.equal([200, 200]);
    const many = Array.from({ length: 90 }, () => "/status");
    await serve({ routes: healthRoutes(health), mostConnections: 256 });
    expect(await statuses(many)).to.include(429);
    await serve({ routes: healthRoutes({ ...health, rate: "unlimited" }), mostConnections: 256 });
    expect(new Set(await statuses(many))).to.deep.equal(new Set([200]));
  });

  describe("requireLocal", () => {
    const head = (
      headers: Record<string, string>,
      remoteAddress = LOCAL,
      localAddress = remoteAddress.includes(LOCAL) ? remoteAddress : "::1",
    ) => ({
      ...{ method: "GET", path: "/evidence", params: {}, remoteAddress, localAddress },
      headers: { host: "localhost:1", ...headers },
    });
    const check = (...args: Parameters<typeof head>) =>
      requireLocal(head(...args), "Evidence", "Ask there.");

    it("answers programs on this machine", () => {
      for (const address of [LOCAL, "::1", "::ffff:127.0.0.1"]) {
        expect(() => check({}, address)).not.to.throw();
      }
    });

    it("answers programs that ask at an address of the machine's own", () => {
      for (const [address, host] of [
        ["192.0.2.2", "192.0.2.2:8620"],
        ["::ffff:192.0.2.2", "192.0.2.2:8620"],
        ["2001:db8::2", "[2001:db8::2]:8620"],
        ["2001:db8::2", "localhost:8620"],
      ] as const) {
        expect(() => check({ host }, address, address), host).not.to.throw();
        for (const headers of [
          { host, origin: "https://evil.example" },
          { host, "x-forwarded-for": "10.0.0.7" },
          { host: "evil.example" },
          { host: "192.0.2.7:8620" },
        ]) {
          expect(() => check(headers, address, address)).to.throw(HttpRequestError, "own machine");
        }
        expect(() => check({ host }, "192.0.2.7", address)).to.throw(HttpRequestError);
      }
      expect(() => check({}, "", ""), "a connection that is gone").to.throw(HttpRequestError);
    });

    it("refuses other machines, proxies and pages", () => {
      for (const [headers, address] of [
        [{}, "10.0.0.7"],
        [{}, "2001:db8::1"],
        [{ "x-forwarded-for": "10.0.0.7" }, LOCAL],
        [{ forwarded: "for=10.0.0.7" }, LOCAL],
        [{ origin: "https://evil.example" }, LOCAL],
        [{ host: "evil.example" }, LOCAL],
      ] as const) {
        expect(() => check(headers, address)).to.throw(HttpRequestError, "own machine");
      }
    });
  });
});
