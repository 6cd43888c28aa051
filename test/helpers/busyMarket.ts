import { signMandate } from "../../sdk/mandates/mandate.ts";
import { defaultParameters } from "../../sdk/market/parameters.ts";
import { hashOrder } from "../../sdk/orders/commitment.ts";
import { sealSchedule } from "../../sdk/orders/schedule.ts";
import { at, goTo, join, pay, type MarketFixture } from "./market.ts";
import {
  buy,
  clearsAt,
  openingOf,
  opensAt,
  report,
  saltOf,
  scheduled,
  sell,
  settle,
  sign,
  single,
  submit,
} from "./verbs.ts";

/** The rules under which it happens: one missing reading suspends. */
export const BUSY_RULES = { missedReadingsLimit: 1 };

const RICH_NANO = 1_000_000_000_000n;

/**
 * A market with a past in which everything happens that an audit must follow: single orders and schedules, by
 * owners and by an agent; orders that were not opened, refused, underfunded or outside a mandate; readings late,
 * refused and missing; dues owed and paid, withdrawals, a freeze, a suspension, a replaced meter, other rules.
 */
export async function makeBusy(fixture: MarketFixture) {
  const { market, token, registry, actors, domain, typedDomain, parameters } = fixture;
  const { people, operator, regulator, treasurer, admin, agent } = actors;
  const solar = await join(fixture, people[0]!, { greenSupply: true });
  const plant = await join(fixture, people[1]!);
  const home = await join(fixture, people[2]!, { greenPreference: true });
  const flat = await join(fixture, people[3]!, {
    depositNano: parameters.marginNano + 600_000_000n,
  });
  const idle = await join(fixture, people[4]!, { depositNano: parameters.marginNano + 2n });
  const mandate = {
    participant: plant.id,
    agent: agent.address,
    minPriceMicroPerKwh: 100_000,
    maxPriceMicroPerKwh: 300_000,
    spendingLimitNano: 10n ** 12n,
    expiry: fixture.genesis + 100 * fixture.periodLength,
  };
  await market
    .connect(agent)
    .grantMandate(mandate, await signMandate(plant.owner, typedDomain, mandate, 0n));

  // Period 1: green meets green, and openings are refused.
  await goTo(fixture, 0, 1);
  const first = [
    await submit(fixture, solar, 1, sell(3000, 120_000)),
    await submit(fixture, home, 1, buy(2000, 200_000)),
    await submit(fixture, flat, 1, buy(2500, 160_000)),
  ];
  const poor = await submit(fixture, idle, 1, buy(10, 100_000));
  const agents = openingOf(plant, 1, sell(1000, 150_000));
  await market
    .connect(agent)
    .submitOrderFor(plant.id, 1, hashOrder(domain, agents.order, agents.salt), "0x");
  await market.connect(flat.owner).withdraw(100_000_000n, flat.owner.address);
  const schedule = sealSchedule(
    domain,
    0,
    [2, 3, 4].map((period) => ({ participant: solar.id, period, ...sell(1500, 110_000) })),
    (() => {
      let salts = 0;
      return () => saltOf(solar.id, 0, ++salts);
    })(),
  );
  await market.connect(solar.owner).submitSchedule(0, schedule.root, schedule.periods, "0x");
  await goTo(fixture, 0, opensAt(fixture));
  await market.openOrders(
    1,
    [...first, agents, first[0]!, poor].map((opening) => single(opening)),
  );
  await market.openOrders(1, [single(openingOf(idle, 1, buy(11, 100_000)))]);
  await goTo(fixture, 0, clearsAt(fixture));
  await market.clear(1, 1);
  await market.clear(1, 100);

  // Period 2: a schedule's order opens, an agent's outside its mandate does not.
  await goTo(fixture, 1, 1);
  await pay(fixture, idle.id, 20_000_000n);
  const second = [
    await submit(fixture, home, 2, buy(1200, 180_000)),
    await submit(fixture, flat, 2, buy(500, 140_000)),
    await submit(fixture, idle, 2, buy(100, 190_000)),
  ];
  const outside = openingOf(plant, 2, sell(1000, 90_000));
  await market
    .connect(agent)
    .submitOrderFor(plant.id, 2, hashOrder(domain, outside.order, outside.salt), "0x");
  await goTo(fixture, 1, opensAt(fixture));
  await market.openScheduledOrders(2, [scheduled(schedule.openings.get(2)!)]);
  await market.openOrders(
    2,
    [...second, outside].map((opening) => single(opening)),
  );

  await market.connect(plant.owner).revokeMandate();

  // Period 1 is delivered; the grid and the fund cannot pay yet, and the idle one's means do not suffice, for its
  // bid neither.
  await goTo(fixture, 2, 1);
  await report(fixture, solar, 1, 0, 3600);
  await market.reportReadings([
    await sign(fixture, home, 1, 1700, 0),
    await sign(fixture, flat, 1, 2000, 10),
    await sign(fixture, flat, 1, 2100, 10),
    await sign(fixture, plant, 1, 0, 900, { gateway: actors.stranger }),
    await sign(fixture, plant, 1, 0, 900),
    await sign(fixture, idle, 1, 40_000, 0),
    await sign(fixture, idle, 1, 900_000_000, 0),
  ]);
  await market.settle(1, 2, 2);
  await settle(fixture, 1);
  await market.clear(2, 100);
  await pay(fixture, 1, RICH_NANO);
  await token.connect(treasurer).mint(treasurer.address, RICH_NANO);
  await token.connect(treasurer).approve(fixture.marketAddress, RICH_NANO);
  await market.connect(treasurer).fundIncentives(RICH_NANO);
  await market.payDues(solar.id);
  await pay(fixture, idle.id, 20_000_000_000n);

  // Period 2 is delivered in part; a meter is replaced, an account frozen.
  await goTo(fixture, 3, 1);
  await market.reportReadings([
    await sign(fixture, solar, 2, 0, 5000),
    await sign(fixture, home, 2, 3300, 0),
  ]);
  await registry
    .connect(operator)
    .rebindMeter(solar.id, "meter-new", solar.gateway.address, 50_000, 10, 5100, 0, 0);
  solar.meterId = Number((await market.meterOf(solar.id)).meterId);
  await market.connect(regulator).setFrozen(plant.id, true);
  await settle(fixture, 2);
  await market.connect(home.owner).withdraw(1_000_000n, home.owner.address);

  // A reading that leaves out a period waits.
  await goTo(fixture, 5, 1);
  await market.reportReadings([await sign(fixture, home, 4, 9000, 0)]);

  // Other rules from period 10 on.
  const stricter = { ...defaultParameters(fixture.periodLength), ...parameters, penaltyBps: 800 };
  await fixture.accessManager
    .connect(admin)
    .execute(
      fixture.marketAddress,
      market.interface.encodeFunctionData("scheduleParameters", [stricter, 10]),
    );

  // What is missing of period 2 is settled as undelivered, once its grace is over.
  const { gracePeriods, settlementDue } = parameters;
  await at(fixture, 3 + gracePeriods, settlementDue);
  await settle(fixture, 2);
  await settle(fixture, 3);
  await market.connect(regulator).setFrozen(plant.id, false);
  await market.connect(operator).liftSuspension(flat.id);

  return { solar, plant, home, flat, idle };
}
