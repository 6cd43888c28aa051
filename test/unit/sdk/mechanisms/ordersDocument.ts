import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { greenDoubleAuction } from "../../../../sdk/mechanisms/greenDoubleAuction.ts";
import { InvalidOrderError } from "../../../../sdk/mechanisms/invalidOrderError.ts";
import {
  InvalidOrdersDocumentError,
  readOrders,
} from "../../../../sdk/mechanisms/ordersDocument.ts";
import { clearingCases } from "../../../fixtures/greenDoubleAuctionCases.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";
import { BOOK_KINDS, randomBook } from "../../../helpers/randomBook.ts";

const schemasUrl = new URL("../../../../docs/schemas/", import.meta.url);

function compileSchema(file: string): (document: unknown) => boolean {
  const schema = JSON.parse(readFileSync(new URL(file, schemasUrl), "utf8")) as object;
  const validate = new Ajv2020({ strict: true }).compile(schema);
  return (document) => validate(document);
}

const isOrdersDocument = compileSchema("orders.schema.json");
const isTradesDocument = compileSchema("trades.schema.json");

const ORDER = { id: "a", side: "sell", green: true, energyWh: 1, priceMicroPerKwh: 1 };
const MAX = 2 ** 32 - 1;

function failure(document: unknown): unknown {
  try {
    readOrders(document);
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Documents, and the path that the validator names for those that are refused. */
const documents: [string, unknown, string?][] = [
  ["no orders", { orders: [] }],
  ["an order of least values", { orders: [ORDER] }],
  ["an order of largest values", { orders: [{ ...ORDER, energyWh: MAX, priceMicroPerKwh: MAX }] }],
  ["keys in another sequence", { orders: [Object.fromEntries(Object.entries(ORDER).reverse())] }],
  ["an id of a blank", { orders: [{ ...ORDER, id: " " }] }],
  [
    "an integer written with an exponent",
    JSON.parse(
      '{"orders":[{"id":"a","side":"buy","green":false,"energyWh":1e3,"priceMicroPerKwh":1.0}]}',
    ),
  ],

  ["null", null, ""],
  ["a number", 1, ""],
  ["a string", "orders", ""],
  ["an array", [ORDER], ""],
  ["an empty object", {}, "orders"],
  ["orders that are null", { orders: null }, "orders"],
  ["orders that are an object", { orders: { 0: ORDER } }, "orders"],
  ["another key beside orders", { orders: [], version: 1 }, ""],
  ["another key instead of orders", { Orders: [] }, ""],
  ["a second order that is null", { orders: [ORDER, null] }, "orders[1]"],
  ["an order that is an array", { orders: [["a", "sell", true, 1, 1]] }, "orders[0]"],
  ["an order that is a string", { orders: ["a"] }, "orders[0]"],
  ["an order with another key", { orders: [{ ...ORDER, note: "" }] }, "orders[0]"],
  ["an order with a capacity", { orders: [{ ...ORDER, capacityNano: 1 }] }, "orders[0]"],
  [
    "an order with its own __proto__",
    JSON.parse(
      '{"orders":[{"id":"a","side":"sell","green":true,"energyWh":1,"priceMicroPerKwh":1,"__proto__":{}}]}',
    ),
    "orders[0]",
  ],
  ...Object.keys(ORDER).map((field): [string, unknown, string] => [
    `an order without ${field}`,
    { orders: [Object.fromEntries(Object.entries(ORDER).filter(([key]) => key !== field))] },
    `orders[0].${field}`,
  ]),
  ...Object.entries({
    id: ["", 1, null, true, {}, []],
    side: ["", "Sell", "SELL", "hold", 0, null, true],
    green: ["true", 0, 1, null],
    energyWh: [0, -1, 1.5, MAX + 1, 1e300, "1", null, true],
    priceMicroPerKwh: [0, -1, 0.5, MAX + 1, "1", null, false],
  }).flatMap(([field, values]) =>
    values.map((value): [string, unknown, string] => [
      `${field} ${JSON.stringify(value)}`,
      { orders: [{ ...ORDER, [field]: value }] },
      `orders[0].${field}`,
    ]),
  ),
];

describe("readOrders", () => {
  for (const [condition, document, path] of documents) {
    const accepted = path === undefined;
    it(`${accepted ? "accepts" : "refuses"} ${condition}, as the schema does`, () => {
      expect(isOrdersDocument(document), "schema").to.equal(accepted);
      const error = failure(document);
      if (accepted) {
        expect(error).to.equal(undefined);
      } else {
        expect(error).to.satisfy(
          (thrown: unknown) =>
            thrown instanceof InvalidOrderError || thrown instanceof InvalidOrdersDocumentError,
        );
        expect((error as InvalidOrderError).path).to.equal(path);
      }
    });
  }

  it("agrees with the schema on documents with one random change", () => {
    const random = new RandomSource(1);
    const values = [0, 1, -1, 0.5, MAX, MAX + 1, "", "x", "sell", "buy", true, false, null, [], {}];
    for (let i = 0; i < 3000; i++) {
      const order: Record<string, unknown> = { ...ORDER };
      const key = random.pick([...Object.keys(ORDER), "other"]);
      if (random.chance(20)) Reflect.deleteProperty(order, key);
      else order[key] = random.pick(values);
      const document = { orders: [{ ...ORDER, id: "first" }, order] };
      expect(failure(document) === undefined, JSON.stringify(document)).to.equal(
        isOrdersDocument(document),
      );
    }
  });

  it("refuses two orders with one id, which a schema cannot", () => {
    const document = { orders: [ORDER, { ...ORDER, id: "b" }, { ...ORDER, side: "buy" }] };
    expect(isOrdersDocument(document)).to.be.true;
    const error = failure(document) as InvalidOrdersDocumentError;
    expect(error.path).to.equal("orders[2].id");
    expect(error.shortMessage).to.equal('orders[2].id is "a", the id of orders[0] too.');
  });

  it("names the key that a misspelt one may have meant", () => {
    const error = failure({ orders: [{ ...ORDER, price: 1 }] }) as InvalidOrdersDocumentError;
    expect(error.message).to.equal(
      'orders[0] has the unknown key "price".\n' +
        "Remove or rename it. Did you mean priceMicroPerKwh? " +
        "Known keys: id, side, green, energyWh, priceMicroPerKwh.",
    );
  });

  it("says what is missing and what to give", () => {
    const error = failure({ orders: [{ ...ORDER, energyWh: undefined }] }) as InvalidOrderError;
    expect(error.message).to.equal(
      "orders[0].energyWh is missing.\nGive a whole number of Wh from 1 to 4294967295.",
    );
  });

  it("returns the orders themselves", () => {
    const { orders } = { orders: [ORDER] };
    expect(readOrders({ orders })).to.equal(orders);
  });
});

describe("the schema of trades", () => {
  it("accepts what the green double auction returns", () => {
    for (const { orders } of clearingCases)
      expect(isTradesDocument(greenDoubleAuction.match(orders))).to.be.true;
    for (const kind of BOOK_KINDS) {
      expect(isTradesDocument(greenDoubleAuction.match(randomBook(new RandomSource(7), kind)))).to
        .be.true;
    }
  });

  it("refuses trades and remainders of 0 Wh and unknown keys", () => {
    const trade = { seller: "a", buyer: "b", energyWh: 1, priceMicroPerKwh: 1 };
    expect(isTradesDocument({ trades: [trade], remaining: [{ id: "a", energyWh: 1 }] })).to.be.true;
    expect(isTradesDocument({ trades: [{ ...trade, energyWh: 0 }], remaining: [] })).to.be.false;
    expect(isTradesDocument({ trades: [{ ...trade, round: 1 }], remaining: [] })).to.be.false;
    expect(isTradesDocument({ trades: [], remaining: [{ id: "a", energyWh: 0 }] })).to.be.false;
    expect(isTradesDocument({ trades: [] })).to.be.false;
  });
});
