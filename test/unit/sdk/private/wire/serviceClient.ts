import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { expect } from "chai";
import { Wallet } from "ethers";
import { MalformedMessageError } from "../../../../../sdk/private/wire/messageError.ts";
import { encodeFrame, FRAME_CONTENT_TYPE } from "../../../../../sdk/private/wire/frame.ts";
import {
  ServiceClient,
  type ServiceClientOptions,
} from "../../../../../sdk/private/wire/serviceClient.ts";
import {
  ServiceRefusedError,
  ServiceUnreachableError,
  UnsignedAnswerError,
} from "../../../../../sdk/private/wire/serviceError.ts";
import {
  recoverRequestSigner,
  SIGNATURE_HEADER,
  signAnswer,
  type SignedCall,
} from "../../../../../sdk/private/wire/signedRequest.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { POOL } from "../scene.ts";

const MATCHER = new Wallet(`0x${"11".repeat(32)}`);
const KEY_HOLDER = new Wallet(`0x${"22".repeat(32)}`);
const STRANGER = new Wallet(`0x${"33".repeat(32)}`);

interface Asked {
  url: string;
  init: RequestInit & { headers: Record<string, string> };
}

interface Reply {
  status?: number;
  body?: string;
  headers?: Record<string, string>;
  /** Whose signature the answer has. */
  signer?: Wallet;
  /** What was signed instead of the call. */
  signedAs?: Partial<SignedCall>;
}

/** A client whose service answers as it is told. */
function clientOf(reply: Reply, options: Partial<ServiceClientOptions> = {}) {
  const asked: Asked[] = [];
  const client = new ServiceClient({
    url: "http://service:8620/",
    pool: POOL,
    fetch: (async (url: string, init: Asked["init"]) => {
      asked.push({ url, init });
      const { status = 200, body = "{}", signer, signedAs } = reply;
      const headers = new Headers(reply.headers);
      if (signer !== undefined) {
        const call = {
          pool: POOL,
          method: init.method as "GET",
          path: new URL(url).pathname,
          body: (init.body ?? new Uint8Array()) as Uint8Array,
          ...signedAs,
        };
        const answer = { status, body: utf8ToBytes(body) };
        headers.set(SIGNATURE_HEADER, await signAnswer(signer, call, answer));
      }
      return new Response(body, { status, headers });
    }) as typeof fetch,
    ...options,
  });
  return { client, asked };
}

/** The refusal that an asking ends in. */
async function refusal(asking: Promise<unknown>): Promise<ServiceRefusedError> {
  const error = await rejection(asking);
  if (error instanceof ServiceRefusedError) return error;
  throw error;
}

/** A service on a port of its own. */
async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("ServiceClient", () => {
  it("sends JSON and frames, and gives what came", async () => {
    const { client, asked } = clientOf({ body: '{"id":"7"}', headers: { "retry-after": "3" } });
    const answer = await client.post("/rounds", { period: 2n ** 60n });
    expect(answer.json()).to.deep.equal({ id: "7" });
    expect(answer).to.include({ status: 200, signature: undefined, retryAfterS: 3 });
    expect(asked[0]!.url).to.equal("http://service:8620/rounds");
    expect(asked[0]!.init.headers).to.deep.equal({ "content-type": "application/json" });
    expect(Buffer.from(asked[0]!.init.body as Uint8Array).toString()).to.equal(
      `{"period":"${2n ** 60n}"}`,
    );
    const frame = encodeFrame({}, [Uint8Array.of(1)]);
    await client.post("/plans", frame);
    expect(asked[1]!.init.headers["content-type"]).to.equal(FRAME_CONTENT_TYPE);
    expect(asked[1]!.init.body).to.deep.equal(frame);
  });

  it("keeps the path of a service that stands behind another", async () => {
    const { client, asked } = clientOf({}, { url: "https://host/keyholder" });
    await client.get("/epochs/1");
    expect(asked[0]!.url).to.equal("https://host/keyholder/epochs/1");
    expect(asked[0]!.init.body).to.be.undefined;
  });

  it("signs where it has a key, and the service can tell whose it is", async () => {
    const { client, asked } = clientOf({}, { signer: MATCHER });
    const { call } = await client.post("/beacons", { period: 5n });
    const signature = asked[0]!.init.headers[SIGNATURE_HEADER];
    expect(await recoverRequestSigner(call, signature)).to.equal(MATCHER.address);
  });

  it("believes the peer's signed answers alone", async () => {
    const options = { peer: KEY_HOLDER.address.toLowerCase() };
    const good = clientOf({ signer: KEY_HOLDER, body: '{"a":1}' }, options);
    expect((await good.client.get("/epochs")).signature).to.match(/^0x/);
    for (const reply of [
      {},
      { signer: STRANGER },
      { signer: KEY_HOLDER, signedAs: { path: "/epochs/2" } },
      { signer: KEY_HOLDER, signedAs: { body: utf8ToBytes("{}") } },
      { signer: KEY_HOLDER, signedAs: { pool: { ...POOL, chainId: 1n } } },
      { headers: { [SIGNATURE_HEADER]: "0x00" } },
      { status: 404 },
      { status: 409, signer: STRANGER },
      { status: 429, signer: STRANGER },
      { status: 500, signer: STRANGER },
    ]) {
      const { client } = clientOf(reply, options);
      expect(await rejection(client.get("/epochs"))).to.be.instanceOf(UnsignedAnswerError);
    }
  });

  it("takes what is said unsigned of a service that is away or has too much to do as no answer", async () => {
    for (const status of [429, 500, 502, 503]) {
      const { client } = clientOf({ status, body: "Not now" }, { peer: MATCHER.address });
      expect(await rejection(client.get("/epochs"))).to.be.instanceOf(ServiceUnreachableError);
    }
  });

  it("tells why it was refused, and keeps the answer as evidence", async () => {
    const body = JSON.stringify({
      error: "PlanTooLate",
      message: "Plans of period 5 have closed.",
      remedy: ["Submit for a later period."],
    });
    const { client } = clientOf(
      { status: 410, body, signer: KEY_HOLDER },
      { peer: KEY_HOLDER.address },
    );
    const error = await refusal(client.post("/uploads", {}));
    expect(error).to.include({ status: 410, reason: "PlanTooLate", isTemporary: false });
    expect(error.remedies).to.deep.equal(["Submit for a later period."]);
    expect(error.shortMessage).to.include("Plans of period 5 have closed.");
    expect(error.answer.signature).to.match(/^0x/);
    expect(Buffer.from(error.answer.bytes).toString()).to.equal(body);
  });

  it("tells which refusals may end by themselves", async () => {
    for (const [status, isTemporary] of [
      [400, false],
      [401, false],
      [409, false],
      [429, true],
      [503, true],
      [507, true],
    ] as const) {
      const { client } = clientOf({ status });
      expect(await rejection(client.get("/x"))).to.include({ status, isTemporary });
    }
  });

  it("makes something of a refusal in any form", async () => {
    for (const body of [
      "",
      "<html>",
      "[]",
      "null",
      '{"message":{}}',
      '{"remedy":[1,{}]}',
      "\xff",
    ]) {
      const { client } = clientOf({ status: 400, body });
      const error = await refusal(client.get("/x"));
      expect(error.remedies).to.deep.equal([]);
    }
    const long = JSON.stringify({ message: "x".repeat(100_000) });
    const { client } = clientOf({ status: 400, body: long });
    expect((await rejection(client.get("/x"))).message.length).to.be.below(2_000);
  });

  it("says of an answer that it is no JSON only where JSON is asked for", async () => {
    const { client } = clientOf({ body: "key" });
    const answer = await client.get("/epochs/1/public-key");
    expect(Buffer.from(answer.bytes).toString()).to.equal("key");
    expect(() => answer.json()).to.throw(MalformedMessageError);
  });

  it("reads no more than it takes", async () => {
    const { client } = clientOf({ body: "x".repeat(101) }, { mostAnswerBytes: 100 });
    const error = await rejection(client.get("/x"));
    expect(error).to.be.instanceOf(ServiceUnreachableError);
    expect(error.message).to.include("more than 100 bytes");
  });

  it("ends an answer that never ends, and a service that never answers", async () => {
    await using endless = await serve((_, response) => {
      response.writeHead(200);
      const pour = () => {
        while (response.write("x".repeat(65_536)));
      };
      response.on("drain", pour);
      pour();
    });
    const pouring = new ServiceClient({ url: endless.url, pool: POOL });
    expect(await rejection(pouring.get("/x"))).to.be.instanceOf(ServiceUnreachableError);
    await using silent = await serve(() => undefined);
    const waiting = new ServiceClient({ url: silent.url, pool: POOL, timeoutMs: 50 });
    expect(await rejection(waiting.get("/x"))).to.be.instanceOf(ServiceUnreachableError);
  });

  it("follows no redirection with what it has signed", async () => {
    let stolen = 0;
    await using thief = await serve((_, response) => {
      stolen++;
      response.end("{}");
    });
    await using service = await serve((_, response) => {
      response.writeHead(307, { location: thief.url }).end();
    });
    const client = new ServiceClient({ url: service.url, pool: POOL, signer: MATCHER });
    const error = await rejection(client.post("/beacons", {}));
    expect(error).to.be.instanceOf(ServiceUnreachableError);
    expect(stolen).to.equal(0);
  });

  for (const cut of ["resetAndDestroy", "destroy"] as const) {
    it(`asks once more, and only once, where the connection is closed under a request (${cut})`, async () => {
      let asked = 0;
      let closing = 2;
      await using service = await serve((request, response) => {
        if (++asked > closing) response.end("{}");
        else request.socket[cut]();
      });
      const client = new ServiceClient({ url: service.url, pool: POOL });
      expect(await rejection(client.get("/x"))).to.be.instanceOf(ServiceUnreachableError);
      expect(asked).to.equal(2);
      closing = 3;
      expect((await client.post("/x", { a: 1 })).json()).to.deep.equal({});
      expect(asked).to.equal(4);
    });
  }

  it("says that nobody is there, and why", async () => {
    const client = new ServiceClient({ url: "http://127.0.0.1:1", pool: POOL });
    const error = await rejection(client.get("/x"));
    expect(error).to.be.instanceOf(ServiceUnreachableError);
    expect(error.message).to.match(
      /GET http:\/\/127.0.0.1:1\/x got no answer[^]*(ECONNREFUSED|bad port)/,
    );
  });

  it("ends when it is told to, with the caller's own reason", async () => {
    await using silent = await serve(() => undefined);
    const client = new ServiceClient({ url: silent.url, pool: POOL });
    const reason = new Error("enough");
    const asking = client.get("/x", AbortSignal.timeout(20));
    expect((await rejection(asking)).name).to.equal("TimeoutError");
    const controller = new AbortController();
    const other = client.post("/x", {}, controller.signal);
    controller.abort(reason);
    expect(await rejection(other)).to.equal(reason);
  });
});
