// The contracts and `sdk/mechanisms/greenDoubleAuction.ts` form the same trades, whoever opens in which order and
// with which hints, and whoever clears in how many steps.
import { expect } from "chai";
import { decodeTradesFormed } from "../../../sdk/events/tradesFormed.ts";
import { greenDoubleAuction } from "../../../sdk/mechanisms/greenDoubleAuction.ts";
import type { Order } from "../../../sdk/mechanisms/types.ts";
import { hashOrder } from "../../../sdk/orders/commitment.ts";
import type { OrderOpening } from "../../../sdk/orders/opening.ts";
import { goTo } from "../../helpers/market.ts";
import { BOOK_KINDS, randomBook, type BookKind } from "../../helpers/randomBook.ts";
import { RandomSource } from "../../helpers/randomSource.ts";
import { stage } from "../../helpers/stage.ts";
import { setBalance } from "../../helpers/storage.ts";
import { eventsOf, refusalsOf, saltOf, sent, single } from "../../helpers/verbs.ts";

/** Books of each kind, in every run and in a long one. */
const RUNS = [
  { books: 25, suffix: "" },
  { books: 300, suffix: " @long" },
];
/** Books after which accounts without a reading would be suspended, were they not lifted. */
const BOOKS_PER_LIFT = 200;
const MAX_ORDERS = 40;
const BOUNDS = { maxEnergyWh: 2 ** 28 - 1, maxPriceMicroPerKwh: 2 ** 28 };
/** More than anybody can spend in all the books of a kind. */
const FUNDS_NANO = 1n << 70n;
const GAS = { gasLimit: 16_000_000 };

interface Placed {
  order: Order;
  participant: number;
  opening: OrderOpening;
}

describe("clearing of random books: contracts and TypeScript agree [M2] [M4] [M5] [M6]", () => {
  const scene = stage(
    async (fixture) => {
      const { ethers, market, marketAddress, registry, token, actors } = fixture;
      const { treasurer, operator } = actors;
      const crowd = await ethers.deployContract("Crowd", [
        marketAddress,
        await registry.getAddress(),
        await token.getAddress(),
      ]);
      await token.connect(treasurer).mint(await crowd.getAddress(), 1n << 86n);
      await token.connect(treasurer).mint(treasurer.address, 1n << 86n);
      await token.connect(treasurer).approve(marketAddress, 1n << 86n);
      // The grid and the fund never owe anything.
      await market.connect(treasurer).deposit(1, 1n << 85n);
      await market.connect(treasurer).fundIncentives(1n << 85n);
      const first = Number(await market.accountCount()) + 1;
      for (let index = 0; index < 2 * MAX_ORDERS; ++index) {
        const id = first + index;
        if (index % 20 === 0) await crowd.getFunction("recruit")(20, first, GAS);
        await registry
          .connect(operator)
          .authorise((await crowd.getFunction("memberAt")(index)) as string);
        await registry
          .connect(operator)
          .bindMeter(id, `meter-${id}`, actors.gateway.address, 1_000, 0, 0);
      }
      await crowd.getFunction("fund")(2 * MAX_ORDERS, FUNDS_NANO, GAS);
      return { crowd, first };
    },
    {
      parameters: {
        gracePeriods: 0,
        settlementDue: 1,
        missedReadingsLimit: 255,
        minPriceMicroPerKwh: 1,
        maxPriceMicroPerKwh: BOUNDS.maxPriceMicroPerKwh,
        maxEnergyWh: BOUNDS.maxEnergyWh,
        referencePriceMicroPerKwh: 200,
        minAverageWh: 0,
        shortBps: 10_000,
        rewardBps: 0,
        penaltyBps: 0,
        marginNano: 0n,
        nonOpeningChargeNano: 0n,
      },
    },
  );

  /** The participants take the orders in sequence, so that a tie goes to the same order in both. */
  function place(orders: readonly Order[], period: number): Placed[] {
    return orders.map((order, index) => {
      const participant = scene.first + 2 * index + (order.green ? 0 : 1);
      return {
        order,
        participant,
        opening: {
          order: {
            participant,
            period,
            side: order.side,
            energyWh: order.energyWh,
            priceMicroPerKwh: order.priceMicroPerKwh,
          },
          salt: saltOf(participant, period),
        },
      };
    });
  }

  /** A hint that is right, wrong, of nobody, or none. */
  function hintFor(placed: Placed, book: readonly Placed[], random: RandomSource): number {
    switch (random.integer(0, 3)) {
      case 0:
        return 0;
      case 1:
        return random.integer(1, 2 ** 24 - 1);
      case 2:
        return random.pick(book).participant;
      default: {
        const { order, participant } = placed;
        const better = book.filter(
          (other) =>
            other.order.side === order.side &&
            other.order.green === order.green &&
            (order.side === "sell"
              ? other.order.priceMicroPerKwh < order.priceMicroPerKwh
              : other.order.priceMicroPerKwh > order.priceMicroPerKwh),
        );
        return better.length === 0 ? participant : random.pick(better).participant;
      }
    }
  }

  function shuffle<T>(items: readonly T[], random: RandomSource): T[] {
    return items
      .map((item) => ({ item, key: random.integer(0, 2 ** 31) }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  }

  /** Seals a book, opens it somehow and clears it somehow. */
  async function clearOnChain(book: readonly Placed[], period: number, random: RandomSource) {
    const { market, crowd, domain, actors } = scene;
    await goTo(scene, period - 1, 1);
    await crowd.getFunction("submit")(
      period,
      book.map(({ participant }) => participant),
      book.map(({ opening }) => hashOrder(domain, opening.order, opening.salt)),
      GAS,
    );
    await goTo(scene, period - 1, scene.parameters.gateClosure);
    const refused: string[] = [];
    let waiting = shuffle(book, random);
    while (waiting.length > 0) {
      const batch = waiting.slice(0, random.integer(1, waiting.length));
      waiting = waiting.slice(batch.length);
      const receipt = await sent(
        market.connect(random.pick(actors.people)).openOrders(
          period,
          batch.map((placed) => single(placed.opening, hintFor(placed, book, random))),
          GAS,
        ),
      );
      refused.push(...refusalsOf(scene, receipt).map(({ name }) => name));
    }
    // Settlements have taken what some had left since.
    for (const { order, participant } of book) {
      if (order.capacityNano !== undefined) {
        await setBalance(scene, participant, order.capacityNano);
      }
    }
    await goTo(scene, period - 1, scene.parameters.openingEnd);
    const trades = [];
    if ((await market.periodOf(period)).openedCount !== 0n) {
      for (let done = false; !done;) {
        const steps = random.pick([1, 2, 3, 7, 100]);
        const receipt = await sent(
          market.connect(random.pick(actors.people)).clear(period, steps, GAS),
        );
        for (const { trades: words } of eventsOf(scene, receipt, "TradesFormed")) {
          trades.push(...decodeTradesFormed([...(words as bigint[])]));
        }
        done = eventsOf(scene, receipt, "Cleared").length === 1;
      }
    }
    return { trades, refused };
  }

  async function checkBook(kind: BookKind, seed: number, period: number): Promise<void> {
    const { crowd, market } = scene;
    const random = new RandomSource(seed);
    const book = place(randomBook(random, kind, BOUNDS), period);
    const label = `${kind}, seed ${seed}`;
    const { trades, refused } = await clearOnChain(book, period, random);

    expect(refused, label).to.be.empty;
    const idOf = new Map(book.map(({ order, participant }) => [order.id, participant]));
    const expected = greenDoubleAuction.match(book.map(({ order }) => order));
    expect(trades, label).to.deep.equal(
      expected.trades.map((trade) => ({
        ...trade,
        seller: idOf.get(trade.seller),
        buyer: idOf.get(trade.buyer),
      })),
    );
    const [filledWh, tradeNano] = (await crowd.getFunction("fillsOf")(
      period,
      book.map(({ participant }) => participant),
    )) as [bigint[], bigint[]];
    const leftWh = new Map(expected.remaining.map(({ id, energyWh }) => [id, energyWh]));
    book.forEach(({ order, participant }, index) => {
      expect(filledWh[index], `${label}, ${participant}`).to.equal(
        BigInt(order.energyWh - (leftWh.get(order.id) ?? 0)),
      );
      if (order.side === "buy") {
        const meansNano = order.capacityNano ?? FUNDS_NANO;
        expect(tradeNano[index]! <= meansNano, `${label}, ${participant}`).to.be.true;
      }
    });
    const totalOf = (side: Order["side"]) =>
      book.reduce((sum, { order }, i) => (order.side === side ? sum + tradeNano[i]! : sum), 0n);
    expect(totalOf("sell"), label).to.equal(totalOf("buy"));
    await goTo(scene, period + 1, 2);
    await market.settle(period, 2, 1_000, GAS);
    for (const { order, participant } of book) {
      if (order.capacityNano !== undefined) await setBalance(scene, participant, FUNDS_NANO);
    }
  }

  for (const { books, suffix } of RUNS) {
    for (const kind of BOOK_KINDS) {
      it(`${books} books: ${kind}${suffix}`, async function () {
        this.timeout(300_000);
        const { market, actors, first } = scene;
        for (let seed = 1; seed <= books; ++seed) {
          await checkBook(kind, seed, 3 * seed);
          if (seed % BOOKS_PER_LIFT === 0) {
            for (let id = first; id < first + 2 * MAX_ORDERS; ++id) {
              await market.connect(actors.operator).liftSuspension(id);
            }
          }
        }
      });
    }
  }
});
