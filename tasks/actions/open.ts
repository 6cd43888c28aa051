import { existsSync } from "node:fs";
import { toRevertError } from "../../sdk/clients/revertError.ts";
import { decodeOrdersOpened } from "../../sdk/events/ordersOpened.ts";
import { parseMarketLog } from "../../sdk/events/marketEvent.ts";
import type { AnyOpening } from "../../sdk/orders/opening.ts";
import {
  isScheduled,
  openingCalls,
  toOpeningWords,
  type OpeningWords,
} from "../../sdk/orders/openingCalls.ts";
import { openMarketAs, type CommonOptions, type MarketContext } from "../context.ts";
import { explained } from "../explain.ts";
import { readOpeningKey } from "../openingKeyFile.ts";
import { defaultOpeningsFile, readOpenings } from "../openingsFile.ts";
import { print } from "../output.ts";
import { readSealedOpenings } from "../sealedOpenings.ts";
import { send } from "../send.ts";
import { TaskInputError } from "../taskError.ts";
import { wholeNumber, type Given } from "../values.ts";

interface OpenOptions extends CommonOptions {
  period: Given;
  openings: Given;
  openingKeyFile: Given;
}

type Market = MarketContext["market"];

/** Openings of one transaction: far below its gas limit. */
const PER_TRANSACTION = 60;

/** An opening's words; the contract's own types count the siblings of a path. */
const untyped = (words: OpeningWords | OpeningWords[]) => words as never;

/** What is kept in the file; where openings come from the chain too, there need not be one. */
async function readKept({ chain, book }: MarketContext, options: OpenOptions, period: number) {
  const file = options.openings ?? defaultOpeningsFile(chain.chainId, book.addresses.market);
  const isOptional = options.openings === undefined && options.openingKeyFile !== undefined;
  if (isOptional && !existsSync(file)) return [];
  const kept = await readOpenings(file, period);
  if (kept.length !== 0 || options.openingKeyFile !== undefined) return kept;
  throw new TaskInputError(
    `${file} has nothing for period ${period}.`,
    "Correct --period, or name another file with --openings.",
  );
}

/** What was encrypted to the key of the key file, where one is given. */
async function readSealed(context: MarketContext, file: Given, period: number) {
  if (file === undefined) return { openings: [], unreadable: [] };
  return readSealedOpenings(context, await readOpeningKey("--opening-key-file", file), period);
}

/** Why the market would not open an order now; undefined where it would. */
async function whyNot(market: Market, period: number, opening: AnyOpening) {
  const words = untyped(toOpeningWords(opening));
  try {
    await (isScheduled(opening)
      ? market.openScheduledOrder.staticCall(period, words)
      : market.openOrder.staticCall(period, words));
    return undefined;
  } catch (error) {
    return toRevertError(error);
  }
}

/** What opens and is not superseded; a file may hold what was replaced, or never reached the chain. */
async function choose(market: Market, period: number, openings: readonly AnyOpening[]) {
  const chosen = new Map<number, AnyOpening>();
  const faults = new Map<number, Error>();
  for (const opening of openings) {
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
  const context = await openMarketAs(hre, options);
  const { market } = context;
  const sealed = await readSealed(context, options.openingKeyFile, period);
  // What the chain says is sealed now goes before what a file has kept.
  const openings = [...sealed.openings, ...(await readKept(context, options, period))];
  const { chosen, faults } = await choose(market, period, openings);
  const opens = new Set(chosen.map(({ order }) => order.participant));
  for (const { participant, fault } of sealed.unreadable) {
    if (!opens.has(participant) && !faults.has(participant)) faults.set(participant, fault);
  }
  const [firstFault] = faults.values();
  if (chosen.length === 0) {
    throw (
      firstFault ??
      new TaskInputError(
        `Nothing is sealed to the operator for period ${period}, and nothing is kept.`,
        "Correct --period; an order without a ciphertext is opened by its owner.",
      )
    );
  }

  let opened = 0;
  for (const { name, words } of openingCalls(chosen, PER_TRANSACTION)) {
    const receipt = await send(market[name](period, untyped(words)));
    for (const log of receipt.logs) {
      const event = parseMarketLog(log);
      if (event?.name === "OrdersOpened") opened += decodeOrdersOpened(event.orders).length;
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
