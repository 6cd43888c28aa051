import {
  decodeAccountsSettled,
  packSettlement,
  type SettledAccount,
} from "../events/accountsSettled.ts";
import type { Dues, MarketEvent } from "../events/marketEvent.ts";
import {
  accuracyWh,
  BPS,
  chargeNanoUp,
  imbalanceWh,
  paymentNanoDown,
  periodPrice,
  type Delivery,
} from "../settlement/balancing.ts";
import { GRID, type AccountModel, type MarketModel, type OrderModel } from "./marketModel.ts";

type SettlementEvent = Extract<MarketEvent, { name: "AccountsSettled" }>;

const MAX_REPUTATION = 100;
const REPUTATION_LOSS = 10;
const MAX_MISSED_READINGS = 255;

const min = (a: bigint, b: bigint) => (a < b ? a : b);

/** What AccountsSettled was preceded by in its transaction: side effects of settling an account. */
export interface SettlementEffects {
  /** Dues after the settlement, by participant. */
  dues: Map<number, Dues>;
  suspended: Set<number>;
}

/** Formulas (1) to (5) for one account; mirrors `Settlement._settleAccount` and `_bill`. */
function computeBill(model: MarketModel, period: number, participant: number): SettledAccount {
  const book = model.period(period);
  const rules = model.parametersOf(period);
  const price = periodPrice(book.totals, rules);
  const account = model.account(participant);
  const order = book.orders.get(participant);
  const reading = book.readings.get(participant);
  const isExpected =
    account.meter !== undefined &&
    account.meter.boundIn < period &&
    (account.authorised || period <= account.activeUntil);
  const unread = reading === undefined && (order !== undefined || isExpected);
  const delivery = toDelivery(order, reading);
  // Where nobody opened an order there was nothing to wait for: no option, no charge. A bid that its buyer could
  // not pay costs as much as one that was not opened.
  const isUnopened =
    book.orders.size !== 0 && !account.frozen && model.hasSealed(participant, period);
  const isCharged = order === undefined ? isUnopened : order.isExhausted;
  const chargeNano = isCharged ? rules.nonOpeningChargeNano : 0n;

  const { shortWh, longWh } = imbalanceWh(delivery);
  const short = shortWh !== 0n;
  let imbalanceNano = 0n;
  if (short) imbalanceNano = chargeNanoUp(shortWh, price, rules.shortBps);
  else if (!unread) imbalanceNano = paymentNanoDown(longWh, price, rules.longBps);

  const bill: SettledAccount = {
    participant,
    sell: delivery.sell,
    short,
    unread,
    charged: chargeNano !== 0n,
    kept: false,
    broken: chargeNano !== 0n,
    reputation: account.reputation,
    imbalanceWh: Number(shortWh + longWh),
    importWh: Number(delivery.importWh),
    exportWh: Number(delivery.exportWh),
    chargeNano,
    tradeNano: order?.tradeNano ?? 0n,
    imbalanceNano,
    rewardNano: 0n,
    penaltyNano: 0n,
  };
  if (order !== undefined) {
    const { consistentWh, deviationWh } = accuracyWh(delivery);
    bill.rewardNano = paymentNanoDown(consistentWh, price, rules.rewardBps);
    bill.penaltyNano = chargeNanoUp(deviationWh, price, rules.penaltyBps);
    const toleratedWh = delivery.declaredWh * BigInt(rules.toleranceBps);
    bill.broken ||= deviationWh * BPS > toleratedWh;
    bill.kept = !bill.broken && order.filledWh !== 0n;
  }
  if (bill.broken) bill.reputation = Math.max(0, account.reputation - REPUTATION_LOSS);
  else if (bill.kept) bill.reputation = Math.min(MAX_REPUTATION, account.reputation + 1);
  return bill;
}

function toDelivery(
  order: OrderModel | undefined,
  reading: { importWh: bigint; exportWh: bigint } | undefined,
): Delivery {
  const sell = order?.side === "sell";
  const filledWh = order?.filledWh ?? 0n;
  return {
    declaredWh: BigInt(order?.energyWh ?? 0),
    soldWh: sell ? filledWh : 0n,
    boughtWh: sell ? 0n : filledWh,
    importWh: reading?.importWh ?? 0n,
    exportWh: reading?.exportWh ?? 0n,
    sell,
  };
}

/** Moves the money of a bill: first what comes in, then what goes out; mirrors `Settlement._pay`. */
function pay(model: MarketModel, account: AccountModel, bill: SettledAccount): Dues {
  const { grid } = model;
  const owed: Dues = { owesGridNano: 0n, owesFundNano: 0n, gridOwesNano: 0n, fundOwesNano: 0n };
  // Buyers have paid at clearing.
  if (bill.sell) account.balanceNano += bill.tradeNano;
  if (!bill.short) {
    const paid = min(bill.imbalanceNano, grid.balanceNano);
    grid.balanceNano -= paid;
    account.balanceNano += paid;
    owed.gridOwesNano = bill.imbalanceNano - paid;
  }
  const reward = min(bill.rewardNano, model.fundNano);
  model.fundNano -= reward;
  account.balanceNano += reward;
  owed.fundOwesNano = bill.rewardNano - reward;
  if (bill.short) {
    const paid = min(bill.imbalanceNano, account.balanceNano);
    grid.balanceNano += paid;
    account.balanceNano -= paid;
    owed.owesGridNano = bill.imbalanceNano - paid;
  }
  const finesNano = bill.penaltyNano + bill.chargeNano;
  const fines = min(finesNano, account.balanceNano);
  model.fundNano += fines;
  account.balanceNano -= fines;
  owed.owesFundNano = finesNano - fines;
  return owed;
}

/** Replays AccountsSettled: every figure of every account, and the money that moves. */
export function replaySettlement(
  model: MarketModel,
  event: SettlementEvent,
  timestamp: number,
  effects: SettlementEffects,
): void {
  const { period } = event;
  const book = model.period(period);
  const { differences } = model;
  if (timestamp < model.startOf(period + 1)) {
    const endsAt = `from ${model.startOf(period + 1)}`;
    differences.compare("settlement.time", endsAt, timestamp, { period, event });
  }
  if (book.orders.size !== 0 && !book.isCleared)
    differences.compare("settlement", "after clearing", "before", { period, event });
  book.accountCount ??= model.accounts.size - GRID;
  for (const [index, said] of decodeAccountsSettled(event.settlements).entries()) {
    const { participant } = said;
    const context = { period, participant, event };
    if (book.settled.has(participant)) {
      differences.compare("settlement", "once", "again", context);
      continue;
    }
    const account = model.account(participant);
    const bill = computeBill(model, period, participant);
    for (const key of Object.keys(bill) as (keyof SettledAccount)[])
      differences.compare(`settlement.${key}`, bill[key], said[key], context);
    const words = event.settlements.slice(2 * index, 2 * index + 2);
    differences.compare("settlement.freeBits", packSettlement(said), words, context);
    if (bill.unread && timestamp < model.graceEndOf(period)) {
      const expected = `not before ${model.graceEndOf(period)}`;
      differences.compare("settlement.grace", expected, timestamp, context);
    }
    const owed = pay(model, account, bill);
    addDues(model, participant, owed, effects, event);
    judge(model, participant, bill, effects, event);
    book.settled.set(participant, bill);
  }
  for (const participant of effects.suspended) {
    const context = { period, participant, event };
    differences.compare("account.suspended", false, true, context);
    model.account(participant).suspended = true;
  }
  for (const [participant, dues] of effects.dues)
    differences.compare("dues", "unchanged", dues, { period, participant, event });
  effects.suspended.clear();
  effects.dues.clear();
}

function addDues(
  model: MarketModel,
  participant: number,
  owed: Dues,
  effects: SettlementEffects,
  event: SettlementEvent,
): void {
  const { dues } = model.account(participant);
  const keys = Object.keys(owed) as (keyof Dues)[];
  if (keys.every((key) => owed[key] === 0n)) return;
  for (const key of keys) dues[key] += owed[key];
  const said = effects.dues.get(participant);
  const context = { period: event.period, participant, event };
  if (said === undefined) model.differences.compare("dues", dues, "not noted", context);
  else
    for (const key of keys) model.differences.compare(`dues.${key}`, dues[key], said[key], context);
  effects.dues.delete(participant);
}

/** Reputation, and the count of missing readings; mirrors `Settlement._judge`. */
function judge(
  model: MarketModel,
  participant: number,
  bill: SettledAccount,
  effects: SettlementEffects,
  event: SettlementEvent,
): void {
  const account = model.account(participant);
  account.reputation = bill.reputation;
  account.missedReadings = bill.unread
    ? Math.min(account.missedReadings + 1, MAX_MISSED_READINGS)
    : 0;
  const { missedReadingsLimit } = model.parametersOf(event.period);
  const isSuspended =
    bill.unread && account.missedReadings >= missedReadingsLimit && !account.suspended;
  if (!isSuspended) return;
  account.suspended = true;
  if (!effects.suspended.delete(participant)) {
    const context = { period: event.period, participant, event };
    model.differences.compare("account.suspended", true, "not noted", context);
  }
}

/** Replays PeriodSettled: nobody may be missing. */
export function replayPeriodSettled(
  model: MarketModel,
  event: Extract<MarketEvent, { name: "PeriodSettled" }>,
): void {
  const { period } = event;
  const book = model.period(period);
  book.isSettled = true;
  for (let participant = GRID + 1; participant <= GRID + (book.accountCount ?? 0); participant++) {
    if (!book.settled.has(participant))
      model.differences.compare("settlement", "settled", "missing", { period, participant, event });
  }
}
