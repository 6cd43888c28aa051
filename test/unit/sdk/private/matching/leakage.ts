import { expect } from "chai";
import { arrangeOffers } from "../../../../../sdk/private/matching/arrangeOffers.ts";
import { digest } from "../../../../../sdk/private/matching/digest.ts";
import { DistanceMasker } from "../../../../../sdk/private/matching/distanceMasker.ts";
import {
  distanceMasks,
  MASKED_BOUND,
  maskShares,
} from "../../../../../sdk/private/matching/distanceMasks.ts";
import {
  compileFeatures,
  LEAST_FACTOR,
  MOST_FACTOR,
  largestProduct,
} from "../../../../../sdk/private/matching/featureSchema.ts";
import { loadSecretKey } from "../../../../../sdk/private/matching/heKeys.ts";
import { Keystream } from "../../../../../sdk/private/matching/keystream.ts";
import { MATCHING_PARAMETERS } from "../../../../../sdk/private/matching/parameters.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { SlotLayout } from "../../../../../sdk/private/matching/slotLayout.ts";
import { SumReader } from "../../../../../sdk/private/matching/sumReader.ts";
import {
  CIPHERTEXT_PREFIX_BYTES,
  loadCiphertext,
} from "../../../../../sdk/private/matching/ciphertextBytes.ts";
import {
  MARKET_CODE,
  matchingScheme,
  packOffers,
  plainDistances,
  PRIVATE_CODE,
  SEED,
  type KeyedScheme,
} from "./matchingScene.ts";

const MODULUS = Number(MATCHING_PARAMETERS.plainModulus);
const offerAt = (step: number) => ({
  price: 300_000 + step * 4_000,
  quantity: 500 * step,
  environment: step,
  reputation: 100 - step,
  energyType: "solar",
});

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

describe("what the key holder sees", function () {
  this.timeout(60_000);
  let keyed: KeyedScheme;
  const values = Array.from({ length: 60 }, (_, i) => offerAt(i));
  const bid = offerAt(17);
  const offers = values.length;

  let offerBytes: Uint8Array[];
  let bidBytes: Uint8Array;

  before(async () => {
    keyed = await matchingScheme();
    const cipher = new PlanCipher(keyed.scheme, MARKET_CODE, keyed.keys.publicKey);
    offerBytes = values.map((offer) => cipher.encryptOffer(offer).bytes);
    bidBytes = cipher.encryptBid(bid).bytes;
  });

  const maskedBytes = ({
    seed = SEED,
    ofBid = bidBytes,
    ofOffers = offerBytes,
  } = {}): Uint8Array => {
    const { scheme, keys } = keyed;
    const packs = packOffers(keyed, MARKET_CODE, ofOffers);
    const masker = new DistanceMasker(
      scheme,
      MARKET_CODE,
      { ...keys, seed },
      packs,
      ofOffers.length,
    );
    return masker.mask(ofBid).distances[0]!;
  };
  const sumsOf = (bytes: Uint8Array, taken = offers): number[] => {
    const { scheme, keys } = keyed;
    const layout = new SlotLayout(MARKET_CODE, scheme.slots);
    return [...new SumReader(scheme, layout, keys.secretKey).read("sums", bytes, taken)];
  };

  it("is factor · d + shift + e, and no difference tells the factor", () => {
    const [pack] = packOffers(keyed, MARKET_CODE, offerBytes);
    const masks = distanceMasks(SEED, `${digest(bidBytes)} ${digest(pack!)}`, MARKET_CODE);
    const distances = plainDistances(MARKET_CODE, { values: bid }, values);
    const sums = sumsOf(maskedBytes());
    sums.forEach((sum, i) => {
      const e = sum - masks.shift - masks.factor * distances[i]!;
      expect(e, `offer ${i}`).to.be.within(0, masks.factor - 1);
    });
    const divisor = sums.map((sum) => Math.abs(sum - sums[0]!)).reduce(gcd, 0);
    expect(divisor, "of all differences").to.equal(1);
    const bare = distances.map((d) => masks.factor * (d - distances[0]!)).reduce(gcd, 0);
    expect(Math.abs(bare) % masks.factor, "what they would tell without e").to.equal(0);
  });

  it("is a random number in each slot alone, also where no offer is", () => {
    const { scheme, keys } = keyed;
    const { seal, context, encoder, resultLevel, slots } = scheme;
    const decryptor = scheme.own(
      new seal.Decryptor(context, loadSecretKey(scheme, keys.secretKey)),
    );
    const [ciphertext, plain] = [scheme.newCiphertext(), scheme.newPlaintext()];
    const open = (bytes: Uint8Array): number[] => {
      loadCiphertext(scheme, resultLevel, "masked distances", bytes, ciphertext);
      decryptor.decrypt(ciphertext, plain);
      return [...(encoder.decodeBigUint64(plain) as BigUint64Array)].map(Number);
    };
    const seen = open(maskedBytes());
    const octiles = Array.from({ length: 8 }, () => 0);
    for (const value of seen) octiles[Math.floor((8 * value) / MODULUS)]! += 1;
    // 1,024 each, with a standard deviation of 30.
    octiles.forEach((count) => expect(count).to.be.within(1_024 - 180, 1_024 + 180));
    // Were shares the same for a pack in which one offer was changed, most slots would be.
    const [first, ...rest] = offerBytes;
    for (const changes of [{ ofBid: first! }, { ofOffers: [bidBytes, ...rest] }]) {
      const other = open(maskedBytes(changes));
      const equal = seen.filter((value, i) => value === other[i]).length;
      expect(equal, "slots alike").to.be.below(3);
    }
    expect(seen).to.have.length(slots);
  });

  it("sums at positions without an offer to nothing that depends on the bid", () => {
    const sums = sumsOf(maskedBytes(), offers + 500).slice(offers);
    const upper = sums.filter((sum) => sum > MODULUS / 2).length;
    expect(upper).to.be.within(180, 320);
  });

  it("is the same again where a batch is done twice, though no byte is", () => {
    const [first, again] = [maskedBytes(), maskedBytes()] as const;
    expect(sumsOf(again)).to.deep.equal(sumsOf(first));
    const { polyModulusDegree } = MATCHING_PARAMETERS;
    for (const polynomial of [0, 1]) {
      const start = CIPHERTEXT_PREFIX_BYTES + 8 * polyModulusDegree * polynomial;
      const alike = Array.from({ length: polyModulusDegree }, (_, i) => start + 8 * i).filter(
        (at) => first.slice(at, at + 8).every((byte, i) => byte === again[at + i]),
      );
      expect(alike, `words of polynomial ${polynomial}`).to.be.empty;
    }
    expect(sumsOf(maskedBytes({ seed: new Uint8Array(32) }))).not.to.deep.equal(sumsOf(first));
  });
});

describe("masks", function () {
  this.timeout(30_000);

  const codes = [
    MARKET_CODE,
    PRIVATE_CODE,
    compileFeatures({
      features: [{ kind: "numeric", name: "f", least: 0, most: 1, weight: 1 }],
      resolution: 11_584,
      weights: "market",
    }),
  ];

  it("never leave the room that the modulus has, at the largest distance", () => {
    for (const code of codes) {
      let [least, most] = [Infinity, 0];
      for (let i = 0; i < 3_000; i++) {
        const { factor, shift } = distanceMasks(SEED, `bid ${i}`, code);
        [least, most] = [Math.min(least, factor), Math.max(most, factor)];
        expect(shift).to.be.at.least(factor * code.distanceOffset);
        const largest = factor * (code.maxDistance - code.distanceOffset) + shift + factor - 1;
        expect(largest).to.be.below(MASKED_BOUND);
      }
      const room = Math.min(MOST_FACTOR, largestProduct() / (code.maxDistance + 1));
      expect(least).to.be.within(LEAST_FACTOR, LEAST_FACTOR * 1.1);
      const octaves = Math.floor(Math.log2(room / LEAST_FACTOR));
      expect(most).to.be.within(0.9 * LEAST_FACTOR * 2 ** octaves, room);
    }
    expect(MASKED_BOUND).to.be.below(MODULUS);
  });

  it("of a position sum up to the shift and less than the factor, in every block's slot", () => {
    const layout = new SlotLayout(MARKET_CODE, 8192);
    const masks = { factor: 100, shift: 5_000_000_000 };
    const shares = maskShares(SEED, "bid", masks, layout, { pack: 0, taken: 300 });
    for (let position = 0; position < layout.packSize; position++) {
      let sum = 0n;
      for (let block = 0; block < layout.blocks; block++)
        sum += shares[layout.slotOf(block, position)]!;
      const total = Number(sum % BigInt(MODULUS));
      if (position < 300) expect(total).to.be.within(5_000_000_000, 5_000_000_099);
      else expect(total).not.to.be.within(5_000_000_000, 5_000_000_099);
    }
    expect(shares.every((share) => share < BigInt(MODULUS))).to.be.true;
  });

  it("come from the seed, the purpose and the bid", () => {
    const draw = (seed: Uint8Array, ...purpose: string[]) =>
      new Keystream(seed, ...purpose).below(2 ** 40);
    const same = draw(SEED, "a", "b");
    expect(draw(SEED, "a", "b")).to.equal(same);
    for (const other of [
      draw(SEED, "a", "c"),
      draw(SEED, "ab"),
      draw(SEED, "a,b"),
      draw(new Uint8Array(32), "a", "b"),
    ]) {
      expect(other).not.to.equal(same);
    }
  });
});

describe("Keystream", function () {
  this.timeout(30_000);

  for (const bound of [1, 2, 3, 100, 2 ** 32, 2 ** 32 + 1, MODULUS, 2 ** 53]) {
    it(`draws evenly below ${bound}`, () => {
      const stream = new Keystream(SEED, "even", bound);
      let upper = 0;
      for (let i = 0; i < 20_000; i++) {
        const drawn = stream.below(bound);
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < bound).to.be.true;
        if (drawn >= bound / 2) upper++;
      }
      const expected = bound === 1 ? 0 : bound === 3 ? 6_667 : 10_000;
      expect(upper).to.be.within(expected - 400, expected + 400);
    });
  }
});

describe("arrangeOffers", () => {
  const names = Array.from({ length: 200 }, (_, i) => `0x${i}`);

  it("has every offer once, in an order that only the seed tells", () => {
    const order = arrangeOffers(SEED, names);
    expect([...order].sort()).to.deep.equal([...names].sort());
    expect(arrangeOffers(SEED, [...names].reverse())).to.deep.equal(order);
    const other = arrangeOffers(new Uint8Array(32), names);
    expect(order.filter((name, i) => name === other[i]).length).to.be.below(10);
  });
});
