import { InvalidOrderError } from "./invalidOrderError.ts";
import { sortByPrice } from "./sortByPrice.ts";
import { MAX_ENERGY_WH } from "./types.ts";
import type { MatchResult, Mechanism, Order, Remainder, Trade } from "./types.ts";

// The twin of contracts/libraries/GreenDoubleAuction.sol: midPriceDown, crosses, fillWh and
// capacityWhDown carry the same names and give the same figures there.

/**
 * Whether an offer and a bid trade: the ask is at or below the bid (seed 003, section 1, step 3).
 */
export function crosses(askMicroPerKwh: number, bidMicroPerKwh: number): boolean {
  return askMicroPerKwh <= bidMicroPerKwh;
}

/**
 * The mean of two quotes in micro-currency per kWh, rounded down (seed 003, section 1, step 3).
 */
export function midPriceDown(askMicroPerKwh: number, bidMicroPerKwh: number): number {
  return Math.floor((askMicroPerKwh + bidMicroPerKwh) / 2);
}

/**
 * The energy of a trade in Wh: the smaller of what is left on both sides (seed 003, section 1, step 3).
 */
export function fillWh(offerWh: number, bidWh: number): number {
  return offerWh < bidWh ? offerWh : bidWh;
}

/**
 * The energy in Wh that `capacityNano` pays at a price, rounded down (seed 003, section 2.3, function 3:
 * the result is corrected to what the consumer can pay). At most {@link MAX_ENERGY_WH}, which no order
 * exceeds and which stands for no bound: free energy has none.
 */
export function capacityWhDown(capacityNano: bigint, priceMicroPerKwh: number): number {
  if (priceMicroPerKwh === 0) return MAX_ENERGY_WH;
  const affordableWh = capacityNano / BigInt(priceMicroPerKwh);
  return affordableWh > MAX_ENERGY_WH ? MAX_ENERGY_WH : Number(affordableWh);
}

/** The orders of a book by column, and the sequences in which the auction takes them. */
interface Book {
  priceMicroPerKwh: Uint32Array;
  remainingWh: Uint32Array;
  green: Uint8Array;
  /** 1 for a bid whose purchase capacity has cut a fill: it trades no more. */
  exhausted: Uint8Array;
  /** By order index; undefined where no bid of the book has a capacity. */
  capacityNano: (bigint | undefined)[] | undefined;
  /** Indices of the offers, price ascending, ties by index. */
  offers: Uint32Array;
  /** Indices of the bids, price descending, ties by index. */
  bids: Uint32Array;
}

function toBook(orders: readonly Order[]): Book {
  const count = orders.length;
  const priceMicroPerKwh = new Uint32Array(count);
  const remainingWh = new Uint32Array(count);
  const green = new Uint8Array(count);
  const offers = new Uint32Array(count);
  const bids = new Uint32Array(count);
  let capacityNano: (bigint | undefined)[] | undefined;
  let offerCount = 0;
  let bidCount = 0;
  for (let i = 0; i < count; i++) {
    const order = orders[i]!;
    const { energyWh, priceMicroPerKwh: price } = order;
    remainingWh[i] = energyWh;
    priceMicroPerKwh[i] = price;
    // What a Uint32Array gives back differs from all but the integers that fit into it.
    if (remainingWh[i] !== energyWh || energyWh === 0)
      throw new InvalidOrderError(i, "energyWh", energyWh);
    if (priceMicroPerKwh[i] !== price || price === 0)
      throw new InvalidOrderError(i, "priceMicroPerKwh", price);
    if (order.green) green[i] = 1;
    switch (order.side) {
      case "sell":
        offers[offerCount++] = i;
        break;
      case "buy":
        bids[bidCount++] = i;
        break;
      default:
        throw new InvalidOrderError(i, "side", order.side);
    }
    if (order.capacityNano !== undefined) {
      if (order.side !== "buy" || order.capacityNano < 0n) {
        throw new InvalidOrderError(i, "capacityNano", order.capacityNano);
      }
      capacityNano ??= new Array<bigint | undefined>(count).fill(undefined);
      capacityNano[i] = order.capacityNano;
    }
  }
  return {
    priceMicroPerKwh,
    remainingWh,
    green,
    exhausted: new Uint8Array(count),
    capacityNano,
    offers: sortByPrice(offers.subarray(0, offerCount), priceMicroPerKwh, "ascending"),
    bids: sortByPrice(bids.subarray(0, bidCount), priceMicroPerKwh, "descending"),
  };
}

/** The energy that a crossing pair trades; takes its cost from the bid's purchase capacity. */
function takeFillWh(book: Book, offer: number, bid: number, price: number): number {
  const uncutWh = fillWh(book.remainingWh[offer]!, book.remainingWh[bid]!);
  const capacityNano = book.capacityNano?.[bid];
  if (capacityNano === undefined) return uncutWh;
  const affordableWh = capacityWhDown(capacityNano, price);
  const isCut = affordableWh < uncutWh;
  if (isCut) book.exhausted[bid] = 1;
  const energyWh = isCut ? affordableWh : uncutWh;
  book.capacityNano![bid] = capacityNano - BigInt(energyWh) * BigInt(price);
  return energyWh;
}

/** One round of the auction: step 3 of the source with green orders only, step 5 with all that is left. */
function clearRound(
  book: Book,
  round: "green" | "all",
  orders: readonly Order[],
  trades: Trade[],
): void {
  const { priceMicroPerKwh, remainingWh, green, exhausted, offers, bids } = book;
  const everyColour = round === "all";
  let offerCursor = 0;
  let bidCursor = 0;
  for (;;) {
    while (offerCursor < offers.length) {
      const candidate = offers[offerCursor]!;
      if (remainingWh[candidate] !== 0 && (everyColour || green[candidate] === 1)) break;
      offerCursor++;
    }
    while (bidCursor < bids.length) {
      const candidate = bids[bidCursor]!;
      if (
        remainingWh[candidate] !== 0 &&
        exhausted[candidate] === 0 &&
        (everyColour || green[candidate] === 1)
      )
        break;
      bidCursor++;
    }
    if (offerCursor === offers.length || bidCursor === bids.length) return;
    const offer = offers[offerCursor]!;
    const bid = bids[bidCursor]!;
    const ask = priceMicroPerKwh[offer]!;
    const limit = priceMicroPerKwh[bid]!;
    if (!crosses(ask, limit)) return;
    const price = midPriceDown(ask, limit);
    const energyWh = takeFillWh(book, offer, bid, price);
    if (energyWh === 0) continue;
    remainingWh[offer]! -= energyWh;
    remainingWh[bid]! -= energyWh;
    trades.push({
      seller: orders[offer]!.id,
      buyer: orders[bid]!.id,
      energyWh,
      priceMicroPerKwh: price,
    });
  }
}

function match(orders: readonly Order[]): MatchResult {
  const book = toBook(orders);
  const trades: Trade[] = [];
  clearRound(book, "green", orders, trades);
  clearRound(book, "all", orders, trades);
  const remaining: Remainder[] = [];
  for (let i = 0; i < orders.length; i++) {
    const energyWh = book.remainingWh[i]!;
    if (energyWh !== 0) remaining.push({ id: orders[i]!.id, energyWh });
  }
  return { trades, remaining };
}

/**
 * The green double auction (seed 003, section 1, steps 2 to 5). Green offers meet green bids first,
 * then everything left meets; the lowest ask meets the highest bid, a tie goes to the first in the
 * input, and a round ends when the lowest ask is above the highest bid. A pair trades the smaller
 * remaining energy at {@link midPriceDown}.
 *
 * A bid's `capacityNano` falls by every trade's cost. A fill that costs more than what is left of it
 * is cut to {@link capacityWhDown}, and the bid then gets no further fill in either round; a fill cut
 * to 0 Wh is no trade. The auction goes on with the next bid.
 *
 * Time is linear in the number of orders.
 */
export const greenDoubleAuction: Mechanism = { name: "green-double-auction", match };
