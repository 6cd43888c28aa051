import { expect } from "chai";
import { decodeOrdersOpened } from "../../../../sdk/events/ordersOpened.ts";
import { hashOrder } from "../../../../sdk/orders/commitment.ts";
import { packOpening } from "../../../../sdk/orders/opening.ts";
import { at, goTo, join, pay } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { setBalance } from "../../../helpers/storage.ts";
import {
  buy,
  eventsOf,
  openingOf,
  saltOf,
  sell,
  sent,
  single,
  submit,
} from "../../../helpers/verbs.ts";

const PERIOD = 5;
const MARGIN = 5_000_000_000n;

describe("OrderOpening: openOrder", () => {
  const scene = stage(async (fixture) => {
    const [alice, bob, carol] = fixture.actors.people;
    const seller = await join(fixture, alice!, { greenSupply: true });
    const buyer = await join(fixture, bob!, { greenPreference: true });
    const other = await join(fixture, carol!);
    await goTo(fixture, PERIOD - 1, 1);
    return { seller, buyer, other };
  });
  const closed = () => scene.genesis + (PERIOD - 1) * 900 + scene.parameters.gateClosure;
  const ended = () => scene.genesis + (PERIOD - 1) * 900 + scene.parameters.openingEnd;

  it("shows an offer and keeps no money for it", async () => {
    const { market, seller } = scene;
    const opening = await submit(scene, seller, PERIOD, sell(1_000, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    const receipt = await sent(market.openOrder(PERIOD, single(opening)));
    const [event] = eventsOf(scene, receipt, "OrdersOpened");
    expect(event!.period).to.equal(PERIOD);
    expect(decodeOrdersOpened([...(event!.orders as bigint[])])).to.deep.equal([
      { ...opening.order, green: true },
    ]);
    // Opened, sell, green, quantity, limit, filled, traded, next.
    expect([...(await market.orderOf(PERIOD, seller.id))]).to.deep.equal([
      true,
      true,
      true,
      1_000n,
      200_000n,
      0n,
      0n,
      0n,
    ]);
    expect((await market.accountOf(seller.id)).lockedNano).to.equal(0n);
  });

  it("keeps a bid's quantity times its limit from withdrawal", async () => {
    const { market, buyer } = scene;
    const opening = await submit(scene, buyer, PERIOD, buy(1_000, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrder(PERIOD, single(opening));
    const account = await market.accountOf(buyer.id);
    expect(account.lockedNano).to.equal(200_000_000n);
    expect(account.freeNano).to.equal(account.balanceNano - 200_000_000n - MARGIN);
    expect((await market.periodOf(PERIOD)).openedCount).to.equal(1n);
  });

  it("shows a bid as green whose owner prefers green", async () => {
    const { market, buyer } = scene;
    const opening = await submit(scene, buyer, PERIOD, buy(1, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    const receipt = await sent(market.openOrder(PERIOD, single(opening)));
    const [event] = eventsOf(scene, receipt, "OrdersOpened");
    expect(decodeOrdersOpened([...(event!.orders as bigint[])])).to.deep.equal([
      { ...opening.order, green: true },
    ]);
    expect((await market.orderOf(PERIOD, buyer.id)).green).to.be.true;
  });

  it("takes the colour of the account at opening", async () => {
    const { market, seller, buyer, other } = scene;
    const openings = [
      await submit(scene, seller, PERIOD, buy(1, 200_000)),
      await submit(scene, buyer, PERIOD, sell(1, 200_000)),
      await submit(scene, other, PERIOD, sell(1, 200_000)),
    ];
    await goTo(scene, PERIOD - 1, 180);
    for (const opening of openings) await market.openOrder(PERIOD, single(opening));
    for (const { id } of [seller, buyer, other]) {
      expect((await market.orderOf(PERIOD, id)).green).to.be.false;
    }
  });

  it("is refused a second before the gate closes and taken when it does", async () => {
    const { market, seller } = scene;
    const opening = single(await submit(scene, seller, PERIOD, sell(1, 200_000)));
    await at(scene, PERIOD - 1, 179);
    await expect(market.openOrder(PERIOD, opening))
      .to.be.revertedWithCustomError(market, "OpeningNotBegun")
      .withArgs(PERIOD, closed());
    await at(scene, PERIOD - 1, 180);
    await expect(market.openOrder(PERIOD, opening)).to.emit(market, "OrdersOpened");
  });

  it("is taken in the last second and refused when clearing begins", async () => {
    const { market, seller, other } = scene;
    const first = single(await submit(scene, seller, PERIOD, sell(1, 200_000)));
    const second = single(await submit(scene, other, PERIOD, sell(1, 200_000)));
    await at(scene, PERIOD - 1, 419);
    await expect(market.openOrder(PERIOD, first)).to.emit(market, "OrdersOpened");
    await at(scene, PERIOD - 1, 420);
    await expect(market.openOrder(PERIOD, second))
      .to.be.revertedWithCustomError(market, "OpeningClosed")
      .withArgs(PERIOD, ended());
  });

  it("refuses periods that no order can have", async () => {
    const { market, seller } = scene;
    const opening = single(openingOf(seller, PERIOD, sell(1, 200_000)));
    for (const period of [0n, 1n << 24n, (1n << 194n) | BigInt(PERIOD)]) {
      await expect(market.openOrder(period, opening))
        .to.be.revertedWithCustomError(market, "PeriodOutOfRange")
        .withArgs(period);
    }
  });

  it("refuses what was not sealed", async () => {
    const { market, seller } = scene;
    await submit(scene, seller, PERIOD, sell(1_000, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    const changed = [
      openingOf(seller, PERIOD, sell(1_001, 200_000)),
      openingOf(seller, PERIOD, sell(1_000, 200_001)),
      openingOf(seller, PERIOD, buy(1_000, 200_000)),
      openingOf(seller, PERIOD, sell(1_000, 200_000), saltOf(seller.id, PERIOD, 1)),
      openingOf(seller, PERIOD + 1, sell(1_000, 200_000), saltOf(seller.id, PERIOD)),
    ];
    for (const opening of changed) {
      await expect(market.openOrder(PERIOD, single(opening)))
        .to.be.revertedWithCustomError(market, "UnknownCommitment")
        .withArgs(seller.id, opening.order.period, (value: string) => value.length === 66);
    }
  });

  it("refuses a second opening of the same order", async () => {
    const { market, buyer } = scene;
    const opening = single(await submit(scene, buyer, PERIOD, buy(1_000, 200_000)));
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrder(PERIOD, opening);
    await expect(market.openOrder(PERIOD, opening))
      .to.be.revertedWithCustomError(market, "AlreadyOpened")
      .withArgs(buyer.id, PERIOD);
    expect((await market.accountOf(buyer.id)).lockedNano).to.equal(200_000_000n);
    expect((await market.periodOf(PERIOD)).openedCount).to.equal(1n);
  });

  it("refuses a commitment to another period", async () => {
    const { market, seller, domain } = scene;
    const opening = openingOf(seller, PERIOD + 1, sell(1_000, 200_000));
    await market
      .connect(seller.owner)
      .submitOrder(PERIOD, hashOrder(domain, opening.order, opening.salt), "0x");
    await goTo(scene, PERIOD - 1, 180);
    await expect(market.openOrder(PERIOD, single(opening)))
      .to.be.revertedWithCustomError(market, "WrongPeriod")
      .withArgs(PERIOD, PERIOD + 1);
  });

  it("refuses bits that mean nothing", async () => {
    const { market, seller } = scene;
    const opening = await submit(scene, seller, PERIOD, sell(1_000, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    // Bits 152 to 247 are those of a schedule's periods.
    for (const bit of [113n, 127n, 152n, 247n, 248n, 255n]) {
      const word = packOpening(opening.order) | (1n << bit);
      await expect(market.openOrder(PERIOD, { opening: word, salt: opening.salt }))
        .to.be.revertedWithCustomError(market, "MalformedOrder")
        .withArgs(word);
    }
  });

  describe("checks energy and price against the market's bounds", () => {
    const cases = [
      [0, 200_000, "EnergyOutOfRange", [0, 1_000_000]],
      [1, 200_000, undefined, []],
      [1_000_000, 200_000, undefined, []],
      [1_000_001, 200_000, "EnergyOutOfRange", [1_000_001, 1_000_000]],
      [2 ** 32 - 1, 200_000, "EnergyOutOfRange", [2 ** 32 - 1, 1_000_000]],
      [1, 9_999, "PriceOutOfBand", [9_999, 10_000, 1_000_000]],
      [1, 10_000, undefined, []],
      [1, 1_000_000, undefined, []],
      [1, 1_000_001, "PriceOutOfBand", [1_000_001, 10_000, 1_000_000]],
    ] as const;
    for (const [energyWh, price, error, args] of cases) {
      it(`${energyWh} Wh at ${price}: ${error ?? "opens"}`, async () => {
        const { market, seller } = scene;
        const opening = single(await submit(scene, seller, PERIOD, sell(energyWh, price)));
        await goTo(scene, PERIOD - 1, 180);
        const call = market.openOrder(PERIOD, opening);
        if (error === undefined) await expect(call).to.emit(market, "OrdersOpened");
        else
          await expect(call)
            .to.be.revertedWithCustomError(market, error)
            .withArgs(...args);
      });
    }
  });

  describe("checks collateral", () => {
    /** Has the buyer keep this much. */
    async function shrink(balanceNano: bigint): Promise<void> {
      const { market, buyer } = scene;
      const before = (await market.accountOf(buyer.id)).balanceNano;
      await market.connect(buyer.owner).withdraw(before - balanceNano, buyer.owner.address);
    }

    it("opens a bid that the balance beyond the margin just pays", async () => {
      const { market, buyer } = scene;
      const opening = single(await submit(scene, buyer, PERIOD, buy(1_000, 200_000)));
      await shrink(MARGIN + 200_000_000n);
      await goTo(scene, PERIOD - 1, 180);
      await market.openOrder(PERIOD, opening);
      expect((await market.accountOf(buyer.id)).freeNano).to.equal(0n);
    });

    it("refuses it a nano below, until it is paid in", async () => {
      const { market, buyer } = scene;
      const opening = single(await submit(scene, buyer, PERIOD, buy(1_000, 200_000)));
      await shrink(MARGIN + 199_999_999n);
      await goTo(scene, PERIOD - 1, 180);
      await expect(market.openOrder(PERIOD, opening))
        .to.be.revertedWithCustomError(market, "CollateralTooSmall")
        .withArgs(buyer.id, MARGIN + 200_000_000n, MARGIN + 199_999_999n);
      await pay(scene, buyer.id, 1n);
      await expect(market.openOrder(PERIOD, opening)).to.emit(market, "OrdersOpened");
    });

    it("keeps a seller to the margin", async () => {
      const { market, seller } = scene;
      const opening = single(await submit(scene, seller, PERIOD, sell(1_000, 200_000)));
      await setBalance(scene, seller.id, MARGIN - 1n);
      await goTo(scene, PERIOD - 1, 180);
      await expect(market.openOrder(PERIOD, opening))
        .to.be.revertedWithCustomError(market, "CollateralTooSmall")
        .withArgs(seller.id, MARGIN, MARGIN - 1n);
      await pay(scene, seller.id, 1n);
      await expect(market.openOrder(PERIOD, opening)).to.emit(market, "OrdersOpened");
    });
  });

  it("refuses a frozen account's order until it is unfrozen", async () => {
    const { market, seller, actors } = scene;
    const opening = single(await submit(scene, seller, PERIOD, sell(1_000, 200_000)));
    await goTo(scene, PERIOD - 1, 180);
    await market.connect(actors.regulator).setFrozen(seller.id, true);
    await expect(market.openOrder(PERIOD, opening))
      .to.be.revertedWithCustomError(market, "AccountIsFrozen")
      .withArgs(seller.id);
    await market.connect(actors.regulator).setFrozen(seller.id, false);
    await expect(market.openOrder(PERIOD, opening)).to.emit(market, "OrdersOpened");
  });

  it("waits for the period that used the slot before", async () => {
    const { market, seller, other } = scene;
    const opening = single(await submit(scene, seller, PERIOD, sell(1_000, 200_000)));
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrder(PERIOD, opening);
    await goTo(scene, PERIOD + 7, 1);
    const waiting = await submit(scene, other, PERIOD + 8, sell(1_000, 200_000));
    const later = single(waiting);
    await goTo(scene, PERIOD + 7, 180);
    await expect(market.openOrder(PERIOD + 8, later))
      .to.be.revertedWithCustomError(market, "PeriodUnsettled")
      .withArgs(PERIOD);
    await market.clear(PERIOD, 10);
    await market.settle(PERIOD, 2, 10);
    await expect(market.openOrder(PERIOD + 8, later)).to.emit(market, "OrdersOpened");
    expect((await market.periodOf(PERIOD)).begun).to.be.false;
  });
});
