import { FIELD_ORDER, MAX_AMOUNT_NANO } from "../../sdk/private/field.ts";
import { buildWithdrawInputs } from "../../sdk/private/proofs/withdraw.ts";
import { ALICE, BOB, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { forge } from "./helpers/forge.ts";
import { COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { ADDRESS, credit, placed } from "./helpers/scene.ts";
import type { Inputs, TestCircuit } from "./helpers/testCircuit.ts";

describe("Withdraw", function () {
  this.timeout(COMPILING_MS);
  const compiled = willCompile("Withdraw");
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compiled();
  });

  const request = (amountNano: bigint, of: bigint, account = ALICE) => {
    const from = placed(credit(of, account.owner))[0]!;
    const paid = { recipient: ADDRESS, relayer: ADDRESS, feeNano: 1n };
    return buildWithdrawInputs(account, setting(), { from, amountNano, ...paid });
  };
  const forged = (changes: Inputs, account = ALICE) =>
    forge("Withdraw", account, request(40n, 100n).inputs, changes);

  it("takes nothing, a part or all of a note", async () => {
    for (const [amountNano, of] of [
      [0n, 0n],
      [0n, 100n],
      [40n, 100n],
      [MAX_AMOUNT_NANO, MAX_AMOUNT_NANO],
    ] as const) {
      await expectProves(circuit, request(amountNano, of));
    }
  });

  it("refuses more than the note holds", async () => {
    for (const amountNano of [101n, MAX_AMOUNT_NANO, 2n ** 64n]) {
      await expectRefused(circuit, forged({ amountNano }));
    }
  });

  it("refuses a negative amount, which would leave more than the note held", async () => {
    for (const amountNano of [FIELD_ORDER - 1n, FIELD_ORDER - 2n ** 63n]) {
      await expectRefused(circuit, forged({ amountNano }));
    }
  });

  it("refuses another's note", async () => {
    const { spendKey, nullifierKey, viewKey } = BOB;
    await expectRefused(circuit, forged({ spendKey, nullifierKey, viewKey }, BOB));
  });

  it("refuses another's signature for one's own note", async () => {
    const { spendKey, nullifierKey, viewKey } = ALICE;
    await expectRefused(circuit, forged({ spendKey, nullifierKey, viewKey }, BOB));
  });

  it("has no second nullifier of another key for a note", async () => {
    const account = { ...ALICE, nullifierKey: ALICE.nullifierKey + 1n };
    await expectRefused(circuit, forged({ nullifierKey: account.nullifierKey }, account));
  });

  it("has no second proof of the same", () => expectNoOther(circuit, request(40n, 100n)));
});
