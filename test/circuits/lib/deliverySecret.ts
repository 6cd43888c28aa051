import { expect } from "chai";
import {
  openDeliveryAsAuditor,
  openDeliveryAsSide,
  sealDelivery,
} from "../../../sdk/private/deliverySecret.ts";
import { MAX_PLAN_ENERGY_WH, SUBGROUP_ORDER } from "../../../sdk/private/field.ts";
import { AUDIT_KEY, AUDIT_SCALAR, lowOrderPoints } from "../../unit/sdk/private/scene.ts";
import { compileGadget, COMPILING_MS, expectRefused, expectSound } from "../helpers/gadget.ts";
import { matched, plan } from "../helpers/scene.ts";
import type { TestCircuit } from "../helpers/testCircuit.ts";

const MATCH = matched(plan("sell"), 300n, 120_000n);
const EPHEMERALS = [1n, 2n, 3n ** 150n, SUBGROUP_ORDER - 1n];

describe("DeliverySecret", function () {
  this.timeout(COMPILING_MS);
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compileGadget("deliverySecret", "DeliverySecret()");
  });

  const valid = (energyWh = 290n, ephemeral = 5n) => {
    const { match, note, secret, actual } = sealDelivery(MATCH, energyWh, {
      auditKey: AUDIT_KEY,
      ephemeral,
    });
    const inputs = { match, matchSalt: MATCH.salt, energyWh, ephemeral, auditKey: AUDIT_KEY };
    return { inputs, note, secret, actual };
  };

  it("is the SDK's, and opens for both sides and the regulator", async () => {
    for (const [i, energyWh] of [0n, 1n, 290n, MAX_PLAN_ENERGY_WH].entries()) {
      const { inputs, note, secret, actual } = valid(energyWh, EPHEMERALS[i]);
      const witness = await circuit.witness(inputs);
      expect(circuit.values(witness, "secret")).to.deep.equal(secret);
      expect(circuit.value(witness, "salt")).to.equal(note.salt);
      const sealed = { match: inputs.match, actual, secret: circuit.values(witness, "secret") };
      expect(openDeliveryAsSide(sealed, MATCH)).to.deep.equal(note);
      expect(openDeliveryAsAuditor(sealed, AUDIT_SCALAR)).to.deep.equal(note);
    }
  });

  it("leaves no choice", async () => {
    await expectSound(circuit, valid().inputs);
  });

  it("has another key for another match of the same salt", async () => {
    const witness = await circuit.witness(valid().inputs);
    const other = await circuit.witness({ ...valid().inputs, match: 5n });
    const pad = (of: bigint[]) => circuit.value(of, "secret[1]");
    expect(pad(other)).not.to.equal(pad(witness));
    expect(circuit.value(other, "salt")).not.to.equal(circuit.value(witness, "salt"));
  });

  it("refuses an ephemeral scalar that gives the identity", async () => {
    for (const ephemeral of [0n, SUBGROUP_ORDER]) {
      await expectRefused(circuit, { ...valid().inputs, ephemeral });
    }
  });

  it("refuses an audit key of low order, or off the curve", async () => {
    const [x, y] = AUDIT_KEY;
    for (const auditKey of [...lowOrderPoints(), [x, y + 1n], [x + 1n, y]]) {
      await expectRefused(circuit, { ...valid().inputs, auditKey });
    }
  });
});
