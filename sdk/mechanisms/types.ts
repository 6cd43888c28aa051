/** The largest energy of an order in Wh and the largest price in micro-currency per kWh: one uint32 each on chain. */
export const MAX_ENERGY_WH = 2 ** 32 - 1;
export const MAX_PRICE_MICRO_PER_KWH = 2 ** 32 - 1;

/** An offer (`sell`) or a bid (`buy`) for one delivery period. */
export interface Order {
  /** Unique among the orders of a period; trades and remainders refer to it. */
  id: string;
  side: "sell" | "buy";
  /** Sell: generated from renewables. Buy: prefers renewables. */
  green: boolean;
  /** 1 to {@link MAX_ENERGY_WH}. */
  energyWh: number;
  /** The limit: the least a seller takes, the most a buyer pays. 1 to {@link MAX_PRICE_MICRO_PER_KWH}. */
  priceMicroPerKwh: number;
  /**
   * Bids only: what the buyer can pay in this period, in nano-currency; unlimited where absent.
   * `energyWh * priceMicroPerKwh` of a trade is what it takes from it.
   */
  capacityNano?: bigint;
}

export interface Trade {
  /** The id of the offer. */
  seller: string;
  /** The id of the bid. */
  buyer: string;
  energyWh: number;
  priceMicroPerKwh: number;
}

/** What an order that was not filled, or not fully, has left. */
export interface Remainder {
  id: string;
  energyWh: number;
}

export interface MatchResult {
  /** In the order in which the mechanism formed them. */
  trades: Trade[];
  /** Every order that is not fully filled, in the order of the input. */
  remaining: Remainder[];
}

/**
 * A market mechanism: orders in, trades out. Pure: the same orders in the same sequence give the same
 * result, and nothing but the orders has a say. A tie goes to the order that is first in the input
 * (on chain: the lower participant index).
 */
export interface Mechanism {
  /** As on the command line: `green-double-auction`. */
  name: string;
  /**
   * @param orders with unique ids, which is not checked here
   * @throws InvalidOrderError for an energy, price or capacity outside its range
   */
  match(orders: readonly Order[]): MatchResult;
}
