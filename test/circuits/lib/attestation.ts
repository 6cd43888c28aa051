import { attestDelivery } from "../../../sdk/private/attestation.ts";
import { BASE_POINT, multiplyPoint } from "../../../sdk/private/babyJubjub.ts";
import { MAX_PLAN_ENERGY_WH, SUBGROUP_ORDER } from "../../../sdk/private/field.ts";
import { authorisationMessage } from "../../../sdk/private/authorisation.ts";
import { signMessage } from "../../../sdk/private/eddsa.ts";
import { hash } from "../../../sdk/private/poseidon.ts";
import { scopeOf } from "../../../sdk/private/pool.ts";
import { ALICE, BOB, lowOrderPoints, POOL } from "../../unit/sdk/private/scene.ts";
import { compileGadget, COMPILING_MS, expectRefused, expectSound } from "../helpers/gadget.ts";
import type { TestCircuit } from "../helpers/testCircuit.ts";

const MATCH = 11n;

describe("Attestation", function () {
  this.timeout(COMPILING_MS);
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compileGadget("attestation", "Attestation()");
  });

  const signed = (energyWh = 12n) => {
    const { gatewayKey, match, signature } = attestDelivery(ALICE, POOL, MATCH, energyWh);
    const scope = scopeOf(POOL);
    return { gatewayKey, signatureR: signature.r, signatureS: signature.s, scope, match, energyWh };
  };

  it("takes the gateway's signature", async () => {
    await expectSound(circuit, signed());
    await expectSound(circuit, signed(0n));
    await expectSound(circuit, signed(MAX_PLAN_ENERGY_WH));
  });

  it("refuses a signature for another pool, match or energy", async () => {
    for (const name of ["scope", "match", "energyWh"]) {
      await expectRefused(circuit, { ...signed(), [name]: 14n });
    }
  });

  it("refuses another key's signature", async () => {
    await expectRefused(circuit, { ...signed(), gatewayKey: BOB.spendKey });
  });

  it("refuses what the same key signed as something else", async () => {
    const { scope, match, energyWh } = signed();
    for (const message of [
      hash(scope, match, energyWh),
      authorisationMessage("Actual", scope, match, energyWh),
    ]) {
      const { r, s } = signMessage(ALICE, message);
      await expectRefused(circuit, { ...signed(), signatureR: r, signatureS: s });
    }
  });

  it("refuses the same signature with S + l", async () => {
    const { signatureS } = signed();
    await expectRefused(circuit, { ...signed(), signatureS: signatureS + SUBGROUP_ORDER });
  });

  it("refuses keys of low order, which every signature is of", async () => {
    // h·8·G is the identity: S·B8 = R needs no key.
    const signatureR = multiplyPoint(BASE_POINT, 5n);
    for (const gatewayKey of lowOrderPoints()) {
      await expectRefused(circuit, { ...signed(), gatewayKey, signatureR, signatureS: 5n });
    }
  });

  it("refuses an R that is not on the curve", async () => {
    const { signatureR } = signed();
    await expectRefused(circuit, { ...signed(), signatureR: [signatureR[0] + 1n, signatureR[1]] });
  });
});
