import { expect } from "chai";
import { deliveredWh } from "../../../../../sdk/private/delivered.ts";
import { MAX_PLAN_ENERGY_WH, OutOfRangeError } from "../../../../../sdk/private/field.ts";
import { DeviationJudge } from "../../../../../sdk/private/matching/deviationJudge.ts";
import { DeviationMasker } from "../../../../../sdk/private/matching/deviationMasker.ts";
import { EnergyCipher } from "../../../../../sdk/private/matching/energyCipher.ts";
import { loadCiphertext } from "../../../../../sdk/private/matching/ciphertextBytes.ts";
import { loadSecretKey } from "../../../../../sdk/private/matching/heKeys.ts";
import {
  CiphertextError,
  WrongParametersError,
} from "../../../../../sdk/private/matching/matchingError.ts";
import { deliveryScheme, SEED, type KeyedScheme } from "./matchingScene.ts";

describe("deviation under encryption", function () {
  this.timeout(60_000);
  let keyed: KeyedScheme;

  before(async () => {
    keyed = await deliveryScheme();
  });

  type Case = readonly [actual: bigint, matched: bigint];
  const mask = (cases: readonly Case[], toleranceBps: bigint): Uint8Array => {
    const { scheme, keys } = keyed;
    const cipher = new EnergyCipher(scheme, keys.publicKey);
    const masker = new DeviationMasker(scheme, { ...keys, seed: SEED }, toleranceBps);
    return masker.mask(
      cases.map(([actual, matched]) => ({
        actual: cipher.encrypt(actual),
        matched: cipher.encrypt(matched),
      })),
    );
  };
  const margins = (masked: Uint8Array): bigint[] => {
    const { scheme, keys } = keyed;
    const { seal, context, encoder, resultLevel } = scheme;
    const decryptor = scheme.own(
      new seal.Decryptor(context, loadSecretKey(scheme, keys.secretKey)),
    );
    const [ciphertext, plain] = [scheme.newCiphertext(), scheme.newPlaintext()];
    loadCiphertext(scheme, resultLevel, "masked margins", masked, ciphertext);
    expect(decryptor.invariantNoiseBudget(ciphertext)).to.be.at.least(10);
    decryptor.decrypt(ciphertext, plain);
    return [...(encoder.decodeBigInt64(plain) as BigInt64Array)];
  };

  for (const toleranceBps of [0n, 1n, 333n, 500n, 9_999n]) {
    it(`gives the verdict of the settlement at both sides of a tolerance of ${toleranceBps}`, () => {
      const { scheme, keys } = keyed;
      const cases: Case[] = [0n, 1n, 7n, 1_000n, 123_457n, MAX_PLAN_ENERGY_WH].flatMap(
        (matched) => {
          const border = (toleranceBps * matched) / 10_000n;
          return [
            0n,
            matched - border - 1n,
            matched - border,
            matched,
            matched + border,
            matched + border + 1n,
            MAX_PLAN_ENERGY_WH,
          ]
            .filter((actual) => actual >= 0n && actual <= MAX_PLAN_ENERGY_WH)
            .map((actual): Case => [actual, matched]);
        },
      );
      const judge = new DeviationJudge(scheme, keys.secretKey);
      const verdicts = judge.verdicts(mask(cases, toleranceBps), cases.length);
      cases.forEach(([actual, matched], i) => {
        const deviation = actual > matched ? actual - matched : matched - actual;
        const isWithin = deviation * 10_000n <= toleranceBps * matched;
        expect(verdicts[i], `${actual} of ${matched}`).to.equal(isWithin ? "within" : "beyond");
        if (isWithin) expect(deliveredWh(matched, actual, toleranceBps)).to.equal(matched);
      });
      expect(new Set(verdicts).size).to.equal(2);
    });
  }

  it("shows the key holder neither energy nor, where it is beyond, on which side", () => {
    // The same shortfall and excess, many times.
    const cases = Array.from({ length: 64 }, (_, i): Case => [i % 2 === 0 ? 800n : 1_200n, 1_000n]);
    const seen = margins(mask(cases, 500n));
    const firstIsNegative = [0, 1].map(
      (side) => cases.filter((_, i) => i % 2 === side && seen[2 * i]! < 0n).length,
    );
    firstIsNegative.forEach((count) => expect(count).to.be.within(5, 27));
    const exact = [500n * 1_000n + 10_000n * 200n, 500n * 1_000n - 10_000n * 200n];
    let multiples = 0;
    for (const [i] of cases.entries()) {
      for (const value of seen.slice(2 * i, 2 * i + 2)) {
        const margin = value < 0n ? exact[1]! : exact[0]!;
        if (value % margin === 0n) multiples++;
        // A factor of 16 to below 2^15, and the sign kept.
        expect(value / margin).to.be.at.least(15n);
        expect(value / margin < 2n ** 15n).to.be.true;
      }
    }
    // Without s all are; where s happens to be 0, which is once in 16 of the smallest factors.
    expect(multiples, "multiples, which tell the margin's divisors").to.be.below(15);
    const sizes = seen
      .slice(0, 128)
      .filter((value) => value < 0n)
      .map((value) => Number(-value));
    expect(Math.max(...sizes) / Math.min(...sizes), "one deviation's sizes").to.be.above(50);
    expect(seen.slice(128).filter((value) => value < 0n).length).to.be.within(3_700, 4_364);
  });

  it("refuses energies that are none and tolerances above all", () => {
    const { scheme, keys } = keyed;
    const cipher = new EnergyCipher(scheme, keys.publicKey);
    expect(() => cipher.encrypt(MAX_PLAN_ENERGY_WH + 1n)).to.throw(OutOfRangeError);
    expect(() => cipher.encrypt(-1n)).to.throw(OutOfRangeError);
    expect(() => mask([[1n, 1n]], 10_000n)).to.throw(OutOfRangeError);
    expect(() => mask([], 500n)).to.throw(RangeError);
  });

  it("refuses what is no ciphertext, and is not opened unmasked", () => {
    const { scheme, keys } = keyed;
    const bytes = new EnergyCipher(scheme, keys.publicKey).encrypt(5n);
    const masker = new DeviationMasker(scheme, { ...keys, seed: SEED }, 500n);
    const delivery = { actual: bytes, matched: bytes.slice(9) };
    expect(() => masker.mask([delivery])).to.throw(CiphertextError);
    const judge = new DeviationJudge(scheme, keys.secretKey);
    expect(() => judge.verdicts(bytes, 1)).to.throw(WrongParametersError);
  });
});
