import { expect } from "chai";
import {
  capacityWhDown,
  crosses,
  fillWh,
  midPriceDown,
} from "../../../../sdk/mechanisms/greenDoubleAuction.ts";
import { stage } from "../../../helpers/stage.ts";

const VALUES = [0, 1, 2, 3, 99, 100, 101, 2 ** 28 - 1, 2 ** 32 - 1];

describe("GreenDoubleAuction: as in TypeScript, name for name", () => {
  const scene = stage(async ({ ethers }) => {
    const contract = await ethers.deployContract("Libraries");
    return {
      call: (name: string, ...args: unknown[]): Promise<unknown> =>
        contract.getFunction(name).staticCall(...args) as Promise<unknown>,
    };
  });

  it("crosses, midPriceDown, fillWh", async () => {
    for (const a of VALUES) {
      for (const b of VALUES) {
        expect(await scene.call("crosses", a, b)).to.equal(crosses(a, b));
        expect(await scene.call("midPriceDown", a, b)).to.equal(BigInt(midPriceDown(a, b)));
        expect(await scene.call("fillWh", a, b)).to.equal(BigInt(fillWh(a, b)));
      }
    }
  });

  it("capacityWhDown", async () => {
    for (const capacityNano of [0n, 1n, 99n, 100n, 101n, 199n, 200n, 2n ** 56n]) {
      for (const price of [1, 2, 100, 2 ** 28]) {
        const expected = capacityWhDown(capacityNano, price);
        const onChain = (await scene.call("capacityWhDown", capacityNano, price)) as bigint;
        // TypeScript stops at the largest order.
        expect(onChain < 2n ** 32n ? Number(onChain) : 2 ** 32 - 1).to.equal(expected);
      }
    }
  });
});
