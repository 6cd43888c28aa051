import { expect } from "chai";
import { buildGenerationInputs } from "../../../../../sdk/private/proofs/generation.ts";
import { ALICE, setting } from "../scene.ts";
import { expectSound, GATEWAY, WALLET } from "./proofScene.ts";

describe("buildGenerationInputs", () => {
  it("makes a note of the gateway's, for whoever generated", () => {
    const request = buildGenerationInputs(setting(), {
      to: ALICE,
      period: 12n,
      energyWh: 900n,
      gateway: GATEWAY,
      gatewayAddress: WALLET,
    });
    expectSound(request);
    expect(request.created[0]!.note).to.deep.include({ gateway: GATEWAY, energyWh: 900n });
  });
});
