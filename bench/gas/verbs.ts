import { hashOrder, randomSalt } from "../../sdk/orders/commitment.ts";
import { encodeOrderOpening, encodeScheduleOpening } from "../../sdk/orders/openingCode.ts";
import { encryptOpening } from "../../sdk/orders/openingCipher.ts";
import { packOpening } from "../../sdk/orders/opening.ts";
import { saltsFrom } from "../../sdk/orders/saltSource.ts";
import { SCHEDULE_PERIODS, sealSchedule, type DaySchedule } from "../../sdk/orders/schedule.ts";
import { goTo } from "../../test/helpers/market.ts";
import { createOrder, createRunningMarket, gasOf, openAll, reportAll } from "../runningMarket.ts";
import type { BenchTable } from "../types.ts";

const PARTICIPANTS = 500;
/** Single orders are measured one transaction at a time: more of them tell nothing new. */
const SINGLE_SUBMITTERS = 50;
/** All of a ring's slots are in use after this many periods. */
const WARM_UP_PERIODS = 9;
const MEASURED_PERIODS = 3;
/** The ring of seals is twice as long. */
const SEAL_WARM_UP_PERIODS = 17;
/** The first day whose schedules reuse slots. */
const DAY = 4;
/** A point that nobody has the key of is as good as the operator's here. */
const OPERATOR_KEY = "0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

const TARGETS: Record<string, number> = {
  submitOrder: 45_000,
  submitSchedule: 600,
  openScheduledOrders: 18_000,
  clear: 12_000,
  reportReadings: 14_000,
  settle: 14_000,
  "all verbs, with a day schedule": 55_000,
};

const RIVALS: Record<string, string> = {
  submitOrder: "GSY DEX 161,224; Communitas 66,000 to 82,500; EasyAuction 127,000 to 172,000",
  clear: "GSY DEX 66,000 to 189,000 a match; Communitas 24,200 to 34,700",
};

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Gas per participant and period of every verb, amortised over 500 participants whose slots are all in use. */
export async function benchVerbs(progress: (line: string) => void): Promise<BenchTable> {
  progress(`setting up ${PARTICIPANTS} participants`);
  const running = await createRunningMarket(PARTICIPANTS);
  const { fixture, people } = running;
  const { market, domain, parameters } = fixture;

  const seal = async (index: number, day: number, places: readonly number[]) => {
    const seed = randomSalt();
    const orders = places.map((place) =>
      createOrder(running, index, day * SCHEDULE_PERIODS + place),
    );
    const schedule = sealSchedule(domain, day, orders, saltsFrom(seed));
    const participant = people[index]!.id;
    const ciphertext = await encryptOpening(
      OPERATOR_KEY,
      { domain, participant, kind: "schedule", index: day },
      encodeScheduleOpening(day, { orders, seed }),
    );
    return { schedule, ciphertext };
  };
  const allDay = Array.from({ length: SCHEDULE_PERIODS }, (_, place) => place);
  // A schedule for each of the days before, so that the measured ones overwrite; nobody opens those.
  const gas: Record<string, number[]> = {};
  const note = (verb: string, value: number) => (gas[verb] ??= []).push(value);
  let schedules: DaySchedule[] = [];
  for (let day = 1; day <= DAY; ++day) {
    progress(`sealing day ${day}`);
    await goTo(fixture, (day - 1) * SCHEDULE_PERIODS, parameters.gateClosure);
    schedules = [];
    for (const [index, { owner }] of people.entries()) {
      const { schedule, ciphertext } = await seal(index, day, allDay);
      schedules.push(schedule);
      const { root, periods } = schedule;
      // Day 4 uses the slots of day 0: give those a content first.
      if (day === 1) await market.connect(owner).submitSchedule(0, ...(await earlySchedule(index)));
      const used = await gasOf(
        market.connect(owner).submitSchedule(day, root, periods, ciphertext),
      );
      if (day === DAY) note("submitSchedule", used / SCHEDULE_PERIODS);
      if (day === DAY) note("ciphertextBytes", (ciphertext.length - 2) / 2);
    }
  }

  async function earlySchedule(index: number): Promise<[string, bigint, string]> {
    const { schedule, ciphertext } = await seal(index, 0, allDay.slice(SCHEDULE_PERIODS - 1));
    return [schedule.root, schedule.periods, ciphertext];
  }

  const counters = people.map(() => ({ importWh: 0n, exportWh: 0n }));
  // Meters that were silent so far begin with the oldest period that is still taken, and catch up.
  const silentUntil = DAY * SCHEDULE_PERIODS;
  const first = silentUntil + parameters.gracePeriods + 2;
  await goTo(fixture, first - 1);
  for (let period = silentUntil; period < first - 1; ++period) {
    await reportAll(running, period, counters);
    await market.settle(period, people[0]!.id, PARTICIPANTS);
  }
  const last = first + WARM_UP_PERIODS + MEASURED_PERIODS;
  for (let period = first; period < last + 2; ++period) {
    const measured = period >= first + WARM_UP_PERIODS && period < last;
    progress(`period ${period - first + 1} of ${last + 2 - first}${measured ? ", measured" : ""}`);
    const openings = schedules.map(({ openings }) => openings.get(period)!);
    const opened = await openAll(running, period, openings);
    await goTo(fixture, period - 1, parameters.openingEnd);
    const cleared = await gasOf(market.clear(period, PARTICIPANTS));
    if (measured) {
      note("openScheduledOrders", opened / PARTICIPANTS);
      note("clear", cleared / PARTICIPANTS);
      note("tradesPerOrder", Number((await market.periodOf(period)).totals.trades) / PARTICIPANTS);
    }
    // The period that ended when this one's orders began to be taken.
    const delivered = period - 2;
    if (delivered < first - 1) continue;
    const reported = await reportAll(running, delivered, counters);
    const settled = await gasOf(market.settle(delivered, people[0]!.id, PARTICIPANTS));
    if (delivered >= first + WARM_UP_PERIODS && delivered < last) {
      note("reportReadings", reported / PARTICIPANTS);
      note("settle", settled / PARTICIPANTS);
    }
  }

  // Single orders, in the day after, which has no schedule.
  const singles = (DAY + 1) * SCHEDULE_PERIODS + 1;
  await goTo(fixture, singles - 1, -600);
  for (const period of [last, last + 1]) await market.settle(period, people[0]!.id, PARTICIPANTS);
  for (let period = singles; period <= singles + SEAL_WARM_UP_PERIODS; ++period) {
    progress(`single orders, period ${period - singles + 1} of ${SEAL_WARM_UP_PERIODS + 1}`);
    const sealedOrders = [];
    await goTo(fixture, period - 1);
    for (const [index, { id, owner }] of people.slice(0, SINGLE_SUBMITTERS).entries()) {
      const order = createOrder(running, index, period);
      const salt = randomSalt();
      const ciphertext = await encryptOpening(
        OPERATOR_KEY,
        { domain, participant: id, kind: "order", index: period },
        encodeOrderOpening({ order, salt }),
      );
      const used = await gasOf(
        market.connect(owner).submitOrder(period, hashOrder(domain, order, salt), ciphertext),
      );
      sealedOrders.push({ order, salt });
      if (period === singles + SEAL_WARM_UP_PERIODS) note("submitOrder", used);
    }
    await goTo(fixture, period - 1, parameters.gateClosure);
    const used = await gasOf(
      market.openOrders(
        period,
        sealedOrders.map(({ order, salt }) => ({ opening: packOpening(order), salt })),
      ),
    );
    if (period === singles + SEAL_WARM_UP_PERIODS) note("openOrders", used / SINGLE_SUBMITTERS);
    await goTo(fixture, period - 1, parameters.openingEnd);
    await market.clear(period, PARTICIPANTS);
    // Without readings, so that each period is settled once its grace is over.
    const past = period - parameters.gracePeriods - 3;
    if (past >= singles) await market.settle(past, people[0]!.id, PARTICIPANTS);
  }

  const perPeriod = ["submitSchedule", "openScheduledOrders", "clear", "reportReadings", "settle"];
  note(
    "all verbs, with a day schedule",
    perPeriod.reduce((sum, verb) => sum + mean(gas[verb]!), 0),
  );
  const shown = ["submitOrder", "openOrders", ...perPeriod, "all verbs, with a day schedule"];
  return {
    title: `Gas per participant and period, ${PARTICIPANTS} participants in a running market`,
    rows: shown.map((verb) => {
      const used = Math.round(mean(gas[verb]!));
      const most = TARGETS[verb] ?? null;
      return {
        verb,
        gas: used,
        targetGas: most,
        met: most === null ? "" : used <= most ? "yes" : "NO",
        rivals: RIVALS[verb] ?? "",
      };
    }),
    notes: [
      `Every account, meter and ring slot is in use before it is measured. Each meter has a gateway of its own and each reading its own signature. ` +
        `submitOrder and submitSchedule carry the opening encrypted to the operator (${Math.round(mean(gas.ciphertextBytes!))} bytes for a day of 96 orders); submitSchedule is per order. ` +
        `${mean(gas.tradesPerOrder!).toFixed(2)} trades an order. The first transaction's 21,000 gas and the calldata are included.`,
      `Rivals' figures are those they publish or that were measured with their own code; GSY DEX and Communitas prove less at clearing and move no money there.`,
    ],
  };
}
