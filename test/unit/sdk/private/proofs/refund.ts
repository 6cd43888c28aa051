import { expect } from "chai";
import { attributesOf } from "../../../../../sdk/private/notes.ts";
import { UnprovableError } from "../../../../../sdk/private/proofs/proofRequest.ts";
import { buildRefundInputs } from "../../../../../sdk/private/proofs/refund.ts";
import { ALICE, BOB, setting } from "../scene.ts";
import { expectSound, expectSigned, GATEWAY, buyPlan, match, refundTerms } from "./proofScene.ts";

describe("buildRefundInputs", () => {
  const buyRefund = { ...refundTerms, plan: buyPlan, gateway: 0n, features: 0n };

  it("gives a buyer the lock and an unlost bond, and a seller the energy", () => {
    const purchase = buildRefundInputs(BOB, setting(), buyRefund);
    expectSound(purchase, BOB);
    expect(purchase.created[0]!.note).to.deep.include({ amountNano: 800n * 300n + 1_000n });
    const sale = buildRefundInputs(ALICE, setting(), refundTerms);
    expectSound(sale);
    expect(sale.created[0]!.note).to.deep.include({
      kind: "generation",
      gateway: GATEWAY,
      energyWh: 700n,
    });
    expectSigned(sale, match.sellPlan, sale.created[0]!.commitment);
  });

  it("takes a buyer's bond once, and a seller's for each strike", () => {
    const noteOf = (strikes: bigint) => ({
      bought: buildRefundInputs(BOB, setting(), { ...buyRefund, strikes }).created[0]!.note,
      sold: buildRefundInputs(ALICE, setting(), { ...refundTerms, strikes }).created[0]!.note,
    });
    for (const strikes of [1n, 2n, 65_535n]) {
      expect(noteOf(strikes).bought).to.deep.include({ amountNano: 800n * 300n });
    }
    expect(noteOf(1n).sold).to.deep.include({ energyWh: 650n });
    expect(noteOf(13n).sold).to.deep.include({ energyWh: 50n });
    for (const strikes of [14n, 15n, 65_535n]) {
      expect(noteOf(strikes).sold).to.deep.include({ energyWh: 0n });
    }
  });

  it("asks a buyer for nothing that the plan's memo does not tell", () => {
    const featured = { ...buyPlan, attributes: attributesOf(0n, 99n) };
    const request = buildRefundInputs(BOB, setting(), { ...buyRefund, plan: featured });
    expectSound(request, BOB);
    expect(request.inputs).to.deep.include({
      attributes: featured.attributes,
      gateway: 0n,
      features: 0n,
    });
  });

  it("refuses another gateway or other features than the plan's", () => {
    for (const change of [{ gateway: GATEWAY + 1n }, { features: 7n }]) {
      expect(() => buildRefundInputs(ALICE, setting(), { ...refundTerms, ...change })).to.throw(
        UnprovableError,
        "attributes",
      );
    }
  });
});
