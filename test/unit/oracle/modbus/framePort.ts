import { Duplex } from "node:stream";
import { expect } from "chai";
import { withCrc } from "../../../../oracle/modbus/crc16.ts";
import { ClosedPortError, FramePort, NoisyLineError } from "../../../../oracle/modbus/framePort.ts";
import { RtuFraming } from "../../../../oracle/modbus/rtuFraming.ts";

const REQUEST = withCrc(Buffer.from("010300000001", "hex"));
const REPLY = withCrc(Buffer.from("01030200f5", "hex"));
const FOREIGN = withCrc(Buffer.from("02030200f5", "hex"));

/** A stream that never closes, whatever is asked of it. */
function stuckStream(): Duplex {
  return new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => done(),
    destroy: () => undefined,
  });
}

describe("FramePort", () => {
  let stream: Duplex;
  let port: FramePort;
  let failures: unknown[];
  let replies: Buffer[];

  beforeEach(() => {
    stream = stuckStream();
    port = new FramePort(stream, new RtuFraming());
    failures = [];
    replies = [];
    port.on("data", (frame: Buffer) => replies.push(frame));
    port.expect((cause) => failures.push(cause));
    port.write(REQUEST);
  });

  function hear(...frames: Buffer[]): void {
    stream.emit("data", Buffer.concat(frames));
  }

  it("ends a request that waits, also where the stream never closes", () => {
    port.end();
    expect(port.isOpen).to.equal(false);
    expect(failures).to.have.length(1);
    expect(failures[0]).to.be.instanceOf(ClosedPortError);
    port.end();
    expect(failures).to.have.length(1);
  });

  it("gives the library the answer and nothing else", () => {
    hear(Buffer.from([0xff]), FOREIGN, REPLY, REPLY);
    expect(replies).to.eql([REPLY]);
    expect(failures).to.eql([]);
  });

  it("tells what came in after the answer, once", async () => {
    hear(FOREIGN, REPLY, REPLY);
    port.settle();
    const strays = await port.silence(5);
    expect(strays.map(({ frame }) => frame)).to.eql([REPLY]);
    expect(await port.silence(5)).to.eql([]);
  });

  it("keeps what came in instead of the answer", () => {
    hear(FOREIGN, Buffer.from([0xff]));
    const { strays, bytes } = port.settle();
    expect(strays.map(({ why }) => why)).to.eql(["unit 2 answered where unit 1 was asked"]);
    expect(bytes).to.eql(Buffer.concat([FOREIGN, Buffer.from([0xff])]));
  });

  it("waits until the line has been silent for the whole time", async () => {
    const begunAt = performance.now();
    const timers = [5, 15, 25].map((ms) => setTimeout(() => hear(Buffer.from([0])), ms));
    hear(Buffer.from([0]));
    await port.silence(20);
    expect(performance.now() - begunAt).to.be.at.least(44);
    timers.forEach(clearTimeout);
  });

  it("does not wait on a line that was silent before", async () => {
    const begunAt = performance.now();
    await port.silence(5_000);
    expect(performance.now() - begunAt).to.be.below(1_000);
  });

  it("does not call a line noisy on which something came while this process was busy", async () => {
    setTimeout(() => {
      const untilMs = performance.now() + 400;
      while (performance.now() < untilMs);
      hear(Buffer.from([0]));
    }, 5);
    hear(Buffer.from([0]));
    await port.silence(20);
  });

  it("gives up where the line is never silent", async () => {
    const timer = setInterval(() => hear(Buffer.from([0])), 1);
    hear(Buffer.from([0]));
    const error: unknown = await port.silence(10).catch((thrown: unknown) => thrown);
    clearInterval(timer);
    expect(error).to.be.instanceOf(NoisyLineError);
  });
});
