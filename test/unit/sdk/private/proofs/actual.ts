import { expect } from "chai";
import { attestDelivery } from "../../../../../sdk/private/attestation.ts";
import {
  openDeliveryAsAuditor,
  openDeliveryAsSide,
} from "../../../../../sdk/private/deliverySecret.ts";
import { attributesOf, commitmentOf } from "../../../../../sdk/private/notes.ts";
import { gatewayTag } from "../../../../../sdk/private/owner.ts";
import { buildActualInputs } from "../../../../../sdk/private/proofs/actual.ts";
import { UnprovableError } from "../../../../../sdk/private/proofs/proofRequest.ts";
import { account, AUDIT_SCALAR, BOB, POOL, setting } from "../scene.ts";
import { buyPlan, expectSound, sellPlan as soldPlan } from "./proofScene.ts";

const GATEWAY = account(7);
const FEATURES = 6n;
const attributes = attributesOf(gatewayTag(GATEWAY.spendKey), FEATURES);
const sellPlan = { ...soldPlan, attributes };
const match = {
  kind: "match",
  sellPlan: commitmentOf(sellPlan),
  buyPlan: commitmentOf(buyPlan),
  energyWh: 500n,
  priceMicroPerKwh: 250n,
  salt: 77n,
} as const;
const MATCH = commitmentOf(match);

describe("buildActualInputs", () => {
  const attestation = attestDelivery(GATEWAY, POOL, MATCH, 480n);
  const terms = { sellPlan, features: FEATURES, match, attestation };

  it("tells both sides and the regulator what the gateway attested", () => {
    const request = buildActualInputs(setting(), terms);
    expectSound(request);
    expect(request.created).to.deep.equal([]);
    const { actual, secret } = request.signals as { actual: bigint; secret: bigint[] };
    const sealed = { match: MATCH, actual, secret };
    const note = openDeliveryAsSide(sealed, match);
    expect(note).to.deep.include({ kind: "actual", match: MATCH, energyWh: 480n });
    expect(openDeliveryAsAuditor(sealed, AUDIT_SCALAR)).to.deep.equal(note);
  });

  it("refuses a plan that is not the match's sell plan", () => {
    for (const plan of [{ ...sellPlan, energyWh: 200n }, buyPlan]) {
      expect(() => buildActualInputs(setting(), { ...terms, sellPlan: plan })).to.throw(
        UnprovableError,
        "not the match's sell plan",
      );
    }
  });

  it("refuses another gateway and other features than the plan's", () => {
    const foreign = attestDelivery(BOB, POOL, MATCH, 480n);
    for (const change of [{ attestation: foreign }, { features: 7n }]) {
      expect(() => buildActualInputs(setting(), { ...terms, ...change })).to.throw(
        UnprovableError,
        "another gateway",
      );
    }
  });

  it("refuses an attestation of another match, or with another's signature", () => {
    const other = attestDelivery(GATEWAY, POOL, MATCH + 1n, 480n);
    expect(() => buildActualInputs(setting(), { ...terms, attestation: other })).to.throw(
      UnprovableError,
      "another match",
    );
    const { signature } = other;
    const forged = { ...attestation, signature };
    expect(() => buildActualInputs(setting(), { ...terms, attestation: forged })).to.throw(
      UnprovableError,
      "signature",
    );
  });
});
