import type { EventPosition, MarketEvent } from "../events/marketEvent.ts";
import { packOpenedOrder, unpackOpenedOrder, type OpenedOrder } from "../events/ordersOpened.ts";
import { commitmentDomain, hashOrder } from "../orders/commitment.ts";
import { packOrder, unpackOrder, type SealableOrder } from "../orders/packedOrder.ts";
import { rootOf, SCHEDULE_PERIODS } from "../orders/schedule.ts";
import { faultOf, showFault, type Fault } from "./faults.ts";
import type { CalledOpening } from "./marketCalls.ts";
import type { MarketModel } from "./marketModel.ts";

type OpeningEvent = Extract<MarketEvent, { name: "OrdersOpened" | "OpeningRefused" }>;

/** Bits without a meaning: between order and hint, and above a schedule's periods. */
const UNUSED_MASK = (((1n << 128n) - 1n) ^ ((1n << 113n) - 1n)) | (0xffn << 248n);
const PERIODS_SHIFT = 152n;
const ALL_PERIODS = (1n << 96n) - 1n;
/** Of a commitment, the market keeps the first 224 bits. */
const KEPT_HEX_DIGITS = 2 + 56;

const kept = (hash: string) => hash.slice(0, KEPT_HEX_DIGITS);

/** What an order's owner must have, and what it is as opened; mirrors `OrderOpening._checkMeans`. */
function means(model: MarketModel, order: SealableOrder) {
  const account = model.account(order.participant);
  const costNano =
    order.side === "sell" ? 0n : BigInt(order.energyWh) * BigInt(order.priceMicroPerKwh);
  const green = order.side === "sell" ? account.greenSupply : account.greenPreference;
  return {
    costNano,
    requiredNano: model.parametersOf(order.period).marginNano + costNano,
    opened: { ...order, green } satisfies OpenedOrder,
  };
}

/** True where a schedule sealed the order: in its place, with the periods that were sealed with the root. */
function isScheduled(model: MarketModel, commitment: string, call: CalledOpening): boolean {
  const { participant } = unpackOrder(call.opening);
  const schedule = model.scheduleOf(participant, call.period);
  const periods = (call.opening >> PERIODS_SHIFT) & ALL_PERIODS;
  if (schedule?.periods !== periods) return false;
  const root = rootOf(commitment, call.period % SCHEDULE_PERIODS, call.proof!);
  return kept(root) === kept(schedule.root);
}

/** Everything for which the market must refuse an opening; empty where it opens. */
function faultsOf(model: MarketModel, domain: string, call: CalledOpening): Fault[] {
  const { period, opening, salt, proof } = call;
  const order = unpackOrder(opening);
  const { participant, energyWh, priceMicroPerKwh: price } = order;
  const commitment = hashOrder(domain, order, salt);
  const isSealed =
    proof === undefined
      ? kept(commitment) === kept(model.period(period).seals.get(participant) ?? "")
      : isScheduled(model, commitment, call);
  if (!isSealed) return [faultOf("UnknownCommitment", participant, order.period, commitment)];

  const faults: Fault[] = [];
  const rules = model.parametersOf(period);
  const account = model.account(participant);
  const isMalformed =
    (opening & UNUSED_MASK) !== 0n || (proof === undefined && opening >> PERIODS_SHIFT !== 0n);
  if (isMalformed) faults.push(faultOf("MalformedOrder", opening));
  if (order.period !== period) faults.push(faultOf("WrongPeriod", period, order.period));
  if (model.period(period).orders.has(participant))
    faults.push(faultOf("AlreadyOpened", participant, period));
  if (energyWh === 0 || energyWh > rules.maxEnergyWh)
    faults.push(faultOf("EnergyOutOfRange", energyWh, rules.maxEnergyWh));
  if (price < rules.minPriceMicroPerKwh || price > rules.maxPriceMicroPerKwh) {
    faults.push(
      faultOf("PriceOutOfBand", price, rules.minPriceMicroPerKwh, rules.maxPriceMicroPerKwh),
    );
  }
  if (account.frozen) faults.push(faultOf("AccountIsFrozen", participant));
  const { costNano, requiredNano } = means(model, { ...order, period });
  if (account.balanceNano < requiredNano) {
    faults.push(faultOf("CollateralTooSmall", participant, requiredNano, account.balanceNano));
  }
  if (account.sealedByAgent.has(period)) {
    const { mandate, mandateSpentNano } = account;
    const leftNano = (mandate?.spendingLimitNano ?? 0n) - mandateSpentNano;
    const isOutside =
      mandate === undefined ||
      price < mandate.minPriceMicroPerKwh ||
      price > mandate.maxPriceMicroPerKwh ||
      costNano > leftNano;
    if (isOutside) {
      faults.push(
        faultOf("OutsideMandate", participant, price, costNano, leftNano > 0n ? leftNano : 0n),
      );
    }
  }
  return faults;
}

/** Opens an order in the model. */
function open(model: MarketModel, order: SealableOrder): OpenedOrder {
  const { opened, costNano } = means(model, order);
  const account = model.account(order.participant);
  if (account.sealedByAgent.has(order.period)) account.mandateSpentNano += costNano;
  model
    .period(order.period)
    .orders.set(order.participant, { ...opened, filledWh: 0n, tradeNano: 0n, isExhausted: false });
  return opened;
}

function checkTime(model: MarketModel, period: number, timestamp: number, event: EventPosition) {
  const { gateClosure, openingEnd } = model.parametersOf(period);
  const start = model.startOf(period - 1);
  const isOnTime = timestamp >= start + gateClosure && timestamp < start + openingEnd;
  model.differences.compare(
    "opening.time",
    isOnTime ? timestamp : `${start + gateClosure} to ${start + openingEnd}`,
    timestamp,
    { period, event },
  );
}

/**
 * Replays the openings of one transaction.
 * @param events all its OrdersOpened and OpeningRefused, in their order
 * @param calls what it brought; undefined where that does not show: then no commitment can be checked
 * @returns how many orders were opened without their commitment having been checked
 */
export function replayOpenings(
  model: MarketModel,
  events: readonly OpeningEvent[],
  calls: readonly CalledOpening[] | undefined,
  timestamp: number,
): number {
  for (const event of events) checkTime(model, event.period, timestamp, event);
  const opened = events.flatMap((event) =>
    event.name === "OrdersOpened" ? event.orders.map((word) => ({ word, event })) : [],
  );
  const refused = events.filter((event) => event.name === "OpeningRefused");
  for (const { period } of refused) model.period(period).refusedOpenings++;
  if (calls === undefined) return openUnchecked(model, opened);

  const domain = commitmentDomain(model.origin.chainId, model.origin.market);
  let [nextOpened, nextRefused] = [0, 0];
  for (const call of calls) {
    const { participant } = unpackOrder(call.opening);
    const faults = faultsOf(model, domain, call);
    const context = { period: call.period, participant };
    if (faults.length === 0) {
      const word = packOpenedOrder(open(model, unpackOrder(call.opening)));
      const found = opened[nextOpened++];
      compareOpened(model, word, found?.word, { ...context, event: found?.event ?? events[0]! });
    } else if (!call.isAlone) {
      const found = refused[nextRefused++];
      model.differences.compare(
        "opening.refusal",
        found !== undefined && faults.includes(found.reason)
          ? showFault(found.reason)
          : faults.map(showFault).join(" or "),
        found === undefined ? "none" : showFault(found.reason),
        { ...context, event: found ?? events[0]! },
      );
    }
  }
  for (const { word, event } of opened.slice(nextOpened)) {
    const order = unpackOpenedOrder(word);
    const { participant, period } = order;
    model.differences.compare("opening.order", "none", order, { period, participant, event });
  }
  for (const event of refused.slice(nextRefused)) {
    const { participant, period, reason } = event;
    const context = { period, participant, event };
    model.differences.compare("opening.refusal", "none", showFault(reason), context);
  }
  return 0;
}

function compareOpened(
  model: MarketModel,
  expected: bigint,
  found: bigint | undefined,
  context: { period: number; participant: number; event: EventPosition },
): void {
  if (found === undefined) {
    model.differences.compare("opening.order", unpackOpenedOrder(expected), "none", context);
    return;
  }
  const [computed, said] = [unpackOpenedOrder(expected), unpackOpenedOrder(found)];
  for (const key of Object.keys(computed) as (keyof OpenedOrder)[])
    model.differences.compare(`opening.${key}`, computed[key], said[key], context);
  model.differences.compare("opening.freeBits", packOpenedOrder(said), found, context);
}

function openUnchecked(
  model: MarketModel,
  opened: readonly { word: bigint; event: EventPosition }[],
): number {
  for (const { word, event } of opened) {
    const order = unpackOpenedOrder(word);
    const { participant, period } = order;
    const context = { period, participant, event };
    if (!model.hasSealed(participant, period))
      model.differences.compare("opening.seal", "none", "opened", context);
    compareOpened(
      model,
      packOpenedOrder(open(model, unpackOrder(packOrder(order)))),
      word,
      context,
    );
  }
  return opened.length;
}
