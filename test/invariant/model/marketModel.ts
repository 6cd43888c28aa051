// What a market should do, in the plainest form: no rings, no packing, no chunks. It shares nothing with the
// contracts but the parameters, and its auction is the literal one of `test/helpers/referenceAuction.ts`.
import type { MarketParameters } from "../../../sdk/market/parameters.ts";
import type { Order, Trade } from "../../../sdk/mechanisms/types.ts";
import type { SealableOrder } from "../../../sdk/orders/packedOrder.ts";
import { referenceMatch } from "../../helpers/referenceAuction.ts";

const BPS = 10_000n;
const MARGIN_PERIODS = 8;

export interface ModelDues {
  owesGridNano: bigint;
  owesFundNano: bigint;
  gridOwesNano: bigint;
  fundOwesNano: bigint;
}

export interface ModelAccount {
  id: number;
  balanceNano: bigint;
  reputation: number;
  missedReadings: number;
  activeUntil: number;
  authorised: boolean;
  frozen: boolean;
  suspended: boolean;
  green: boolean;
  boundIn: number;
  dues: ModelDues;
  /** By period. */
  seals: Map<number, { order: SealableOrder; byAgent: boolean }>;
  /** Metered energy by period. */
  readings: Map<number, { importWh: bigint; exportWh: bigint }>;
  mandateLeftNano: bigint;
}

interface ModelOrder extends SealableOrder {
  filledWh: bigint;
  tradeNano: bigint;
  cut: boolean;
}

export interface ModelPeriod {
  orders: Map<number, ModelOrder>;
  cleared: boolean;
  trades: Trade[];
  tradedWh: bigint;
  tradedNano: bigint;
  accountCount: number;
  settled: Set<number>;
}

/** One account's settlement, as the event reports it. */
export interface ModelSettlement {
  participant: number;
  unread: boolean;
  short: boolean;
  imbalanceWh: bigint;
  imbalanceNano: bigint;
  rewardNano: bigint;
  penaltyNano: bigint;
  chargeNano: bigint;
}

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const ceilDiv = (a: bigint, b: bigint) => (a + b - 1n) / b;

export class MarketModel {
  readonly parameters: MarketParameters;
  readonly accounts = new Map<number, ModelAccount>();
  readonly periods = new Map<number, ModelPeriod>();
  gridNano = 0n;
  fundNano = 0n;
  vaultNano = 0n;

  constructor(parameters: MarketParameters) {
    this.parameters = parameters;
  }

  account(id: number): ModelAccount {
    return this.accounts.get(id)!;
  }

  period(period: number): ModelPeriod {
    let found = this.periods.get(period);
    if (found === undefined) {
      found = {
        orders: new Map(),
        cleared: false,
        trades: [],
        tradedWh: 0n,
        tradedNano: 0n,
        accountCount: 0,
        settled: new Set(),
      };
      this.periods.set(period, found);
    }
    return found;
  }

  join(id: number, current: number, green: boolean): void {
    this.accounts.set(id, {
      id,
      balanceNano: 0n,
      reputation: 100,
      missedReadings: 0,
      activeUntil: 0,
      authorised: true,
      frozen: false,
      suspended: false,
      green,
      boundIn: current,
      dues: { owesGridNano: 0n, owesFundNano: 0n, gridOwesNano: 0n, fundOwesNano: 0n },
      seals: new Map(),
      readings: new Map(),
      mandateLeftNano: 0n,
    });
  }

  // ---------------------------------------------------------------- money

  payDues(account: ModelAccount): void {
    const { dues } = account;
    const fromGrid = min(dues.gridOwesNano, this.gridNano);
    const fromFund = min(dues.fundOwesNano, this.fundNano);
    account.balanceNano += fromGrid + fromFund;
    const toGrid = min(dues.owesGridNano, account.balanceNano);
    const toFund = min(dues.owesFundNano, account.balanceNano - toGrid);
    account.balanceNano -= toGrid + toFund;
    this.gridNano += toGrid - fromGrid;
    this.fundNano += toFund - fromFund;
    dues.gridOwesNano -= fromGrid;
    dues.fundOwesNano -= fromFund;
    dues.owesGridNano -= toGrid;
    dues.owesFundNano -= toFund;
  }

  deposit(account: ModelAccount, amountNano: bigint): void {
    this.vaultNano += amountNano;
    account.balanceNano += amountNano;
    this.payDues(account);
  }

  /** Quantity times limit of the bids that are open and not cleared. */
  lockedNano(id: number): bigint {
    let locked = 0n;
    for (const { orders, cleared } of this.periods.values()) {
      const order = orders.get(id);
      if (!cleared && order?.side === "buy")
        locked += BigInt(order.energyWh) * BigInt(order.priceMicroPerKwh);
    }
    return locked;
  }

  freeNano(account: ModelAccount, current: number): bigint {
    const keepsMargin =
      account.authorised ||
      (account.activeUntil !== 0 && current <= account.activeUntil + MARGIN_PERIODS);
    const kept = this.lockedNano(account.id) + (keepsMargin ? this.parameters.marginNano : 0n);
    return account.balanceNano > kept ? account.balanceNano - kept : 0n;
  }

  // ---------------------------------------------------------------- orders

  /** Seals orders of one account, if it may. */
  trySeal(account: ModelAccount, orders: readonly SealableOrder[], byAgent: boolean): boolean {
    const { owesGridNano, owesFundNano } = account.dues;
    const mayTrade =
      account.authorised &&
      !account.frozen &&
      !account.suspended &&
      owesGridNano + owesFundNano === 0n &&
      account.balanceNano >= this.parameters.marginNano;
    if (!mayTrade) return false;
    for (const order of orders) account.seals.set(order.period, { order, byAgent });
    return true;
  }

  /** The last period to come for which an account has sealed an order. */
  lastSealed(account: ModelAccount, current: number): number | undefined {
    const ahead = [...account.seals.keys()].filter((period) => period > current);
    return ahead.length === 0 ? undefined : Math.max(...ahead);
  }

  /** Lets an account trade no more; it is still read until its last order is past. */
  letGo(account: ModelAccount, current: number): void {
    if (account.authorised) account.activeUntil = this.lastSealed(account, current) ?? current;
    account.authorised = false;
  }

  /** Whether a sealed order opens now. */
  tryOpen(account: ModelAccount, period: number): boolean {
    const seal = account.seals.get(period);
    const { orders } = this.period(period);
    if (seal === undefined || orders.has(account.id) || account.frozen) return false;
    const { order, byAgent } = seal;
    const { marginNano, maxEnergyWh } = this.parameters;
    if (order.energyWh === 0 || order.energyWh > maxEnergyWh) return false;
    const costNano =
      order.side === "buy" ? BigInt(order.energyWh) * BigInt(order.priceMicroPerKwh) : 0n;
    if (account.balanceNano < marginNano + costNano) return false;
    if (byAgent) {
      if (costNano > account.mandateLeftNano) return false;
      account.mandateLeftNano -= costNano;
    }
    orders.set(account.id, { ...order, filledWh: 0n, tradeNano: 0n, cut: false });
    return true;
  }

  clear(period: number): void {
    const book = this.period(period);
    const ids = [...book.orders.keys()].sort((a, b) => a - b);
    const orders = ids.map((id): Order => {
      const { side, energyWh, priceMicroPerKwh } = book.orders.get(id)!;
      const { green, balanceNano } = this.account(id);
      return {
        id: String(id),
        side,
        green,
        energyWh,
        priceMicroPerKwh,
        ...(side === "buy" ? { capacityNano: balanceNano } : {}),
      };
    });
    const { trades, cut } = referenceMatch(orders);
    for (const { seller, buyer, energyWh, priceMicroPerKwh } of trades) {
      const costNano = BigInt(energyWh) * BigInt(priceMicroPerKwh);
      for (const id of [seller, buyer]) {
        const order = book.orders.get(Number(id))!;
        order.filledWh += BigInt(energyWh);
        order.tradeNano += costNano;
      }
      this.account(Number(buyer)).balanceNano -= costNano;
      book.tradedWh += BigInt(energyWh);
      book.tradedNano += costNano;
    }
    for (const id of cut) book.orders.get(Number(id))!.cut = true;
    book.cleared = true;
    book.trades = trades;
  }

  // ---------------------------------------------------------------- settlement

  /** Settles accounts `first` to `last` of a period, as far as their readings allow. */
  settle(period: number, first: number, last: number, isGraceOver: boolean): ModelSettlement[] {
    const book = this.period(period);
    if (book.accountCount === 0) book.accountCount = this.accounts.size;
    const settled: ModelSettlement[] = [];
    const end = Math.min(last, book.accountCount + 1);
    for (let id = first; id <= end; ++id) {
      const settlement = book.settled.has(id)
        ? undefined
        : this.#settleAccount(this.account(id), period, isGraceOver);
      if (settlement !== undefined) settled.push(settlement);
    }
    return settled;
  }

  /** Formula (2), as a fraction. */
  #price({ tradedNano, tradedWh }: ModelPeriod): [nano: bigint, wh: bigint] {
    const { referencePriceMicroPerKwh, minAverageWh } = this.parameters;
    return tradedWh === 0n || tradedWh < BigInt(minAverageWh)
      ? [BigInt(referencePriceMicroPerKwh), 1n]
      : [tradedNano, tradedWh];
  }

  #settleAccount(
    account: ModelAccount,
    period: number,
    isGraceOver: boolean,
  ): ModelSettlement | undefined {
    const book = this.period(period);
    const order = book.orders.get(account.id);
    const reading = account.readings.get(period);
    const isExpected =
      account.boundIn < period && (account.authorised || period <= account.activeUntil);
    const unread = reading === undefined && (order !== undefined || isExpected);
    if (unread && !isGraceOver) return undefined;
    const p = this.parameters;
    const [nano, wh] = this.#price(book);
    const up = (energyWh: bigint, bps: number) => ceilDiv(energyWh * nano * BigInt(bps), wh * BPS);
    const down = (energyWh: bigint, bps: number) => (energyWh * nano * BigInt(bps)) / (wh * BPS);

    const netWh = (reading?.exportWh ?? 0n) - (reading?.importWh ?? 0n);
    const sign = order?.side === "sell" ? 1n : -1n;
    const positionWh = sign * (order?.filledWh ?? 0n);
    const short = positionWh > netWh;
    const imbalanceWh = short ? positionWh - netWh : netWh - positionWh;
    let imbalanceNano = short ? up(imbalanceWh, p.shortBps) : down(imbalanceWh, p.longBps);
    if (unread && !short) imbalanceNano = 0n;

    let rewardNano = 0n;
    let penaltyNano = 0n;
    let broken = false;
    let chargeNano = 0n;
    const isCharged =
      book.orders.size > 0 &&
      (order === undefined ? !account.frozen && account.seals.has(period) : order.cut);
    if (isCharged) {
      chargeNano = p.nonOpeningChargeNano;
      broken = true;
    }
    let kept = false;
    if (order !== undefined) {
      const declaredWh = BigInt(order.energyWh);
      const deliveredWh = sign * netWh;
      const deviationWh =
        deliveredWh > declaredWh ? deliveredWh - declaredWh : declaredWh - deliveredWh;
      const consistentWh = deliveredWh <= 0n ? 0n : min(deliveredWh, declaredWh);
      rewardNano = down(consistentWh, p.rewardBps);
      penaltyNano = up(deviationWh, p.penaltyBps);
      if (deviationWh * BPS > declaredWh * BigInt(p.toleranceBps)) broken = true;
      kept = !broken && order.filledWh > 0n;
    }

    // First what comes in, then what goes out.
    if (order?.side === "sell") account.balanceNano += order.tradeNano;
    const { dues } = account;
    const fromGrid = short ? 0n : min(imbalanceNano, this.gridNano);
    if (!short) dues.gridOwesNano += imbalanceNano - fromGrid;
    this.gridNano -= fromGrid;
    const fromFund = min(rewardNano, this.fundNano);
    dues.fundOwesNano += rewardNano - fromFund;
    this.fundNano -= fromFund;
    account.balanceNano += fromGrid + fromFund;
    if (short) {
      const toGrid = min(imbalanceNano, account.balanceNano);
      dues.owesGridNano += imbalanceNano - toGrid;
      this.gridNano += toGrid;
      account.balanceNano -= toGrid;
    }
    const toFund = min(penaltyNano + chargeNano, account.balanceNano);
    dues.owesFundNano += penaltyNano + chargeNano - toFund;
    this.fundNano += toFund;
    account.balanceNano -= toFund;

    if (broken) account.reputation = Math.max(0, account.reputation - 10);
    else if (kept) account.reputation = Math.min(100, account.reputation + 1);
    account.missedReadings = unread ? Math.min(255, account.missedReadings + 1) : 0;
    if (account.missedReadings >= p.missedReadingsLimit) account.suspended = true;
    book.settled.add(account.id);
    return {
      participant: account.id,
      unread,
      short,
      imbalanceWh,
      imbalanceNano,
      rewardNano,
      penaltyNano,
      chargeNano,
    };
  }

  // ---------------------------------------------------------------- sums

  /** What buyers have paid and sellers have not been credited with. */
  escrowNano(): bigint {
    let escrow = 0n;
    for (const { orders, settled, tradedNano } of this.periods.values()) {
      escrow += tradedNano;
      for (const [id, order] of orders) {
        if (order.side === "sell" && settled.has(id)) escrow -= order.tradeNano;
      }
    }
    return escrow;
  }

  /** All balances, the fund and the escrow: what the vault must hold [M1]. */
  liabilitiesNano(): bigint {
    let sum = this.gridNano + this.fundNano + this.escrowNano();
    for (const { balanceNano } of this.accounts.values()) sum += balanceNano;
    return sum;
  }
}
