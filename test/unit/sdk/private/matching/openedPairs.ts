import { expect } from "chai";
import { DEFAULT_FEATURES } from "../../../../../sdk/private/matching/defaultFeatures.ts";
import { distanceMasks } from "../../../../../sdk/private/matching/distanceMasks.ts";
import {
  encodedDistance,
  planNumbers,
  type FeatureValues,
} from "../../../../../sdk/private/matching/encodePlan.ts";
import { compileFeatures } from "../../../../../sdk/private/matching/featureSchema.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import { SEED } from "./matchingScene.ts";

const code = compileFeatures(DEFAULT_FEATURES);
const NUMERIC = 6;

/** The line through points that is off least. */
function fit(points: readonly (readonly [number, number])[]) {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const along = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  const slope = along / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return { slope, shift: y - slope * x };
}

/** Solves equations in the sense of least squares, by Gauss on the normal ones. */
function solve(rows: readonly (readonly number[])[], right: readonly number[]): number[] {
  const count = rows[0]!.length;
  const normal = Array.from({ length: count }, (_, i) => [
    ...Array.from({ length: count }, (__, j) =>
      // Categories add up to a constant, so that something must hold the equations up.
      rows.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? 1e-3 : 0),
    ),
    rows.reduce((sum, row, at) => sum + row[i]! * right[at]!, 0),
  ]);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      if (i === j) continue;
      const times = normal[j]![i]! / normal[i]![i]!;
      normal[j] = normal[j]!.map((value, at) => value - times * normal[i]![at]!);
    }
  }
  return normal.map((row, i) => row[count]! / row[i]!);
}

describe("a key holder that has opened pairs", () => {
  const source = seededRandom(51, "opened pairs");
  const draw = (below: number): number => Math.floor(source.uniform() * below);
  const plan = (): FeatureValues =>
    Object.fromEntries(
      code.schema.features.map((feature) => [
        feature.name,
        feature.kind === "numeric"
          ? feature.least + draw(feature.most - feature.least + 1)
          : feature.categories[draw(feature.categories.length)]!,
      ]),
    );

  /**
   * What it can compute of an offer that was not opened: the opened pairs tell each opened bid's masks, the masks the
   * distances from the offer, and those from enough bids where it is.
   */
  const located = (pairs: number): { offer: number[]; found: number[] } => {
    const offer = planNumbers(code, "sell", plan());
    const opened = Array.from({ length: pairs }, () => ({
      bid: planNumbers(code, "buy", plan()),
      offer: planNumbers(code, "sell", plan()),
    }));
    const distances = opened.map(({ bid }, i) => {
      const { factor, shift } = distanceMasks(SEED, `bid ${i}`, code);
      const seen = (other: readonly number[]): number =>
        factor * encodedDistance(bid, other) + shift + draw(factor);
      const line = fit(
        opened.map(({ offer: other }) => [encodedDistance(bid, other), seen(other)] as const),
      );
      return (seen(offer) - line.shift) / line.slope;
    });
    const norm = (numbers: readonly number[]) =>
      numbers.reduce((sum, number) => sum + number ** 2, 0);
    const [first, ...rest] = opened.map(({ bid }) => bid);
    const rows = rest.map((bid) => bid.map((x, i) => -2 * (x - first![i]!)));
    const right = rest.map(
      (bid, i) => distances[i + 1]! - distances[0]! - norm(bid) + norm(first!),
    );
    return { offer, found: solve(rows, right).map(Math.round) };
  };

  it("can compute all numbers of every other offer of the round, without its name", () => {
    for (let run = 0; run < 10; run++) {
      const { offer, found } = located(16);
      expect(found.slice(0, NUMERIC)).to.deep.equal(offer.slice(0, NUMERIC));
      // Differences from bids say of categories only which is the highest.
      const [ofFound, of] = [found, offer].map((numbers) => numbers.slice(NUMERIC));
      expect(ofFound!.indexOf(Math.max(...ofFound!))).to.equal(of!.indexOf(Math.max(...of!)));
    }
  });

  it("cannot while it has opened fewer than a plan has numbers", () => {
    let right = 0;
    for (let run = 0; run < 20; run++) {
      const { offer, found } = located(8);
      right += found.filter((number, i) => i < NUMERIC && Math.abs(number - offer[i]!) < 5).length;
    }
    // Of 120; by chance one in a hundred is that near, and some features are near the middle.
    expect(right).to.be.below(30);
  });
});
