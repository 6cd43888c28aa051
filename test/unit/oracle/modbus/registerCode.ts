import { expect } from "chai";
import { decimalOf, divide, exact, floorOf, multiply } from "../../../../oracle/modbus/exact.ts";
import {
  decodeRegisters,
  encodeQuantity,
  encodeRegisters,
  energyWhFloor,
  isAbsent,
  powerW,
  scaledValue,
} from "../../../../oracle/modbus/registerCode.ts";
import type { RegisterSpec, RegisterType } from "../../../../oracle/profiles/deviceProfile.ts";

function spec(type: RegisterType, more: Partial<RegisterSpec> = {}): RegisterSpec {
  return {
    functionCode: 3,
    address: 0,
    type,
    wordOrder: "high-first",
    unit: "kWh",
    scale: "1",
    sources: ["a test"],
    ...more,
  };
}

const bytes = (hex: string) => Buffer.from(hex, "hex");

describe("registerCode", () => {
  for (const [type, hex, value] of [
    ["int16", "ffff", -1n],
    ["uint16", "ffff", 65_535n],
    ["int32", "80000000", -2_147_483_648n],
    ["uint32", "80000000", 2_147_483_648n],
    ["int64", "ffffffffffffffff", -1n],
    ["uint64", "ffffffffffffffff", 18_446_744_073_709_551_615n],
    ["int64", "0020000000000001", 9_007_199_254_740_993n],
    ["float32", "43663333", 230.1999969482422],
    ["float64", "40c81cd6e631f8a1", 12_345.6789],
  ] as const) {
    it(`reads ${type} ${hex} as ${value}`, () => {
      expect(decodeRegisters(spec(type), bytes(hex))).to.equal(value);
      expect(encodeRegisters(spec(type), value).toString("hex")).to.equal(hex);
    });
  }

  for (const [type, high, low] of [
    ["int32", "00012345", "23450001"],
    ["uint64", "0001000200030004", "0004000300020001"],
    ["float32", "43663333", "33334366"],
  ] as const) {
    it(`reads ${type} with the low word first`, () => {
      const lowFirst = spec(type, { wordOrder: "low-first" });
      expect(decodeRegisters(lowFirst, bytes(low))).to.equal(
        decodeRegisters(spec(type), bytes(high)),
      );
      const raw = decodeRegisters(lowFirst, bytes(low));
      expect(encodeRegisters(lowFirst, raw).toString("hex")).to.equal(low);
    });
  }

  for (const [hex, text] of [
    ["4142310000000000", "AB1"],
    ["0000000041423100", "AB1"],
    ["4142312020202020", "AB1"],
    ["0000000000000000", ""],
  ] as const) {
    it(`reads the text ${hex} as "${text}"`, () => {
      expect(decodeRegisters(spec("string", { words: 4 }), bytes(hex))).to.equal(text);
    });
  }

  it("refuses another number of registers than the type takes", () => {
    expect(() => decodeRegisters(spec("int64"), bytes("00000001"))).to.throw(/takes 4 registers/);
  });

  for (const [hex, absent] of [
    ["7fc00000", true],
    ["ffc00000", true],
    ["7f800000", true],
    ["ff800000", true],
    ["00000000", false],
    ["7f7fffff", false],
  ] as const) {
    it(`takes float32 ${hex} for ${absent ? "absent" : "a value"}`, () => {
      expect(isAbsent(spec("float32"), bytes(hex))).to.equal(absent);
    });
  }

  it("compares absent markers with the value, whatever the order of its words", () => {
    const marked = spec("int32", { wordOrder: "low-first", absent: ["7fffffff"] });
    expect(isAbsent(marked, bytes("ffff7fff"))).to.equal(true);
    expect(isAbsent(marked, bytes("7fffffff"))).to.equal(false);
  });

  for (const [type, scale, unit, raw, wh] of [
    ["int64", "1", "Wh", 9_007_199_254_740_993n, 9_007_199_254_740_993n],
    ["uint64", "0.01", "kWh", 1_234_567n, 12_345_670n],
    ["int32", "0.1", "kWh", 123_456n, 12_345_600n],
    ["uint32", "0.001", "Wh", 1_999n, 1n],
    ["int32", "0.1", "kWh", -1n, -100n],
    ["int32", "0.001", "Wh", -1n, -1n],
    // 12345.67 kWh, of which a float32 keeps 12345.669921875.
    ["float32", "1", "kWh", Math.fround(12_345.67), 12_345_669n],
    ["float32", "1", "Wh", 16_777_216, 16_777_216n],
    ["float32", "0.1", "kWh", Math.fround(0.1), 10n],
    ["float64", "1", "kWh", 0.1, 100n],
  ] as const) {
    it(`reads ${raw} x ${scale} ${unit} of ${type} as ${wh} Wh`, () => {
      expect(energyWhFloor(spec(type, { scale, unit }), raw)).to.equal(wh);
    });
  }

  it("never runs backwards where the register does not", () => {
    const sdm = spec("float32");
    let before = 0n;
    for (let wh = 131_071_000; wh < 131_073_000; wh += 7) {
      const now = energyWhFloor(sdm, Math.fround(wh / 1000));
      expect(now >= before).to.equal(true);
      before = now;
    }
  });

  it("reads power in W", () => {
    expect(powerW(spec("int32", { scale: "0.1", unit: "W" }), -15_003n)).to.equal(-1500.3);
    expect(powerW(spec("float32", { unit: "kW" }), -1.5)).to.equal(-1500);
  });

  for (const [type, scale, unit, value] of [
    ["int64", "1", "Wh", 9_007_199_254_740_993n],
    ["uint64", "0.01", "kWh", 12_345_670n],
    ["int32", "0.1", "kWh", 12_345_600n],
    ["float32", "1", "Wh", 1_000_000n],
  ] as const) {
    it(`encodes ${value} Wh as ${type} x ${scale} ${unit} such that it reads the same`, () => {
      const register = spec(type, { scale, unit, wordOrder: "low-first" });
      const raw = decodeRegisters(register, encodeQuantity(register, value));
      expect(energyWhFloor(register, raw as bigint | number)).to.equal(value);
    });
  }

  it("encodes what lies between two steps as the lower", () => {
    const register = spec("uint64", { scale: "0.01" });
    expect(decodeRegisters(register, encodeQuantity(register, 12_345_679n))).to.equal(1_234_567n);
  });

  it("shows a raw value with all its digits", () => {
    expect(decimalOf(scaledValue({ scale: "0.01" }, 1_234_567n))).to.equal("12345.67");
    expect(decimalOf(scaledValue({ scale: "0.1" }, -5n))).to.equal("-0.5");
    expect(decimalOf(scaledValue({ scale: "1" }, Math.fround(12_345.67)))).to.equal(
      "12345.669921875",
    );
  });
});

describe("exact", () => {
  it("refuses what is no decimal", () => {
    for (const text of ["", "1e3", ".5", "1.", "0x10", "1,5", " 1"])
      expect(() => exact(text)).to.throw(/is not a decimal/);
    for (const value of [NaN, Infinity, -Infinity])
      expect(() => exact(value)).to.throw(/no exact value/);
  });

  it("rounds down below zero too", () => {
    expect(floorOf(exact("-0.5"))).to.equal(-1n);
    expect(floorOf(exact("-1"))).to.equal(-1n);
    expect(floorOf(exact("0.999"))).to.equal(0n);
  });

  it("divides by negative values", () => {
    expect(floorOf(divide(exact(7n), exact("-0.5")))).to.equal(-14n);
    expect(decimalOf(multiply(exact("-0.25"), exact("-4")))).to.equal("1");
  });

  it("holds the smallest float", () => {
    expect(exact(Number.MIN_VALUE)).to.eql({ numerator: 1n, denominator: 2n ** 1074n });
  });
});
