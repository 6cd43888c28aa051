import { expect } from "chai";
import { DistanceMasker } from "../../../../../sdk/private/matching/distanceMasker.ts";
import { compileFeatures } from "../../../../../sdk/private/matching/featureSchema.ts";
import { floodNoise } from "../../../../../sdk/private/matching/floodNoise.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { RankReader } from "../../../../../sdk/private/matching/rankReader.ts";
import { SlotLayout } from "../../../../../sdk/private/matching/slotLayout.ts";
import { UploadBlinder, UploadJudge } from "../../../../../sdk/private/matching/uploadCheck.ts";
import { limitBudgets, noiseBudgets } from "../../../../helpers/noiseBudgets.ts";
import { matchingScheme, packOffers, SEED } from "./matchingScene.ts";

/** The most noise that passes for an upload's, see `UploadJudge`. */
const PASSING_BITS = 19;

describe("the noise budget", function () {
  this.timeout(120_000);

  for (const weights of ["market", "private"] as const) {
    it(`has 10 bits left in the worst case: a full pack of the noisiest uploads that pass, ${weights} weights`, async () => {
      const { scheme, keys } = await matchingScheme();
      const features = Array.from({ length: 8 }, (_, i) => ({
        kind: "numeric" as const,
        name: `f${i}`,
        least: 0,
        most: 128,
        weight: 1,
        limit: i === 0,
      }));
      // Distances so small that the largest mask may be taken.
      const code = compileFeatures({ features, resolution: 128, weights });
      const cipher = new PlanCipher(scheme, code, keys.publicKey);
      const at = (value: number) => Object.fromEntries(features.map(({ name }) => [name, value]));
      const blinder = new UploadBlinder(scheme, keys.publicKey);
      const judge = new UploadJudge(scheme, keys.secretKey);
      const noisy = (bytes: Uint8Array): Uint8Array => {
        floodNoise(scheme, bytes, { primes: 3, bits: PASSING_BITS });
        expect(judge.isSound(blinder.blind(bytes))).to.be.true;
        return bytes;
      };
      const { bytes: offer } = cipher.encryptOffer(at(0));
      const bid = noisy(cipher.encryptBid(at(128)).bytes);
      // Each its own noise: of one ciphertext at all positions the masks would sum up to nearly 1.
      const offers = Array.from({ length: new SlotLayout(code, 8192).packSize }, () => {
        const bytes = offer.slice();
        floodNoise(scheme, bytes, { primes: 3, bits: PASSING_BITS });
        return bytes;
      });
      expect(judge.isSound(blinder.blind(offers[0]!))).to.be.true;
      const [pack] = packOffers({ scheme, keys }, code, offers);
      const masker = new DistanceMasker(
        scheme,
        code,
        { ...keys, seed: SEED },
        [pack!],
        offers.length,
      );
      const masked = masker.mask(bid);
      const [result] = masked.distances;
      const budgets = noiseBudgets(scheme, keys, {
        bid,
        pack: pack!,
        result: result!,
        isProduct: weights === "private",
      });
      // Cut by a prime of 60 bits, what is left of the noise, 2^5, must be far below the 2^12 that are added.
      expect(budgets.masked, JSON.stringify(budgets)).to.be.at.least(18);
      expect(budgets.result, JSON.stringify(budgets)).to.be.at.least(10);
      expect(budgets.result, "no noise was added").to.be.at.most(11);
      const limits = limitBudgets(scheme, keys, { bid, pack: pack!, result: masked.limits[0]! });
      console.log(JSON.stringify({ budgets, limits }));
      expect(limits.masked, JSON.stringify(limits)).to.be.at.least(18);
      expect(limits.result, JSON.stringify(limits)).to.be.within(10, 11);
      const { nearest, outOfRange } = new RankReader(scheme, code, keys.secretKey).rank(
        masked,
        offers.length,
      );
      expect(outOfRange).to.be.empty;
      expect(nearest).to.have.length(offers.length);
    });
  }
});
