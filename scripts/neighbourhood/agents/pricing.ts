import type { OrderSide } from "../../../sdk/orders/packedOrder.ts";
import type { RandomSource } from "../../../sdk/seededRandom.ts";

/** What energy costs and fetches outside the market: nobody would trade beyond it. */
export interface PriceBand {
  feedInMicroPerKwh: number;
  retailMicroPerKwh: number;
}

/** Prices are round, as people name them: 0.1 cents. */
const TICK_MICRO = 1_000;
const STEP = 0.06;

/**
 * The price of an agent that wants profit but rather trades than not. Its eagerness, from 0 to 1, is the part of the
 * band that it gives away: a bid is feed-in plus that part, an offer retail less that part. It grows after an order
 * that was left unfilled and falls after one that was filled, so that prices follow scarcity.
 */
export class AdaptivePrice {
  readonly #band: PriceBand;
  readonly #random: RandomSource;
  #eagerness: number;

  constructor(band: PriceBand, random: RandomSource) {
    this.#band = band;
    this.#random = random;
    this.#eagerness = 0.45 + 0.4 * random.uniform();
  }

  priceMicroPerKwh(side: OrderSide): number {
    const { feedInMicroPerKwh: low, retailMicroPerKwh: high } = this.#band;
    const part = Math.min(1, Math.max(0, this.#eagerness + 0.03 * this.#random.normal()));
    const price = side === "buy" ? low + part * (high - low) : high - part * (high - low);
    return Math.round(price / TICK_MICRO) * TICK_MICRO;
  }

  /** @param filledPart of the last order, from 0 to 1 */
  learn(filledPart: number): void {
    this.#eagerness = Math.min(1, Math.max(0.05, this.#eagerness + STEP * (0.5 - filledPart)));
  }
}
