import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { hostname } from "node:os";
import { expect } from "chai";
import { CommandRefusedError } from "../../../../oracle/operations/commandRefusedError.ts";
import { HttpServer, type HttpTimeouts } from "../../../../oracle/http/httpServer.ts";
import { HttpServerError } from "../../../../oracle/http/httpServerError.ts";
import { GATEWAY_SERVED, gatewayRoutes } from "../../../../oracle/operations/gatewayRoutes.ts";
import type { GatewayView } from "../../../../oracle/operations/gatewayView.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { Metrics } from "../../../../oracle/operations/metrics.ts";
import { BaseError } from "../../../../sdk/errors.ts";
import {
  ForeignSignerError,
  MalformedCommandError,
  MalleableSignatureError,
} from "../../../../sdk/gateway/operatorCommandError.ts";
import { STATUS, stubView } from "../../../helpers/gatewayView.ts";

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  json: () => Record<string, unknown>;
}

interface Asked {
  method?: string;
  headers?: Record<string, string | number>;
  body?: string | Buffer;
}

const LOCAL = "127.0.0.1";
const QUICK: HttpTimeouts = { headersMs: 100, requestMs: 200, responseMs: 400, closeMs: 100 };

describe("HttpServer of the gateway", () => {
  const view: GatewayView = stubView();
  const servers: HttpServer[] = [];
  let lines: string[] = [];
  let url = "";

  async function serve(options: { timeouts?: HttpTimeouts; host?: string; port?: number } = {}) {
    const server = new HttpServer({
      ...GATEWAY_SERVED,
      routes: gatewayRoutes(view, new Metrics(view)),
      host: LOCAL,
      port: 0,
      log: new Log({ write: (line) => lines.push(line) }),
      ...options,
    });
    servers.push(server);
    url = await server.start();
    return server;
  }

  function ask(path: string, { method = "GET", headers = {}, body }: Asked = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request(url + path, { method, headers, agent: false }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            text,
            json: () => JSON.parse(text) as Record<string, unknown>,
          }),
        );
      });
      asked.on("error", reject);
      asked.end(body);
    });
  }

  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    ask("/commands", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });

  /** What comes back until the server closes the connection. */
  async function raw(send: (socket: Socket) => void): Promise<string> {
    const socket = connect(Number(new URL(url).port), LOCAL);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => {});
    await once(socket, "connect");
    send(socket);
    await once(socket, "close");
    return text;
  }

  beforeEach(() => {
    lines = [];
    Object.assign(view, stubView());
  });

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  describe("shows", () => {
    beforeEach(() => serve());

    it("that the process lives", async () => {
      const answer = await ask("/healthz");
      expect([answer.status, answer.json()]).to.deep.equal([200, { healthy: true }]);
    });

    it("whether it is ready, with what is missing", async () => {
      expect((await ask("/readyz")).status).to.equal(200);
      view.readiness = () => ({ ready: false, reasons: ["No endpoint answers."] });
      const answer = await ask("/readyz");
      expect(answer.status).to.equal(503);
      expect(answer.json()).to.deep.equal({ ready: false, reasons: ["No endpoint answers."] });
    });

    it("metrics in Prometheus' format", async () => {
      const answer = await ask("/metrics?from=prometheus");
      expect(answer.status).to.equal(200);
      expect(answer.headers["content-type"]).to.equal("text/plain; version=0.0.4; charset=utf-8");
      expect(answer.text).to.include("\nsealwatt_gateway_ready 1\n");
    });

    it("its status, with exact numbers", async () => {
      const answer = await ask("/status");
      const status = answer.json() as unknown as typeof STATUS;
      expect(answer.headers["content-type"]).to.equal("application/json; charset=utf-8");
      expect(status.chainId).to.equal("31337");
      expect(status.meters[0]!.lastSample!.importWh).to.equal("281474976710655");
      expect(status.meters[1]!.lastSample).to.equal(null);
    });

    it("the head alone where it is asked for that", async () => {
      const answer = await ask("/status", { method: "HEAD" });
      expect([answer.status, answer.text]).to.deep.equal([200, ""]);
      expect(Number(answer.headers["content-length"])).to.be.above(500);
    });

    it("nothing to other origins' pages", async () => {
      const answer = await ask("/status", { headers: { origin: "https://evil.example" } });
      expect(Object.keys(answer.headers).join()).not.to.include("access-control");
      expect(answer.headers).to.include({
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      });
      const preflight = await ask("/commands", { method: "OPTIONS" });
      expect(preflight.status).to.equal(405);
    });

    it("several answers on one connection", async () => {
      const get = `GET /healthz HTTP/1.1\r\nHost: ${LOCAL}\r\n`;
      const text = await raw((socket) => socket.write(`${get}\r\n${get}Connection: close\r\n\r\n`));
      expect(text.match(/"healthy":true/g)).to.have.length(2);
    });
  });

  describe("refuses", () => {
    beforeEach(() => serve());

    it("unknown paths, and says which there are", async () => {
      for (const path of ["/", "/statu", "/status/", "/constructor", "//status"]) {
        const answer = await ask(path);
        expect(answer.status, path).to.equal(404);
        expect(answer.json().remedy).to.deep.equal([
          "Ask for /healthz, /readyz, /metrics, /status, /commands.",
        ]);
      }
    });

    it("other methods, and says which it takes", async () => {
      const answer = await ask("/status", { method: "POST", body: "{}" });
      expect(answer.status).to.equal(405);
      expect(answer.headers.allow).to.equal("GET, HEAD");
      expect(answer.json().message).to.equal("/status takes no POST.");
      expect((await ask("/commands")).headers.allow).to.equal("POST");
    });

    it("requests that are addressed to another name", async () => {
      for (const host of [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "[",
        "127.0.0.2",
        "127.0.0.1@evil",
      ]) {
        const answer = await ask("/status", { headers: { host } });
        expect(answer.status, host).to.equal(421);
        expect(answer.json().remedy).to.deep.equal([`Use ${url}.`]);
      }
    });

    it("no name of its own, behind whatever port", async () => {
      for (const host of [LOCAL, "localhost", "LOCALHOST:1", "localhost.", hostname()]) {
        expect((await ask("/status", { headers: { host } })).status, host).to.equal(200);
      }
    });

    it("a request without a Host", async () => {
      for (const head of ["HTTP/1.0", "HTTP/1.1\r\nConnection: close\r\nHost:"]) {
        const text = await raw((socket) => socket.write(`GET /status ${head}\r\n\r\n`));
        expect(text).to.match(/^HTTP\/1.1 421 /);
      }
    });

    it("headers that are too long", async () => {
      const answer = await ask("/status", { headers: { cookie: "x".repeat(9000) } });
      expect(answer.status).to.equal(431);
      expect(answer.json().message).to.equal("The headers have more than 8192 bytes.");
    });

    it("what is no HTTP", async () => {
      const text = await raw((socket) => socket.write("\x16\x03\x01\r\n\r\n"));
      expect(text).to.match(/^HTTP\/1.1 400 .*"This is no HTTP request."/s);
    });

    it("with a word that says what to do where the gateway's own part fails", async () => {
      view.status = () => {
        throw new BaseError("The store is closed.", { metaMessages: ["Start again."] });
      };
      const answer = await ask("/status");
      expect([answer.status, answer.json().remedy]).to.deep.equal([503, ["Start again."]]);
      expect((await ask("/metrics")).status).to.equal(503);
    });

    it("without its insides where there is a defect", async () => {
      view.status = () => {
        throw new TypeError("secret of the inside");
      };
      const answer = await ask("/status");
      expect(answer.status).to.equal(500);
      expect(answer.text).not.to.include("secret");
      expect(lines.join()).to.include("secret of the inside");
    });
  });

  describe("commands", () => {
    beforeEach(() => serve());

    it("hands a command on and shows what it did", async () => {
      let given: unknown;
      view.command = async (signed) => {
        given = signed;
        return { hash: "0xcd", operator: "0xef", result: "Released." };
      };
      const answer = await post('{"signature":"0x"}');
      expect(given).to.deep.equal({ signature: "0x" });
      expect(answer.status).to.equal(200);
      expect(answer.json()).to.include({ result: "Released." });
    });

    it("answers each refusal with its status and what to do", async () => {
      const remedy = { metaMessages: ["Do this."] };
      const refusals: [number, BaseError][] = [
        [400, new MalformedCommandError("nonce", undefined, "Do this.")],
        [400, new MalleableSignatureError()],
        [403, new ForeignSignerError("0xab")],
        [403, new CommandRefusedError("forbidden", "Not switchable.", remedy)],
        [404, new CommandRefusedError("unknown", "No entry 7.", remedy)],
        [409, new CommandRefusedError("done", "Released before.", remedy)],
        [503, new CommandRefusedError("unavailable", "The meter is silent.", remedy)],
        [503, new BaseError("The disk is full.", remedy)],
      ];
      for (const [status, error] of refusals) {
        view.command = () => Promise.reject(error);
        const answer = await post("{}");
        expect(answer.status, error.message).to.equal(status);
        expect(answer.json()).to.deep.equal({
          error: error.name,
          message: error.shortMessage,
          remedy: error.metaMessages,
        });
      }
      view.command = () => Promise.reject(new TypeError("a defect"));
      expect((await post("{}")).status).to.equal(500);
    });

    it("says where JSON is broken", async () => {
      const answer = await post('{"command": }');
      expect(answer.status).to.equal(400);
      expect(answer.json().message).to.match(/^Malformed JSON at line 1, column 13/);
      expect((await post("")).status).to.equal(400);
      expect((await post(Buffer.from([0x22, 0xff, 0x22]))).status).to.equal(400);
    });

    it("takes JSON alone", async () => {
      for (const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json; charset=latin1",
      ]) {
        const answer = await post("{}", { "content-type": type });
        expect(answer.status, type).to.equal(415);
        expect(answer.json().remedy).to.deep.equal([
          "Send the signed command with Content-Type: application/json.",
        ]);
      }
      expect((await ask("/commands", { method: "POST", body: "{}" })).status).to.equal(415);
      expect(
        (await post("{}", { "content-type": "Application/JSON;charset=UTF-8" })).status,
      ).to.equal(200);
      expect((await post("{}", { "content-encoding": "gzip" })).status).to.equal(415);
    });

    it("takes 8192 bytes and no more, announced or not", async () => {
      const body = (bytes: number) => `"${"x".repeat(bytes - 2)}"`;
      expect((await post(body(8192))).status).to.equal(200);
      expect((await post(body(8193))).status).to.equal(413);
      const chunked = { "transfer-encoding": "chunked" };
      expect((await post(body(8192), chunked)).status).to.equal(200);
      expect((await post(body(8193), chunked)).status).to.equal(413);
    });

    it("closes a connection whose body it did not read", async () => {
      const text = await raw((socket) =>
        socket.write(`POST /commands HTTP/1.1\r\nHost: ${LOCAL}\r\nContent-Length: 100\r\n\r\n`),
      );
      expect(text).to.match(/^HTTP\/1.1 415 .*connection: close/is);
    });

    it("obeys one at a time, and lets few wait", async () => {
      let running = 0;
      let most = 0;
      let refused = 0;
      let release = () => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      view.command = async () => {
        most = Math.max(most, ++running);
        await held;
        running--;
        return { hash: "0xcd", operator: "0xef", result: "Released." };
      };
      const ask = async () => {
        const answer = await post("{}");
        if (answer.status === 503 && ++refused === 12) release();
        return answer;
      };
      const answers = await Promise.all(Array.from({ length: 20 }, ask));
      expect(most).to.equal(1);
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).to.deep.equal([
        ...Array<number>(8).fill(200),
        ...Array<number>(12).fill(503),
      ]);
      expect(answers.find(({ status }) => status === 503)!.headers["retry-after"]).to.equal("1");
      expect((await post("{}")).status).to.equal(200);
    });
  });

  describe("cuts off", () => {
    beforeEach(() => serve({ timeouts: QUICK }));

    it("who sends headers slowly", async () => {
      let timer: NodeJS.Timeout | undefined;
      const text = await raw((socket) => {
        socket.write("GET /status HTTP/1.1\r\n");
        timer = setInterval(() => socket.write("x: y\r\n"), 20);
      });
      clearInterval(timer);
      expect(text).to.match(/^HTTP\/1.1 408 /);
    });

    it("who sends a body slowly", async () => {
      let timer: NodeJS.Timeout | undefined;
      const text = await raw((socket) => {
        socket.write(
          `POST /commands HTTP/1.1\r\nHost: ${LOCAL}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`,
        );
        timer = setInterval(() => socket.write(" "), 20);
      });
      clearInterval(timer);
      expect(text).to.match(/^HTTP\/1.1 408 /);
    });

    it("who waits for an answer that does not come", async () => {
      view.command = () => new Promise(() => {});
      const error = await post("{}").catch((thrown: unknown) => thrown);
      expect(error).to.include({ code: "ECONNRESET" });
    });

    it("those beyond 64 connections, and serves again when they are gone", async () => {
      const port = Number(new URL(url).port);
      const sockets = Array.from({ length: 70 }, () =>
        connect(port, LOCAL)
          .on("error", () => {})
          .resume(),
      );
      await Promise.all(sockets.map((socket) => once(socket, "close")));
      expect((await ask("/healthz")).status).to.equal(200);
    });
  });

  describe("stop", () => {
    it("answers what was asked, and takes no more", async () => {
      const server = await serve();
      let started = () => {};
      const running = new Promise<void>((resolve) => (started = resolve));
      let finish = () => {};
      view.command = async () => {
        started();
        await new Promise<void>((resolve) => (finish = resolve));
        return { hash: "0xcd", operator: "0xef", result: "Released." };
      };
      const answer = post("{}");
      await running;
      const stopped = server.stop();
      finish();
      expect((await answer).status).to.equal(200);
      await stopped;
      expect(await ask("/healthz").catch((error: unknown) => error)).to.include({
        code: "ECONNREFUSED",
      });
    });

    it("waits for no one for long, and for idle connections not at all", async () => {
      const server = await serve({
        timeouts: { ...QUICK, headersMs: 5000, requestMs: 5000, responseMs: 5000 },
      });
      const idle = connect(Number(new URL(url).port), LOCAL);
      idle.write(`GET /healthz HTTP/1.1\r\nHost: ${LOCAL}\r\n\r\n`);
      await once(idle, "data");
      let begin = () => {};
      const begun = new Promise<void>((resolve) => (begin = resolve));
      view.command = () => {
        begin();
        return new Promise(() => {});
      };
      const hanging = post("{}").catch((error: unknown) => error);
      await begun;
      const startedMs = performance.now();
      await server.stop();
      expect(performance.now() - startedMs).to.be.below(4_500);
      expect(await hanging).to.include({ code: "ECONNRESET" });
    });

    it("is nothing where it never began", async () => {
      const log = new Log({ write: () => {} });
      const routes = gatewayRoutes(view, new Metrics(view));
      await new HttpServer({ ...GATEWAY_SERVED, routes, host: LOCAL, port: 0, log }).stop();
    });
  });

  describe("start", () => {
    const failure = async (options: { host?: string; port?: number }) => {
      const error = await serve(options).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(HttpServerError);
      return error as HttpServerError;
    };

    it("says what to do where the port is in use", async () => {
      await serve();
      const port = Number(new URL(url).port);
      const error = await failure({ port });
      expect(error.shortMessage).to.equal(
        `Health and metrics cannot be served at 127.0.0.1:${port}: the port is in use.`,
      );
      expect(error.metaMessages[0]).to.include("Give http.port another port");
    });

    it("says what to do where the address is another machine's", async () => {
      const error = await failure({ host: "192.0.2.1" });
      expect(error.shortMessage).to.include("the address is not of this machine");
    });

    it("serves IPv6 under its address", async function () {
      await serve({ host: "::1" }).catch(() => this.skip());
      expect(url).to.match(/^http:\/\/\[::1\]:\d+$/);
      expect((await ask("/healthz")).status).to.equal(200);
    });

    it("serves all addresses under each of them", async () => {
      await serve({ host: "0.0.0.0" });
      url = url.replace("0.0.0.0", LOCAL);
      expect((await ask("/healthz")).status).to.equal(200);
      expect((await ask("/healthz", { headers: { host: "evil.example" } })).status).to.equal(421);
    });
  });
});
