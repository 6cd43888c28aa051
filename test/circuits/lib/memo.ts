import { expect } from "chai";
import { BASE_POINT, multiplyPoint } from "../../../sdk/private/babyJubjub.ts";
import {
  MAX_PERIOD,
  MAX_PLAN_ENERGY_WH,
  MAX_PLAN_PRICE,
  SUBGROUP_ORDER,
} from "../../../sdk/private/field.ts";
import { wordsOfDraft, type NoteDraft } from "../../../sdk/private/memoCode.ts";
import { openMemoAsAuditor, openMemoAsOwner } from "../../../sdk/private/openMemo.ts";
import { sealNote } from "../../../sdk/private/sealNote.ts";
import { compileGadget, COMPILING_MS, expectRefused, expectSound } from "../helpers/gadget.ts";
import type { TestCircuit } from "../helpers/testCircuit.ts";
import { ALICE, AUDIT_KEY, AUDIT_SCALAR, lowOrderPoints } from "../../unit/sdk/private/scene.ts";

const { owner, viewKey } = ALICE;
const auditKey = AUDIT_KEY;
const CREDIT: NoteDraft = { kind: "credit", owner, amountNano: 5n };
const GENERATION: NoteDraft = { kind: "generation", owner, gateway: 6n, period: 7n, energyWh: 8n };
const EPHEMERALS = [1n, 2n, 0xe1e9n, 3n ** 150n, SUBGROUP_ORDER - 1n];

describe("memos", function () {
  this.timeout(COMPILING_MS);

  for (const [component, draft, index] of [
    ["ShortMemo(0)", CREDIT, 0],
    ["LongMemo(1)", GENERATION, 1],
  ] as const) {
    it(`${component} is the SDK's, and opens for owner and regulator`, async () => {
      const circuit = await compileGadget("memo", component);
      for (const ephemeral of EPHEMERALS) {
        const made = sealNote(draft, { viewKey, auditKey, ephemeral, outputIndex: index });
        const words = wordsOfDraft(draft, false);
        const witness = await circuit.witness({ ephemeral, viewKey, auditKey, words });
        const memo = circuit.values(witness, "memo");
        expect(memo).to.deep.equal(made.memo);
        expect(circuit.value(witness, "salt")).to.equal(made.note.salt);
        const sealed = { kind: draft.kind, commitment: made.commitment, outputIndex: index, memo };
        expect(openMemoAsOwner(sealed, ALICE)).to.deep.equal(made.note);
        expect(openMemoAsAuditor(sealed, AUDIT_SCALAR)).to.deep.equal(made.note);
      }
    });
  }

  it("leave no choice", async () => {
    const short = await compileGadget("memo", "ShortMemo(0)");
    await expectSound(short, { ephemeral: 3n ** 150n, viewKey, auditKey, words: [1n, 2n] });
    const long = await compileGadget("memo", "LongMemo(1)");
    await expectSound(long, { ephemeral: 1n, viewKey, auditKey, words: [1n, 2n, 3n] });
  });
});

describe("Packed", function () {
  this.timeout(COMPILING_MS);

  it("is the second word of the SDK's memos", async () => {
    const circuit = await compileGadget("memo", "Packed()");
    for (const [period, energyWh, price] of [
      [0n, 0n, 0n],
      [1n, 2n, 3n],
      [MAX_PERIOD, MAX_PLAN_ENERGY_WH, MAX_PLAN_PRICE],
    ] as const) {
      for (const [side, code] of [
        ["buy", 0n],
        ["sell", 1n],
      ] as const) {
        const terms = { owner, side, period, energyWh, attributes: 0n };
        const draft = { kind: "plan", priceMicroPerKwh: price, ...terms } as const;
        const witness = await expectSound(circuit, { side: code, period, energyWh, price });
        expect(circuit.value(witness, "out")).to.equal(wordsOfDraft(draft, false)[1]);
      }
    }
  });
});

describe("MemoKey", function () {
  this.timeout(COMPILING_MS);
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compileGadget("memo", "MemoKey()");
  });

  const valid = { ephemeral: 12345n, viewKey, auditKey };

  it("refuses an ephemeral scalar that gives the identity", async () => {
    for (const ephemeral of [0n, SUBGROUP_ORDER]) {
      await expectRefused(circuit, { ...valid, ephemeral });
    }
  });

  it("refuses an ephemeral scalar of more bits than l has", async () => {
    await circuit.witness({ ...valid, ephemeral: 2n ** 251n - 1n });
    await expectRefused(circuit, { ...valid, ephemeral: 2n ** 251n });
  });

  it("gives the same for e and e + l", async () => {
    const [one, other] = await Promise.all(
      [5n, 5n + SUBGROUP_ORDER].map((ephemeral) => circuit.witness({ ...valid, ephemeral })),
    );
    for (const name of ["point", "key", "wrapped"]) {
      expect(circuit.value(one!, name)).to.equal(circuit.value(other!, name));
    }
  });

  for (const name of ["viewKey", "auditKey"]) {
    it(`refuses a ${name} of low order`, async () => {
      for (const point of lowOrderPoints())
        await expectRefused(circuit, { ...valid, [name]: point });
    });

    it(`refuses a ${name} that is not on the curve`, async () => {
      const [x, y] = multiplyPoint(BASE_POINT, 3n);
      for (const point of [
        [x, y + 1n],
        [x + 1n, y],
      ]) {
        await expectRefused(circuit, { ...valid, [name]: point });
      }
    });
  }
});
