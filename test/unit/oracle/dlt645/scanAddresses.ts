import { expect } from "chai";
import { Dlt645Line } from "../../../../oracle/dlt645/dlt645Line.ts";
import { Dlt645Peer, replyOf } from "../../../helpers/dlt645Peer.ts";

const NOISE = Buffer.from("6855aa5568", "hex");

describe("scanAddresses", () => {
  let peer: Dlt645Peer;
  let line: Dlt645Line;

  async function open(answer: Dlt645Peer["answer"]): Promise<void> {
    peer = new Dlt645Peer(answer);
    line = new Dlt645Line({ port: await peer.start(), gapMs: 1, quietMs: 1 });
  }

  /** Meters on an RS-485 bus: answers at the same time destroy one another. */
  async function openBus(addresses: readonly string[]): Promise<void> {
    await open((request, send) => {
      const replies = addresses.flatMap((address) => replyOf(address, {}, request) ?? []);
      if (replies.length > 0) send(replies.length === 1 ? replies[0]! : NOISE);
    });
  }

  afterEach(async () => {
    await line.close();
    await peer.stop();
  });

  it("finds the only meter with one request", async () => {
    await openBus(["3A2107000481"]);
    expect(await line.scanAddresses({ windowMs: 10 })).to.deep.equal({
      addresses: ["3A2107000481"],
      requests: 1,
      complete: true,
    });
  });

  it("finds none on a silent line, having asked in both ways", async () => {
    await openBus([]);
    const result = await line.scanAddresses({ windowMs: 10 });
    expect(result).to.deep.equal({ addresses: [], requests: 2, complete: true });
  });

  it("takes meters apart whose answers collide", async function () {
    this.timeout(20_000);
    const addresses = ["000000000161", "000000000261", "000000000299"];
    await openBus(addresses);
    // All; the lowest pair; the next where 61 collides.
    const result = await line.scanAddresses({ windowMs: 10 });
    expect(result).to.deep.equal({ addresses, requests: 201, complete: true });
  });

  it("finds meters that answer one after the other", async function () {
    this.timeout(20_000);
    const addresses = ["000000000161", "000000000262"];
    await open((request, send) => {
      for (const address of addresses) {
        const reply = replyOf(address, {}, request);
        if (reply !== undefined) send(reply);
      }
    });
    expect((await line.scanAddresses({ windowMs: 10 })).addresses).to.deep.equal(addresses);
  });

  it("finds a meter that does not know the request for its address", async () => {
    await open((request, send) => {
      const reply = request.control === 0x13 ? undefined : replyOf("000000000161", {}, request);
      if (reply !== undefined) send(reply);
    });
    expect((await line.scanAddresses({ windowMs: 10 })).addresses).to.deep.equal(["000000000161"]);
  });

  it("ends on a line of pure noise, and says that it did not search all", async () => {
    await open((_, send) => send(NOISE));
    const asked: string[] = [];
    const result = await line.scanAddresses({
      windowMs: 2,
      maxRequests: 30,
      onRequest: (address) => asked.push(address),
    });
    expect(result).to.deep.equal({ addresses: [], requests: 30, complete: false });
    expect(asked).to.have.length(30);
    expect(asked[1]).to.equal("AAAAAAAAAA00");
    expect(asked[2]).to.equal("AAAAAAAA0000");
  });

  it("takes no answer that does not fit what was asked, and writes nothing", async () => {
    await open((request, send) =>
      send(replyOf("000000000161", {}, { ...request, address: "AAAAAAAAAAAA" })!),
    );
    const result = await line.scanAddresses({ windowMs: 2 });
    expect(result.addresses).to.deep.equal(["000000000161"]);
    expect(peer.requests.every(({ control }) => control === 0x13 || control === 0x11)).to.equal(
      true,
    );
  });

  it("can be aborted", async () => {
    await openBus([]);
    const signal = AbortSignal.timeout(10);
    const startMs = performance.now();
    const result = await line
      .scanAddresses({ windowMs: 5_000, signal })
      .catch((error: unknown) => error);
    expect(result).to.have.property("name", "TimeoutError");
    expect(performance.now() - startMs).to.be.lessThan(500);
  });
});
