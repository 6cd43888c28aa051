import type { MarketEvent } from "../events/marketEvent.ts";
import { packTrade, unpackTrade, type FormedTrade } from "../events/tradesFormed.ts";
import { greenDoubleAuction } from "../mechanisms/greenDoubleAuction.ts";
import { InvalidOrderError } from "../mechanisms/invalidOrderError.ts";
import type { Order } from "../mechanisms/types.ts";
import type { MarketModel, OrderModel, PeriodModel } from "./marketModel.ts";

type ClearingEvent = Extract<MarketEvent, { name: "TradesFormed" | "Cleared" }>;

/** More than any order costs. */
const UNLIMITED_NANO = 1n << 64n;

const restWh = (order: OrderModel) => order.energyWh - Number(order.filledWh);

/** What is left of a period's book, as the auction takes it: with what buyers have now. */
function toBook(model: MarketModel, period: number): Order[] {
  // Ties go to the lower participant number, which the auction takes from the order of its input.
  return [...model.period(period).orders.values()]
    .filter((order) => restWh(order) !== 0 && !order.isExhausted)
    .sort((a, b) => a.participant - b.participant)
    .map((order) => ({
      id: String(order.participant),
      side: order.side,
      green: order.green,
      energyWh: restWh(order),
      priceMicroPerKwh: order.priceMicroPerKwh,
      ...(order.side === "buy"
        ? { capacityNano: model.account(order.participant).balanceNano }
        : {}),
    }));
}

/** The trades that a book forms, by the SDK's own auction. */
function computeTrades(model: MarketModel, book: Order[], event: ClearingEvent): FormedTrade[] {
  try {
    return greenDoubleAuction.match(book).trades.map((trade) => ({
      ...trade,
      seller: Number(trade.seller),
      buyer: Number(trade.buyer),
    }));
  } catch (error) {
    // An order that the chain took and the auction does not.
    if (!(error instanceof InvalidOrderError)) throw error;
    const context = { period: event.period, event };
    model.differences.compare("clearing.orders", "valid", error.shortMessage, context);
    return [];
  }
}

/**
 * Marks bids whose turn came when their buyers could not pay a watt-hour any more, which forms no trade: those
 * that would have traded then with unlimited means.
 * @param trades what the book has formed up to now, of `book`
 * @param isLast true where the auction is over
 */
function exhaust(
  model: MarketModel,
  book: readonly Order[],
  trades: readonly FormedTrade[],
  event: ClearingEvent,
  isLast: boolean,
): void {
  for (const order of model.period(event.period).orders.values()) {
    const { participant, side, priceMicroPerKwh } = order;
    if (side === "sell" || order.isExhausted || restWh(order) === 0) continue;
    if (model.account(participant).balanceNano >= BigInt(priceMicroPerKwh)) continue;
    const unlimited = book.map((one) =>
      one.id === String(participant) ? { ...one, capacityNano: UNLIMITED_NANO } : one,
    );
    const formed = trades.filter(({ buyer }) => buyer === participant).length;
    let left = formed;
    const turn = computeTrades(model, unlimited, event).findIndex(
      ({ buyer }) => buyer === participant && left-- === 0,
    );
    order.isExhausted = turn !== -1 && (isLast || turn < trades.length);
  }
}

/** Forms a trade in the model: the buyer pays at once, into the period's escrow. */
function form(model: MarketModel, book: PeriodModel, trade: FormedTrade): void {
  const valueNano = BigInt(trade.energyWh) * BigInt(trade.priceMicroPerKwh);
  const [offer, bid] = [book.orders.get(trade.seller)!, book.orders.get(trade.buyer)!];
  for (const order of [offer, bid]) {
    order.filledWh += BigInt(trade.energyWh);
    order.tradeNano += valueNano;
  }
  // A trade fills one of its two orders, unless the buyer's means have cut it.
  bid.isExhausted = restWh(offer) !== 0 && restWh(bid) !== 0;
  model.account(trade.buyer).balanceNano -= valueNano;
  book.totals.tradedWh += BigInt(trade.energyWh);
  book.totals.tradedNano += valueNano;
  book.totals.trades++;
}

function compareTrade(
  model: MarketModel,
  index: number,
  expected: FormedTrade | undefined,
  found: FormedTrade | undefined,
  event: ClearingEvent,
): void {
  const context = { period: event.period, event };
  if (expected === undefined || found === undefined) {
    model.differences.compare(`trade[${index}]`, expected ?? "none", found ?? "none", context);
    return;
  }
  for (const key of ["seller", "buyer", "energyWh", "priceMicroPerKwh"] as const)
    model.differences.compare(`trade[${index}].${key}`, expected[key], found[key], context);
}

/** Replays TradesFormed and Cleared: what was formed against what the opened orders form. */
export function replayClearing(model: MarketModel, event: ClearingEvent, timestamp: number): void {
  const { period } = event;
  const book = model.period(period);
  if (book.isCleared) {
    model.differences.compare("clearing", "done", event.name, { period, event });
    return;
  }
  const startsAt = model.startOf(period - 1) + model.parametersOf(period).openingEnd;
  if (timestamp < startsAt)
    model.differences.compare("clearing.time", `from ${startsAt}`, timestamp, { period, event });

  const rest = toBook(model, period);
  const expected = computeTrades(model, rest, event);
  const found = event.name === "TradesFormed" ? event.trades : [];
  const first = book.trades.length;
  for (const [index, word] of found.entries()) {
    const trade = unpackTrade(word);
    model.differences.compare("trade.freeBits", packTrade(trade), word, { period, event });
    compareTrade(model, first + index, expected[index], trade, event);
    book.trades.push(trade);
  }
  if (event.name === "TradesFormed") {
    // The rest may come with a later call.
    const formed = expected.slice(0, found.length);
    for (const trade of formed) form(model, book, trade);
    exhaust(model, rest, formed, event, false);
    return;
  }
  for (const [index, trade] of expected.entries()) {
    compareTrade(model, first + index, trade, undefined, event);
    form(model, book, trade);
  }
  exhaust(model, rest, expected, event, true);
  for (const key of ["tradedWh", "tradedNano", "trades"] as const) {
    const context = { period, event };
    model.differences.compare(`totals.${key}`, book.totals[key], event.totals[key], context);
  }
  book.isCleared = true;
}
