import { hashOrder } from "../../../sdk/orders/commitment.ts";
import { worstFirst } from "../../../sdk/orders/opening.ts";
import { sealSchedule } from "../../../sdk/orders/schedule.ts";
import { expectGas } from "../../helpers/gasSnapshot.ts";
import { goTo, join, type Participant } from "../../helpers/market.ts";
import { stage } from "../../helpers/stage.ts";
import {
  buy,
  clearsAt,
  openingOf,
  opensAt,
  saltOf,
  scheduled,
  sell,
  sent,
  sign,
  single,
  type Quote,
} from "../../helpers/verbs.ts";

const QUOTES: readonly Quote[] = [
  sell(840, 496_000),
  sell(690, 400_000),
  buy(940, 568_000),
  buy(100, 576_000),
];

// What a period costs in a young market; `npm run bench -- gas` measures one whose slots are in use.
describe("gas of the verbs", () => {
  const scene = stage(async (fixture) => {
    const people: Participant[] = [];
    for (const [index, owner] of fixture.actors.people.slice(0, QUOTES.length).entries()) {
      const green = index % 2 === 0;
      people.push(await join(fixture, owner, { greenSupply: green, greenPreference: green }));
    }
    return { people };
  });

  it("of a period with single orders", async () => {
    const { market, domain, people } = scene;
    await goTo(scene, 0);
    const openings = people.map((participant, index) => openingOf(participant, 1, QUOTES[index]!));
    for (const [index, { order, salt }] of openings.entries()) {
      const { gasUsed } = await sent(
        market.connect(people[index]!.owner).submitOrder(1, hashOrder(domain, order, salt), "0x"),
      );
      if (index === 0) expectGas("submitOrder", gasUsed);
    }
    await goTo(scene, 0, opensAt(scene));
    const words = worstFirst(openings).map((opening) => single(opening));
    expectGas("openOrders, 4 orders", (await sent(market.openOrders(1, words))).gasUsed);
    await goTo(scene, 0, clearsAt(scene));
    expectGas("clear, 3 trades of 4 orders", (await sent(market.clear(1, 10))).gasUsed);
    await goTo(scene, 2);
    const readings = await Promise.all(
      people.map((participant, index) =>
        sign(scene, participant, 1, index < 2 ? 0 : 900, index < 2 ? 800 : 0),
      ),
    );
    expectGas("reportReadings, 4", (await sent(market.reportReadings(readings))).gasUsed);
    expectGas("settle, 4 accounts", (await sent(market.settle(1, 2, 4))).gasUsed);
  });

  it("of a day schedule", async () => {
    const { market, domain, people } = scene;
    await goTo(scene, 0);
    const { id, owner } = people[0]!;
    const orders = [1, 2, 3].map((period) => openingOf(people[0]!, period, QUOTES[0]!).order);
    let count = 0;
    const schedule = sealSchedule(domain, 0, orders, () => saltOf(id, 0, ++count));
    const { gasUsed } = await sent(
      market.connect(owner).submitSchedule(0, schedule.root, schedule.periods, "0x"),
    );
    expectGas("submitSchedule", gasUsed);
    await goTo(scene, 0, opensAt(scene));
    const opening = scheduled(schedule.openings.get(1)!);
    expectGas("openScheduledOrder", (await sent(market.openScheduledOrder(1, opening))).gasUsed);
  });
});
