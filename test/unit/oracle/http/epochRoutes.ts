import { expect } from "chai";
import { epochRoutes } from "../../../../oracle/http/epochRoutes.ts";
import { HttpServer } from "../../../../oracle/http/httpServer.ts";
import { answerSealer } from "../../../../oracle/keyholder/http/signedRoutes.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { SIGNATURE_HEADER } from "../../../../sdk/private/wire/signedRequest.ts";
import { POOL } from "../../sdk/private/scene.ts";

describe("epochRoutes", () => {
  let server: HttpServer;
  let url: string;
  let reads: string[];
  let signed: number;
  /** Of the key's content, which a reorganisation may change. */
  let hash: string;
  let isMissing: boolean;

  beforeEach(async () => {
    [reads, signed, hash, isMissing] = [[], 0, "0xaa", false];
    server = new HttpServer({
      name: "The key holder",
      host: "127.0.0.1",
      port: 0,
      log: new Log({ write: () => {} }),
      sealReply: answerSealer(POOL, { signMessage: async () => `0x${++signed}` }),
      routes: epochRoutes({
        list: () => [],
        manifest: () => ({ body: "{}" }),
        key: (epoch, name) => ({
          hash: `${hash} ${epoch} ${name}`,
          read: async () => {
            if (isMissing) throw new Error("It is not here.");
            reads.push(`${hash} ${epoch} ${name}`);
            return new Uint8Array(10);
          },
        }),
      }),
    });
    url = await server.start();
  });
  afterEach(() => server.stop());

  const key = async (path: string) => {
    const answer = await fetch(`${url}/epochs/${path}`);
    return [answer.status, answer.headers.get(SIGNATURE_HEADER)];
  };

  it("reads and signs a key once, however often it is asked for", async () => {
    for (let times = 0; times < 5; times++) {
      expect(await key("1/relin-keys")).to.deep.equal([200, "0x1"]);
    }
    expect(await key("1/public-key")).to.deep.equal([200, "0x2"]);
    expect(reads).to.deep.equal(["0xaa 1 relin-keys", "0xaa 1 public-key"]);
    hash = "0xbb";
    expect(await key("1/relin-keys")).to.deep.equal([200, "0x3"]);
  });

  it("holds few epochs' keys, and those that were asked for last", async () => {
    for (let epoch = 1; epoch <= 10; epoch++) {
      await key(`${epoch}/public-key`);
      await key("1/public-key");
    }
    expect(reads).to.have.length(10);
    await key("2/public-key");
    expect(reads).to.have.length(11);
  });

  it("tries again what could not be read", async () => {
    isMissing = true;
    expect((await key("1/public-key"))[0]).to.equal(500);
    isMissing = false;
    expect((await key("1/public-key"))[0]).to.equal(200);
  });

  it("signs anew what is not held", async () => {
    await fetch(`${url}/epochs`);
    const { headers } = await fetch(`${url}/epochs`);
    expect(headers.get(SIGNATURE_HEADER)).to.equal("0x2");
  });

  it("refuses who asks without end", async () => {
    const ask = async () => (await fetch(`${url}/epochs`)).status;
    const statuses = new Set<number>();
    while (!statuses.has(429)) {
      for (const status of await Promise.all(Array.from({ length: 20 }, ask))) statuses.add(status);
    }
    expect([...statuses].toSorted()).to.deep.equal([200, 429]);
  }).timeout(60_000);
});
