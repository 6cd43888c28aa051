import { BaseError } from "../../../sdk/errors.ts";
import type { Side } from "../../../sdk/private/notes.ts";
import { seededRandom } from "../../../sdk/seededRandom.ts";
import { profileForecast } from "../agents/forecast.ts";
import type { Resident } from "../neighbourhood.ts";

/** What a resident wants of the private market. */
export interface PrivateWish {
  resident: Resident;
  side: Side;
  energyWh: bigint;
  priceMicroPerKwh: bigint;
  /** It makes a plan, and then does nothing until it can take back what is left. */
  isSilent: boolean;
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
/** The largest plan that is not a defect of a profile. */
const MOST_WH = 1_000_000;
/** The first asks and bids, and the step to the next: the first five of each cross. */
const FIRST_ASK = 90_000;
const FIRST_BID = 300_000;
const STEP = 20_000;
/** So that the one who is silent meets one who is not: the best bid meets the best ask, and so on. */
const SILENT_SELLER = 1;
const SILENT_BUYER = 0;

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
  const able = (sign: 1 | -1) =>
    forecasts
      .map(({ resident, soldWh }) => ({ resident, energyWh: Math.min(sign * soldWh, MOST_WH) }))
      .filter(({ energyWh }) => energyWh >= LEAST_WH)
      .sort((a, b) => b.energyWh - a.energyWh);
  const [sellers, buyers] = [able(1), able(-1)];
  const half = Math.floor(count / 2);
  const selling = Math.min(sellers.length, Math.max(half, count - buyers.length));
  const buying = Math.min(buyers.length, count - selling);
  if (selling < 2 || buying < 2) throw new TooFewTradersError(sellers.length, buyers.length);
  return [
    ...sellers.slice(0, selling).map(({ resident, energyWh }, rank) => ({
      resident,
      side: "sell" as const,
      energyWh: BigInt(energyWh),
      priceMicroPerKwh: BigInt(FIRST_ASK + rank * STEP),
      isSilent: rank === SILENT_SELLER,
    })),
    ...buyers.slice(0, buying).map(({ resident, energyWh }, rank) => ({
      resident,
      side: "buy" as const,
      energyWh: BigInt(energyWh),
      priceMicroPerKwh: BigInt(Math.max(FIRST_BID - rank * STEP, FIRST_ASK)),
      isSilent: rank === SILENT_BUYER,
    })),
  ];
}

/** Whole units of currency, enough for a wish's plan and its bond. */
export function depositNano({ energyWh, priceMicroPerKwh }: PrivateWish, bondNano: bigint): bigint {
  return ((energyWh * priceMicroPerKwh + bondNano) / CURRENCY + 1n) * CURRENCY;
}
