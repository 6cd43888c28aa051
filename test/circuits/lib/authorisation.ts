import { BASE_POINT, multiplyPoint } from "../../../sdk/private/babyJubjub.ts";
import { signMessage } from "../../../sdk/private/eddsa.ts";
import { FIELD_ORDER, SUBGROUP_ORDER } from "../../../sdk/private/field.ts";
import { hash } from "../../../sdk/private/poseidon.ts";
import { TAGS } from "../../../sdk/private/tags.ts";
import { compileGadget, COMPILING_MS, expectRefused, expectSound } from "../helpers/gadget.ts";
import type { TestCircuit } from "../helpers/testCircuit.ts";
import { ALICE, BOB, lowOrderPoints } from "../../unit/sdk/private/scene.ts";

const ID = 3n;

describe("Authorisation", function () {
  this.timeout(COMPILING_MS);
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compileGadget("authorisation", `Authorisation(${ID})`);
  });

  const signed = (id = ID, subject = 11n, outcome = 12n, context = 13n) => {
    const { r, s } = signMessage(ALICE, hash(TAGS.authorise, id, subject, outcome, context));
    const { spendKey } = ALICE;
    return { spendKey, signatureR: r, signatureS: s, subject, outcome, context };
  };

  it("takes the owner's signature", async () => {
    await expectSound(circuit, signed());
    await expectSound(circuit, signed(ID, 0n, FIELD_ORDER - 1n, FIELD_ORDER - 1n));
  });

  it("refuses a signature for another subject, outcome or context", async () => {
    for (const name of ["subject", "outcome", "context"]) {
      await expectRefused(circuit, { ...signed(), [name]: 14n });
    }
  });

  it("refuses a signature for another circuit", async () => {
    await expectRefused(circuit, signed(4n));
  });

  it("refuses another key's signature", async () => {
    await expectRefused(circuit, { ...signed(), spendKey: BOB.spendKey });
  });

  it("refuses a changed signature", async () => {
    const { signatureR, signatureS } = signed();
    await expectRefused(circuit, { ...signed(), signatureS: signatureS + 1n });
    const negative = [FIELD_ORDER - signatureR[0], signatureR[1]];
    await expectRefused(circuit, { ...signed(), signatureR: negative });
  });

  it("refuses the same signature with S + l", async () => {
    const { signatureS } = signed();
    await expectRefused(circuit, { ...signed(), signatureS: signatureS + SUBGROUP_ORDER });
  });

  it("refuses keys of low order, which every signature is of", async () => {
    // h·8·A is the identity: S·B8 = R needs no key.
    const signatureR = multiplyPoint(BASE_POINT, 5n);
    for (const spendKey of lowOrderPoints()) {
      await expectRefused(circuit, { ...signed(), spendKey, signatureR, signatureS: 5n });
    }
  });

  it("refuses an R that is not on the curve", async () => {
    const { signatureR } = signed();
    await expectRefused(circuit, { ...signed(), signatureR: [signatureR[0] + 1n, signatureR[1]] });
  });
});
