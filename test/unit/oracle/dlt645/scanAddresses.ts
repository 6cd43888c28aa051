import { expect } from "chai";
import { ANY_ADDRESS, matchesAddress } from "../../../../oracle/dlt645/address.ts";
import { Dlt645Line } from "../../../../oracle/dlt645/dlt645Line.ts";
import { decodeFrame, type Dlt645Frame } from "../../../../oracle/dlt645/frame.ts";
import { scanAddresses } from "../../../../oracle/dlt645/scanAddresses.ts";
import { Dlt645Peer, replyOf, type Answer } from "../../../helpers/dlt645Peer.ts";

/** A bus without time: `meters` of a request tells who answers it, and whether that is readable. */
function busOf(meters: (request: Dlt645Frame) => { answers: string[]; noise?: boolean }) {
  const asked: Dlt645Frame[] = [];
  return {
    asked,
    inTurn: <T>(job: () => Promise<T>) => job(),
    gather: async (request: Dlt645Frame) => {
      asked.push(request);
      const { answers, noise = false } = meters(request);
      const frames = answers.map((address) => {
        const bytes = replyOf(address, {}, { ...request, address })!;
        return { ...decodeFrame(bytes), bytes };
      });
      return { frames, noise };
    },
  };
}

/** Meters on RS-485: answers at the same time destroy one another. */
function rs485(addresses: readonly string[]) {
  return busOf((request) => {
    const answers = addresses.filter((address) => matchesAddress(request.address, address));
    return answers.length > 1 ? { answers: [], noise: true } : { answers };
  });
}

describe("scanAddresses", () => {
  it("finds the only meter with one request", async () => {
    expect(await scanAddresses(rs485(["3A2107000481"]))).to.deep.equal({
      addresses: ["3A2107000481"],
      requests: 1,
      complete: true,
    });
  });

  it("finds none on a silent line, having asked in both ways", async () => {
    const bus = rs485([]);
    expect(await scanAddresses(bus)).to.deep.equal({ addresses: [], requests: 2, complete: true });
    expect(bus.asked.map(({ control }) => control)).to.deep.equal([0x13, 0x11]);
  });

  it("takes meters apart whose answers collide", async () => {
    const addresses = ["000000000161", "000000000261", "000000000299"];
    // All; the lowest pair of digits; the next where 61 collides.
    expect(await scanAddresses(rs485(addresses))).to.deep.equal({
      addresses,
      requests: 201,
      complete: true,
    });
  });

  it("takes meters apart that differ in the highest digits alone", async () => {
    const addresses = ["000000000161", "990000000161"];
    expect(await scanAddresses(rs485(addresses))).to.include({ requests: 601, complete: true });
  });

  it("finds meters that answer one after the other, and looks for more", async () => {
    const addresses = ["000000000161", "000000000262"];
    const bus = busOf(({ address }) => ({
      answers: addresses.filter((meter) => matchesAddress(address, meter)),
    }));
    expect(await scanAddresses(bus)).to.deep.equal({ addresses, requests: 101, complete: true });
  });

  it("finds a meter that does not know the request for its address", async () => {
    const bus = busOf(({ control }) => ({ answers: control === 0x13 ? [] : ["000000000161"] }));
    expect((await scanAddresses(bus)).addresses).to.deep.equal(["000000000161"]);
  });

  it("ends on a line of pure noise, and says that it did not search all", async () => {
    const asked: string[] = [];
    const result = await scanAddresses(
      busOf(() => ({ answers: [], noise: true })),
      { maxRequests: 30, onRequest: (address) => asked.push(address) },
    );
    expect(result).to.deep.equal({ addresses: [], requests: 30, complete: false });
    expect(asked).to.have.length(30);
    expect(asked.slice(1, 3)).to.deep.equal(["AAAAAAAAAA00", "AAAAAAAA0000"]);
  });

  it("takes no answer that does not fit what was asked, and writes nothing", async () => {
    const bus = busOf(({ address }) => ({
      answers: address === ANY_ADDRESS ? [] : ["000000000162"],
      noise: address === ANY_ADDRESS,
    }));
    expect((await scanAddresses(bus)).addresses).to.deep.equal(["000000000162"]);
    expect(bus.asked.every(({ control }) => control === 0x13 || control === 0x11)).to.equal(true);
  });
});

describe("Dlt645Line.scanAddresses", () => {
  let peer: Dlt645Peer;
  let line: Dlt645Line;

  async function open(answer: Answer): Promise<void> {
    peer = new Dlt645Peer(answer);
    line = new Dlt645Line({ port: await peer.start(), gapMs: 1, quietMs: 1 });
  }

  afterEach(async () => {
    await line.close();
    await peer.stop();
  });

  it("listens through the whole window", async () => {
    await open((request, send) => {
      const reply = replyOf("000000000161", {}, request);
      if (reply !== undefined) setTimeout(() => send(reply), 30);
    });
    expect((await line.scanAddresses({ windowMs: 200 })).addresses).to.deep.equal(["000000000161"]);
  });

  it("calls bytes noise that are no frame", async () => {
    await open((_, send) => send(Buffer.from("6855aa5568", "hex")));
    const result = await line.scanAddresses({ windowMs: 50, maxRequests: 3 });
    expect(result).to.deep.equal({ addresses: [], requests: 3, complete: false });
  });

  it("can be aborted", async () => {
    await open(() => undefined);
    const signal = AbortSignal.timeout(10);
    const startMs = performance.now();
    const result = await line
      .scanAddresses({ windowMs: 10_000, signal })
      .catch((error: unknown) => error);
    expect(result).to.have.property("name", "TimeoutError");
    expect(performance.now() - startMs).to.be.lessThan(5_000);
  });
});
