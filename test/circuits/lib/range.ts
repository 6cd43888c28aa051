import { expect } from "chai";
import {
  bounds,
  compileGadget,
  COMPILING_MS,
  expectRefused,
  expectSound,
} from "../helpers/gadget.ts";

describe("Range", function () {
  this.timeout(COMPILING_MS);

  const widths = {
    "4": 4n,
    "AMOUNT_BITS()": 64n,
    "ENERGY_BITS()": 28n,
    "PRICE_BITS()": 32n,
    "PERIOD_BITS()": 24n,
    "STRIKES_BITS()": 16n,
  };
  for (const [parameter, bits] of Object.entries(widths)) {
    it(`of ${parameter} takes 0 to 2^${bits} - 1 and nothing else`, async () => {
      const circuit = await compileGadget("range", `Range(${parameter})`);
      const { inside, outside } = bounds(bits);
      for (const value of inside) await expectSound(circuit, { in: value });
      for (const value of outside) await expectRefused(circuit, { in: value });
    });
  }

  it("holds a quantity to its digits where one of them is forged to be 2", async () => {
    const circuit = await compileGadget("range", "Range(4)");
    const witness = await circuit.witness({ in: 4n });
    // 4 = 2·2 + 0·4
    witness[circuit.place("digits[1]")] = 2n;
    witness[circuit.place("digits[2]")] = 0n;
    expect(circuit.holds(witness)).to.be.false;
  });
});
