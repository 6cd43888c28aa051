import type { SigningKey } from "ethers";
import { firstBlockSince } from "../sdk/clients/firstBlockSince.ts";
import { MarketReads } from "../sdk/clients/marketReads.ts";
import { OpeningBook } from "../sdk/clients/openingBook.ts";
import type { AnyOpening } from "../sdk/orders/opening.ts";
import { SCHEDULE_PERIODS } from "../sdk/orders/schedule.ts";
import type { MarketContext } from "./context.ts";
import { TaskInputError } from "./taskError.ts";

/** Day schedules are sealed no further ahead; mirrors `LAST_DAYS_AHEAD` of `MarketBase`. */
const LAST_DAYS_AHEAD = 2;

/** What was encrypted to the operator for a period, from the chain alone. */
export interface SealedOpenings {
  openings: AnyOpening[];
  /** Whose ciphertext does not open with the key, or does not hold what was sealed. */
  unreadable: { participant: number; fault: Error }[];
}

/** Reads what may hold an order for a period since the first moment at which it could be sealed. */
export async function readSealedOpenings(
  { chain, book }: MarketContext,
  key: SigningKey,
  period: number,
): Promise<SealedOpenings> {
  const reads = await MarketReads.connect(chain.provider, book.addresses);
  const day = Math.floor(period / SCHEDULE_PERIODS);
  const firstPeriod = Math.max(0, (day - LAST_DAYS_AHEAD) * SCHEDULE_PERIODS);
  const fromBlock = await firstBlockSince(
    chain.provider,
    // A schedule may be sealed before the market's first period.
    firstPeriod === 0 ? 0 : reads.startOf(firstPeriod),
    book.deploymentBlock,
  );
  const sealed = new OpeningBook(reads, key, fromBlock, period);
  const unreadable = (await sealed.refresh())
    .filter(({ kind, index }) => index === (kind === "order" ? period : day))
    .map(({ participant, kind, index, reason }) => ({
      participant,
      fault: new TaskInputError(
        `The ${kind} ${index} of participant ${participant} does not open with this key.`,
        `Name the key file that was published when it was sealed (${reason.split("\n")[0]!}).`,
      ),
    }));
  return { openings: sealed.openingsOf(period), unreadable };
}
