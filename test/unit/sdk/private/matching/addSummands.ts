import { expect } from "chai";
import { addSummands, canAddSummands } from "../../../../../sdk/private/matching/addSummands.ts";
import {
  firstPolynomial,
  saveCiphertext,
} from "../../../../../sdk/private/matching/ciphertextBytes.ts";
import { openEncryptor } from "../../../../../sdk/private/matching/heKeys.ts";
import { randomSlots } from "../../../../../sdk/private/matching/randomSlots.ts";
import { deliveryScheme, matchingScheme } from "./matchingScene.ts";

describe("addSummands", function () {
  this.timeout(60_000);

  for (const [name, fill] of [
    ["random ones", undefined],
    ["0", 0n],
    ["1", 1n],
    ["the largest", -1n],
  ] as const) {
    it(`gives what SEAL's addPlain does, but for rounding, of ${name}`, async () => {
      const { scheme, keys } = await matchingScheme();
      const { encoder, evaluator, parameters, resultLevel } = scheme;
      const [cipher, sum, plain] = [
        scheme.newCiphertext(),
        scheme.newCiphertext(),
        scheme.newPlaintext(),
      ];
      openEncryptor(scheme, keys.publicKey, scheme).encryptZero(cipher);
      evaluator.cipherModSwitchToInplace(cipher, resultLevel);
      const slots = randomSlots(scheme);
      if (fill !== undefined) slots.fill(fill < 0n ? fill + parameters.plainModulus : fill);
      encoder.encode(slots, plain);
      evaluator.addPlain(cipher, plain, sum);
      const bytes = saveCiphertext(scheme, cipher);
      const before = bytes.slice();
      addSummands(scheme, bytes, plain);
      const want = saveCiphertext(scheme, sum);
      const prime = parameters.coeffModulus[0]!;
      const [ours, seals] = [bytes, want].map((each) => firstPolynomial(scheme, 1, each));
      for (let at = 0; at < ours!.byteLength; at += 8) {
        const word = ours!.getBigUint64(at, true);
        const off = (word - seals!.getBigUint64(at, true) + prime) % prime;
        expect(off === 0n || off === 1n || off === prime - 1n, `word ${at / 8} is ${off} off`).to.be
          .true;
        expect(word < prime, "below the prime").to.be.true;
      }
      const end = bytes.length - ours!.byteLength;
      expect(bytes.slice(end), "the second polynomial").to.deep.equal(before.slice(end));
      if (fill !== 0n) expect(bytes).not.to.deep.equal(before);
    });
  }

  it("is for results of one prime and 36 bits", async () => {
    expect(canAddSummands((await matchingScheme()).scheme)).to.be.true;
    expect(canAddSummands((await deliveryScheme()).scheme)).to.be.false;
  });
});
