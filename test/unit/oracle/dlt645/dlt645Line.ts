import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { MeterAddressError } from "../../../../oracle/dlt645/address.ts";
import type { Dlt645BusOptions } from "../../../../oracle/dlt645/dlt645Bus.ts";
import { Dlt645Line } from "../../../../oracle/dlt645/dlt645Line.ts";
import { encodeFrame } from "../../../../oracle/dlt645/frame.ts";
import {
  dataReply,
  errorReply,
  followUpReply,
  parseRequest,
} from "../../../../oracle/dlt645/messages.ts";
import { MAX_FOLLOW_UP_FRAMES } from "../../../../oracle/dlt645/readIdentifier.ts";
import { MeterError, type Meter } from "../../../../oracle/meters/meter.ts";
import type { Dlt645Profile } from "../../../../oracle/profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { Dlt645Peer, replyOf, type Answer, type Values } from "../../../helpers/dlt645Peer.ts";

const METER = "000000000161";
const OTHER = "000000000162";
const profile = loadDeviceProfile("dlt645-2007") as Dlt645Profile;

const VALUES: Values = {
  "00010000": 12_345_678n,
  "00020000": 26n,
  "02030000": -13_456n,
  "04000402": Buffer.from("185560060000", "hex"),
};

/** The peer answers at once, so that short waits do. */
const QUICK = { connectTimeoutMs: 2_000, gapMs: 1, quietMs: 20 };
/** Where the timeout is waited for, and nothing must come before it. */
const SHORT = { replyTimeoutMs: 60 };
/** Where it is waited for, and something must come before it. */
const LONGER = { replyTimeoutMs: 500 };

const honest: Answer = (request, send) => {
  const reply = replyOf(METER, VALUES, request);
  if (reply !== undefined) send(reply);
};

async function failureOf(promise: Promise<unknown>): Promise<MeterError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(MeterError);
  return error as MeterError;
}

describe("Dlt645Line", function () {
  this.timeout(30_000);
  let peer: Dlt645Peer;
  let line: Dlt645Line;
  let meter: Meter;

  async function open(answer: Answer, options: Partial<Dlt645BusOptions> = {}): Promise<void> {
    peer.answer = answer;
    line = new Dlt645Line({ port: await peer.start(), ...QUICK, ...options });
    meter = line.meter(profile, METER);
  }

  /** Answers the first request of an identifier in a special way, all else as an honest meter does. */
  function once(di: string, special: Answer): Answer {
    let done = false;
    return (request, send, socket) => {
      const asked = parseRequest(request);
      if (!done && asked?.kind === "read" && asked.di === di) {
        done = true;
        special(request, send, socket);
      } else honest(request, send, socket);
    };
  }

  beforeEach(() => {
    peer = new Dlt645Peer(honest);
  });

  afterEach(async () => {
    await line.close();
    await peer.stop();
  });

  describe("a meter that behaves", () => {
    it("gives all quantities, with the frames that they came in", async () => {
      await open(honest);
      const sample = await meter.read();
      expect(sample).to.include({
        importWh: 123_456_780n,
        exportWh: 260n,
        activePowerW: -1345.6,
        serialNumber: "000006605518",
      });
      expect(sample.raw).to.deep.include({
        quantity: "exportEnergyWh",
        source: "di 00020000",
        hex: encodeFrame(dataReply(METER, "00020000", Buffer.from("26000000", "hex")), {
          wakeUpBytes: 0,
        }).toString("hex"),
        value: "0.26 kWh",
      });
      expect(sample.raw.map(({ value }) => value)).to.deep.equal([
        "123456.78 kWh",
        "0.26 kWh",
        "-1.3456 kW",
        "000006605518",
      ]);
      expect(sample.frames?.map((frame) => frame.split(" ")[0])).to.deep.equal(
        Array.from({ length: 4 }, () => ["sent", "received"]).flat(),
      );
      expect(meter.where).to.match(/^127\.0\.0\.1:\d+ address 000000000161$/);
    });

    it("may lack power and number, but no energy", async () => {
      const values: Values = { "00010000": 1n, "00020000": 2n, "02030000": Buffer.alloc(3, 0xff) };
      await open((request, send) => send(replyOf(METER, values, request)!));
      expect(await meter.read()).to.include({
        activePowerW: undefined,
        serialNumber: undefined,
      });
      delete values["00020000"];
      const error = await failureOf(meter.read());
      expect(error.failure).to.equal("refused");
      expect(error.shortMessage).to.match(/refuses to read 00020000: no such data\.$/);
    });

    it("shares the line with others: their reads run one after the other", async () => {
      await open((request, send) => {
        for (const address of [METER, OTHER]) {
          const reply = replyOf(address, VALUES, request);
          if (reply !== undefined) setTimeout(() => send(reply), 2);
        }
      });
      const other = line.meter(profile, OTHER);
      await Promise.all([meter.read(), other.read(), meter.read()]);
      expect(peer.requests.map(({ address }) => address)).to.deep.equal(
        [METER, OTHER, METER].flatMap((address) => [address, address, address, address]),
      );
      expect(peer.connections).to.equal(1);
    });

    it("is named by an address of its own alone", async () => {
      await open(honest);
      expect(() => line.meter(profile, "AAAAAAAAAAAA")).to.throw(MeterAddressError);
    });

    it("has no switch without credentials", async () => {
      await open(honest);
      expect(meter).not.to.have.property("switch");
    });
  });

  describe("a value that is none", () => {
    for (const [title, bytes, failure] of [
      ["FF in every byte", "ffffffff", "absent"],
      ["a digit above 9", "0000a000", "absent"],
      ["a byte too few", "000000", "malformed"],
      ["a byte too many", "0000000000", "malformed"],
      ["no bytes at all", "", "malformed"],
    ] as const)
      it(`is refused: ${title}`, async () => {
        const values = { ...VALUES, "00010000": Buffer.from(bytes, "hex") };
        await open((request, send) => send(replyOf(METER, values, request)!));
        const error = await failureOf(meter.read());
        expect(error.failure).to.equal(failure);
        expect(error.hex).to.be.a("string");
        // Which meter, which quantity and what to do.
        expect(error.shortMessage).to.include(`${meter.where} has no `);
        expect(error.shortMessage).to.include("value for importEnergyWh (di 00010000)");
        expect(error.metaMessages.join()).to.include("Look at the meter's display.");
        const reply = dataReply(METER, "00010000", values["00010000"]);
        const request = encodeFrame(peer.requests[0]!).toString("hex");
        const answer = encodeFrame(reply, { wakeUpBytes: 0 }).toString("hex");
        expect(error.frames[0]).to.equal(`sent ${request}`);
        expect(error.frames[1]).to.match(new RegExp(`^received (fe)*${answer}$`));
        expect(error.raw).to.have.length(1);
        expect(error.raw[0]).to.include({ source: "di 00010000", hex: answer });
      });

    for (const [quantity, di, bytes, told] of [
      ["activePowerW", "02030000", "3c3c3c", "unusable: The value 3c3c3c is no number"],
      ["activePowerW", "02030000", "0000", "unusable: The value has 2 bytes, it must have 3"],
      ["activePowerW", "02030000", "ffffff", "absent"],
      ["serialNumber", "04000402", "00", "unusable: The value has 1 bytes, it must have 6"],
    ] as const)
      it(`is left out where the energies can do without: ${quantity} ${bytes}`, async () => {
        const value = Buffer.from(bytes, "hex");
        const values = { ...VALUES, [di]: value };
        await open((request, send) => send(replyOf(METER, values, request)!));
        const sample = await meter.read();
        expect(sample).to.include({ importWh: 123_456_780n, exportWh: 260n });
        expect(sample[quantity]).to.equal(undefined);
        const raw = sample.raw.find((given) => given.quantity === quantity);
        expect(raw?.value).to.include(told);
        expect(raw?.source).to.equal(`di ${di}`);
        expect(raw?.hex).to.equal(
          encodeFrame(dataReply(METER, di, value), { wakeUpBytes: 0 }).toString("hex"),
        );
      });

    it("fails the read where it is the line that damages it", async () => {
      const asked = "02030000";
      await open(
        once(asked, (_, send) => send(Buffer.from("6813ff16", "hex"))),
        LONGER,
      );
      expect((await failureOf(meter.read())).failure).to.equal("malformed");
    });
  });

  describe("a noisy or hostile bus", () => {
    it("calls a meter silent that does not answer", async () => {
      await open(() => undefined, SHORT);
      const error = await failureOf(meter.read());
      expect(error.failure).to.equal("silent");
      expect(error.shortMessage).to.match(/no answer of the meter 000000000161 at .* within 60 ms/);
    });

    it("does not take the late answer to an earlier request", async () => {
      // The import comes while the export is waited for.
      let late: Buffer | undefined;
      await open((request, send) => {
        const reply = replyOf(METER, VALUES, request)!;
        if (late === undefined) late = reply;
        else {
          send(late);
          setTimeout(() => send(reply), 40);
        }
      }, LONGER);
      expect((await failureOf(meter.read())).failure).to.equal("silent");
      const { value } = await line.readIdentifier(METER, "00020000");
      expect(Buffer.from(value).toString("hex")).to.equal("26000000");
    });

    it("waits after a timeout until the late answer is through", async () => {
      const quietMs = 500;
      let late: Buffer = Buffer.alloc(0);
      await open(
        once("00010000", (request) => (late = replyOf(METER, VALUES, request)!)),
        { ...LONGER, quietMs },
      );
      await failureOf(meter.read());
      const again = meter.read();
      peer.say(late.subarray(0, 12));
      await sleep(200);
      const endMs = performance.now();
      peer.say(late.subarray(12));
      expect(await again).to.include({ importWh: 123_456_780n });
      expect(performance.now() - endMs).to.be.greaterThan(quietMs - 5);
    });

    it("passes over a duplicate of the answer before", async () => {
      await open((request, send) => {
        const reply = replyOf(METER, VALUES, request)!;
        send(reply);
        send(reply);
        setTimeout(() => send(reply), 1);
        setTimeout(() => send(reply), 3);
      });
      for (let round = 0; round < 5; round++)
        expect(await meter.read()).to.include({ importWh: 123_456_780n, exportWh: 260n });
    });

    it("passes over its own request where the adapter hears itself", async () => {
      await open((request, send) => {
        send(Buffer.concat([encodeFrame(request), replyOf(METER, VALUES, request)!]));
      });
      expect(await meter.read()).to.include({ importWh: 123_456_780n });
    });

    it("calls a meter silent of which only the echo of the request comes", async () => {
      await open((request, send) => send(encodeFrame(request)), SHORT);
      expect((await failureOf(meter.read())).failure).to.equal("silent");
    });

    it("passes over another meter's answer, and refuses where none else comes", async () => {
      await open((request, send) => {
        send(replyOf(OTHER, VALUES, { ...request, address: OTHER })!);
        send(replyOf(METER, VALUES, request)!);
      }, LONGER);
      expect(await meter.read()).to.include({ importWh: 123_456_780n });
      peer.answer = (request, send) =>
        send(replyOf(OTHER, VALUES, { ...request, address: OTHER })!);
      const error = await failureOf(meter.read());
      expect(error.failure).to.equal("malformed");
      expect(error.shortMessage).to.match(/the meter 000000000162 answered/);
    });

    it("refuses an answer to another identifier", async () => {
      await open(
        (_, send) =>
          send(encodeFrame(dataReply(METER, "00020000", Buffer.from("26000000", "hex")))),
        LONGER,
      );
      expect((await failureOf(line.readIdentifier(METER, "00010000"))).shortMessage).to.match(
        /it answered 00020000 where 00010000 was asked for/,
      );
    });

    it("refuses a frame of a vendor's own function", async () => {
      await open(
        (_, send) =>
          send(encodeFrame({ address: METER, control: 0x80, data: Buffer.from("0001", "hex") })),
        LONGER,
      );
      expect((await failureOf(meter.read())).shortMessage).to.match(/the control byte 80/);
    });

    it("refuses a damaged answer, and keeps its bytes", async () => {
      await open((request, send) => {
        const reply = replyOf(METER, VALUES, request)!;
        reply[reply.length - 3]! ^= 0x10;
        send(reply);
      }, LONGER);
      const error = await failureOf(meter.read());
      expect(error.failure).to.equal("malformed");
      expect(error.shortMessage).to.match(/its checksum is/);
      expect(error.hex).to.match(/^fefefefe68610100000000/);
    });

    it("takes an answer in single bytes, behind noise and with trailers", async () => {
      await open((request, send) => {
        const reply = replyOf(METER, VALUES, request)!;
        send(Buffer.from("68550068", "hex"));
        for (const byte of reply) setImmediate(() => send(Buffer.of(byte)));
        setImmediate(() => send(Buffer.alloc(16, 0xff)));
      });
      expect(await meter.read()).to.include({ importWh: 123_456_780n });
    });

    it("takes an answer that noise with a long claim precedes", async () => {
      await open(
        once("00010000", (request, send) => {
          send(Buffer.from("681111111111116891c8", "hex"));
          send(replyOf(METER, VALUES, request)!);
        }),
        LONGER,
      );
      expect(await meter.read()).to.include({ importWh: 123_456_780n });
    });

    it("drops a line that floods it, without keeping what came", async () => {
      await open(
        once("00010000", (_, send) => {
          for (let chunk = 0; chunk < 200; chunk++) send(Buffer.alloc(10_000, 0x68));
        }),
      );
      const error = await failureOf(meter.read());
      expect(error.failure).to.equal("unreachable");
      expect(error.shortMessage).to.match(/it sends without end/);
      expect(await meter.read()).to.include({ importWh: 123_456_780n });
    });

    it("gives up on a line that is never quiet", async () => {
      await open(honest, { gapMs: 30, ...LONGER });
      await meter.read();
      const babble = setInterval(() => peer.say(Buffer.of(0x55)), 5);
      try {
        await sleep(10);
        expect((await failureOf(meter.read())).shortMessage).to.match(/is never quiet/);
      } finally {
        clearInterval(babble);
      }
    });
  });

  describe("follow-up frames", () => {
    /** A value that comes in parts of 8 bytes. */
    function inParts(bytes: Buffer, twist: (sequence: number) => number = (n) => n): Answer {
      const part = (sequence: number) => bytes.subarray(8 * sequence, 8 * sequence + 8);
      const moreFollows = (sequence: number) => bytes.length > 8 * (sequence + 1);
      return (request, send) => {
        const asked = parseRequest(request);
        if (asked?.kind === "read")
          send(encodeFrame(dataReply(METER, asked.di, part(0), { moreFollows: moreFollows(0) })));
        if (asked?.kind !== "followUp") return;
        const { sequence, di } = asked;
        send(
          encodeFrame(
            followUpReply(METER, di, part(sequence), twist(sequence), {
              moreFollows: moreFollows(sequence),
            }),
          ),
        );
      };
    }

    it("are joined in order", async () => {
      const bytes = Buffer.from(Array.from({ length: 20 }, (_, index) => index));
      await open(inParts(bytes));
      const { value, hex } = await line.readIdentifier(METER, "0001FF00");
      expect(Buffer.from(value)).to.deep.equal(bytes);
      expect(hex.match(/68610100000000/g)).to.have.length(3);
      expect(peer.requests.map(({ control }) => control)).to.deep.equal([0x11, 0x12, 0x12]);
    });

    it("are refused with another sequence number", async () => {
      await open(
        inParts(Buffer.alloc(20), (sequence) => sequence - 1),
        LONGER,
      );
      expect((await failureOf(line.readIdentifier(METER, "0001FF00"))).shortMessage).to.match(
        /it sent part 0 where 1 was asked for/,
      );
    });

    it("that never end are given up", async () => {
      await open(inParts(Buffer.alloc(8 * 1_000)));
      const error = await failureOf(line.readIdentifier(METER, "0001FF00"));
      expect(error.failure).to.equal("malformed");
      expect(peer.requests).to.have.length(1 + MAX_FOLLOW_UP_FRAMES);
    });

    it("that are refused end the read", async () => {
      const parts = inParts(Buffer.alloc(20));
      await open((request, send, socket) => {
        if (parseRequest(request)?.kind === "followUp")
          send(encodeFrame(errorReply(METER, request.control, 1)));
        else parts(request, send, socket);
      });
      expect((await failureOf(line.readIdentifier(METER, "0001FF00"))).failure).to.equal("refused");
    });
  });

  describe("the connection", () => {
    it("says that nothing listens, and is made again when something does", async () => {
      const port = await peer.start();
      await peer.stop();
      line = new Dlt645Line({ port, ...QUICK });
      meter = line.meter(profile, METER);
      const error = await failureOf(meter.read());
      expect(error.failure).to.equal("unreachable");
      expect(error.shortMessage).to.match(/nothing listens there/);
      peer = new Dlt645Peer(honest);
      await open(honest);
      expect(await meter.read()).to.include({ importWh: 123_456_780n });
    });

    it("that is reset in the middle of an answer is made again at the next read", async () => {
      await open(
        once("00020000", (request, send, socket) => {
          send(replyOf(METER, VALUES, request)!.subarray(0, 15));
          setImmediate(() => socket.resetAndDestroy());
        }),
      );
      expect((await failureOf(meter.read())).failure).to.equal("unreachable");
      expect(await meter.read()).to.include({ importWh: 123_456_780n });
      expect(peer.connections).to.equal(2);
    });

    it("that was closed between two reads is made again without an error", async () => {
      await open(honest);
      await meter.read();
      await peer.hangUp();
      expect(await meter.read()).to.include({ importWh: 123_456_780n });
    });

    it("is made again after three silent requests: the other end may be gone unnoticed", async () => {
      await open(() => undefined, SHORT);
      for (let attempt = 0; attempt < 4; attempt++) await failureOf(meter.read());
      expect(peer.connections).to.equal(2);
    });

    it("ends at once when it is closed, and what waits fails", async () => {
      await open(() => undefined, { replyTimeoutMs: 10_000 });
      const reads = [failureOf(meter.read()), failureOf(meter.read())];
      await sleep(20);
      const startMs = performance.now();
      await line.close();
      for (const error of await Promise.all(reads)) expect(error.failure).to.equal("unreachable");
      expect(performance.now() - startMs).to.be.lessThan(8_000);
      expect((await failureOf(meter.read())).shortMessage).to.match(/was closed/);
    });

    it("leaves a read that is aborted, also one that waits for its turn", async () => {
      const controller = new AbortController();
      await open(() => controller.abort(new Error("no time left")), { replyTimeoutMs: 10_000 });
      const reads = [meter.read(controller.signal), meter.read(controller.signal)];
      const startMs = performance.now();
      for (const result of await Promise.allSettled(reads))
        expect(result).to.have.nested.property("reason.message", "no time left");
      expect(performance.now() - startMs).to.be.lessThan(5_000);
      expect(peer.requests).to.have.length(1);
      peer.answer = honest;
      expect(await meter.read()).to.include({ importWh: 123_456_780n });
    });
  });
});
