import { expect } from "chai";
import { digest } from "../../../../../sdk/private/matching/digest.ts";
import { DEFAULT_FEATURES } from "../../../../../sdk/private/matching/defaultFeatures.ts";
import {
  encodeBid,
  encodeOffer,
  meetsOffer,
  type FeatureValues,
} from "../../../../../sdk/private/matching/encodePlan.ts";
import {
  compileFeatures,
  largestProduct,
  type Feature,
  type FeatureCode,
} from "../../../../../sdk/private/matching/featureSchema.ts";
import { MOST_LIMIT_STEPS, type LimitCode } from "../../../../../sdk/private/matching/limitCode.ts";
import { limitMasks, limitOctaves } from "../../../../../sdk/private/matching/limitMasks.ts";
import {
  FeatureSchemaError,
  FeatureValueError,
  MalformedCiphertextError,
  WrongParametersError,
} from "../../../../../sdk/private/matching/matchingError.ts";
import { DistanceMasker } from "../../../../../sdk/private/matching/distanceMasker.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { RankReader } from "../../../../../sdk/private/matching/rankReader.ts";
import { ResultReader } from "../../../../../sdk/private/matching/resultReader.ts";
import { SlotLayout } from "../../../../../sdk/private/matching/slotLayout.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import { expectNear } from "../../../../helpers/expectNear.ts";
import {
  expectPlainRanks,
  LEAST,
  limitCode,
  matchingScheme,
  MOST,
  packOffers,
  randomValues,
  randomWeights,
  rankCiphertexts,
  SEED,
  type BidScene,
  type KeyedScheme,
} from "./matchingScene.ts";

const STEP = 800;
/** Where the limit is: in the price's block, or in one of its own. */
const CODES: readonly [string, FeatureCode][] = [
  ["market-wide weights", limitCode("market")],
  ["a price that weighs a half", limitCode("market", { priceWeight: 0.5 })],
  ["a price that weighs nothing", limitCode("market", { priceWeight: 0 })],
  ["private weights", limitCode("private")],
];
const priced = (price: number): FeatureValues => ({ ...LEAST, price });
const price = (changes: object): Feature => ({
  kind: "numeric",
  name: "price",
  least: 0,
  most: 1_000,
  weight: 1,
  limit: true,
  ...changes,
});

describe("a schema's limit", () => {
  const blockOf = (code: FeatureCode) => [code.limit?.block, code.summedBlocks, code.blocks];

  it("is in the price's block where that has all steps, else in one of its own", () => {
    expect(CODES.map(([, code]) => blockOf(code))).to.deep.equal([
      [0, 9, 9],
      [9, 9, 10],
      [9, 9, 10],
      [18, 18, 19],
    ]);
    for (const [, { limit }] of CODES) {
      expect(limit)
        .to.include({ reach: 500, step: STEP })
        .and.property("feature")
        .include({ name: "price" });
    }
  });

  it("is the price of the default features, in whole steps of 1,000", () => {
    const code = compileFeatures(DEFAULT_FEATURES);
    expect(blockOf(code)).to.deep.equal([0, 11, 11]);
    expect(code.limit).to.include({ reach: 1_000, step: 1_000 });
  });

  it("is none where no feature says so", () => {
    const features = [price({ limit: false }), price({ name: "other", limit: undefined })];
    const code = compileFeatures({ features, resolution: 300, weights: "private" });
    expect(blockOf(code)).to.deep.equal([undefined, 4, 4]);
    expect(meetsOffer(code, { price: 0 }, { price: 1 })).to.be.true;
  });

  const refused: [string, Feature[], number, string][] = [
    ["two", [price({}), price({ name: "wage" })], 100, "There are 2 limits"],
    ["a range that is no whole steps", [price({})], 300, "0 to 1000, is not 300 whole steps"],
    ["a range with a fraction", [price({ least: 0.5, most: 1_000.5 })], 100, "whole steps"],
    ["a range that no number has exactly", [price({ most: 2 ** 60 })], 1_024, "whole steps"],
    [
      "more steps than masks can hide",
      [price({ most: 2 ** 20, weight: 0 })],
      2 * MOST_LIMIT_STEPS,
      "has 524288 steps, above 262144",
    ],
  ];
  for (const [what, features, resolution, message] of refused) {
    it(`is not ${what}`, () => {
      const schema = { features, resolution, weights: "market" as const };
      expect(() => compileFeatures(schema)).to.throw(FeatureSchemaError, message);
    });
  }

  it("takes the most steps, from -2^52 on, to the last digit", () => {
    const wide = price({ least: -(2 ** 52), most: -(2 ** 52) + 2 ** 40, weight: 0 });
    const code = compileFeatures({
      features: [wide],
      resolution: MOST_LIMIT_STEPS,
      weights: "market",
    });
    const { step } = code.limit!;
    const at = (over: number) => ({ price: wide.kind === "numeric" ? wide.least + over : 0 });
    for (const steps of [1, 1_000, MOST_LIMIT_STEPS - 1]) {
      const border = steps * step;
      expect(encodeBid(code, at(border - 1)).at(-1)).to.equal(steps - 1);
      expect(encodeBid(code, at(border)).at(-1)).to.equal(steps);
      expect(encodeOffer(code, at(border)).at(-1)).to.equal(steps);
      expect(encodeOffer(code, at(border + 1)).at(-1)).to.equal(steps + 1);
    }
  });
});

describe("a plan's limit", () => {
  for (const [name, code] of CODES) {
    it(`is met only by prices that are not above it, with ${name}`, () => {
      const source = seededRandom(11, name);
      const draw = (below: number): number => Math.floor(source.uniform() * below);
      let met = 0;
      for (let run = 0; run < 4_000; run++) {
        const bid = 300_000 + draw(400_001);
        // Half of the asks are close by.
        const near = Math.min(700_000, Math.max(300_000, bid + draw(4 * STEP) - 2 * STEP));
        const ask = run % 2 === 0 ? 300_000 + draw(400_001) : near;
        const isMet = meetsOffer(code, priced(bid), priced(ask));
        if (isMet) met++;
        expect(isMet && bid < ask, `${bid} meets ${ask}`).to.be.false;
        expect(!isMet && bid - ask >= 2 * STEP, `${bid} does not meet ${ask}`).to.be.false;
        const whole = (value: number): number => value - (value % STEP);
        expect(meetsOffer(code, priced(whole(bid)), priced(whole(ask)))).to.equal(
          whole(bid) >= whole(ask),
        );
      }
      expect(met).to.be.within(1_000, 3_000);
    });
  }

  it("is a whole number within the range, which is not told where it is none", () => {
    for (const [, code] of CODES) {
      for (const encode of [encodeBid, encodeOffer]) {
        for (const value of [420_000.5, 299_999, 700_001, Number.NaN]) {
          expect(() => encode(code, priced(value)))
            .to.throw(FeatureValueError, "The plan's price is not a")
            .and.property("message")
            .not.contain(String(value));
        }
      }
    }
  });
});

describe("ranks of offers that a bid meets [P14]", function () {
  this.timeout(120_000);

  for (const [name, code] of CODES) {
    const isPrivate = code.schema.weights === "private";
    const bidOf = (values: FeatureValues, random: () => number): BidScene =>
      isPrivate ? { values, own: randomWeights(random) } : { values };

    describe(`with ${name}`, () => {
      it("equal those of the plain distances in random books", async () => {
        const source = seededRandom(12, name);
        const random = () => source.uniform();
        const offers = Array.from({ length: 60 }, () => randomValues(random));
        const bids = Array.from({ length: 5 }, () => bidOf(randomValues(random), random));
        await expectPlainRanks(code, bids, offers);
      });

      it("equal them where plans are at the ends of every range", async () => {
        const source = seededRandom(13, name);
        const random = () => source.uniform();
        const offers = [LEAST, MOST, { ...MOST, price: 300_000 }, { ...LEAST, price: 700_000 }];
        await expectPlainRanks(code, [bidOf(LEAST, random), bidOf(MOST, random)], offers);
      });

      it("tell prices apart that are equal, one step or one micro from each other", async () => {
        const source = seededRandom(14, name);
        const around = [480_000, 480_000 - STEP, 480_000 + STEP].flatMap((at) => [
          at - 1,
          at,
          at + 1,
        ]);
        const bids = around.map((at) => bidOf(priced(at), () => source.uniform()));
        await expectPlainRanks(code, bids, around.map(priced));
      });

      it("have all equal plans, each once, or none of them", async () => {
        const offers = Array.from({ length: 30 }, () => priced(480_000));
        const bids = [480_000 - 1, 480_000].map((at) => ({ values: { ...MOST, price: at } }));
        await expectPlainRanks(code, bids, offers);
      });

      it("go over several packs @long", async () => {
        const source = seededRandom(15, name);
        const random = () => source.uniform();
        const { packSize } = new SlotLayout(code, 8192);
        const { scheme, keys } = await matchingScheme();
        const cipher = new PlanCipher(scheme, code, keys.publicKey);
        // One offer that is met, one that is not: at the end of a pack and everywhere in the next.
        const [met, dear] = [priced(400_000), priced(600_000)].map(
          (values) => cipher.encryptOffer(values).bytes,
        );
        const offers = Array.from({ length: packSize + 3 }, (_, i) => (i % 3 === 0 ? met! : dear!));
        const bid = bidOf(priced(500_000), random);
        const bytes = cipher.encryptBid(bid.values, bid.own).bytes;
        const [ranking] = rankCiphertexts({ scheme, keys }, code, [bytes], offers);
        expect(ranking!.nearest.sort((a, b) => a - b)).to.deep.equal(
          [...offers.keys()].filter((i) => i % 3 === 0),
        );
      });
    });
  }
});

describe("masked limits", function () {
  this.timeout(60_000);
  let keyed: KeyedScheme;
  const code = limitCode("market");

  before(async () => {
    keyed = await matchingScheme();
  });

  const masked = (bid: Uint8Array, offers: readonly Uint8Array[], seed = SEED) => {
    const { scheme, keys } = keyed;
    const packs = packOffers(keyed, code, offers);
    const masker = new DistanceMasker(scheme, code, { ...keys, seed }, packs, offers.length);
    const result = masker.mask(bid);
    masker.close();
    return { ...result, name: `${digest(bid)} ${digest(...packs)}` };
  };
  const encrypt = (bid: FeatureValues, offers: readonly FeatureValues[]) => {
    const cipher = new PlanCipher(keyed.scheme, code, keyed.keys.publicKey);
    const bytes = offers.map((values) => cipher.encryptOffer(values).bytes);
    return [cipher.encryptBid(bid).bytes, bytes] as const;
  };

  it("never leave the half of the modulus that is theirs, whatever is drawn", () => {
    for (const { limit, ...rest } of [
      ...CODES.map(([, each]) => each),
      defaultCode(),
      widestCode(),
    ]) {
      const layout = new SlotLayout({ limit, ...rest }, 8192);
      const octaves = limitOctaves(limit!);
      const { factors, summands } = limitMasks(SEED, "bid", limit!, layout, {
        pack: 0,
        taken: layout.packSize,
      });
      const start = layout.slotOf(limit!.block, 0);
      let parts = 0;
      for (let slot = start; slot < start + layout.packSize; slot++) {
        const [factor, summand] = [Number(factors[slot]), Number(summands[slot])];
        expect(factor).to.be.within(1, 2 ** octaves - 1);
        expect(summand).to.be.within(0, factor - 1);
        parts += (summand + 0.5) / factor / layout.packSize;
      }
      // Even: else a result would tell what divides it.
      expectNear(parts, 0.5, 0.06);
      expect((2 ** octaves - 1) * (limit!.reach + 1)).to.be.at.most(largestProduct());
      expect(octaves).to.be.at.least(16);
    }
  });

  it("are factor · difference + summand, random where nothing is compared", () => {
    const prices = [300_000, 480_000, 480_000 + STEP, 700_000, 500_123];
    const [bid, offers] = encrypt(priced(480_000), prices.map(priced));
    const { limits, name } = masked(bid, offers);
    const layout = new SlotLayout(code, keyed.scheme.slots);
    const modulus = keyed.scheme.parameters.plainModulus;
    const numbers = new ResultReader(keyed.scheme, keyed.keys.secretKey).read("limits", limits[0]!);
    const masks = limitMasks(SEED, name, code.limit!, layout, { pack: 0, taken: prices.length });
    const x = BigInt(encodeBid(code, priced(480_000))[0]!);
    prices.forEach((at, position) => {
      const z = BigInt(encodeOffer(code, priced(at))[0]!);
      const value = masks.factors[position]! * (x - z) + masks.summands[position]!;
      expect(BigInt(numbers.get(position)), `price ${at}`).to.equal((value + modulus) % modulus);
    });
    const rest = [...numbers.slots.subarray(prices.length)];
    expect(new Set(rest).size).to.be.above(rest.length - 20);
    const octiles = Array.from({ length: 8 }, () => 0);
    for (const value of rest) octiles[Number((8n * value) / modulus)]! += 1;
    // 1,024 each, with a standard deviation of 30.
    octiles.forEach((count) => expect(count).to.be.within(1_024 - 200, 1_024 + 200));
  });

  it("are the same numbers where a bid is masked twice, and others where anything is another", () => {
    const [bid, offers] = encrypt(priced(480_000), [priced(300_000), priced(600_000)]);
    const reader = new ResultReader(keyed.scheme, keyed.keys.secretKey);
    const open = (...args: Parameters<typeof masked>): bigint[] => [
      ...reader.read("limits", masked(...args).limits[0]!).slots,
    ];
    const first = open(bid, offers);
    expect(open(bid, offers)).to.deep.equal(first);
    const others = [
      open(bid, offers, new Uint8Array(32)),
      open(bid, [...offers].reverse()),
      open(encrypt(priced(480_000), [])[0], offers),
    ];
    for (const other of others) {
      expect(other.filter((value, slot) => value === first[slot]).length).to.be.below(4);
    }
  });

  it("are refused as raw ciphertexts, as packs, missing, or where there is no limit", () => {
    const { scheme, keys } = keyed;
    const [bid, offers] = encrypt(priced(480_000), [priced(300_000)]);
    const good = masked(bid, offers);
    const reader = new RankReader(scheme, code, keys.secretKey);
    expect(reader.rank(good, 1).nearest).to.deep.equal([0]);
    for (const limits of [[bid], offers, packOffers(keyed, code, offers)]) {
      expect(() => reader.rank({ ...good, limits }, 1)).to.throw(
        WrongParametersError,
        "masked limits",
      );
    }
    for (const limits of [[], [...good.limits, ...good.limits]]) {
      expect(() => reader.rank({ ...good, limits }, 1)).to.throw(
        MalformedCiphertextError,
        `set of masked limits has ${limits.length} ciphertexts for 1 offers, not 1`,
      );
    }
    const { features, ...schema } = code.schema;
    const free = compileFeatures({
      ...schema,
      features: features.map((feature) => ({ ...feature, limit: false }) as Feature),
    });
    expect(() => new RankReader(scheme, free, keys.secretKey).rank(good, 1)).to.throw(
      MalformedCiphertextError,
      "for 1 offers, not 0",
    );
  });
});

function defaultCode(): FeatureCode {
  return compileFeatures(DEFAULT_FEATURES);
}

function widestCode(): FeatureCode & { limit: LimitCode } {
  const features = [price({ most: MOST_LIMIT_STEPS, weight: 0 })];
  const code = compileFeatures({ features, resolution: MOST_LIMIT_STEPS, weights: "market" });
  return { ...code, limit: code.limit! };
}
