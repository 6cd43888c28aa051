import { expect } from "chai";
import { saveCiphertext } from "../../../../../sdk/private/matching/ciphertextBytes.ts";
import { encodeOffer, type FeatureValues } from "../../../../../sdk/private/matching/encodePlan.ts";
import type { FeatureCode } from "../../../../../sdk/private/matching/featureSchema.ts";
import { loadPublicKey } from "../../../../../sdk/private/matching/heKeys.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { SlotLayout } from "../../../../../sdk/private/matching/slotLayout.ts";
import { SquaresMasker } from "../../../../../sdk/private/matching/squaresMasker.ts";
import { SquaresReader } from "../../../../../sdk/private/matching/squaresReader.ts";
import {
  MARKET_CODE,
  matchingScheme,
  packOffers,
  plainDistances,
  PRIVATE_CODE,
  rankCiphertexts,
  SEED,
  type KeyedScheme,
} from "./matchingScene.ts";

const planAt = (step: number): FeatureValues => ({
  price: 300_000 + step * 10_000,
  quantity: 1_000 * step,
  environment: 2 * step,
  reputation: 100 - step,
  energyType: ["wind", "hydro", "fossil", "solar", "bio"][step % 5]!,
});

describe("participants who do not keep to the rules", function () {
  this.timeout(60_000);
  let keyed: KeyedScheme;
  const honest = Array.from({ length: 12 }, (_, i) => planAt(2 * i));
  const bid = planAt(9);

  before(async () => {
    keyed = await matchingScheme();
  });

  const cipherOf = (code: FeatureCode) => new PlanCipher(keyed.scheme, code, keyed.keys.publicKey);

  /** Encrypts any slots, as an attacker can. */
  const encryptSlots = (slots: BigUint64Array): Uint8Array => {
    const { scheme, keys } = keyed;
    const { seal, context, encoder } = scheme;
    const encryptor = new seal.Encryptor(context, loadPublicKey(scheme, keys.publicKey));
    const [plain, ciphertext] = [scheme.newPlaintext(), scheme.newCiphertext()];
    encoder.encode(slots, plain);
    encryptor.encrypt(plain, ciphertext);
    encryptor.delete();
    return saveCiphertext(scheme, ciphertext);
  };
  const randomSlots = () =>
    crypto
      .getRandomValues(new BigUint64Array(8192))
      .map((value) => value % keyed.scheme.parameters.plainModulus);

  const expectHonestOrder = (nearest: readonly number[]): void => {
    const distances = plainDistances(MARKET_CODE, { values: bid }, honest);
    const want = [...honest.keys()].sort((a, b) => distances[a]! - distances[b]!);
    expect(nearest.filter((position) => position < honest.length)).to.deep.equal(want);
  };

  it("change nothing between others with numbers in slots that are not theirs", () => {
    const cipher = cipherOf(MARKET_CODE);
    const offers = honest.map((values) => cipher.encryptOffer(values).bytes);
    const bidBytes = cipher.encryptBid(bid).bytes;
    for (let run = 0; run < 3; run++) {
      const all = [...offers, encryptSlots(randomSlots()), encryptSlots(randomSlots())];
      const [ranking] = rankCiphertexts(keyed, MARKET_CODE, [bidBytes], all);
      expectHonestOrder(ranking!.nearest);
      expect(ranking!.outOfRange.every((position) => position >= honest.length)).to.be.true;
    }
  });

  it("are told from others by distances that nobody within the ranges has", () => {
    const cipher = cipherOf(MARKET_CODE);
    const outsiders = Array.from({ length: 60 }, () => encryptSlots(randomSlots()));
    const [ranking] = rankCiphertexts(
      keyed,
      MARKET_CODE,
      [cipher.encryptBid(bid).bytes],
      outsiders,
    );
    // A quarter of random numbers.
    expect(ranking!.outOfRange.length).to.be.within(3, 30);
  });

  it("as a bid change only that bid's ranks", () => {
    const cipher = cipherOf(MARKET_CODE);
    const offers = honest.map((values) => cipher.encryptOffer(values).bytes);
    const bids = [encryptSlots(randomSlots()), cipher.encryptBid(bid).bytes];
    const [, ranking] = rankCiphertexts(keyed, MARKET_CODE, bids, offers);
    expectHonestOrder(ranking!.nearest);
  });

  describe("with squares that are not their numbers'", () => {
    const forged = (change: (numbers: number[]) => void): Uint8Array => {
      const numbers = encodeOffer(PRIVATE_CODE, planAt(20));
      change(numbers);
      const layout = new SlotLayout(PRIVATE_CODE, keyed.scheme.slots);
      return encryptSlots(layout.spread(numbers, keyed.scheme.parameters.plainModulus));
    };
    const wrongSquares = (offers: readonly Uint8Array[]): number[] => {
      const { scheme, keys } = keyed;
      const [pack] = packOffers(keyed, PRIVATE_CODE, offers);
      const masker = new SquaresMasker(scheme, PRIVATE_CODE, { ...keys, seed: SEED });
      const reader = new SquaresReader(scheme, PRIVATE_CODE, keys.secretKey);
      return reader.wrongSquares(masker.mask(pack!, offers), offers.length);
    };

    it("would be nearest to everybody, and are found", () => {
      const cipher = cipherOf(PRIVATE_CODE);
      const forger = forged((numbers) => (numbers[0] = -300_000));
      const offers = [...honest.map((values) => cipher.encryptOffer(values).bytes), forger];
      const bids = [cipher.encryptBid(bid, { price: 15 }).bytes];
      const [ranking] = rankCiphertexts(keyed, PRIVATE_CODE, bids, offers);
      expect(ranking!.nearest[0]).to.equal(honest.length);
      expect(wrongSquares(offers)).to.deep.equal([honest.length]);
    });

    it("are found where each is off by one step, and honest ones never", () => {
      const cipher = cipherOf(PRIVATE_CODE);
      const offers = [
        cipher.encryptOffer(planAt(3)).bytes,
        forged((numbers) => (numbers[3]! -= 1)),
        cipher.encryptOffer(planAt(30)).bytes,
        forged((numbers) => (numbers[numbers.length - 1]! += 1)),
        // Two faults that cancel out were they summed up as they are.
        forged((numbers) => {
          numbers[0]! += 5;
          numbers[1]! -= 5;
        }),
      ];
      expect(wrongSquares(offers)).to.deep.equal([1, 3, 4]);
    });
  });
});
