// Clearing takes no list from its caller: orders stand sorted from their opening on. What is left to try are the
// hints of an opening, its order, and opening twice.
import { expect } from "chai";
import { packOpening, type OrderOpening } from "../../../sdk/orders/opening.ts";
import { goTo, join } from "../../helpers/market.ts";
import { stage } from "../../helpers/stage.ts";
import {
  buy,
  refusalsOf,
  sell,
  sent,
  single,
  submit,
  tradesOf,
  type Quote,
} from "../../helpers/verbs.ts";

const PERIOD = 13;

describe("attack: hints, wrong order, doubled and left-out orders [M5] [M6]", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD - 9, 1);
    const members = [];
    for (const owner of fixture.actors.people.slice(0, 6)) members.push(await join(fixture, owner));
    // Everybody had an order eight periods ago, in the slots that are used again.
    const before = await Promise.all(
      members.map((member) => submit(fixture, member, PERIOD - 8, sell(1, 100_000 + member.id))),
    );
    await goTo(fixture, PERIOD - 9, 180);
    await fixture.market.openOrders(
      PERIOD - 8,
      before.map((opening) => single(opening)),
    );
    await goTo(fixture, PERIOD - 9, 420);
    await fixture.market.clear(PERIOD - 8, 10);
    await goTo(fixture, PERIOD - 2, 1);
    await fixture.market.settle(PERIOD - 8, 2, 10);
    await goTo(fixture, PERIOD - 1, 1);
    return { members };
  });

  const quotes: Quote[] = [
    sell(5, 100_000),
    sell(5, 120_000),
    sell(5, 120_000),
    buy(4, 300_000),
    buy(4, 200_000),
    buy(4, 110_000),
  ];

  /** Opens with these hints and sequence; gives the trades. */
  async function tradesWith(hints: readonly number[], sequence: readonly number[]) {
    const { market, members } = scene;
    const openings: OrderOpening[] = [];
    for (const [index, quote] of quotes.entries()) {
      openings.push(await submit(scene, members[index]!, PERIOD, quote));
    }
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrders(
      PERIOD,
      sequence.map((index) => single(openings[index]!, hints[index])),
    );
    expect((await market.periodOf(PERIOD)).openedCount).to.equal(BigInt(quotes.length));
    await goTo(scene, PERIOD - 1, 420);
    return tradesOf(scene, await sent(market.clear(PERIOD, 100)));
  }
  // Participants are numbered from 2.
  const expected = [
    { seller: 2, buyer: 5, energyWh: 4, priceMicroPerKwh: 200_000 },
    { seller: 2, buyer: 6, energyWh: 1, priceMicroPerKwh: 150_000 },
    { seller: 3, buyer: 6, energyWh: 3, priceMicroPerKwh: 160_000 },
  ];
  const forward = [0, 1, 2, 3, 4, 5];

  const attacks: [string, number[], number[]][] = [
    ["none", [0, 0, 0, 0, 0, 0], forward],
    ["of itself", [2, 3, 4, 5, 6, 7], forward],
    ["of the worst order", [4, 4, 4, 7, 7, 7], [2, 5, 0, 1, 3, 4]],
    ["of the other side", [5, 6, 7, 2, 3, 4], [5, 4, 3, 2, 1, 0]],
    ["of orders that are opened later", [4, 4, 3, 7, 7, 6], [0, 3, 1, 4, 2, 5]],
    ["of nobody", [999, 2 ** 24 - 1, 1, 999, 1, 2 ** 24 - 1], [3, 0, 5, 2, 4, 1]],
  ];
  for (const [name, hints, sequence] of attacks) {
    it(`hints ${name} change no trade`, async () => {
      expect(await tradesWith(hints, sequence)).to.deep.equal(expected);
    });
  }

  it("an order counts once, opened twice in a batch and again beside it", async () => {
    const { market, members } = scene;
    const opening = await submit(scene, members[0]!, PERIOD, sell(5, 100_000));
    await goTo(scene, PERIOD - 1, 180);
    const receipt = await sent(
      market.openOrders(PERIOD, [single(opening), single(opening, 3), single(opening, 2)]),
    );
    expect(refusalsOf(scene, receipt).map(({ name }) => name)).to.deep.equal([
      "AlreadyOpened",
      "AlreadyOpened",
    ]);
    await expect(market.openOrder(PERIOD, single(opening))).to.be.revertedWithCustomError(
      market,
      "AlreadyOpened",
    );
    expect((await market.periodOf(PERIOD)).openedCount).to.equal(1n);
    expect((await market.orderOf(PERIOD, members[0]!.id)).next).to.equal(0n);
  });

  it("a hint beyond its bits is no hint but a malformed opening", async () => {
    const { market, members } = scene;
    const opening = await submit(scene, members[0]!, PERIOD, sell(5, 100_000));
    await goTo(scene, PERIOD - 1, 180);
    const word = packOpening(opening.order) | (1n << 152n);
    await expect(market.openOrder(PERIOD, { opening: word, salt: opening.salt }))
      .to.be.revertedWithCustomError(market, "MalformedOrder")
      .withArgs(word);
  });

  it("nobody can clear while an order may still be opened, so that none is left out", async () => {
    const { market, members } = scene;
    const first = await submit(scene, members[0]!, PERIOD, sell(5, 100_000));
    const last = await submit(scene, members[3]!, PERIOD, buy(5, 100_000));
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrder(PERIOD, single(first));
    await expect(market.clear(PERIOD, 10)).to.be.revertedWithCustomError(
      market,
      "ClearingNotBegun",
    );
    await market.openOrder(PERIOD, single(last));
    await goTo(scene, PERIOD - 1, 420);
    expect(tradesOf(scene, await sent(market.clear(PERIOD, 10)))).to.have.length(1);
  });
});
