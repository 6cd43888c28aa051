import { toRevertError } from "../../sdk/clients/revertError.ts";
import { decodeOrdersOpened } from "../../sdk/events/ordersOpened.ts";
import { parseMarketLog } from "../../sdk/events/marketEvent.ts";
import { packOpening, worstFirst, type ScheduledOrderOpening } from "../../sdk/orders/opening.ts";
import { openMarketAs, type CommonOptions, type MarketContext } from "../context.ts";
import { explained } from "../explain.ts";
import { defaultOpeningsFile, readOpenings, type KeptOpening } from "../openingsFile.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { TaskInputError } from "../taskError.ts";
import { wholeNumber, type Given } from "../values.ts";

interface OpenOptions extends CommonOptions {
  period: Given;
  openings: Given;
}

type Market = MarketContext["market"];
type Proof = [string, string, string, string, string, string, string];

/** Openings of one transaction: far below its gas limit. */
const PER_TRANSACTION = 60;

const isScheduled = (opening: KeptOpening): opening is ScheduledOrderOpening => "proof" in opening;

const toCall = ({ order, salt }: KeptOpening) => ({ opening: packOpening(order), salt });

const toScheduledCall = ({ order, salt, proof, periods }: ScheduledOrderOpening) => ({
  opening: packOpening(order, periods),
  salt,
  proof: [...proof] as Proof,
});

/** Why the market would not open an order now; undefined where it would. */
async function whyNot(market: Market, period: number, opening: KeptOpening) {
  try {
    await (isScheduled(opening)
      ? market.openScheduledOrder.staticCall(period, toScheduledCall(opening))
      : market.openOrder.staticCall(period, toCall(opening)));
    return undefined;
  } catch (error) {
    return toRevertError(error);
  }
}

/** What opens and is not superseded; a file may hold what was replaced, or never reached the chain. */
async function choose(market: Market, period: number, kept: readonly KeptOpening[]) {
  const chosen = new Map<number, KeptOpening>();
  const faults = new Map<number, Error>();
  for (const opening of kept) {
    const { participant } = opening.order;
    if (chosen.has(participant)) continue;
    const fault = await whyNot(market, period, opening);
    if (fault === undefined) chosen.set(participant, opening);
    else if (!faults.has(participant)) faults.set(participant, fault);
  }
  for (const participant of chosen.keys()) faults.delete(participant);
  return { chosen: [...chosen.values()], faults };
}

export default explained<OpenOptions>(async (options, hre) => {
  const period = wholeNumber("--period", options.period);
  const { market, book, chain } = await openMarketAs(hre, options);
  const file = options.openings ?? defaultOpeningsFile(chain.chainId, book.addresses.market);
  const kept = await readOpenings(file, period);
  if (kept.length === 0) {
    throw new TaskInputError(
      `${file} has nothing for period ${period}.`,
      "Correct --period, or name another file with --openings.",
    );
  }
  const { chosen, faults } = await choose(market, period, kept);
  const [firstFault] = faults.values();
  if (chosen.length === 0) throw firstFault!;

  let opened = 0;
  for (const group of [chosen.filter(isScheduled), chosen.filter((one) => !isScheduled(one))]) {
    const sorted = worstFirst<KeptOpening>(group);
    for (let first = 0; first < sorted.length; first += PER_TRANSACTION) {
      const batch = sorted.slice(first, first + PER_TRANSACTION);
      const receipt = await send(
        batch.every(isScheduled)
          ? market.openScheduledOrders(period, batch.map(toScheduledCall))
          : market.openOrders(period, batch.map(toCall)),
      );
      for (const log of receipt.logs) {
        const event = parseMarketLog(log);
        if (event?.name === "OrdersOpened") opened += decodeOrdersOpened(event.orders).length;
      }
    }
  }
  const refused = [...faults].map(([participant, { message }]) => ({
    participant,
    reason: message.split("\n")[0],
  }));
  print(
    options.json,
    { period, opened, refused },
    [
      `Opened ${opened} orders of period ${period}.`,
      ...refused.map(({ participant, reason }) => `Participant ${participant}: ${reason}`),
    ].join("\n"),
  );
});
