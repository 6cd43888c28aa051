import { expect } from "chai";
import { encodeFrame } from "../../../../oracle/dlt645/frame.ts";
import { FrameStream } from "../../../../oracle/dlt645/frameStream.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";

const frame = encodeFrame(
  { address: "123456789012", control: 0x91, data: Buffer.from("0000010056341200", "hex") },
  { wakeUpBytes: 0 },
);
const other = encodeFrame(
  { address: "000000000161", control: 0x91, data: Buffer.from("0000020056341200", "hex") },
  { wakeUpBytes: 4 },
);

function addresses(frames: { address: string }[]): string[] {
  return frames.map(({ address }) => address);
}

function randomBytes(random: RandomSource, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random.integer(0, 255)));
}

describe("FrameStream", () => {
  it("finds a frame that comes byte by byte", () => {
    const stream = new FrameStream();
    const found = [...frame].flatMap((byte) => stream.push(Buffer.of(byte)));
    expect(addresses(found)).to.deep.equal(["123456789012"]);
    expect(stream.fault).to.equal(undefined);
  });

  it("finds two frames in one chunk, and one that is cut between two", () => {
    const stream = new FrameStream();
    const all = Buffer.concat([frame, other, frame]);
    const first = stream.push(all.subarray(0, 50));
    expect(addresses(first)).to.deep.equal(["123456789012", "000000000161"]);
    expect(addresses(stream.push(all.subarray(50)))).to.deep.equal(["123456789012"]);
  });

  it("passes noise before, between and behind frames", () => {
    const stream = new FrameStream();
    const noise = Buffer.from("005568166855aa16", "hex");
    const chunk = Buffer.concat([noise, frame, noise, other, noise, frame]);
    const found = [...stream.push(chunk), ...stream.flush()];
    expect(addresses(found)).to.deep.equal(["123456789012", "000000000161", "123456789012"]);
    expect(stream.fault).to.be.a("string");
  });

  it("keeps wake-up bytes, trailers and a turning bus's zeros from being noise", () => {
    const stream = new FrameStream();
    stream.push(Buffer.concat([Buffer.from("0000fefefefe", "hex"), frame, Buffer.alloc(16, 0xff)]));
    expect(stream.fault).to.equal(undefined);
  });

  it("finds a frame behind noise that claims to be a long one, at the latest when the line is quiet", () => {
    const stream = new FrameStream();
    const claim = Buffer.from("681111111111116891c8", "hex");
    expect(stream.push(Buffer.concat([claim, frame]))).to.deep.equal([]);
    expect(addresses(stream.flush())).to.deep.equal(["123456789012"]);
  });

  it("takes no frame out of the data of a longer one", () => {
    const outer = encodeFrame({ address: "000000000161", control: 0x91, data: frame });
    const inner = Buffer.from(frame.map((byte) => byte - 0x33));
    const wrapped = encodeFrame({ address: "000000000161", control: 0x91, data: inner });
    expect(wrapped.includes(frame)).to.equal(true);
    for (const bytes of [outer, wrapped]) {
      const stream = new FrameStream();
      const found = [...bytes].flatMap((byte) => stream.push(Buffer.of(byte)));
      expect(addresses(found)).to.deep.equal(["000000000161"]);
    }
  });

  it("survives a megabyte of start bytes and random garbage quickly, keeping nothing", function () {
    this.timeout(5_000);
    const random = new RandomSource(645);
    const stream = new FrameStream();
    const garbage = randomBytes(random, 500_000);
    for (const bytes of [Buffer.alloc(500_000, 0x68), garbage])
      for (let offset = 0; offset < bytes.length; offset += 1_000)
        expect(stream.push(bytes.subarray(offset, offset + 1_000))).to.deep.equal([]);
    stream.flush();
    expect(addresses(stream.push(frame))).to.deep.equal(["123456789012"]);
  });

  it("finds a frame wherever garbage is cut", () => {
    const random = new RandomSource(2007);
    for (let round = 0; round < 200; round++) {
      const before = randomBytes(random, random.integer(0, 39));
      const bytes = Buffer.concat([before, frame, Buffer.from("55", "hex")]);
      const stream = new FrameStream();
      const found = [];
      for (let offset = 0; offset < bytes.length;) {
        const length = random.integer(1, 20);
        found.push(...stream.push(bytes.subarray(offset, offset + length)));
        offset += length;
      }
      found.push(...stream.flush());
      expect(addresses(found), before.toString("hex")).to.deep.equal(["123456789012"]);
    }
  });

  it("forgets a beginning when it is cleared", () => {
    const stream = new FrameStream();
    stream.push(frame.subarray(0, 10));
    stream.clear();
    expect(stream.push(frame.subarray(10))).to.deep.equal([]);
  });
});
