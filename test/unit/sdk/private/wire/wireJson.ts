import { utf8ToBytes } from "@noble/hashes/utils.js";
import { expect } from "chai";
import { MalformedMessageError } from "../../../../../sdk/private/wire/messageError.ts";
import { parseWireJson, wireJson } from "../../../../../sdk/private/wire/wireJson.ts";

const parse = (text: string) => parseWireJson(utf8ToBytes(text));

describe("wireJson", () => {
  it("writes bigints as their digits, wherever they stand", () => {
    const value = { plan: 2n ** 253n, list: [[1n], { a: 0n }], none: undefined };
    expect(wireJson(value)).to.equal(`{"plan":"${2n ** 253n}","list":[["1"],{"a":"0"}]}`);
  });
});

describe("parseWireJson", () => {
  it("takes JSON with spaces behind it, as envelopes have", () => {
    expect(parse('{"a":[1,"x",null,true]}   ')).to.deep.equal({ a: [1, "x", null, true] });
  });

  it("takes what nests as deep as it may, and nothing deeper", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect(parse(nested(16))).to.be.an("array");
    expect(() => parse(nested(17))).to.throw(MalformedMessageError, "deeper than 16");
    // Side by side is not deep.
    expect(parse(`[${"[],".repeat(1_000)}[]]`)).to.have.length(1_001);
  });

  it("is not misled by brackets, quotes and backslashes within strings", () => {
    for (const text of ["[".repeat(20), '"', "\\", '\\"[', `\\\\${"{".repeat(20)}`, "]]]"]) {
      expect(parse(JSON.stringify({ text }))).to.deep.equal({ text });
    }
    // A string that ends behind an escaped backslash, and then goes deep.
    const deep = `["\\\\",${"[".repeat(20)}${"]".repeat(20)}]`;
    expect(() => parse(deep)).to.throw(MalformedMessageError, "deeper than 16");
  });

  it("says where what is no JSON is wrong", () => {
    for (const text of ["", "{", "[1,]", "{'a':1}", "NaN", "01", "undefined", "[1]]", '"\n"']) {
      expect(() => parse(text), text).to.throw(MalformedMessageError, "line 1, column");
    }
  });

  it("refuses bytes that are no UTF-8, and a mark before the text", () => {
    for (const bytes of [
      Uint8Array.of(0x22, 0xff, 0x22),
      Uint8Array.of(0x22, 0xc0, 0xaf, 0x22),
      Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
      Uint8Array.of(0xef, 0xbb, 0xbf, 0x31),
    ]) {
      expect(() => parseWireJson(bytes)).to.throw(MalformedMessageError);
    }
  });
});
