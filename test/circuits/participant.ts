import { authorisationMessage } from "../../sdk/private/authorisation.ts";
import { BASE_POINT, multiplyPoint, type Point } from "../../sdk/private/babyJubjub.ts";
import { signMessage } from "../../sdk/private/eddsa.ts";
import { FIELD_ORDER, SUBGROUP_ORDER } from "../../sdk/private/field.ts";
import type { PrivateAccount } from "../../sdk/private/keys.ts";
import { accountOf, ownerOf } from "../../sdk/private/owner.ts";
import { buildParticipantInputs } from "../../sdk/private/proofs/participant.ts";
import { ALICE, BOB, lowOrderPoints, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { ADDRESS } from "./helpers/scene.ts";
import type { Inputs, TestCircuit } from "./helpers/testCircuit.ts";

const OTHER_ADDRESS = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";

describe("Participant", function () {
  this.timeout(COMPILING_MS);
  const compiled = willCompile("Participant");
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compiled();
  });

  const request = (account = ALICE, participant = ADDRESS) =>
    buildParticipantInputs(account, setting(), { participant });
  /** Alice's owner, signed for by somebody else. */
  const signedBy = (signer: PrivateAccount, circuitName: "Participant" | "Refund"): Inputs => {
    const { inputs } = request();
    const context = inputs.context as bigint;
    const message = authorisationMessage(circuitName, ALICE.owner, 0n, context);
    const { r, s } = signMessage(signer, message);
    return { ...inputs, signatureR: r, signatureS: s };
  };

  it("is of the owner of these keys", async () => {
    await expectProves(circuit, request());
    await expectProves(circuit, request(BOB));
  });

  it("refuses who knows all keys but the one that signs", async () => {
    await circuit.witness(signedBy(ALICE, "Participant"));
    await expectRefused(circuit, signedBy(BOB, "Participant"));
  });

  it("refuses what the owner signed for another circuit", async () => {
    await expectRefused(circuit, signedBy(ALICE, "Refund"));
  });

  it("refuses another address than the owner signed for", async () => {
    const { context } = request(ALICE, OTHER_ADDRESS).inputs;
    await expectRefused(circuit, { ...request().inputs, context: context! });
    await expectRefused(circuit, { ...request().inputs, context: FIELD_ORDER - 1n });
  });

  it("refuses another nullifier key, spending key or viewing key than the owner's", async () => {
    const { inputs } = request();
    for (const name of ["nullifierKey", "spendKey", "viewKey"] as const) {
      await expectRefused(circuit, { ...inputs, [name]: BOB[name] });
    }
  });

  it("refuses spending keys of low order, which everybody signs for", async () => {
    const signatureR: Point = multiplyPoint(BASE_POINT, 5n);
    for (const spendKey of lowOrderPoints()) {
      const owner = ownerOf(accountOf(spendKey, ALICE.nullifierKey), ALICE.viewKey);
      const account = { ...ALICE, spendKey, owner };
      const { inputs } = request(account);
      await expectRefused(circuit, { ...inputs, signatureR, signatureS: 5n });
    }
  });

  it("refuses a signature's other form", async () => {
    const { inputs } = request();
    const signatureS = (inputs.signatureS as bigint) + SUBGROUP_ORDER;
    await expectRefused(circuit, { ...inputs, signatureS });
  });

  it("has no second proof of the same", () => expectNoOther(circuit, request()));
});
