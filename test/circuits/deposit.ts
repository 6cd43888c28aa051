import { MAX_AMOUNT_NANO } from "../../sdk/private/field.ts";
import { buildDepositInputs } from "../../sdk/private/proofs/deposit.ts";
import { ALICE, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { bounds, COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { ADDRESS } from "./helpers/scene.ts";
import type { TestCircuit } from "./helpers/testCircuit.ts";

describe("Deposit", function () {
  this.timeout(COMPILING_MS);
  const compiled = willCompile("Deposit");
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compiled();
  });

  const request = (amountNano: bigint) =>
    buildDepositInputs(setting(), { to: ALICE, amountNano, payer: ADDRESS });

  it("makes a note of any amount", async () => {
    for (const amountNano of [0n, 1n, MAX_AMOUNT_NANO]) {
      await expectProves(circuit, request(amountNano));
    }
  });

  it("refuses amounts out of range", async () => {
    for (const amountNano of bounds(64n).outside) {
      await expectRefused(circuit, { ...request(1n).inputs, amountNano });
    }
  });

  it("has no second proof of the same", () => expectNoOther(circuit, request(5n)));
});
