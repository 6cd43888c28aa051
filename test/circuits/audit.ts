import { expect } from "chai";
import { attestDelivery } from "../../sdk/private/attestation.ts";
import { addPoints } from "../../sdk/private/babyJubjub.ts";
import { openDeliveryAsAuditor, openDeliveryAsSide } from "../../sdk/private/deliverySecret.ts";
import { sealMatchOpening } from "../../sdk/private/matches/sealMatchOpening.ts";
import {
  NOTE_TREE_DEPTH,
  PARTICIPANT_TREE_DEPTH,
  rootOfPath,
} from "../../sdk/private/merkleTree.ts";
import { attributesOf, commitmentOf } from "../../sdk/private/notes.ts";
import { openMemoAsAuditor, openMemoAsOwner } from "../../sdk/private/openMemo.ts";
import { gatewayTag, ownerOf } from "../../sdk/private/owner.ts";
import { hash } from "../../sdk/private/poseidon.ts";
import { buildActualInputs } from "../../sdk/private/proofs/actual.ts";
import { buildDepositInputs } from "../../sdk/private/proofs/deposit.ts";
import { buildRefundInputs } from "../../sdk/private/proofs/refund.ts";
import { buildSellPlanInputs } from "../../sdk/private/proofs/sellPlan.ts";
import { buildSettleInputs } from "../../sdk/private/proofs/settle.ts";
import {
  account,
  ALICE,
  AUDIT_KEY,
  AUDIT_SCALAR,
  BOB,
  lowOrderPoints,
  POOL,
  setting,
} from "../unit/sdk/private/scene.ts";
import { compileSmall, expectProves } from "./helpers/circuits.ts";
import { compileGadget, COMPILING_MS, expectRefused, expectSound } from "./helpers/gadget.ts";
import {
  ADDRESS,
  FEATURES,
  GATEWAY,
  generation,
  participant,
  placed,
  plan,
} from "./helpers/scene.ts";

// What concerns several circuits at once: found, or looked for, when they were audited as a whole.
describe("circuits as a whole", function () {
  this.timeout(2 * COMPILING_MS);

  describe("a wallet that has nothing but its keys and the chain", () => {
    const bonds = { strikes: 0n, bondNano: 50n, bondWh: 20n };

    it("refunds a buy plan, though the plan's memo does not open its attributes", async () => {
      const circuit = await compileSmall("Refund");
      const bought = plan("buy", { attributes: attributesOf(0n, FEATURES) });
      // The memo of a plan tells all that is in PlanNote, and nothing of what attributes were made of.
      const terms = { plan: bought, gateway: 0n, features: 0n, ...bonds };
      await expectProves(circuit, buildRefundInputs(ALICE, setting(), terms));
    });

    it("refunds a sell plan to its own gateway only", async () => {
      const circuit = await compileSmall("Refund");
      const sold = plan("sell");
      const valid = buildRefundInputs(ALICE, setting(), {
        plan: sold,
        gateway: GATEWAY,
        features: FEATURES,
        ...bonds,
      });
      await expectProves(circuit, valid);
      for (const change of [
        { gateway: 0n, features: 0n },
        { gateway: GATEWAY + 1n },
        { attributes: attributesOf(GATEWAY + 1n, FEATURES), gateway: GATEWAY + 1n },
      ]) {
        await expectRefused(circuit, { ...valid.inputs, ...change });
      }
    });

    it("learns the gateway of a sell plan from the note that the plan leaves", () => {
      const { created } = buildSellPlanInputs(ALICE, setting(), {
        from: placed(generation(500n))[0]!,
        participant: participant(),
        energyWh: 500n,
        priceMicroPerKwh: 100n,
        features: FEATURES,
        encryptedFeaturesHash: 0n,
        bondWh: 20n,
      });
      const [sold, rest] = created.map((sealed) => openMemoAsOwner(sealed, ALICE)!);
      const { gateway } = rest as { gateway: bigint };
      expect(sold).to.deep.include({ attributes: attributesOf(gateway, FEATURES) });
    });
  });

  it("settle what a gateway attested, by what both sides read from the chain", async () => {
    const gateway = account(7);
    const attributes = attributesOf(gatewayTag(gateway.spendKey), FEATURES);
    const sellPlan = plan("sell", { priceMicroPerKwh: 100n, attributes });
    const buyPlan = plan("buy", { priceMicroPerKwh: 130n, owner: BOB.owner });
    const { note: match } = sealMatchOpening(
      {
        sellPlan: commitmentOf(sellPlan),
        buyPlan: commitmentOf(buyPlan),
        energyWh: 300n,
        priceMicroPerKwh: 110n,
      },
      { sellerViewKey: ALICE.viewKey, buyerViewKey: BOB.viewKey, auditKey: AUDIT_KEY },
    );
    const record = commitmentOf(match);
    const attestation = attestDelivery(gateway, POOL, record, 250n);
    const terms = { sellPlan, features: FEATURES, match, attestation };
    const circuit = await compileSmall("Actual");
    const witness = await circuit.witness(buildActualInputs(setting(), terms).inputs);
    const actual = circuit.value(witness, "actual");
    const sealed = { match: record, actual, secret: circuit.values(witness, "secret") };
    expect(openDeliveryAsAuditor(sealed, AUDIT_SCALAR).energyWh).to.equal(250n);
    const delivered = openDeliveryAsSide(sealed, match);
    for (const [name, owner, own, amountNano] of [
      ["SettleSell", ALICE, sellPlan, 250n * 110n],
      ["SettleBuy", BOB, buyPlan, 300n * 130n - 250n * 110n],
    ] as const) {
      const settling = { plan: own, match, actual: delivered, toleranceBps: 500n };
      const request = buildSettleInputs(owner, setting(), settling);
      expect(request.signals.actual).to.equal(actual);
      expect(request.created[0]!.note).to.deep.include({ amountNano });
      await expectProves(await compileSmall(name), request);
    }
  });

  it("let the regulator read a note for a view key outside of the subgroup", async () => {
    const circuit = await compileSmall("Deposit");
    const low = lowOrderPoints().find(([x]) => x !== 0n)!;
    const viewKey = addPoints(ALICE.viewKey, low);
    const valid = buildDepositInputs(setting(), { to: ALICE, amountNano: 77n, payer: ADDRESS });
    const witness = await expectSound(circuit, { ...valid.inputs, viewKey });
    const sealed = {
      kind: "credit",
      commitment: circuit.value(witness, "commitment"),
      outputIndex: 0,
      memo: circuit.values(witness, "memo"),
    } as const;
    const owner = ownerOf(ALICE.account, viewKey);
    expect(openMemoAsAuditor(sealed, AUDIT_SCALAR)).to.deep.include({ owner, amountNano: 77n });
  });

  for (const depth of [NOTE_TREE_DEPTH, PARTICIPANT_TREE_DEPTH]) {
    it(`find leaves at the ends of trees of ${depth} levels, and nowhere else`, async () => {
      const circuit = await compileGadget("inclusion", `Inclusion(${depth})`);
      const end = 2 ** depth;
      for (const [index, size] of [
        [0, 1],
        [0, 2],
        [0, end],
        [end - 1, end],
        [end - 2, end],
        [end - 2, end - 1],
        [end / 2, end / 2 + 1],
        [end / 2 - 1, end / 2 + 1],
        [0, end / 2 + 1],
      ] as const) {
        const siblings = Array.from({ length: depth }, (_, level) => {
          const [place, last] = [
            Math.floor(index / 2 ** level),
            Math.floor((size - 1) / 2 ** level),
          ];
          return place === last && place % 2 === 0 ? 0n : hash(7n, BigInt(level));
        });
        const path = { leaf: 5n, index, size, siblings };
        const inputs = { leaf: 5n, index: BigInt(index), size: BigInt(size), siblings };
        const witness = await expectSound(circuit, inputs);
        expect(circuit.value(witness, "root")).to.equal(rootOfPath({ ...path, root: 0n }));
        await expectRefused(circuit, { ...inputs, size: BigInt(index) });
        await expectRefused(circuit, { ...inputs, index: BigInt(size) });
        await expectRefused(circuit, { ...inputs, size: BigInt(end + 1) });
      }
    });
  }
});
