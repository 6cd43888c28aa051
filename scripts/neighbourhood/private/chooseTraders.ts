import { BaseError } from "../../../sdk/errors.ts";
import type { FeatureValues } from "../../../sdk/private/matching/encodePlan.ts";
import type { Side } from "../../../sdk/private/notes.ts";
import { seededRandom } from "../../../sdk/seededRandom.ts";
import { profileForecast } from "../agents/forecast.ts";
import type { Resident } from "../neighbourhood.ts";
import { traderFeatures } from "./traderFeatures.ts";

/** What somebody wants of the private market. */
export interface TraderWish {
  /** Its number in the open market. */
  participant: number;
  name: string;
  side: Side;
  energyWh: bigint;
  priceMicroPerKwh: bigint;
  /** What its plan is matched by besides, see {@link traderFeatures}. */
  features: FeatureValues;
  /** It makes a plan, and then does nothing until it can take back what is left. */
  isSilent: boolean;
}

/** What a resident wants. */
export interface PrivateWish extends TraderWish {
  resident: Resident;
}

/** Too few residents feed in or draw for a private trade with all that can happen in it. */
export class TooFewTradersError extends BaseError {
  override name = "TooFewTradersError";

  constructor(sellers: number, buyers: number) {
    super(
      `Of all participants ${sellers} feed in and ${buyers} draw enough to trade privately: two of each are needed.`,
      { metaMessages: ["Give --participants a larger number, or other --profiles."] },
    );
  }
}

const CURRENCY = 1_000_000_000n;
/** Less is not worth a proof, and a plan's bond may be as much. */
const LEAST_WH = 20;
/** The largest plan that is not a defect of a profile, and that features are made for. */
const MOST_WH = 50_000;
/** The first asks and bids, and the step to the next: the first five of each cross. */
const FIRST_ASK = 90_000;
const FIRST_BID = 300_000;
const STEP = 20_000;
/** No more than features are made for. */
const MOST_ASK = 1_000_000;
/** So that the one who is silent meets one who is not: the best bid meets the best ask, and so on. */
const SILENT_SELLER = 1;
const SILENT_BUYER = 0;

/** Who feeds in or draws enough. */
interface Able {
  resident: Resident;
  energyWh: number;
}

/**
 * Who trades privately in a period: those who feed in most sell, those who draw most buy, half of them each where there
 * are as many.
 * @param slot the quarter-hour of the profiles that the period stands for
 * @throws TooFewTradersError
 */
export function chooseTraders(
  residents: readonly Resident[],
  { slot, count, seed }: { slot: number; count: number; seed: number },
): PrivateWish[] {
  const forecasts = residents.map((resident) => {
    const { profile, participant } = resident;
    const random = seededRandom(seed, `private ${participant}`);
    const { importWh, exportWh } = profileForecast(profile, random).expect(slot, undefined);
    return { resident, soldWh: exportWh - importWh };
  });
  const able = (sign: 1 | -1): Able[] =>
    forecasts
      .map(({ resident, soldWh }) => ({ resident, energyWh: Math.min(sign * soldWh, MOST_WH) }))
      .filter(({ energyWh }) => energyWh >= LEAST_WH)
      .sort((a, b) => b.energyWh - a.energyWh);
  const [sellers, buyers] = [able(1), able(-1)];
  const half = Math.floor(count / 2);
  const selling = Math.min(sellers.length, Math.max(half, count - buyers.length));
  const buying = Math.min(buyers.length, count - selling);
  if (selling < 2 || buying < 2) throw new TooFewTradersError(sellers.length, buyers.length);
  const chosen = sellers.slice(0, selling);
  const wishOf = (side: Side, { resident, energyWh }: Able, rank: number): PrivateWish => {
    const neighbour = chosen[rank % chosen.length]!.resident;
    return {
      resident,
      participant: resident.participant,
      name: resident.name,
      side,
      energyWh: BigInt(energyWh),
      priceMicroPerKwh: BigInt(
        side === "sell"
          ? Math.min(FIRST_ASK + rank * STEP, MOST_ASK)
          : Math.max(FIRST_BID - rank * STEP, FIRST_ASK),
      ),
      features: traderFeatures({ side, rank }, neighbour.profile.energyType, seed),
      isSilent: rank === (side === "sell" ? SILENT_SELLER : SILENT_BUYER),
    };
  };
  return [
    ...chosen.map((able, rank) => wishOf("sell", able, rank)),
    ...buyers.slice(0, buying).map((able, rank) => wishOf("buy", able, rank)),
  ];
}

/** Whole units of currency, enough for a wish's plan and its bond. */
export function depositNano({ energyWh, priceMicroPerKwh }: TraderWish, bondNano: bigint): bigint {
  return ((energyWh * priceMicroPerKwh + bondNano) / CURRENCY + 1n) * CURRENCY;
}
