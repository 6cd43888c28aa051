import { expect } from "chai";
import { defaultParameters, type MarketParameters } from "../../../../sdk/market/parameters.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";
import { stage } from "../../../helpers/stage.ts";

const REFERENCE = 200_000;

describe("Balancing", () => {
  const scene = stage(async ({ ethers }) => {
    const contract = await ethers.deployContract("Libraries");
    const call = async (name: string, ...args: unknown[]): Promise<unknown> => {
      const result: unknown = await contract.getFunction(name).staticCall(...args);
      return typeof result === "object" && result !== null ? [...(result as unknown[])] : result;
    };
    return { call };
  });
  const rules = (change: Partial<MarketParameters> = {}) => ({
    ...defaultParameters(),
    minAverageWh: 100,
    ...change,
  });
  const totals = (tradedWh: number, tradedNano: number) => ({ tradedWh, tradedNano, trades: 1 });

  describe("periodPrice", () => {
    const cases: [string, number, number, [bigint, bigint]][] = [
      ["no trade", 0, 100, [BigInt(REFERENCE), 1n]],
      ["a Wh too little", 99, 100, [BigInt(REFERENCE), 1n]],
      ["just enough", 100, 100, [1_000n, 100n]],
      ["more", 101, 100, [1_000n, 101n]],
    ];
    for (const [name, tradedWh, minAverageWh, expected] of cases) {
      it(name, async () => {
        expect(
          await scene.call("periodPrice", totals(tradedWh, 1_000), rules({ minAverageWh })),
        ).to.deep.equal(expected);
      });
    }

    it("is the reference price where nothing was traded, whatever the least energy", async () => {
      expect(
        await scene.call("periodPrice", totals(0, 0), rules({ minAverageWh: 0 })),
      ).to.deep.equal([BigInt(REFERENCE), 1n]);
    });
  });

  it("tariff multiplies the price with each coefficient", async () => {
    expect(await scene.call("tariff", totals(200, 1_000), rules())).to.deep.equal([
      1_000n * 11_000n,
      1_000n * 9_000n,
      1_000n * 100n,
      1_000n * 500n,
      200n * 10_000n,
    ]);
  });

  it("rounds charges up and payments down, on both sides of a whole nano", async () => {
    const rows: [number, bigint, bigint][] = [
      [0, 0n, 0n],
      [1, 1n, 0n],
      [2, 1n, 0n],
      [3, 1n, 1n],
      [4, 2n, 1n],
      [6, 2n, 2n],
      [7, 3n, 2n],
    ];
    for (const [energyWh, up, down] of rows) {
      expect(await scene.call("chargeNanoUp", energyWh, 1, 3)).to.equal(up);
      expect(await scene.call("paymentNanoDown", energyWh, 1, 3)).to.equal(down);
    }
  });

  it("is exact at the largest values", async () => {
    const [energyWh, nano] = [2n ** 30n - 1n, 2n ** 96n * 20_000n];
    const denominator = 2n ** 64n * 10_000n;
    const product = energyWh * nano;
    expect(await scene.call("paymentNanoDown", energyWh, nano, denominator)).to.equal(
      product / denominator,
    );
    expect(await scene.call("chargeNanoUp", energyWh, nano, denominator)).to.equal(
      (product + denominator - 1n) / denominator,
    );
  });

  describe("imbalanceWh", () => {
    const rows: [string, number[], [bigint, boolean]][] = [
      ["sold and delivered", [100, 0, 0, 100], [0n, false]],
      ["sold and a Wh short", [100, 0, 0, 99], [1n, true]],
      ["sold and a Wh too much", [100, 0, 0, 101], [1n, false]],
      ["sold and imported", [100, 0, 30, 0], [130n, true]],
      ["bought and taken", [0, 100, 100, 0], [0n, false]],
      ["bought and took a Wh more", [0, 100, 101, 0], [1n, true]],
      ["bought and took a Wh less", [0, 100, 99, 0], [1n, false]],
      ["bought and exported", [0, 100, 0, 30], [130n, false]],
      ["no order, imported", [0, 0, 5, 0], [5n, true]],
      ["no order, exported", [0, 0, 0, 5], [5n, false]],
      ["both counters move", [10, 0, 3, 15], [2n, false]],
    ];
    for (const [name, args, expected] of rows) {
      it(name, async () => {
        expect(await scene.call("imbalanceWh", ...args)).to.deep.equal(expected);
      });
    }
  });

  describe("accuracyWh", () => {
    const rows: [string, number[], [bigint, bigint]][] = [
      ["as declared", [100, 100, 0], [100n, 0n]],
      ["less", [100, 99, 0], [99n, 1n]],
      ["more", [100, 101, 0], [100n, 1n]],
      ["nothing", [100, 0, 0], [0n, 100n]],
      ["the other way", [100, 0, 30], [0n, 130n]],
      ["as much the other way", [100, 30, 30], [0n, 100n]],
      ["a Wh more than the other way", [100, 31, 30], [1n, 99n]],
      ["net as declared", [100, 130, 30], [100n, 0n]],
    ];
    for (const [name, args, expected] of rows) {
      it(name, async () => {
        expect(await scene.call("accuracyWh", ...args)).to.deep.equal(expected);
      });
    }
  });

  it("agrees with plain integers over random deliveries", async () => {
    const random = new RandomSource(11);
    for (let i = 0; i < 200; ++i) {
      const [a, b, c, d] = Array.from({ length: 4 }, () => random.integer(0, 50)) as [
        number,
        number,
        number,
        number,
      ];
      const position = a - b - (d - c);
      expect(await scene.call("imbalanceWh", a, b, c, d)).to.deep.equal([
        BigInt(Math.abs(position)),
        position > 0,
      ]);
      const net = b - c;
      expect(await scene.call("accuracyWh", a, b, c)).to.deep.equal([
        BigInt(Math.max(0, Math.min(a, net))),
        BigInt(Math.abs(a - net)),
      ]);
    }
  });
});
