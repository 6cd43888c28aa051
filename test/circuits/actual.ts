import { attestDelivery } from "../../sdk/private/attestation.ts";
import { BASE_POINT, multiplyPoint, type Point } from "../../sdk/private/babyJubjub.ts";
import { signMessage } from "../../sdk/private/eddsa.ts";
import { FIELD_ORDER, MAX_PLAN_ENERGY_WH, SUBGROUP_ORDER } from "../../sdk/private/field.ts";
import { attributesOf, commitmentOf } from "../../sdk/private/notes.ts";
import { gatewayTag } from "../../sdk/private/owner.ts";
import { hash } from "../../sdk/private/poseidon.ts";
import { buildActualInputs } from "../../sdk/private/proofs/actual.ts";
import { TAGS } from "../../sdk/private/tags.ts";
import { account, BOB, lowOrderPoints, POOL, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { modulo } from "./helpers/constraints.ts";
import { bounds, COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { FEATURES, matched, plan } from "./helpers/scene.ts";
import type { Inputs, TestCircuit } from "./helpers/testCircuit.ts";

const GATEWAY = account(7);
const TAG = gatewayTag(GATEWAY.spendKey);

describe("Actual", function () {
  this.timeout(COMPILING_MS);
  const compiled = willCompile("Actual");
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compiled();
  });

  const request = (actualWh = 290n) => {
    const sellPlan = plan("sell", { attributes: attributesOf(TAG, FEATURES) });
    const match = matched(sellPlan, 300n, 120_000n);
    const attestation = attestDelivery(GATEWAY, POOL, commitmentOf(match), actualWh);
    return buildActualInputs(setting(), { sellPlan, features: FEATURES, match, attestation });
  };

  /** Inputs with some values changed, and all that follows from them computed and signed anew, without checks. */
  const forged = (changes: Inputs, { side = 1n, signer = GATEWAY } = {}): Inputs => {
    const inputs = { ...request().inputs, ...changes };
    const of = (name: string) => modulo(inputs[name] as bigint);
    const tag = gatewayTag((inputs.gatewayKey as Point).map(modulo) as unknown as Point);
    const attributes = hash(TAGS.attributes, tag, of("features"));
    const terms = ["period", "energyWh", "price"].map(of);
    const opened = hash(TAGS.plan, of("owner"), side, ...terms, attributes, of("planSalt"));
    const sellPlan = changes.sellPlan ?? opened;
    const matchTerms = ["buyPlan", "matchEnergyWh", "matchPrice", "matchSalt"].map(of);
    const match = changes.match ?? hash(TAGS.match, sellPlan as bigint, ...matchTerms);
    const delivered = [of("scope"), match as bigint, of("actualEnergyWh")];
    const { r, s } = signMessage(signer, hash(TAGS.delivery, ...delivered));
    return { ...inputs, sellPlan, match, signatureR: r, signatureS: s, ...changes };
  };

  it("takes what the gateway attested, of any energy", async () => {
    for (const actualWh of [0n, 1n, 300n, MAX_PLAN_ENERGY_WH]) {
      await expectProves(circuit, request(actualWh));
    }
  });

  it("takes what is forged without a change", async () => {
    await circuit.witness(forged({}));
  });

  it("refuses energies out of range, whoever signed them", async () => {
    for (const name of ["actualEnergyWh", "matchEnergyWh", "energyWh"]) {
      for (const value of bounds(28n).outside) {
        await expectRefused(circuit, forged({ [name]: value }));
      }
    }
  });

  it("refuses prices and periods out of range", async () => {
    for (const [name, bits] of [
      ["price", 32n],
      ["matchPrice", 32n],
      ["period", 24n],
    ] as const) {
      for (const value of bounds(bits).outside) {
        await expectRefused(circuit, forged({ [name]: value }));
      }
    }
  });

  it("refuses another energy than the attested one", async () => {
    const { inputs } = request(290n);
    for (const actualEnergyWh of [0n, 289n, 291n, 300n]) {
      await expectRefused(circuit, { ...inputs, actualEnergyWh });
    }
  });

  it("refuses a seller that signs for its gateway", async () => {
    await expectRefused(circuit, forged({}, { signer: BOB }));
  });

  it("refuses another gateway than that of the plan's energy", async () => {
    // Its signature is right, and so are match and plan: of the gateway that the plan names.
    const { sellPlan, match } = request().inputs as Record<string, bigint>;
    const changes = { gatewayKey: BOB.spendKey, sellPlan: sellPlan!, match: match! };
    await expectRefused(circuit, forged(changes, { signer: BOB }));
  });

  it("refuses a gateway of low order, which anybody signs for", async () => {
    const signatureR = multiplyPoint(BASE_POINT, 5n);
    for (const gatewayKey of lowOrderPoints()) {
      await expectRefused(circuit, forged({ gatewayKey, signatureR, signatureS: 5n }));
    }
  });

  it("refuses a signature's other form", async () => {
    const { signatureS } = request().inputs as Record<string, bigint>;
    await expectRefused(circuit, forged({ signatureS: signatureS! + SUBGROUP_ORDER }));
  });

  it("refuses an attestation for another match, also of the same plans", async () => {
    const { signatureR, signatureS } = request().inputs;
    for (const changes of [{ matchSalt: 42n }, { matchEnergyWh: 299n }, { buyPlan: 5n }]) {
      const signature = { signatureR: signatureR!, signatureS: signatureS! };
      await expectRefused(circuit, forged({ ...changes, ...signature }));
    }
  });

  it("refuses an attestation for another pool", async () => {
    await expectRefused(circuit, { ...request().inputs, scope: 5n });
  });

  it("refuses a buyer's plan, which has no gateway that could be asked", async () => {
    await expectRefused(circuit, forged({}, { side: 0n }));
  });

  it("refuses another match than the confirmed one", async () => {
    await expectRefused(circuit, forged({ match: 5n }));
    await expectRefused(circuit, forged({ match: FIELD_ORDER - 1n }));
  });

  it("refuses another salt of the match, with which neither side could open it", async () => {
    const { match, matchSalt } = request().inputs as Record<string, bigint>;
    await expectRefused(circuit, forged({ match: match!, matchSalt: matchSalt! + 1n }));
  });

  it("refuses another plan than the match's", async () => {
    const other = commitmentOf(plan("sell", { owner: BOB.owner }));
    await expectRefused(circuit, forged({ sellPlan: other }));
  });

  it("has no second proof of the same", () => expectNoOther(circuit, request()));
});
