import { expect } from "chai";
import { CIRCUIT_IDS, type CircuitName } from "../../../../../sdk/private/context.ts";
import { buildDepositInputs } from "../../../../../sdk/private/proofs/deposit.ts";
import { BOB, setting } from "../scene.ts";
import { manifest, WALLET } from "./proofScene.ts";

describe("proofs", () => {
  it("number circuits as the manifest does", () => {
    for (const [name, { id }] of Object.entries(manifest)) {
      expect(CIRCUIT_IDS[name as CircuitName], name).to.equal(BigInt(id));
    }
    expect(Object.keys(CIRCUIT_IDS)).to.have.members(Object.keys(manifest));
  });

  it("take fresh scalars for the memos where none are given", () => {
    const { nextEphemeral: _, ...fresh } = setting();
    const terms = { to: BOB, amountNano: 9n, payer: WALLET };
    const [one, other] = [buildDepositInputs(fresh, terms), buildDepositInputs(fresh, terms)];
    expect(one.inputs.ephemeral).to.not.equal(other.inputs.ephemeral);
  });
});
