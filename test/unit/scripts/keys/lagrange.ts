import { expect } from "chai";
import {
  inverse,
  power,
  rootOfUnity,
  SCALAR_FIELD_ORDER,
  toScalar,
} from "../../../../scripts/keys/bn254.ts";
import { lagrangeAt } from "../../../../scripts/keys/lagrange.ts";

const LOG_SIZE = 4;
const TAU = 123_456_789_012_345_678_901_234_567_890n;

describe("lagrangeAt", () => {
  for (const { name, shift } of [
    { name: "the roots of unity", shift: 1n },
    { name: "a coset of them", shift: rootOfUnity(LOG_SIZE + 1) },
  ])
    it(`interpolates every polynomial below the size from its values on ${name}`, () => {
      const weights = lagrangeAt(TAU, LOG_SIZE, shift);
      for (let degree = 0n; degree < 16n; degree++) {
        const value = weights.reduce((sum, weight, i) => {
          const x = toScalar(shift * power(rootOfUnity(LOG_SIZE), BigInt(i)));
          return toScalar(sum + weight * power(x, degree));
        }, 0n);
        expect(value, `degree ${degree}`).to.equal(power(TAU, degree));
      }
    });
});

describe("the scalar field", () => {
  it("has roots of unity of exactly the order asked for", () => {
    for (const logOrder of [1, 5, 28]) {
      const root = rootOfUnity(logOrder);
      expect(power(root, 2n ** BigInt(logOrder))).to.equal(1n);
      expect(power(root, 2n ** BigInt(logOrder - 1))).to.equal(SCALAR_FIELD_ORDER - 1n);
    }
  });

  it("inverts all but 0, and reduces negative numbers", () => {
    for (const value of [1n, 2n, TAU, SCALAR_FIELD_ORDER - 1n])
      expect(toScalar(value * inverse(value))).to.equal(1n);
    expect(inverse(0n)).to.equal(0n);
    expect(toScalar(-1n)).to.equal(SCALAR_FIELD_ORDER - 1n);
    expect(toScalar(SCALAR_FIELD_ORDER)).to.equal(0n);
  });
});
