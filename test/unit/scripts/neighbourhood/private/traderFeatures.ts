import { expect } from "chai";
import { traderFeatures } from "../../../../../scripts/neighbourhood/private/traderFeatures.ts";
import { planFeatures } from "../../../../../sdk/private/client/planFeatures.ts";
import { DEFAULT_FEATURES } from "../../../../../sdk/private/matching/defaultFeatures.ts";
import {
  encodeBid,
  encodedDistance,
  encodeOffer,
} from "../../../../../sdk/private/matching/encodePlan.ts";
import { compileFeatures } from "../../../../../sdk/private/matching/featureSchema.ts";

const code = compileFeatures(DEFAULT_FEATURES);

/** The plans of a rank, as far as they cross. */
function numbersOf(side: "sell" | "buy", rank: number, seed: number): number[] {
  const features = planFeatures(code, {
    priceMicroPerKwh: BigInt(side === "sell" ? 90_000 + rank * 20_000 : 300_000 - rank * 20_000),
    energyWh: BigInt(300 + 1_000 * rank),
    features: traderFeatures({ side, rank }, "solar", seed),
  });
  return side === "sell" ? encodeOffer(code, features) : encodeBid(code, features);
}

describe("traderFeatures", () => {
  it("have everybody nearest to who lives on the same feeder, whatever the seed", () => {
    for (let seed = 0; seed < 50; ++seed) {
      const offers = [0, 1, 2, 3, 4].map((rank) => numbersOf("sell", rank, seed));
      for (let rank = 0; rank < 5; ++rank) {
        const bid = numbersOf("buy", rank, seed);
        const distances = offers.map((offer) => encodedDistance(bid, offer));
        expect(distances.indexOf(Math.min(...distances)), `${seed}, ${rank}`).to.equal(rank);
      }
    }
  });

  it("are within the ranges of what is matched by, however many trade", () => {
    for (const energyType of ["none", "solar", "wind", "hydro", "biomass", "controllable"] as const)
      for (let rank = 0; rank < 100; ++rank) {
        const features = traderFeatures({ side: "buy", rank }, energyType, 1);
        const plan = { priceMicroPerKwh: 90_000n, energyWh: 50_000n, features };
        expect(encodeBid(code, planFeatures(code, plan))).to.have.length(code.blocks);
      }
  });
});
