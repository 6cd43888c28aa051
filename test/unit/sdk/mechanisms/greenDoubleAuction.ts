import { expect } from "chai";
import {
  capacityWhDown,
  crosses,
  fillWh,
  greenDoubleAuction,
  midPriceDown,
} from "../../../../sdk/mechanisms/greenDoubleAuction.ts";
import { InvalidOrderError } from "../../../../sdk/mechanisms/invalidOrderError.ts";
import { MAX_ENERGY_WH, MAX_PRICE_MICRO_PER_KWH } from "../../../../sdk/mechanisms/types.ts";
import type { MatchResult, Order, Trade } from "../../../../sdk/mechanisms/types.ts";
import { clearingCases } from "../../../fixtures/greenDoubleAuctionCases.ts";
import { BOOK_KINDS, randomBook } from "../../../helpers/randomBook.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";
import { referenceMatch } from "../../../helpers/referenceAuction.ts";

const BOOKS_PER_KIND = 600;

function offer(id: string, energyWh: number, priceMicroPerKwh: number, green = false): Order {
  return { id, side: "sell", green, energyWh, priceMicroPerKwh };
}

function bid(
  id: string,
  energyWh: number,
  priceMicroPerKwh: number,
  capacityNano?: bigint,
  green = false,
): Order {
  return {
    id,
    side: "buy",
    green,
    energyWh,
    priceMicroPerKwh,
    ...(capacityNano === undefined ? {} : { capacityNano }),
  };
}

function trade(seller: string, buyer: string, energyWh: number, priceMicroPerKwh: number): Trade {
  return { seller, buyer, energyWh, priceMicroPerKwh };
}

describe("crosses", () => {
  it("is true up to equal quotes and false one above", () => {
    expect(crosses(10, 11)).to.be.true;
    expect(crosses(10, 10)).to.be.true;
    expect(crosses(11, 10)).to.be.false;
  });
});

describe("midPriceDown", () => {
  it("rounds half a micro-currency down", () => {
    expect(midPriceDown(10, 12)).to.equal(11);
    expect(midPriceDown(10, 11)).to.equal(10);
    expect(midPriceDown(1, 1)).to.equal(1);
  });

  it("is exact at the largest price", () => {
    expect(midPriceDown(MAX_PRICE_MICRO_PER_KWH, MAX_PRICE_MICRO_PER_KWH)).to.equal(
      MAX_PRICE_MICRO_PER_KWH,
    );
    expect(midPriceDown(MAX_PRICE_MICRO_PER_KWH - 1, MAX_PRICE_MICRO_PER_KWH)).to.equal(
      MAX_PRICE_MICRO_PER_KWH - 1,
    );
  });
});

describe("fillWh", () => {
  it("is the smaller side", () => {
    expect(fillWh(3, 4)).to.equal(3);
    expect(fillWh(4, 3)).to.equal(3);
    expect(fillWh(3, 3)).to.equal(3);
  });
});

describe("capacityWhDown", () => {
  it("rounds down on both sides of a whole Wh", () => {
    expect(capacityWhDown(499n, 100)).to.equal(4);
    expect(capacityWhDown(500n, 100)).to.equal(5);
    expect(capacityWhDown(501n, 100)).to.equal(5);
    expect(capacityWhDown(99n, 100)).to.equal(0);
    expect(capacityWhDown(0n, 1)).to.equal(0);
  });

  it("is at most the largest energy, also for free energy", () => {
    expect(capacityWhDown(BigInt(MAX_ENERGY_WH), 1)).to.equal(MAX_ENERGY_WH);
    expect(capacityWhDown(BigInt(MAX_ENERGY_WH) + 1n, 1)).to.equal(MAX_ENERGY_WH);
    expect(capacityWhDown(2n ** 256n - 1n, 1)).to.equal(MAX_ENERGY_WH);
    expect(capacityWhDown(0n, 0)).to.equal(MAX_ENERGY_WH);
  });
});

describe("greenDoubleAuction", () => {
  const match = (orders: readonly Order[]): MatchResult => greenDoubleAuction.match(orders);

  for (const { name, orders, totalSupplyWh, totalDemandWh, trades } of clearingCases) {
    it(`gives the paper's trades at ${name}`, () => {
      const total = (side: Order["side"]): number =>
        orders
          .filter((order) => order.side === side)
          .reduce((sum, { energyWh }) => sum + energyWh, 0);
      expect(total("sell")).to.equal(totalSupplyWh);
      expect(total("buy")).to.equal(totalDemandWh);
      expect(match(orders).trades).to.have.deep.members(trades);
    });
  }

  it("has nothing to trade in an empty book", () => {
    expect(match([])).to.deep.equal({ trades: [], remaining: [] });
  });

  it("lets green meet green before a better price", () => {
    const orders = [
      offer("grey", 10, 100),
      offer("solar", 10, 300, true),
      bid("ev", 10, 400, undefined, true),
    ];
    expect(match(orders).trades).to.deep.equal([trade("solar", "ev", 10, 350)]);
  });

  it("gives what green left to everybody", () => {
    const orders = [
      offer("solar", 10, 300, true),
      bid("ev", 4, 300, undefined, true),
      bid("load", 9, 310),
    ];
    expect(match(orders)).to.deep.equal({
      trades: [trade("solar", "ev", 4, 300), trade("solar", "load", 6, 305)],
      remaining: [{ id: "load", energyWh: 3 }],
    });
  });

  it("gives a tie to the first in the input on both sides", () => {
    const orders = [bid("b0", 1, 9), offer("s0", 1, 5), bid("b1", 1, 9), offer("s1", 1, 5)];
    expect(match(orders).trades).to.deep.equal([trade("s0", "b0", 1, 7), trade("s1", "b1", 1, 7)]);
  });

  it("trades at equal quotes and not one above", () => {
    expect(match([offer("s", 1, 10), bid("b", 1, 10)]).trades).to.deep.equal([
      trade("s", "b", 1, 10),
    ]);
    expect(match([offer("s", 1, 11), bid("b", 1, 10)]).trades).to.be.empty;
  });

  it("lists what is left in the order of the input", () => {
    const orders = [bid("b1", 5, 1), offer("s1", 5, 9), bid("b0", 5, 2)];
    expect(match(orders).remaining.map(({ id }) => id)).to.deep.equal(["b1", "s1", "b0"]);
  });

  it("fills the largest order and multiplies it by the largest price exactly", () => {
    const capacityNano = BigInt(MAX_ENERGY_WH) * BigInt(MAX_PRICE_MICRO_PER_KWH);
    const orders = [
      offer("s", MAX_ENERGY_WH, MAX_PRICE_MICRO_PER_KWH),
      bid("b", MAX_ENERGY_WH, MAX_PRICE_MICRO_PER_KWH, capacityNano),
    ];
    expect(match(orders).trades).to.deep.equal([
      trade("s", "b", MAX_ENERGY_WH, MAX_PRICE_MICRO_PER_KWH),
    ]);
    orders[1]!.capacityNano = capacityNano - 1n;
    expect(match(orders).trades).to.deep.equal([
      trade("s", "b", MAX_ENERGY_WH - 1, MAX_PRICE_MICRO_PER_KWH),
    ]);
  });

  describe("with a purchase capacity", () => {
    it("fills in full what the capacity just pays, and cuts one nano below", () => {
      const book = (capacityNano: bigint): Order[] => [
        offer("s", 10, 100),
        bid("b", 10, 200, capacityNano),
      ];
      expect(match(book(1500n)).trades).to.deep.equal([trade("s", "b", 10, 150)]);
      expect(match(book(1499n)).trades).to.deep.equal([trade("s", "b", 9, 150)]);
    });

    it("gives a cut bid nothing more, and the next bid its turn", () => {
      const orders = [offer("s", 10, 100), bid("poor", 10, 200, 1499n), bid("next", 5, 150)];
      expect(match(orders)).to.deep.equal({
        trades: [trade("s", "poor", 9, 150), trade("s", "next", 1, 125)],
        remaining: [
          { id: "poor", energyWh: 1 },
          { id: "next", energyWh: 4 },
        ],
      });
    });

    it("records no trade of 0 Wh and keeps the bid out of the second round", () => {
      const orders = [
        offer("solar", 10, 100, true),
        offer("grey", 10, 2),
        bid("poor", 10, 200, 149n, true),
        bid("next", 10, 120, undefined, true),
      ];
      expect(match(orders).trades).to.deep.equal([trade("solar", "next", 10, 110)]);
    });

    it("counts what the bid spent in both rounds", () => {
      const orders = [
        offer("solar", 4, 100, true),
        offer("grey", 10, 100),
        bid("b", 10, 100, 650n, true),
      ];
      expect(match(orders).trades).to.deep.equal([
        trade("solar", "b", 4, 100),
        trade("grey", "b", 2, 100),
      ]);
    });

    it("does not take a bid for cut whose capacity just covers a fill", () => {
      const orders = [
        offer("solar", 4, 200, true),
        offer("grey", 10, 2),
        bid("b", 10, 200, 950n, true),
      ];
      expect(match(orders).trades).to.deep.equal([
        trade("solar", "b", 4, 200),
        trade("grey", "b", 1, 101),
      ]);
    });

    it("goes on filling a bid that has not been cut", () => {
      const orders = [offer("s0", 3, 100), offer("s1", 3, 100), bid("b", 6, 100, 600n)];
      expect(match(orders).remaining).to.be.empty;
    });
  });

  describe("refuses", () => {
    const refused: [string, Partial<Order>, string][] = [
      ["no energy", { energyWh: 0 }, "orders[1].energyWh is 0."],
      ["negative energy", { energyWh: -1 }, "orders[1].energyWh is -1."],
      ["part of a Wh", { energyWh: 1.5 }, "orders[1].energyWh is 1.5."],
      [
        "energy above the largest",
        { energyWh: MAX_ENERGY_WH + 1 },
        "orders[1].energyWh is 4294967296.",
      ],
      ["no price", { priceMicroPerKwh: 0 }, "orders[1].priceMicroPerKwh is 0."],
      [
        "a price that is no number",
        { priceMicroPerKwh: NaN },
        "orders[1].priceMicroPerKwh is NaN.",
      ],
      [
        "a price above the largest",
        { priceMicroPerKwh: MAX_PRICE_MICRO_PER_KWH + 1 },
        "orders[1].priceMicroPerKwh is 4294967296.",
      ],
      ["an unknown side", { side: "hold" as "sell" }, 'orders[1].side is "hold".'],
      ["a negative capacity", { capacityNano: -1n }, "orders[1].capacityNano is -1."],
      [
        "a capacity on an offer",
        { side: "sell", capacityNano: 1n },
        "orders[1].capacityNano is 1.",
      ],
    ];
    for (const [condition, change, shortMessage] of refused) {
      it(condition, () => {
        const orders = [offer("s", 1, 1), { ...bid("b", 1, 1), ...change }];
        expect(() => match(orders))
          .to.throw(InvalidOrderError)
          .with.property("shortMessage", shortMessage);
      });
    }
  });

  for (const kind of BOOK_KINDS) {
    describe(`over ${BOOKS_PER_KIND} random books: ${kind}`, () => {
      function forEachBook(
        check: (orders: Order[], result: MatchResult, seed: number) => void,
      ): void {
        for (let seed = 1; seed <= BOOKS_PER_KIND; seed++) {
          const orders = randomBook(new RandomSource(seed), kind);
          check(orders, match(orders), seed);
        }
      }

      it("agrees with the paper's steps 2 to 5 taken literally", () => {
        forEachBook((orders, result, seed) => {
          const { trades, remaining } = referenceMatch(orders);
          expect(result, `seed ${seed}`).to.deep.equal({ trades, remaining });
        });
      });

      it("fills no order beyond its energy, its limit or its capacity (M4)", () => {
        forEachBook((orders, { trades, remaining }, seed) => {
          const byId = new Map(orders.map((order) => [order.id, order]));
          const filledWh = new Map(orders.map(({ id }) => [id, 0]));
          const spentNano = new Map(orders.map(({ id }) => [id, 0n]));
          for (const { seller, buyer, energyWh, priceMicroPerKwh } of trades) {
            expect(energyWh, `seed ${seed}`).to.be.at.least(1);
            expect(priceMicroPerKwh, `seed ${seed}`).to.be.at.least(
              byId.get(seller)!.priceMicroPerKwh,
            );
            expect(priceMicroPerKwh, `seed ${seed}`).to.be.at.most(
              byId.get(buyer)!.priceMicroPerKwh,
            );
            filledWh.set(seller, filledWh.get(seller)! + energyWh);
            filledWh.set(buyer, filledWh.get(buyer)! + energyWh);
            spentNano.set(
              buyer,
              spentNano.get(buyer)! + BigInt(energyWh) * BigInt(priceMicroPerKwh),
            );
          }
          const leftWh = new Map(remaining.map(({ id, energyWh }) => [id, energyWh]));
          for (const { id, energyWh, capacityNano } of orders) {
            expect(filledWh.get(id)! + (leftWh.get(id) ?? 0), `seed ${seed}, ${id}`).to.equal(
              energyWh,
            );
            if (capacityNano !== undefined)
              expect(spentNano.get(id)! <= capacityNano, `seed ${seed}, ${id}`).to.be.true;
          }
        });
      });

      it("leaves no two orders that cross, save for bids cut to their capacity (M5)", () => {
        forEachBook((orders, { remaining, trades }, seed) => {
          const leftWh = new Map(remaining.map(({ id, energyWh }) => [id, energyWh]));
          const spentNano = (id: string): bigint =>
            trades
              .filter(({ buyer }) => buyer === id)
              .reduce(
                (sum, { energyWh, priceMicroPerKwh }) =>
                  sum + BigInt(energyWh) * BigInt(priceMicroPerKwh),
                0n,
              );
          const left = orders.filter(({ id }) => leftWh.has(id));
          for (const buy of left.filter(({ side }) => side === "buy")) {
            for (const sell of left.filter(({ side }) => side === "sell")) {
              if (sell.priceMicroPerKwh > buy.priceMicroPerKwh) continue;
              // A cut leaves less than one Wh's price, which is at most the limit.
              const isCut =
                buy.capacityNano !== undefined &&
                buy.capacityNano - spentNano(buy.id) < BigInt(buy.priceMicroPerKwh);
              expect(isCut, `seed ${seed}: ${sell.id} and ${buy.id}`).to.be.true;
            }
          }
        });
      });
    });
  }
});
