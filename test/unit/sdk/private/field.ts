import { expect } from "chai";
import { order, r, subOrder } from "@zk-kit/baby-jubjub";
import {
  addInField,
  FIELD_ORDER,
  OutOfRangeError,
  requireField,
  requireScalar,
  requireWithin,
  SUBGROUP_ORDER,
  subtractInField,
} from "../../../../sdk/private/field.ts";
import { bigintToBytes32, bytesToBigint } from "../../../../sdk/private/bytes.ts";

describe("field", () => {
  it("has the orders of EIP-2494", () => {
    expect(FIELD_ORDER).to.equal(r);
    expect(SUBGROUP_ORDER).to.equal(subOrder);
    expect(8n * SUBGROUP_ORDER).to.equal(order);
  });

  it("takes field elements from 0 to p - 1 alone", () => {
    for (const value of [0n, 1n, FIELD_ORDER - 1n]) {
      expect(requireField("x", value)).to.equal(value);
    }
    for (const value of [-1n, FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 256n]) {
      expect(() => requireField("x", value)).to.throw(OutOfRangeError);
    }
  });

  it("takes scalars from 1 to l - 1 alone", () => {
    for (const value of [1n, SUBGROUP_ORDER - 1n]) {
      expect(requireScalar("x", value)).to.equal(value);
    }
    for (const value of [-1n, 0n, SUBGROUP_ORDER, SUBGROUP_ORDER + 1n]) {
      expect(() => requireScalar("x", value)).to.throw(OutOfRangeError);
    }
  });

  it("takes both ends of a range, and nothing beyond", () => {
    expect(requireWithin("x", 3n, 3n, 5n)).to.equal(3n);
    expect(requireWithin("x", 5n, 3n, 5n)).to.equal(5n);
    for (const value of [2n, 6n]) {
      expect(() => requireWithin("x", value, 3n, 5n)).to.throw(OutOfRangeError);
    }
  });

  it("takes no number or text for a bigint", () => {
    for (const value of [5, "5", 2 ** 60, undefined, null]) {
      expect(() => requireField("x", value as unknown as bigint)).to.throw(OutOfRangeError);
      expect(() => requireScalar("x", value as unknown as bigint)).to.throw(OutOfRangeError);
      expect(() => requireWithin("x", value as unknown as bigint, 0n, 9n)).to.throw(
        OutOfRangeError,
      );
    }
  });

  it("does not tell the value that it refuses, which may be a secret", () => {
    const secret = FIELD_ORDER + 123456789n;
    expect(() => requireField("The key", secret))
      .to.throw(OutOfRangeError)
      .to.satisfy((error: Error) => !error.message.includes(secret.toString()));
  });

  it("adds and subtracts around the order", () => {
    expect(addInField(FIELD_ORDER - 1n, 1n)).to.equal(0n);
    expect(subtractInField(0n, 1n)).to.equal(FIELD_ORDER - 1n);
    expect(subtractInField(FIELD_ORDER - 1n, FIELD_ORDER - 1n)).to.equal(0n);
  });
});

describe("bytes", () => {
  it("is big-endian, 32 bytes long and keeps every bit", () => {
    const value = 2n ** 255n + 2n ** 60n + 7n;
    const bytes = bigintToBytes32(value);
    expect([bytes.length, bytes[0], bytes[31]]).to.deep.equal([32, 0x80, 7]);
    expect(bytesToBigint(bytes)).to.equal(value);
    expect(bytesToBigint(bigintToBytes32(0n))).to.equal(0n);
  });

  it("refuses what 32 bytes do not hold", () => {
    expect(() => bigintToBytes32(2n ** 256n)).to.throw(RangeError);
    expect(() => bigintToBytes32(-1n)).to.throw(RangeError);
  });
});
