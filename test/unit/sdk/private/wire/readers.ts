import { expect } from "chai";
import { MalformedMessageError } from "../../../../../sdk/private/wire/messageError.ts";
import {
  address,
  array,
  bigint,
  boolean,
  finite,
  hash,
  hexBytes,
  object,
  oneOf,
  optional,
  record,
  text,
  uint,
  type Reader,
} from "../../../../../sdk/private/wire/readers.ts";

function expectRefused(reader: Reader<unknown>, ...values: unknown[]): void {
  for (const value of values) {
    expect(() => reader(value, "field"), String(value)).to.throw(MalformedMessageError, "field");
  }
}

const NOTHING = [undefined, null, {}, [], true, Symbol.iterator.toString()];

describe("readers", () => {
  it("take whole numbers in their range", () => {
    expect(uint(10)(0, "field")).to.equal(0);
    expect(uint(10)(10, "field")).to.equal(10);
    expect(Object.is(uint()(-0, "field"), 0)).to.be.true;
    expectRefused(uint(10), 11, -1, 0.5, NaN, Infinity, "5", 5n, ...NOTHING);
    expectRefused(uint(), 2 ** 53);
  });

  it("take a bigint in one form only", () => {
    expect(bigint()("0", "field")).to.equal(0n);
    const most = 2n ** 256n - 1n;
    expect(bigint()(most.toString(), "field")).to.equal(most);
    expectRefused(
      bigint(),
      (most + 1n).toString(),
      "",
      "-1",
      "+1",
      "00",
      "01",
      "1.0",
      "1e3",
      "0x10",
      " 1",
      "1\n",
      "١",
      1,
      1n,
      "9".repeat(1_000_000),
      ...NOTHING,
    );
    expect(bigint(9n)("9", "field")).to.equal(9n);
    expectRefused(bigint(9n), "10");
  });

  it("take hex in lower case and of its length", () => {
    const good = `0x${"0a".repeat(32)}`;
    expect(hash(good, "field")).to.equal(good);
    expectRefused(
      hash,
      good.toUpperCase(),
      good.replace("a", "A"),
      good.slice(2),
      `${good}00`,
      good.slice(0, -1),
      `${good}\n`,
      0,
      ...NOTHING,
    );
    expect(hexBytes(0, 2)("0x", "field")).to.equal("0x");
    expectRefused(hexBytes(0, 2), "0x0", "0x000000", "");
  });

  it("take an address without capitals or with the right ones", () => {
    const known = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
    expect(address(known, "field")).to.equal(known);
    expect(address(known.toLowerCase(), "field")).to.equal(known);
    expectRefused(
      address,
      known.replace("F", "f"),
      known.slice(2),
      `${known}0`,
      "XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS",
      "name.eth",
      ...NOTHING,
    );
  });

  it("take numbers, texts, truths and choices", () => {
    expect(finite(-1.5, "field")).to.equal(-1.5);
    expectRefused(finite, NaN, Infinity, "1", ...NOTHING);
    expect(text(3)("abc", "field")).to.equal("abc");
    expectRefused(text(3), "abcd", 3);
    expect(boolean(false, "field")).to.be.false;
    expectRefused(boolean, 0, "false");
    expect(oneOf("buy", "sell")("buy", "field")).to.equal("buy");
    expectRefused(oneOf("buy", "sell"), "BUY", "toString", undefined, 0);
  });

  it("take lists and say where they are wrong", () => {
    expect(array(uint(), 2)([1, 2], "field")).to.deep.equal([1, 2]);
    expectRefused(array(uint(), 2), [1, 2, 3], { length: 1, 0: 1 }, "12");
    expect(() => array(array(uint(), 9), 9)([[1], [2, "3"]], "list")).to.throw("list[1][1]");
  });

  it("take objects of exactly their keys", () => {
    const reader = object({ side: oneOf("buy", "sell"), note: optional(text(5)) });
    expect(reader({ side: "buy" }, "field")).to.deep.equal({ side: "buy" });
    expect(reader({ note: "x", side: "sell" }, "field")).to.deep.equal({ side: "sell", note: "x" });
    expectRefused(reader, { side: "buy", extra: 1 }, {}, { note: "x" }, [], null, "side");
    expectRefused(reader, { side: "buy", note: undefined }, { side: "buy", note: null });
    expect(() => reader({ side: "hold" }, "upload")).to.throw("upload.side");
  });

  it("take nothing that is inherited, and no prototype", () => {
    const reader = object({ side: text(5) });
    expectRefused(reader, Object.create({ side: "buy" }));
    for (const json of ['{"side":"buy","__proto__":{"a":1}}', '{"side":"buy","constructor":1}']) {
      expectRefused(reader, JSON.parse(json));
    }
    expectRefused(object({ toString: text(5) }), {});
    expectRefused(record(uint(), 5), JSON.parse('{"__proto__":1}'));
  });

  it("take named values, as many as there may be", () => {
    expect(record(uint(), 2)({ a: 1, b: 2 }, "field")).to.deep.equal({ a: 1, b: 2 });
    expectRefused(record(uint(), 2), { a: 1, b: 2, c: 3 }, { a: "1" }, [1], null);
  });

  it("repeat nothing of what they refuse, which may be a secret", () => {
    const secret = "0xdeadbeefdeadbeef";
    for (const reader of [uint(), bigint(), hash, address, oneOf("a"), text(3), array(uint(), 1)]) {
      expect(() => reader(secret, "field"))
        .to.throw(MalformedMessageError)
        .to.satisfy((error: Error) => !error.message.includes("deadbeef"));
    }
    expect(() => object({ a: uint() })({ a: 1, [secret]: 2 }, "field"))
      .to.throw(MalformedMessageError)
      .to.satisfy((error: Error) => !error.message.includes("deadbeef"));
  });

  it("break no line by a name that they repeat", () => {
    expect(() => record(uint(), 2)({ "a\nb": "x" }, "field"))
      .to.throw(MalformedMessageError)
      .to.satisfy((error: MalformedMessageError) => !error.shortMessage.includes("\n"));
  });
});
