import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import {
  AttributeCountError,
  categoricalDissimilarity,
  dissimilarity,
  numericDissimilarity,
  scaled,
  type MixedRecord,
} from "../../../../sdk/mechanisms/dissimilarity.ts";
import { seededRandom } from "../../../../sdk/seededRandom.ts";
import { expectNear } from "../../../helpers/expectNear.ts";

describe("dissimilarity", () => {
  it("sums weighted squares of numbers, formula (3.2)", () => {
    expect(numericDissimilarity([1, 0.5, 0], [0, 0.25, 0], [0.5, 1, 9])).to.equal(0.5 + 0.0625);
    expect(numericDissimilarity([0.25], [0.75], [1])).to.equal(
      numericDissimilarity([0.75], [0.25], [1]),
    );
  });

  it("counts the weights of words that differ, formulas (3.3) and (3.4)", () => {
    expect(categoricalDissimilarity(["wind", "north"], ["wind", "south"], [0.7, 0.2])).to.equal(
      0.2,
    );
    expect(categoricalDissimilarity(["wind"], ["wind"], [0.7])).to.equal(0);
    expect(categoricalDissimilarity(["wind"], ["Wind"], [0.7])).to.equal(0.7);
  });

  it("is the sum of both, formula (3.1), and 0 of a record to itself", () => {
    const purchase: MixedRecord = { numeric: [0.2, 1], categorical: ["solar"] };
    const sell: MixedRecord = { numeric: [0.7, 0], categorical: ["bio"] };
    const weights = { numeric: [1, 0.5], categorical: [0.25] };
    expect(dissimilarity(purchase, sell, weights)).to.equal(0.25 + 0.5 + 0.25);
    expect(dissimilarity(sell, sell, weights)).to.equal(0);
  });

  it("takes attributes on a common range", () => {
    expect([0.4, 0.5, 0.6].map((price) => scaled(price, 0.4, 0.6))).to.satisfy((all: number[]) =>
      all.every((value, i) => Math.abs(value - i / 2) < 1e-12),
    );
    expect(scaled(5, 5, 5)).to.equal(0);
  });

  it("refuses records of other attributes", () => {
    const record: MixedRecord = { numeric: [1], categorical: [] };
    expect(() => dissimilarity(record, record, { numeric: [1, 1], categorical: [] })).to.throw(
      AttributeCountError,
      "1, 1, 2 numeric attributes",
    );
    expect(() => categoricalDissimilarity(["a"], [], [1])).to.throw(AttributeCountError);
  });
});

/** Seed 000, section 3.5.2, figures 3.11, 3.12, 3.15 and 3.16: means over ten runs of 1,000 purchases. */
const PUBLISHED = {
  cleanShare: 0.8,
  actualUnitPrice: 0.563,
  lossShare: 0.0207,
  auctionLoss: 0.0315,
};
const TYPES = ["wind", "hydro", "fossil", "solar", "bio"];

describe("the source's experiment with the multi-factor dissimilarity", function () {
  this.timeout(30_000);

  it("is restated as it was published", function () {
    const path = new URL(
      "../../../../../shared/vectors/multi-factor-matching.json",
      import.meta.url,
    );
    if (!existsSync(path)) {
      console.log(
        "      ../shared/vectors is not there: the figures of this test stand on their own",
      );
      this.skip();
    }
    const { published } = JSON.parse(readFileSync(path, "utf8")) as {
      published: Record<string, { multiFactor: string; doubleAuction: string }>;
    };
    expect(Number(published.cleanShare!.multiFactor)).to.equal(PUBLISHED.cleanShare);
    expect(Number(published.actualUnitPrice!.multiFactor)).to.equal(PUBLISHED.actualUnitPrice);
    expect(Number(published.transmissionLoss!.multiFactor)).to.equal(PUBLISHED.lossShare);
    expect(Number(published.transmissionLoss!.doubleAuction)).to.equal(PUBLISHED.auctionLoss);
  });

  // The source tells its ranges (section 3.5.1) and neither weights nor places: here all weights are 1, people live
  // along a line of 10 km, a buyer wants no loss, and what it pays is the seller's price. So the figures are bands; the
  // published 7,237 kWh of 1,000 purchases are not among them, since purchases of 10 to 20 kWh come to twice as much.
  it("has clean energy, price and loss near the published means", () => {
    const source = seededRandom(3, "multi-factor");
    const between = (least: number, most: number) => least + (most - least) * source.uniform();
    const pick = () => TYPES[Math.floor(source.uniform() * TYPES.length)]!;
    const sells = Array.from({ length: 1_000 }, () => {
      const type = pick();
      const isClean = type !== "fossil";
      const price = isClean ? between(0.5, 0.6) : between(0.4, 0.5);
      return { type, isClean, price, kWh: between(10, 50), km: between(0, 10) };
    });
    let [kWh, cleanKWh, paid, lostKWh] = [0, 0, 0, 0];
    for (let i = 0; i < 1_000; i++) {
      const bid = {
        type: pick(),
        price: between(0.4, 0.6),
        kWh: between(10, 20),
        km: between(0, 10),
      };
      const toRecord = (price: number, energy: number, type: string, km: number): MixedRecord => ({
        numeric: [
          scaled(price, 0.4, 0.6),
          scaled(energy, 0, 50),
          type === "fossil" ? 0 : 1,
          scaled(km / 100, 0, 0.1),
        ],
        categorical: [type],
      });
      const weights = { numeric: [1, 1, 1, 1], categorical: [1] };
      const purchase = toRecord(bid.price, bid.kWh, bid.type, 0);
      const [best] = sells
        .filter((sell) => sell.kWh > 0)
        .map((sell) => {
          const distanceKm = Math.abs(sell.km - bid.km);
          const record = toRecord(sell.price, sell.kWh, sell.type, distanceKm);
          return { sell, distanceKm, d: dissimilarity(purchase, record, weights) };
        })
        .sort((a, b) => a.d - b.d);
      const { sell, distanceKm } = best!;
      const traded = Math.min(sell.kWh, bid.kWh);
      sell.kWh -= traded;
      kWh += traded;
      paid += traded * sell.price;
      lostKWh += (traded * distanceKm) / 100;
      if (sell.isClean) cleanKWh += traded;
    }
    expectNear(cleanKWh / kWh, PUBLISHED.cleanShare, 0.05);
    expectNear(paid / (kWh - lostKWh), PUBLISHED.actualUnitPrice, 0.04);
    expect(lostKWh / kWh).to.be.below(PUBLISHED.auctionLoss);
  });
});
