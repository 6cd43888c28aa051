import { expect } from "chai";
import { HttpServer } from "../../../../../oracle/http/httpServer.ts";
import { statusOf } from "../../../../../oracle/http/statusOf.ts";
import { publicRoutes } from "../../../../../oracle/keyholder/http/publicRoutes.ts";
import { Log } from "../../../../../oracle/operations/log.ts";
import type { RateOptions } from "../../../../../sdk/private/relayer/rateLimit.ts";

describe("publicRoutes of the key holder", () => {
  /** How many of so many questions for reputations are looked at, though none is a question. */
  async function looked(asked: number, rate?: RateOptions): Promise<number> {
    const server = new HttpServer({
      name: "The key holder",
      host: "127.0.0.1",
      port: 0,
      log: new Log({ write: () => {} }),
      statusOf,
      routes: publicRoutes({ epochs: {}, reputations: {} } as never, rate),
    });
    const url = await server.start();
    const headers = { "content-type": "application/json" };
    const statuses: number[] = [];
    for (let times = 0; times < asked; times++) {
      const { status } = await fetch(`${url}/reputation`, { method: "POST", headers, body: "{}" });
      statuses.push(status);
    }
    await server.stop();
    expect(new Set(statuses)).to.deep.equal(new Set([400, 429]));
    return statuses.filter((status) => status === 400).length;
  }

  it("let one address ask for reputations as often as the operator says, else 20 at once", async () => {
    expect(await looked(6, { perMinute: 1, burst: 5 })).to.equal(5);
    expect(await looked(30)).to.be.within(20, 22);
  });
});
