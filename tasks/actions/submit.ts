import { sealDay, sealOrder } from "../../sdk/clients/orderSealer.ts";
import type { SealableOrder } from "../../sdk/orders/packedOrder.ts";
import { SCHEDULE_PERIODS } from "../../sdk/orders/schedule.ts";
import { commitmentDomain } from "../../sdk/orders/commitment.ts";
import { openMarketAs, ownParticipant, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { defaultOpeningsFile, keepOpenings } from "../openingsFile.ts";
import { readOrdersFile, type PlannedOrder } from "../ordersFile.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { TaskInputError } from "../taskError.ts";
import { oneOf, wholeNumber, type Given } from "../values.ts";

interface SubmitOptions extends CommonOptions {
  period: Given;
  side: Given;
  energyWh: Given;
  priceMicroPerKwh: Given;
  schedule: Given;
  participant: Given;
  openings: Given;
}

const SINGLE = ["period", "side", "energyWh", "priceMicroPerKwh"] as const;

/** The one order of the command line, or none where a schedule is named. */
function readSingle(options: SubmitOptions): PlannedOrder | undefined {
  const given = SINGLE.filter((name) => options[name] !== undefined);
  if (options.schedule !== undefined) {
    if (given.length === 0) return undefined;
    throw new TaskInputError(
      "An order and a schedule are given.",
      "Submit one of them: --schedule alone, or the order's options without it.",
    );
  }
  return {
    period: wholeNumber("--period", options.period),
    side: oneOf("--side", options.side, ["sell", "buy"] as const),
    energyWh: wholeNumber("--energy-wh", options.energyWh),
    priceMicroPerKwh: wholeNumber("--price-micro-per-kwh", options.priceMicroPerKwh),
  };
}

/** The day of a schedule's orders, which must all be of it, one a period. */
function dayOf(orders: readonly PlannedOrder[]): number {
  const day = Math.floor(orders[0]!.period / SCHEDULE_PERIODS);
  const seen = new Set<number>();
  for (const { period } of orders) {
    if (Math.floor(period / SCHEDULE_PERIODS) !== day) {
      throw new TaskInputError(
        `Period ${period} is not of day ${day}, as the schedule's first order is.`,
        `Keep to periods ${day * SCHEDULE_PERIODS} to ${(day + 1) * SCHEDULE_PERIODS - 1}.`,
      );
    }
    if (seen.has(period))
      throw new TaskInputError(`Period ${period} has two orders.`, "Keep one of them.");
    seen.add(period);
  }
  return day;
}

export default explained<SubmitOptions>(async (options, hre) => {
  const single = readSingle(options);
  const planned = single === undefined ? await readOrdersFile(options.schedule!) : [single];
  const day = single === undefined ? dayOf(planned) : undefined;
  const context = await openMarketAs(hre, options);
  const { market, registry, book, chain } = context;
  const isAgent = options.participant !== undefined;
  const participant = isAgent
    ? wholeNumber("--participant", options.participant)
    : await ownParticipant(context);
  const orders: SealableOrder[] = planned.map((order) => ({ ...order, participant }));
  const domain = commitmentDomain(chain.chainId, book.addresses.market);
  const key = await registry.openingKey();
  const openingKey = key === "0x" ? undefined : key;
  const file = options.openings ?? defaultOpeningsFile(chain.chainId, book.addresses.market);

  // Kept before the transaction is sent: an order whose salt is lost costs its owner the non-opening charge.
  if (day === undefined) {
    const order = orders[0]!;
    const { commitment, salt, sealedOpening } = await sealOrder(domain, order, openingKey);
    await keepOpenings(file, [{ order, salt }]);
    await send(
      isAgent
        ? market.submitOrderFor(participant, order.period, commitment, sealedOpening)
        : market.submitOrder(order.period, commitment, sealedOpening),
    );
  } else {
    const { schedule, sealedOpening } = await sealDay(domain, participant, day, orders, openingKey);
    await keepOpenings(file, [...schedule.openings.values()]);
    const { root, periods } = schedule;
    await send(
      isAgent
        ? market.submitScheduleFor(participant, day, root, periods, sealedOpening)
        : market.submitSchedule(day, root, periods, sealedOpening),
    );
  }
  const what = day === undefined ? `an order for period ${orders[0]!.period}` : `day ${day}`;
  print(
    options.json,
    { participant, orders: planned, openings: file },
    `Submitted ${what}, sealed, for participant ${participant}; what opens it is in ${file}.`,
  );
});
