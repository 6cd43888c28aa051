import { BaseError, showValue } from "../errors.ts";
import { suggestNames } from "../nearNames.ts";
import { InvalidOrderError } from "./invalidOrderError.ts";
import type { OrderField } from "./invalidOrderError.ts";
import { MAX_ENERGY_WH, MAX_PRICE_MICRO_PER_KWH } from "./types.ts";
import type { Order } from "./types.ts";

// The rules of docs/schemas/orders.schema.json, by hand, because a million orders should take no
// longer to check than to clear. A test holds the two together.

/** A document is not of the form `{"orders":[…]}`, or two of its orders share an id. */
export class InvalidOrdersDocumentError extends BaseError {
  override name = "InvalidOrdersDocumentError";
  /** Where: `orders[3]`; empty for the document itself. */
  readonly path: string;

  constructor(path: string, shortMessage: string, metaMessage: string) {
    super(shortMessage, { metaMessages: [metaMessage] });
    this.path = path;
  }
}

const ORDER_FIELDS = [
  "id",
  "side",
  "green",
  "energyWh",
  "priceMicroPerKwh",
] as const satisfies OrderField[];

const isFieldValid: Record<(typeof ORDER_FIELDS)[number], (value: unknown) => boolean> = {
  id: (value) => typeof value === "string" && value !== "",
  side: (value) => value === "sell" || value === "buy",
  green: (value) => typeof value === "boolean",
  energyWh: (value) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_ENERGY_WH,
  priceMicroPerKwh: (value) =>
    Number.isInteger(value) &&
    (value as number) >= 1 &&
    (value as number) <= MAX_PRICE_MICRO_PER_KWH,
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names a value's JSON type as messages do. */
function describeType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : showValue(value);
}

function explainUnknownKey(
  path: string,
  document: Record<string, unknown>,
  known: readonly string[],
): BaseError | undefined {
  const key = Object.keys(document).find((name) => !known.includes(name));
  if (key === undefined) return undefined;
  return new InvalidOrdersDocumentError(
    path,
    `${path === "" ? "The document" : path} has the unknown key ${showValue(key)}.`,
    `Remove or rename it. ${suggestNames(key, known, "keys")}`,
  );
}

/** Written out field by field, which is several times as fast as a loop over them. */
function isValidOrder(order: unknown): order is Order {
  if (!isObject(order)) return false;
  return (
    Object.keys(order).length === ORDER_FIELDS.length &&
    isFieldValid.id(order.id) &&
    isFieldValid.side(order.side) &&
    isFieldValid.green(order.green) &&
    isFieldValid.energyWh(order.energyWh) &&
    isFieldValid.priceMicroPerKwh(order.priceMicroPerKwh)
  );
}

/** The first fault of an order that {@link isValidOrder} refused. */
function explainInvalidOrder(order: unknown, index: number): BaseError {
  const path = `orders[${index}]`;
  if (!isObject(order)) {
    return new InvalidOrdersDocumentError(
      path,
      `${path} is ${describeType(order)}.`,
      `Give an object with ${ORDER_FIELDS.join(", ")}.`,
    );
  }
  // A misspelt key is the better explanation of a missing one, so it goes first.
  const unknownKey = explainUnknownKey(path, order, ORDER_FIELDS);
  if (unknownKey !== undefined) return unknownKey;
  const field = ORDER_FIELDS.find((name) => !isFieldValid[name](order[name]))!;
  return new InvalidOrderError(index, field, order[field]);
}

/**
 * Checks a parsed orders document (docs/schemas/orders.schema.json): the form, every value's range,
 * no unknown keys, no two orders with one id.
 * @param document what JSON.parse returned
 * @returns its orders, not copied
 * @throws InvalidOrdersDocumentError, InvalidOrderError with the path of the first fault
 */
export function readOrders(document: unknown): Order[] {
  if (!isObject(document)) {
    throw new InvalidOrdersDocumentError(
      "",
      `The document is ${describeType(document)}.`,
      'Give {"orders":[…]}.',
    );
  }
  const unknownKey = explainUnknownKey("", document, ["orders"]);
  if (unknownKey !== undefined) throw unknownKey;
  const { orders } = document;
  if (!Array.isArray(orders)) {
    const fault = orders === undefined ? "missing" : describeType(orders);
    throw new InvalidOrdersDocumentError("orders", `orders is ${fault}.`, 'Give {"orders":[…]}.');
  }
  const ids = new Set<string>();
  for (let i = 0; i < orders.length; i++) {
    const order: unknown = orders[i];
    if (!isValidOrder(order)) throw explainInvalidOrder(order, i);
    if (ids.has(order.id)) {
      const first = orders.findIndex(({ id }: Order) => id === order.id);
      throw new InvalidOrdersDocumentError(
        `orders[${i}].id`,
        `orders[${i}].id is ${showValue(order.id)}, the id of orders[${first}] too.`,
        "Give every order an id of its own.",
      );
    }
    ids.add(order.id);
  }
  return orders as Order[];
}
