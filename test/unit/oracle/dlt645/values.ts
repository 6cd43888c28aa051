import { expect } from "chai";
import { findIdentifier } from "../../../../oracle/dlt645/identifiers.ts";
import {
  decodeNumber,
  decodeValues,
  encodeDigitPairs,
  encodeNumber,
  formatScaled,
  type NumberFormat,
  type ValueFormat,
} from "../../../../oracle/dlt645/values.ts";
import { MeterError, type MeterFailure } from "../../../../oracle/meters/meter.ts";

const ENERGY = numberFormat("00010000");
const POWER = numberFormat("02030000");

function numberFormat(di: string): NumberFormat {
  const { format } = findIdentifier(di)!;
  if (format.kind !== "number") throw new Error(`${di} is no number.`);
  return format;
}

function failure(format: ValueFormat, hex: string): MeterFailure {
  try {
    decodeValues(format, Buffer.from(hex, "hex"));
  } catch (error) {
    expect(error).to.be.instanceOf(MeterError);
    return (error as MeterError).failure;
  }
  throw new Error(`${hex} was taken.`);
}

describe("decodeNumber", () => {
  it("reads the low byte first, exactly, up to the last value before the counter wraps", () => {
    for (const [hex, value] of [
      ["00000000", 0n],
      ["01000000", 1n],
      ["78563412", 12_345_678n],
      ["99999999", 99_999_999n],
    ] as const)
      expect(decodeNumber(ENERGY, Buffer.from(hex, "hex"))).to.equal(value);
  });

  it("takes the top bit as the sign where there is one, and as a digit where there is none", () => {
    expect(decodeNumber(POWER, Buffer.from("563481", "hex"))).to.equal(-13_456n);
    expect(decodeNumber(POWER, Buffer.from("999979", "hex"))).to.equal(799_999n);
    expect(decodeNumber(POWER, Buffer.from("9999f9", "hex"))).to.equal(-799_999n);
    expect(decodeNumber(POWER, Buffer.from("000080", "hex"))).to.equal(0n);
    expect(decodeNumber(ENERGY, Buffer.from("00000081", "hex"))).to.equal(81_000_000n);
  });

  it("gives undefined for FF in every byte", () => {
    expect(decodeNumber(ENERGY, Buffer.from("ffffffff", "hex"))).to.equal(undefined);
    expect(decodeNumber(POWER, Buffer.from("ffffff", "hex"))).to.equal(undefined);
  });

  it("refuses digits above 9, also where FF fills only a part", () => {
    for (const hex of ["0a000000", "a0000000", "ffff0012", "000000f0", "fffffffe"])
      expect(failure(ENERGY, hex), hex).to.equal("absent");
    expect(failure(POWER, "0000fa"), "behind the sign").to.equal("absent");
  });

  it("refuses any other length", () => {
    for (const hex of ["", "000000", "0000000000"])
      expect(failure(ENERGY, hex), hex).to.equal("malformed");
  });
});

describe("encodeNumber", () => {
  it("gives back what decodeNumber reads", () => {
    for (const value of [0n, 1n, 99_999_999n])
      expect(decodeNumber(ENERGY, encodeNumber(ENERGY, value))).to.equal(value);
    for (const value of [-799_999n, -1n, 0n, 799_999n])
      expect(decodeNumber(POWER, encodeNumber(POWER, value))).to.equal(value);
  });

  it("refuses what does not fit", () => {
    for (const value of [-1n, 100_000_000n])
      expect(() => encodeNumber(ENERGY, value)).to.throw(RangeError);
    for (const value of [-800_000n, 800_000n])
      expect(() => encodeNumber(POWER, value)).to.throw(RangeError);
  });
});

describe("decodeValues", () => {
  it("reads blocks, whose parts can be absent one by one", () => {
    const { format } = findIdentifier("0201FF00")!;
    expect(decodeValues(format, Buffer.from("5622ffff0023", "hex"))).to.deep.equal([
      "225.6",
      undefined,
      "230.0",
    ]);
    expect(failure(format, "")).to.equal("malformed");
    expect(failure(format, "562200")).to.equal("malformed");
  });

  it("reads dates and times, and refuses those that are no digits", () => {
    expect(decodeValues({ kind: "date" }, Buffer.from("06291218", "hex"))).to.deep.equal([
      "2018-12-29 weekday 06",
    ]);
    expect(decodeValues({ kind: "time" }, Buffer.from("325318", "hex"))).to.deep.equal([
      "18:53:32",
    ]);
    expect(decodeValues({ kind: "dateTime" }, Buffer.from("0000091015", "hex"))).to.deep.equal([
      "2015-10-09 00:00",
    ]);
    expect(failure({ kind: "time" }, "3253ab")).to.equal("absent");
    expect(failure({ kind: "time" }, "3253")).to.equal("malformed");
  });

  it("shows a meter number with letters as it is, and none where it is absent", () => {
    const { format } = findIdentifier("04000402")!;
    expect(decodeValues(format, Buffer.from("81040007213a", "hex"))).to.deep.equal([
      "3A2107000481",
    ]);
    expect(decodeValues(format, Buffer.alloc(6, 0xff))).to.deep.equal([undefined]);
  });
});

describe("formatScaled", () => {
  it("shows all decimals", () => {
    expect(formatScaled(26n, 2)).to.equal("0.26");
    expect(formatScaled(-5n, 4)).to.equal("-0.0005");
    expect(formatScaled(-13_456n, 4)).to.equal("-1.3456");
    expect(formatScaled(7n, 0)).to.equal("7");
  });
});

describe("encodeDigitPairs", () => {
  it("puts the low byte first", () => {
    expect(Buffer.from(encodeDigitPairs("00010203")).toString("hex")).to.equal("03020100");
  });
});

describe("findIdentifier", () => {
  it("knows tariffs and phases by their pattern, and does not guess others", () => {
    expect(findIdentifier("00013200")?.what).to.equal("forward active energy");
    expect(findIdentifier("0002FF00")?.format).to.include({ block: true });
    for (const di of ["00010001", "0001FE00", "000100", "FFFFFFFF", ""])
      expect(findIdentifier(di), di).to.equal(undefined);
  });
});
