import { expect } from "chai";
import { Wallet } from "ethers";
import {
  readReceipt,
  signReceipt,
  verifyReceipt,
} from "../../../../../sdk/private/uploads/receipt.ts";
import { MalformedMessageError } from "../../../../../sdk/private/wire/messageError.ts";
import { wireJson } from "../../../../../sdk/private/wire/wireJson.ts";
import { POOL } from "../scene.ts";
import { hashOf } from "./uploadScene.ts";

describe("receipt", () => {
  const matcher = new Wallet(`0x${"66".repeat(32)}`);
  const taken = { plan: 5n, contentHash: hashOf("ciphertext"), takenAtS: 1_800_000_000 };

  it("is its matcher's, over what it names, in its pool", async () => {
    const receipt = await signReceipt(matcher, POOL, taken);
    expect(verifyReceipt(POOL, receipt, matcher.address.toLowerCase())).to.be.true;
    const stranger = Wallet.createRandom().address;
    expect(verifyReceipt(POOL, receipt, stranger)).to.be.false;
    expect(verifyReceipt({ ...POOL, chainId: 1n }, receipt, matcher.address)).to.be.false;
    for (const change of [
      { plan: 6n },
      { contentHash: hashOf("other") },
      { takenAtS: 1_800_000_001 },
      { signature: `0x${"00".repeat(65)}` },
      { signature: "0x" },
    ]) {
      expect(verifyReceipt(POOL, { ...receipt, ...change }, matcher.address)).to.be.false;
    }
  });

  it("is read as it was sent, and in no other form", async () => {
    const receipt = await signReceipt(matcher, POOL, taken);
    const sent = JSON.parse(wireJson(receipt)) as Record<string, unknown>;
    expect(readReceipt(sent, "receipt")).to.deep.equal(receipt);
    for (const change of [{ plan: 5 }, { takenAtS: "1" }, { takenAtS: 0.5 }, { signature: "0x" }]) {
      expect(() => readReceipt({ ...sent, ...change }, "receipt")).to.throw(MalformedMessageError);
    }
  });
});
