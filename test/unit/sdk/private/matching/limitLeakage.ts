import { expect } from "chai";
import { saveCiphertext } from "../../../../../sdk/private/matching/ciphertextBytes.ts";
import { openEncryptor } from "../../../../../sdk/private/matching/heKeys.ts";
import { drawFactor, limitOctaves } from "../../../../../sdk/private/matching/limitMasks.ts";
import { Keystream } from "../../../../../sdk/private/matching/keystream.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { SlotLayout } from "../../../../../sdk/private/matching/slotLayout.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import { expectNear } from "../../../../helpers/expectNear.ts";
import { LEAST, limitCode, matchingScheme, rankCiphertexts, SEED } from "./matchingScene.ts";

/** Prices as numbers: the market's middle is known, and how far prices lie apart. */
const REACH = 500;
const MIDDLE = 250;
const SPREAD = 75;
const { limit } = limitCode("market");
const OCTAVES = limitOctaves(limit!);

type Draw = (stream: Keystream) => number;
const drawn: Draw = (stream) => drawFactor(stream, OCTAVES);
/** What seems natural: every octave as likely as the next. */
const drawnEvenly: Draw = (stream) => {
  const least = 2 ** stream.below(OCTAVES);
  for (;;) {
    const factor = least + stream.below(least);
    if (stream.below(factor) < least) return factor;
  }
};
/** The chance of each octave. */
const evenly = Array.from({ length: OCTAVES }, () => 1 / OCTAVES);
const byCoins = evenly.map((_, heads) => binomial(OCTAVES - 1, heads) / 2 ** (OCTAVES - 1));

function binomial(of: number, heads: number): number {
  let ways = 1;
  for (let i = 1; i <= heads; i++) ways = (ways * (of - heads + i)) / i;
  return ways;
}

/** The sum of 1 / factor, times each factor's chance, up to a bound: how likely masked values are follows from it. */
function inverseSum(chances: readonly number[]): (most: number) => number {
  const upTo = [0];
  for (const [octave, chance] of chances.entries()) {
    // In an octave 1 / factor² / ln 2, as if factors were no whole numbers.
    upTo.push(upTo[octave]! + chance / (2 * 2 ** octave * Math.LN2));
  }
  return (most) => {
    if (most < 1) return 0;
    const octave = Math.min(OCTAVES - 1, Math.floor(Math.log2(most)));
    const part = Math.max(0, 1 / 2 ** octave - 1 / Math.min(most + 1, 2 ** (octave + 1)));
    return upTo[octave]! + (chances[octave]! * part) / Math.LN2;
  };
}

/** How likely a masked difference is, given the difference. */
function likelihood(sum: (most: number) => number, masked: number, difference: number): number {
  if (masked >= 0 !== difference >= 0) return 0;
  // Below 0 everything is a mirror's image: −1 − masked of −1 − difference.
  const [seen, steps] = masked >= 0 ? [masked, difference] : [-1 - masked, -1 - difference];
  const most = steps === 0 ? 2 ** OCTAVES : Math.floor(seen / steps);
  return Math.max(0, sum(most) - sum(Math.floor(seen / (steps + 1))));
}

function bitsOf(weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.reduce((bits, weight) => {
    const chance = weight / total;
    return chance > 0 ? bits - chance * Math.log2(chance) : bits;
  }, 0);
}

/**
 * The key holder at its best: it knows the prices of all offers, sees one bid's masked differences from them, and
 * weighs every price that the bid may have.
 * @returns how many bits of the price it does not know: from the signs alone, and from the sizes too; means of many bids
 */
function bitsLeft(offers: number, draw: Draw, chances: readonly number[]) {
  const sum = inverseSum(chances);
  const source = seededRandom(31, `${offers} offers`);
  const stream = new Keystream(SEED, "limits' leakage", offers);
  const price = (): number => {
    // Six even draws make nearly a normal one.
    const draws = Array.from({ length: 6 }, () => source.uniform());
    const normal = (draws.reduce((all, each) => all + each, 0) - 3) * Math.SQRT2;
    return Math.max(0, Math.min(REACH, Math.round(MIDDLE + SPREAD * normal)));
  };
  const candidates = Array.from({ length: REACH + 1 }, (_, x) => x);
  const prior = (x: number): number => Math.exp(-0.5 * ((x - MIDDLE) / SPREAD) ** 2);
  const bids = 60;
  const means = { bySigns: 0, bySizes: 0 };
  for (let bid = 0; bid < bids; bid++) {
    const own = price();
    const asks = Array.from({ length: offers }, price);
    const seen = asks.map((ask) => {
      const factor = draw(stream);
      return factor * (own - ask) + stream.below(factor);
    });
    const signs = candidates.map((x) =>
      asks.every((ask, j) => seen[j]! >= 0 === x >= ask) ? prior(x) : 0,
    );
    const sizes = candidates.map((x) =>
      signs[x] === 0
        ? -Infinity
        : asks.reduce(
            (log, ask, j) => log + Math.log(likelihood(sum, seen[j]!, x - ask)),
            Math.log(prior(x)),
          ),
    );
    const best = Math.max(...sizes);
    means.bySigns += bitsOf(signs) / bids;
    means.bySizes += bitsOf(sizes.map((log) => Math.exp(log - best))) / bids;
  }
  return means;
}

describe("what the key holder can tell from masked limits", function () {
  this.timeout(60_000);

  // Of 7.6, 5.4 and 3.9 bits that the order of the prices alone leaves.
  for (const [offers, least] of [
    [1, 7],
    [10, 4.5],
    [30, 2.7],
  ] as const) {
    it(`leaves ${least} bits of a price to who knows those of ${offers} offers beside it`, () => {
      const { bySigns, bySizes } = bitsLeft(offers, drawn, byCoins);
      expect(bySizes).to.be.above(least);
      expect(bySigns - bySizes, "what sizes tell beside the order").to.be.within(0, 1);
    });
  }

  it("would be nearly all from octaves that are drawn evenly", () => {
    expect(bitsLeft(10, drawnEvenly, evenly).bySizes).to.be.below(2);
    expect(bitsLeft(30, drawnEvenly, evenly).bySizes).to.be.below(0.1);
  });

  it("is judged by factors as they are drawn", () => {
    const stream = new Keystream(SEED, "octaves");
    const counts = byCoins.map(() => 0);
    const draws = 20_000;
    let lower = 0;
    for (let i = 0; i < draws; i++) {
      const factor = drawn(stream);
      const octave = Math.floor(Math.log2(factor));
      counts[octave]! += 1;
      if (factor / 2 ** octave < Math.SQRT2) lower++;
    }
    // Within five standard deviations each.
    byCoins.forEach((chance, octave) =>
      expectNear(counts[octave], draws * chance, 5 * Math.sqrt(draws * chance * (1 - chance)) + 1),
    );
    // Half of an octave, by its logarithm.
    expectNear(lower / draws, 0.5, 0.02);
  });
});

describe("what the matcher can tell from ranks of offers that are met", function () {
  this.timeout(60_000);
  const code = limitCode("market");
  const priced = (price: number) => ({ ...LEAST, price });

  it("is the order and who is met: the same of two markets that have nothing else in common", async () => {
    const { scheme, keys } = await matchingScheme();
    const cipher = new PlanCipher(scheme, code, keys.publicKey);
    const answerOf = (bid: number, asks: number[]) => {
      const offers = asks.map((ask) => cipher.encryptOffer(priced(ask)).bytes);
      return rankCiphertexts(
        { scheme, keys },
        code,
        [cipher.encryptBid(priced(bid)).bytes],
        offers,
      );
    };
    const one = answerOf(500_000, [700_000, 300_000, 499_999, 400_000]);
    const other = answerOf(310_000, [311_000, 301_600, 308_000, 304_000]);
    expect(one).to.deep.equal([{ nearest: [2, 3, 1], outOfRange: [] }]);
    expect(other).to.deep.equal(one);
  });

  it("is every price in nine answers, where it asks questions of its own: rankAudit finds that", async () => {
    const { scheme, keys } = await matchingScheme();
    const cipher = new PlanCipher(scheme, code, keys.publicKey);
    const source = seededRandom(32, "secret prices");
    const secrets = Array.from({ length: 12 }, () => Math.floor(source.uniform() * (REACH + 1)));
    const offers = secrets.map((z) => cipher.encryptOffer(priced(300_000 + z * 800)).bytes);
    const known = secrets.map(() => ({ least: 0, most: REACH }));
    const layout = new SlotLayout(code, scheme.slots);
    const [plain, question] = [scheme.newPlaintext(), scheme.newCiphertext()];
    const encryptor = openEncryptor(scheme, keys.publicKey, scheme);
    for (let i = 0; i < 9; i++) {
      const middles = known.map(({ least, most }) => Math.floor((least + most) / 2));
      const slots = new BigUint64Array(scheme.slots);
      middles.forEach((x, position) => (slots[layout.slotOf(0, position)] = BigInt(x)));
      scheme.encoder.encode(slots, plain);
      encryptor.encrypt(plain, question);
      const [answer] = rankCiphertexts(
        { scheme, keys },
        code,
        [saveCiphertext(scheme, question)],
        offers,
      );
      middles.forEach((x, position) => {
        if (answer!.nearest.includes(position)) known[position]!.most = x;
        else known[position]!.least = x + 1;
      });
    }
    expect(known.map(({ least }) => least)).to.deep.equal(secrets);
  });
});
