import { expect } from "chai";
import { MAX_AMOUNT_NANO, OutOfRangeError } from "../../../../../sdk/private/field.ts";
import { openMemoAsOwner } from "../../../../../sdk/private/openMemo.ts";
import { buildDepositInputs } from "../../../../../sdk/private/proofs/deposit.ts";
import { ALICE, BOB, setting } from "../scene.ts";
import { expectSound, WALLET } from "./proofScene.ts";

describe("buildDepositInputs", () => {
  it("makes a note for whoever is paid, without a key of theirs", () => {
    const { account, viewKey } = BOB;
    const request = buildDepositInputs(setting(), {
      to: { account, viewKey },
      amountNano: 9n,
      payer: WALLET,
    });
    expectSound(request, BOB);
    expect(request.created[0]!.note).to.deep.include({ owner: BOB.owner, amountNano: 9n });
    expect(openMemoAsOwner(request.created[0]!, ALICE)).to.equal(undefined);
  });

  it("refuses an amount that no note holds", () => {
    const terms = { to: BOB, amountNano: MAX_AMOUNT_NANO + 1n, payer: WALLET };
    expect(() => buildDepositInputs(setting(), terms)).to.throw(OutOfRangeError);
  });
});
