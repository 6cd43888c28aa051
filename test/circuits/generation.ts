import { MAX_PERIOD, MAX_PLAN_ENERGY_WH } from "../../sdk/private/field.ts";
import { buildGenerationInputs } from "../../sdk/private/proofs/generation.ts";
import { ALICE, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { bounds, COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { ADDRESS, GATEWAY } from "./helpers/scene.ts";
import type { TestCircuit } from "./helpers/testCircuit.ts";

describe("Generation", function () {
  this.timeout(COMPILING_MS);
  const compiled = willCompile("Generation");
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compiled();
  });

  const request = (period: bigint, energyWh: bigint) => {
    const terms = { to: ALICE, period, energyWh, gateway: GATEWAY, gatewayAddress: ADDRESS };
    return buildGenerationInputs(setting(), terms);
  };

  it("makes a note of any energy and period", async () => {
    await expectProves(circuit, request(0n, 0n));
    await expectProves(circuit, request(MAX_PERIOD, MAX_PLAN_ENERGY_WH));
  });

  it("refuses energies and periods out of range", async () => {
    for (const [name, bits] of [
      ["energyWh", 28n],
      ["period", 24n],
    ] as const) {
      for (const value of bounds(bits).outside) {
        await expectRefused(circuit, { ...request(1n, 1n).inputs, [name]: value });
      }
    }
  });

  it("has no second proof of the same", () => expectNoOther(circuit, request(5n, 6n)));
});
