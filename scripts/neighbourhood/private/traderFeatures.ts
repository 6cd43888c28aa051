import { FIRST_REPUTATION } from "../../../oracle/keyholder/store/reputationRows.ts";
import type { EnergyType } from "../../../sdk/clients/participantClient.ts";
import type { FeatureValues } from "../../../sdk/private/matching/encodePlan.ts";
import { seededRandom } from "../../../sdk/seededRandom.ts";

/** How far one feeder is from the next, how many there are in a row, and how far the houses of one lie apart. */
const FEEDER_M = 1_500;
const FEEDERS_A_ROW = 6;
const SPREAD_M = 100;
/** Indices of the neighbourhood's generators, and how near to its neighbour's a buyer wants one. */
const LEAST_INDEX = 60;
const INDEX_RANGE = 30;
const INDEX_SPREAD = 4;

/** As a schema's categories have it. What has a switch runs on gas here. */
const ENERGY_TYPES: Record<EnergyType, string> = {
  none: "solar",
  solar: "solar",
  wind: "wind",
  hydro: "hydro",
  biomass: "bio",
  controllable: "bio",
};

/** A place in a list of sellers or buyers, of whom those of one rank live on one feeder. */
export interface TraderPlace {
  side: "sell" | "buy";
  rank: number;
}

/**
 * What a trader's plan is matched by besides energy and price: what a seller generates and where, what a buyer looks for
 * and where it is. A buyer looks for what the seller of its own feeder has, more or less: so whoever is silent meets
 * somebody who is not, in whatever order the matcher draws them.
 * @param energyType what that seller generates
 */
export function traderFeatures(
  { side, rank }: TraderPlace,
  energyType: EnergyType,
  seed: number,
): FeatureValues {
  const feeder = seededRandom(seed, `feeder ${rank}`);
  const house = seededRandom(seed, `house ${side} ${rank}`);
  const column = rank % FEEDERS_A_ROW;
  const row = Math.floor(rank / FEEDERS_A_ROW) % FEEDERS_A_ROW;
  const index = LEAST_INDEX + INDEX_RANGE * feeder.uniform();
  return {
    environmentalIndex: Math.round(index + INDEX_SPREAD * house.uniform()),
    reputation: FIRST_REPUTATION,
    eastM: Math.round(column * FEEDER_M + SPREAD_M * house.uniform()),
    northM: Math.round(row * FEEDER_M + SPREAD_M * house.uniform()),
    energyType: ENERGY_TYPES[energyType],
  };
}
