import { expect } from "chai";
import { decodeOrdersOpened } from "../../../../sdk/events/ordersOpened.ts";
import { sealSchedule } from "../../../../sdk/orders/schedule.ts";
import { goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import {
  buy,
  eventsOf,
  openingOf,
  refusalsOf,
  saltOf,
  scheduled,
  sell,
  sent,
  single,
  submit,
} from "../../../helpers/verbs.ts";

const PERIOD = 96;

describe("OrderOpening: openOrders, openScheduledOrders", () => {
  const scene = stage(async (fixture) => {
    const members = [];
    for (const owner of fixture.actors.people.slice(0, 4)) members.push(await join(fixture, owner));
    await goTo(fixture, PERIOD - 1, 1);
    return { members };
  });

  it("opens all and reports them in one event", async () => {
    const { market, members } = scene;
    const openings = [];
    for (const member of members) {
      openings.push(await submit(scene, member, PERIOD, buy(10 * member.id, 200_000)));
    }
    await goTo(scene, PERIOD - 1, 180);
    const receipt = await sent(
      market.openOrders(
        PERIOD,
        openings.map((o) => single(o)),
      ),
    );
    const events = eventsOf(scene, receipt, "OrdersOpened");
    expect(events).to.have.length(1);
    expect(
      decodeOrdersOpened([...(events[0]!.orders as bigint[])]).map(
        ({ participant }) => participant,
      ),
    ).to.deep.equal(members.map(({ id }) => id));
    expect((await market.periodOf(PERIOD)).openedCount).to.equal(4n);
  });

  it("passes over what cannot open and says why", async () => {
    const { market, members } = scene;
    const [a, b, c, d] = members as [
      (typeof members)[0],
      (typeof members)[0],
      (typeof members)[0],
      (typeof members)[0],
    ];
    const good = await submit(scene, a, PERIOD, buy(10, 200_000));
    const tooMuch = await submit(scene, b, PERIOD, buy(1_000_001, 200_000));
    const unsealed = openingOf(c, PERIOD, buy(10, 200_000));
    const last = await submit(scene, d, PERIOD, sell(10, 100_000));
    await goTo(scene, PERIOD - 1, 180);
    const receipt = await sent(
      market.openOrders(
        PERIOD,
        [tooMuch, good, unsealed, good, last].map((o) => single(o)),
      ),
    );
    expect(refusalsOf(scene, receipt).map(({ name }) => name)).to.deep.equal([
      "EnergyOutOfRange",
      "UnknownCommitment",
      "AlreadyOpened",
    ]);
    expect(
      eventsOf(scene, receipt, "OpeningRefused").map(({ participant }) => participant),
    ).to.deep.equal([b, c, a].map(({ id }) => BigInt(id)));
    const [event] = eventsOf(scene, receipt, "OrdersOpened");
    expect(event!.orders).to.have.length(2);
    expect((await market.periodOf(PERIOD)).openedCount).to.equal(2n);
  });

  it("finds an order's place by its hint, for less gas", async () => {
    const { market, members } = scene;
    const openings = [];
    for (const [index, member] of members.entries()) {
      openings.push(await submit(scene, member, PERIOD, sell(1, 200_000 + index)));
    }
    const last = openings.pop()!;
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrders(
      PERIOD,
      openings.map((o) => single(o)),
    );
    const gasWith = (hint: number) => market.openOrders.estimateGas(PERIOD, [single(last, hint)]);
    // The second order of the list is not read, which costs 2,100.
    expect(await gasWith(members[2]!.id)).to.be.lessThan((await gasWith(0)) - 2_000n);
    await market.openOrders(PERIOD, [single(last, members[2]!.id)]);
    expect((await market.orderOf(PERIOD, members[2]!.id)).next).to.equal(BigInt(members[3]!.id));
  });

  it("logs no opening where there is none", async () => {
    const { market, members } = scene;
    await goTo(scene, PERIOD - 1, 180);
    const unsealed = single(openingOf(members[0]!, PERIOD, buy(10, 200_000)));
    const receipt = await sent(market.openOrders(PERIOD, [unsealed]));
    expect(eventsOf(scene, receipt, "OrdersOpened")).to.be.empty;
    await expect(market.openOrders(PERIOD, [])).not.to.emit(market, "OrdersOpened");
    await expect(market.openScheduledOrders(PERIOD, [])).not.to.emit(market, "OrdersOpened");
  });

  it("keeps to the opening's time", async () => {
    const { market } = scene;
    for (const call of [market.openOrders, market.openScheduledOrders] as const) {
      await expect(call(PERIOD, [])).to.be.revertedWithCustomError(market, "OpeningNotBegun");
    }
    await goTo(scene, PERIOD - 1, 420);
    for (const call of [market.openOrders, market.openScheduledOrders] as const) {
      await expect(call(PERIOD, [])).to.be.revertedWithCustomError(market, "OpeningClosed");
    }
  });

  it("opens orders of day schedules and passes over what cannot open", async () => {
    const { market, members, domain } = scene;
    const openings = [];
    for (const { id, owner } of members) {
      let nonce = 0;
      const order = { participant: id, period: PERIOD, ...buy(id === 3 ? 0 : 10, 200_000) };
      const schedule = sealSchedule(domain, 1, [order], () => saltOf(id, 1, ++nonce));
      await market.connect(owner).submitSchedule(1, schedule.root, schedule.periods, "0x");
      openings.push(scheduled(schedule.openings.get(PERIOD)!));
    }
    const foreign = { ...openings[0]!, salt: saltOf(0, 0) };
    await goTo(scene, PERIOD - 1, 180);
    const receipt = await sent(market.openScheduledOrders(PERIOD, [foreign, ...openings]));
    expect(refusalsOf(scene, receipt).map(({ name }) => name)).to.deep.equal([
      "UnknownCommitment",
      "EnergyOutOfRange",
    ]);
    expect((await market.periodOf(PERIOD)).openedCount).to.equal(3n);
  });
});
