import type { MarketEvent } from "../events/marketEvent.ts";
import { packTrade, unpackTrade, type FormedTrade } from "../events/tradesFormed.ts";
import { greenDoubleAuction } from "../mechanisms/greenDoubleAuction.ts";
import { InvalidOrderError } from "../mechanisms/invalidOrderError.ts";
import type { MarketModel, OrderModel, PeriodModel } from "./marketModel.ts";

type ClearingEvent = Extract<MarketEvent, { name: "TradesFormed" | "Cleared" }>;

/** The trades that a period's opened orders form, by the SDK's own auction. */
export function computeTrades(orders: Iterable<OrderModel>): FormedTrade[] {
  // Ties go to the lower participant number, which the auction takes from the order of its input.
  const book = [...orders].sort((a, b) => a.participant - b.participant);
  const { trades } = greenDoubleAuction.match(
    book.map((order) => ({
      id: String(order.participant),
      side: order.side,
      green: order.green,
      energyWh: order.energyWh,
      priceMicroPerKwh: order.priceMicroPerKwh,
      ...(order.underfunded ? { capacityNano: order.lockNano } : {}),
    })),
  );
  return trades.map((trade) => ({
    ...trade,
    seller: Number(trade.seller),
    buyer: Number(trade.buyer),
  }));
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
  if (event.name === "TradesFormed") {
    for (const word of event.trades) {
      const trade = unpackTrade(word);
      model.differences.compare("trade.freeBits", packTrade(trade), word, { period, event });
      book.trades.push(trade);
    }
    return;
  }
  finish(model, book, event);
}

function finish(
  model: MarketModel,
  book: PeriodModel,
  event: Extract<MarketEvent, { name: "Cleared" }>,
): void {
  const { period } = event;
  const expected = tryComputeTrades(model, book, event);
  for (let index = 0; index < Math.max(expected.length, book.trades.length); index++) {
    const [computed, said] = [expected[index], book.trades[index]];
    const context = { period, event };
    if (computed === undefined || said === undefined) {
      model.differences.compare(`trade[${index}]`, computed ?? "none", said ?? "none", context);
      continue;
    }
    for (const key of ["seller", "buyer", "energyWh", "priceMicroPerKwh"] as const)
      model.differences.compare(`trade[${index}].${key}`, computed[key], said[key], context);
  }
  for (const { seller, buyer, energyWh, priceMicroPerKwh } of expected) {
    const valueNano = BigInt(energyWh) * BigInt(priceMicroPerKwh);
    for (const participant of [seller, buyer]) {
      const order = book.orders.get(participant)!;
      order.filledWh += BigInt(energyWh);
      order.tradeNano += valueNano;
    }
    book.totals.tradedWh += BigInt(energyWh);
    book.totals.tradedNano += valueNano;
    book.totals.trades++;
  }
  for (const key of ["tradedWh", "tradedNano", "trades"] as const) {
    model.differences.compare(`totals.${key}`, book.totals[key], event.totals[key], {
      period,
      event,
    });
  }
  book.isCleared = true;
}

/** An order that the chain took and the auction does not is a difference, and its period has no figures. */
function tryComputeTrades(
  model: MarketModel,
  book: PeriodModel,
  event: Extract<MarketEvent, { name: "Cleared" }>,
): FormedTrade[] {
  try {
    return computeTrades(book.orders.values());
  } catch (error) {
    if (!(error instanceof InvalidOrderError)) throw error;
    model.differences.compare("clearing.orders", "valid", error.shortMessage, {
      period: event.period,
      event,
    });
    return [];
  }
}
