import { expect } from "chai";
import { BASE_POINT, multiplyPoint } from "../../../sdk/private/babyJubjub.ts";
import { gatewayTag } from "../../../sdk/private/owner.ts";
import type { TestCircuit } from "../helpers/testCircuit.ts";
import { compileGadget, COMPILING_MS, expectRefused, expectSound } from "../helpers/gadget.ts";
import { ALICE, lowOrderPoints } from "../../unit/sdk/private/scene.ts";

describe("OwnerOfKeys", function () {
  this.timeout(COMPILING_MS);

  it("is the owner that the SDK computes", async () => {
    const circuit = await compileGadget("keys", "OwnerOfKeys()");
    const { spendKey, nullifierKey, viewKey } = ALICE;
    const witness = await expectSound(circuit, { spendKey, nullifierKey, viewKey });
    expect(circuit.value(witness, "out")).to.equal(ALICE.owner);
  });

  it("follows from the account alone, and the view key", async () => {
    const circuit = await compileGadget("keys", "Owner()");
    const witness = await expectSound(circuit, { account: ALICE.account, viewKey: ALICE.viewKey });
    expect(circuit.value(witness, "out")).to.equal(ALICE.owner);
  });
});

describe("GatewayTag", function () {
  this.timeout(COMPILING_MS);

  it("is the tag that the SDK computes", async () => {
    const circuit = await compileGadget("keys", "GatewayTag()");
    const witness = await expectSound(circuit, { key: BASE_POINT });
    expect(circuit.value(witness, "out")).to.equal(gatewayTag(BASE_POINT));
  });
});

describe("KeyPoint", function () {
  this.timeout(COMPILING_MS);
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compileGadget("keys", "KeyPoint()");
  });

  it("takes points of the subgroup", async () => {
    await expectSound(circuit, { point: BASE_POINT });
    await expectSound(circuit, { point: multiplyPoint(BASE_POINT, 987654321n) });
  });

  it("refuses the identity and the point of order 2", async () => {
    const refused = lowOrderPoints().filter(([x]) => x === 0n);
    expect(refused).to.have.lengthOf(2);
    for (const point of refused) await expectRefused(circuit, { point });
  });

  it("refuses what is not on the curve", async () => {
    const [x, y] = BASE_POINT;
    for (const point of [
      [x, y + 1n],
      [x + 1n, y],
      [y, x],
      [1n, 0n],
    ]) {
      await expectRefused(circuit, { point });
    }
  });
});
