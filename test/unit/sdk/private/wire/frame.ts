import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { expect } from "chai";
import { decodeFrame, encodeFrame } from "../../../../../sdk/private/wire/frame.ts";
import { FrameError } from "../../../../../sdk/private/wire/messageError.ts";
import { RandomSource } from "../../../../helpers/randomSource.ts";

const LIMITS = { mostParts: 3, mostPartBytes: 100 };
const PARTS = [Uint8Array.of(1, 2, 3), new Uint8Array(), new Uint8Array(100).fill(9)];

/** A frame with any text as its header. */
function frameOf(header: string, tail = new Uint8Array(), length?: number): Uint8Array {
  const json = utf8ToBytes(header);
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, length ?? json.length);
  return concatBytes(utf8ToBytes("SWF1"), prefix, json, tail);
}

function expectRefused(bytes: Uint8Array, message?: string): void {
  expect(() => decodeFrame(bytes, LIMITS)).to.throw(FrameError, message);
}

describe("frame", () => {
  const whole = encodeFrame({ plan: 2n ** 200n, list: [1, { side: "buy" }] }, PARTS);

  it("comes back whole, bigints as their digits", () => {
    const { header, parts } = decodeFrame(whole, LIMITS);
    expect(header).to.deep.equal({
      plan: (2n ** 200n).toString(),
      list: [1, { side: "buy" }],
    });
    expect(parts.map((part) => [...part])).to.deep.equal(PARTS.map((part) => [...part]));
  });

  it("has the layout that other implementations read", () => {
    const text = String.fromCharCode(...encodeFrame({ a: 1 }, [utf8ToBytes("xyz")]));
    expect(text).to.equal('SWF1\0\0\0\x13{"a":1,"parts":[3]}xyz');
  });

  it("is read from the middle of a buffer too", () => {
    const buffer = concatBytes(new Uint8Array(13), whole, new Uint8Array(5));
    const { parts } = decodeFrame(buffer.subarray(13, 13 + whole.length), LIMITS);
    expect([...parts[0]!]).to.deep.equal([1, 2, 3]);
  });

  it("is refused where it is cut anywhere, or has a byte behind it", () => {
    for (let length = 0; length < whole.length; length++) expectRefused(whole.slice(0, length));
    expectRefused(concatBytes(whole, Uint8Array.of(0)), "has 1 bytes behind its parts");
  });

  it("is refused where the length of its header lies", () => {
    const header = '{"parts":[]}';
    for (const length of [0, 1, header.length - 1, header.length + 1, 2 ** 20, 2 ** 32 - 1]) {
      expectRefused(frameOf(header, new Uint8Array(), length));
    }
    expectRefused(frameOf(header, new Uint8Array(), 2 ** 20 + 1), "above 1048576");
    expect(decodeFrame(frameOf(header), LIMITS).parts).to.deep.equal([]);
  });

  it("is refused where the lengths of its parts lie", () => {
    const tail = new Uint8Array(10);
    for (const parts of [
      "[9]",
      "[11]",
      "[5,4]",
      "[-1,11]",
      "[5.5,4.5]",
      "[1e300]",
      "[9007199254740993]",
      '["10"]',
      "[null]",
      "[[10]]",
      "{}",
      "null",
      "10",
      '"10"',
    ]) {
      expectRefused(frameOf(`{"parts":${parts}}`, tail));
    }
    expectRefused(frameOf("{}", tail), "does not say how long its parts are");
  });

  it("is refused above what a place takes", () => {
    const four = [1, 2, 3, 4].map(() => new Uint8Array(1));
    expectRefused(encodeFrame({}, four), "has 4 parts, above 3");
    expectRefused(encodeFrame({}, [new Uint8Array(101)]), "of 101 bytes, above 100");
    const many = `{"parts":[${"0,".repeat(300_000)}0]}`;
    expectRefused(frameOf(many), "above 3");
  });

  it("is refused where its header is no JSON object in UTF-8", () => {
    for (const header of ["", "[]", "null", "1", '"x"', "{", '{"parts":[]}x', "{'parts':[]}"]) {
      expectRefused(frameOf(header));
    }
    const bytes = frameOf('{"parts":[],"x":"??"}');
    bytes[bytes.indexOf(0x3f)] = 0xff;
    expectRefused(bytes, "not in UTF-8");
    expectRefused(frameOf('\ufeff{"parts":[]}'));
  });

  it("is refused where its header nests deep, and at once", () => {
    const started = performance.now();
    for (const open of ["[", '{"a":']) {
      expectRefused(frameOf(`{"parts":[],"x":${open.repeat(150_000)}`), "deeper than 16");
    }
    // Each quote could begin a string that never ends.
    expectRefused(frameOf(`{"parts":[],"x":"${'\\"'.repeat(500_000)}`));
    expectRefused(frameOf(`{"parts":[],"x":${'"'.repeat(1_000_001)}`));
    expect(performance.now() - started).to.be.below(20_000);
  });

  it("takes brackets within strings for what they are", () => {
    const text = `${"[{".repeat(50)}\\"${"[".repeat(50)}`;
    const { header } = decodeFrame(encodeFrame({ text }), LIMITS);
    expect(header.text).to.equal(text);
  });

  it("gives no object another prototype", () => {
    const { header } = decodeFrame(frameOf('{"__proto__":{"isAdmin":true},"parts":[]}'), LIMITS);
    expect((header as { isAdmin?: boolean }).isAdmin).to.be.undefined;
    expect(Object.getPrototypeOf(header)).to.equal(Object.prototype);
    expect(Object.keys(header)).to.deep.equal(["__proto__"]);
  });

  it("is nothing but a frame or a FrameError, whatever byte is changed", () => {
    const random = new RandomSource(5);
    for (let i = 0; i < 3_000; i++) {
      const bytes = whole.slice();
      bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      try {
        const { parts } = decodeFrame(bytes, LIMITS);
        expect(parts.length).to.be.at.most(3);
      } catch (error) {
        expect(error).to.be.instanceOf(FrameError);
      }
    }
  });

  it("is not made with a header of a megabyte, or one that has parts", () => {
    expect(() => encodeFrame({ text: "x".repeat(2 ** 20) })).to.throw(RangeError);
    expect(() => encodeFrame({ parts: [] })).to.throw(TypeError);
  });
});
