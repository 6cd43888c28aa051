import { expect } from "chai";
import { deliveredWh } from "../../../sdk/private/delivered.ts";
import { FIELD_ORDER, MAX_PLAN_ENERGY_WH } from "../../../sdk/private/field.ts";
import { RandomSource } from "../../helpers/randomSource.ts";
import {
  bounds,
  compileGadget,
  COMPILING_MS,
  expectRefused,
  expectSound,
} from "../helpers/gadget.ts";
import type { TestCircuit } from "../helpers/testCircuit.ts";

const MAX = MAX_PLAN_ENERGY_WH;

describe("Delivered", function () {
  this.timeout(COMPILING_MS);
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compileGadget("delivered", "Delivered()");
  });

  const expectDelivered = async (
    actualEnergyWh: bigint,
    matchEnergyWh: bigint,
    toleranceBps: bigint,
  ): Promise<void> => {
    const inputs = { actualEnergyWh, matchEnergyWh, toleranceBps };
    const witness = await expectSound(circuit, inputs);
    const expected = deliveredWh(matchEnergyWh, actualEnergyWh, toleranceBps);
    expect(
      circuit.value(witness, "energyWh"),
      JSON.stringify(Object.values(inputs).map(String)),
    ).to.equal(expected);
  };

  it("is what was agreed on both bounds of the tolerance, and less below", async () => {
    // 5 % of 1000 Wh
    for (const actual of [949n, 950n, 999n, 1000n, 1001n, 1050n, 1051n]) {
      await expectDelivered(actual, 1000n, 500n);
    }
  });

  it("is the lesser without a tolerance", async () => {
    for (const actual of [0n, 999n, 1000n, 1001n, MAX]) await expectDelivered(actual, 1000n, 0n);
  });

  it("is nothing where nothing was delivered, at the largest tolerance", async () => {
    for (const match of [1n, 9999n, 10_000n, MAX]) await expectDelivered(0n, match, 9999n);
  });

  it("is right at the largest energies", async () => {
    for (const [actual, match] of [
      [MAX, MAX],
      [0n, MAX],
      [MAX, 0n],
      [MAX - 1n, MAX],
      [0n, 0n],
    ] as const) {
      for (const tolerance of [0n, 1n, 9999n]) await expectDelivered(actual, match, tolerance);
    }
  });

  it("is what the SDK computes, at random", async () => {
    const random = new RandomSource(20261121);
    for (let round = 0; round < 100; round++) {
      const match = random.integer(0, 3000);
      const actual = Math.max(0, match + random.integer(-200, 200));
      await expectDelivered(BigInt(actual), BigInt(match), BigInt(random.integer(0, 1000)));
    }
  });

  it("refuses energies out of range", async () => {
    const valid = { actualEnergyWh: 1n, matchEnergyWh: 1n, toleranceBps: 0n };
    for (const name of ["actualEnergyWh", "matchEnergyWh"]) {
      for (const value of bounds(28n).outside) {
        await expectRefused(circuit, { ...valid, [name]: value });
      }
    }
  });

  it("refuses tolerances within which nothing would be delivered", async () => {
    const valid = { actualEnergyWh: 1n, matchEnergyWh: 1n };
    for (const toleranceBps of [10_000n, 16_383n, 16_384n, FIELD_ORDER - 1n]) {
      await expectRefused(circuit, { ...valid, toleranceBps });
    }
  });
});
