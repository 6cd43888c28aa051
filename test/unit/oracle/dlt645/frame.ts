import { expect } from "chai";
import {
  decodeFrame,
  encodeFrame,
  frameAt,
  MAX_DATA_BYTES,
} from "../../../../oracle/dlt645/frame.ts";
import { MeterError } from "../../../../oracle/meters/meter.ts";

const FRAME = "6812907856341268910833333433896745335416";
const frame = {
  address: "123456789012",
  control: 0x91,
  data: Buffer.from("0000010056341200", "hex"),
};

function refusal(hex: string): string {
  try {
    decodeFrame(Buffer.from(hex, "hex"));
  } catch (error) {
    expect(error).to.be.instanceOf(MeterError);
    expect((error as MeterError).failure).to.equal("malformed");
    return (error as MeterError).shortMessage;
  }
  throw new Error("It was taken.");
}

describe("encodeFrame", () => {
  it("sends four wake-up bytes unless told otherwise", () => {
    expect(encodeFrame(frame).toString("hex")).to.equal(`fefefefe${FRAME}`);
    expect(encodeFrame(frame, { wakeUpBytes: 0 }).toString("hex")).to.equal(FRAME);
  });

  it("carries data that pass 0xFF with 0x33 added, and gives them back", () => {
    const data = Uint8Array.from({ length: 200 }, (_, index) => 255 - index);
    const back = decodeFrame(encodeFrame({ ...frame, data }));
    expect(Buffer.from(back.data)).to.deep.equal(Buffer.from(data));
  });

  it("takes 200 bytes of data, not 201", () => {
    expect(encodeFrame({ ...frame, data: Buffer.alloc(MAX_DATA_BYTES) })).to.have.length(216);
    expect(() => encodeFrame({ ...frame, data: Buffer.alloc(MAX_DATA_BYTES + 1) })).to.throw(
      RangeError,
    );
  });

  it("takes twelve upper-case digits as an address alone", () => {
    for (const address of ["", "12345678901", "1234567890123", "3a2107000481", "12345678901G"])
      expect(() => encodeFrame({ ...frame, address }), address).to.throw(RangeError);
  });
});

describe("decodeFrame", () => {
  it("takes any number of wake-up bytes and of trailing FF", () => {
    for (const [before, after] of [
      ["", ""],
      ["fe", "ff"],
      ["fe".repeat(20), "ff".repeat(16)],
    ] as const)
      expect(decodeFrame(Buffer.from(before + FRAME + after, "hex")).address).to.equal(
        "123456789012",
      );
  });

  it("refuses every single flipped bit", () => {
    const bytes = Buffer.from(FRAME, "hex");
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeFrame(damaged), `bit ${bit}`).to.throw(MeterError);
    }
  });

  it("refuses every cut, and says how much is missing", () => {
    for (let length = 0; length < FRAME.length / 2; length++)
      expect(refusal(FRAME.slice(0, 2 * length)), `${length} bytes`).to.match(
        /bytes or more are missing/,
      );
  });

  it("says what is wrong", () => {
    expect(refusal("00" + FRAME)).to.equal(
      "The bytes are no DL/T 645 frame: it begins with 00, not 68.",
    );
    expect(refusal(FRAME + "00")).to.match(/bytes follow its end/);
    expect(refusal(FRAME + FRAME)).to.match(/bytes follow its end/);
    expect(refusal(`681290785634126891c9${"33".repeat(203)}`)).to.match(
      /it claims 201 bytes of data, the most is 200/,
    );
  });

  it("does not put a flood into its error", () => {
    try {
      decodeFrame(Buffer.alloc(1_000_000, 0x55));
    } catch (error) {
      expect((error as MeterError).hex).to.have.length(2 * 212);
      return;
    }
    throw new Error("It was taken.");
  });
});

describe("frameAt", () => {
  it("asks for at least the bytes that are missing", () => {
    const bytes = Buffer.from(FRAME, "hex");
    for (let length = 1; length < bytes.length; length++) {
      const found = frameAt(bytes.subarray(0, length), 0);
      if (!("missing" in found)) throw new Error(`${length} bytes are not taken as a beginning.`);
      expect(found.missing).to.be.within(1, bytes.length - length);
    }
  });
});
