import { BaseError, showValue } from "../errors.ts";
import { MAX_ENERGY_WH, MAX_PRICE_MICRO_PER_KWH } from "./types.ts";

/** What each field of an order must be, as messages say it. */
const REMEDIES = {
  id: "Give a string that is not empty.",
  side: 'Give "sell" or "buy".',
  green: "Give true or false.",
  energyWh: `Give a whole number of Wh from 1 to ${MAX_ENERGY_WH}.`,
  priceMicroPerKwh: `Give a whole number of micro-currency per kWh from 1 to ${MAX_PRICE_MICRO_PER_KWH}.`,
  capacityNano: "Give whole nano-currency, 0 or more, and on bids only.",
} as const;

/** The names of an order's fields. */
export type OrderField = keyof typeof REMEDIES;

/** A field of an order has a wrong type or lies outside its range. */
export class InvalidOrderError extends BaseError {
  override name = "InvalidOrderError";
  /** Where: `orders[3].energyWh`. */
  readonly path: string;

  constructor(orderIndex: number, field: OrderField, value: unknown) {
    const path = `orders[${orderIndex}].${field}`;
    super(value === undefined ? `${path} is missing.` : `${path} is ${showValue(value)}.`, {
      metaMessages: [REMEDIES[field]],
    });
    this.path = path;
  }
}
