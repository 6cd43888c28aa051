// A random walk through a market, verb by verb, beside the model. Whoever drives it keeps nothing but keys: what
// is to be opened, cleared or settled is read from the chain, so that it may stop and start again anywhere.
import { AbiCoder } from "ethers";
import { expect } from "chai";
import { signMandate } from "../../../sdk/mandates/mandate.ts";
import { hashOrder } from "../../../sdk/orders/commitment.ts";
import type { OrderOpening, ScheduledOrderOpening } from "../../../sdk/orders/opening.ts";
import type { SealableOrder } from "../../../sdk/orders/packedOrder.ts";
import { sealSchedule, SCHEDULE_PERIODS } from "../../../sdk/orders/schedule.ts";
import { goTo, join, type MarketFixture, type Participant } from "../../helpers/market.ts";
import type { RandomSource } from "../../helpers/randomSource.ts";
import {
  eventsOf,
  saltOf,
  scheduled,
  sent,
  settlementsOf,
  sign,
  single,
  tradesOf,
  type Signer,
} from "../../helpers/verbs.ts";
import { MarketModel, type ModelAccount } from "./marketModel.ts";

const coder = AbiCoder.defaultAbiCoder();
/** How an opening travels in the seal's log: in clear, as the operator would have it decrypted. */
const OPENING_TYPES = ["tuple(uint24,uint24,bool,uint32,uint32)[]", "bytes32[]"];
const DEPOSIT_NANO = 6_000_000_000n;
const MAX_PARTICIPANTS = 10;

interface Meter {
  importWh: bigint;
  exportWh: bigint;
  /** The registers at the end of each period since the meter was bound. */
  history: Map<number, { importWh: bigint; exportWh: bigint }>;
  /** What counts: the registers at the latest reading and energy of the meters before. */
  lastImportWh: bigint;
  lastExportWh: bigint;
  lastPeriod: number;
  carriedImportWh: bigint;
  carriedExportWh: bigint;
}

interface Member extends Participant {
  meter: Meter;
}

export class MarketWalk {
  readonly model: MarketModel;
  readonly #fixture: MarketFixture;
  readonly #random: RandomSource;
  readonly #members: Member[] = [];
  #current = 0;
  #nonce = 0;
  /** What the driver knows of sealed orders; forgotten and read again at every restart. */
  #openings: { openings: Map<string, OrderOpening | ScheduledOrderOpening>; from: number } = {
    openings: new Map(),
    from: 0,
  };
  restarts = 0;
  actions = 0;

  constructor(fixture: MarketFixture, random: RandomSource) {
    this.#fixture = fixture;
    this.#random = random;
    this.model = new MarketModel(fixture.parameters);
  }

  async run(firstPeriod: number, periods: number): Promise<void> {
    const { market, token, actors, marketAddress } = this.#fixture;
    const { treasurer } = actors;
    await token.connect(treasurer).mint(treasurer.address, 1n << 80n);
    await token.connect(treasurer).approve(marketAddress, 1n << 80n);
    await market.connect(treasurer).deposit(1, 2_000_000_000n);
    await market.connect(treasurer).fundIncentives(20_000_000n);
    this.model.gridNano = 2_000_000_000n;
    this.model.fundNano = 20_000_000n;
    this.model.vaultNano = 2_020_000_000n;
    for (this.#current = firstPeriod; this.#current < firstPeriod + periods; ++this.#current) {
      await this.#goTo(5);
      this.#meterEverybody();
      await this.#settleWhatIsDue();
      await this.#recover();
      if (this.#members.length < 4 || this.#random.chance(10)) await this.#joinOne();
      await this.#mixed([this.#seal, this.#seal, this.#report, this.#settleSome, this.#money]);
      await this.#goTo(185);
      await this.#openSome();
      await this.#mixed([this.#report, this.#settleSome, this.#money, this.#standing]);
      await this.#goTo(425);
      if (this.#random.chance(80)) await this.#clear(this.#current + 1);
      await this.#mixed([this.#money, this.#standing, this.#rebind]);
      await this.#goTo(600);
      await this.#report();
      await this.#settleSome();
      await this.check();
    }
  }

  /** How much there was to check. */
  seen(): { trades: number; settled: number } {
    const periods = [...this.model.periods.values()];
    return {
      trades: periods.reduce((sum, { trades }) => sum + trades.length, 0),
      settled: periods.reduce((sum, { settled }) => sum + settled.size, 0),
    };
  }

  async #goTo(offset: number): Promise<void> {
    await goTo(this.#fixture, this.#current, offset);
  }

  /** Some of these, in any order, and perhaps a restart in between. */
  async #mixed(actions: (() => Promise<void>)[]): Promise<void> {
    for (const _ of actions) {
      await this.#random.pick(actions).call(this);
      ++this.actions;
      if (this.#random.chance(10)) this.#restart();
    }
  }

  #restart(): void {
    this.#openings = { openings: new Map(), from: 0 };
    ++this.restarts;
  }

  #anybody(): Signer {
    const { actors } = this.#fixture;
    return this.#random.pick([actors.stranger, actors.operator, actors.people[0]!, actors.grid]);
  }

  #accountOf(member: Member): ModelAccount {
    return this.model.account(member.id);
  }

  // ---------------------------------------------------------------- people

  async #joinOne(): Promise<void> {
    if (this.#members.length >= MAX_PARTICIPANTS) return;
    const { actors } = this.#fixture;
    const owner = actors.people[this.#members.length]!;
    const green = this.#random.chance(50);
    const participant = await join(this.#fixture, owner, {
      greenSupply: green,
      greenPreference: green,
      depositNano: 0n,
      ratedPowerW: 1_000_000,
    });
    this.model.join(participant.id, this.#current, green);
    const meter: Meter = {
      importWh: 0n,
      exportWh: 0n,
      history: new Map(),
      lastImportWh: 0n,
      lastExportWh: 0n,
      lastPeriod: this.#current,
      carriedImportWh: 0n,
      carriedExportWh: 0n,
    };
    this.#members.push({ ...participant, meter });
    await this.#deposit(this.#members.at(-1)!, DEPOSIT_NANO);
  }

  /** Most of those who cannot trade any more see to it that they can. */
  async #recover(): Promise<void> {
    const { market, actors } = this.#fixture;
    for (const member of this.#members) {
      const account = this.#accountOf(member);
      if (account.balanceNano < DEPOSIT_NANO / 2n && this.#random.chance(70)) {
        await this.#deposit(member, DEPOSIT_NANO);
      }
      if (account.suspended && this.#random.chance(50)) {
        await market.connect(actors.operator).liftSuspension(member.id);
        account.suspended = false;
        account.missedReadings = 0;
      }
    }
  }

  async #standing(): Promise<void> {
    const { market, registry, actors } = this.#fixture;
    const member = this.#random.pick(this.#members);
    const account = this.#accountOf(member);
    switch (this.#random.integer(0, 7)) {
      case 0:
        await market.connect(actors.regulator).setFrozen(member.id, true);
        account.frozen = true;
        break;
      case 1:
        for (const { id } of this.#members) {
          if (!this.model.account(id).frozen) continue;
          await market.connect(actors.regulator).setFrozen(id, false);
          this.model.account(id).frozen = false;
        }
        break;
      case 2: {
        const leaving = market.connect(member.owner).leaveMarket();
        if (this.model.lastSealed(account, this.#current) !== undefined) {
          await expect(leaving).to.be.revertedWithCustomError(market, "StillActive");
          break;
        }
        await leaving;
        this.model.letGo(account, this.#current);
        break;
      }
      case 3:
        await registry.connect(actors.operator).revoke(member.id);
        this.model.letGo(account, this.#current);
        break;
      case 4:
        await market.connect(actors.operator).liftSuspension(member.id);
        account.suspended = false;
        account.missedReadings = 0;
        break;
      default:
        for (const { id, owner } of this.#members) {
          if (this.model.account(id).authorised) continue;
          await registry.connect(actors.operator).authorise(owner.address);
          this.model.account(id).authorised = true;
        }
    }
  }

  // ---------------------------------------------------------------- money

  async #deposit(member: Member, amountNano: bigint): Promise<void> {
    const { market, actors } = this.#fixture;
    await market.connect(actors.treasurer).deposit(member.id, amountNano);
    this.model.deposit(this.#accountOf(member), amountNano);
  }

  async #money(): Promise<void> {
    const { market, actors } = this.#fixture;
    const member = this.#random.pick(this.#members);
    const account = this.#accountOf(member);
    switch (this.#random.integer(0, 5)) {
      case 0:
        await this.#deposit(member, BigInt(this.#random.integer(1, 3_000_000_000)));
        break;
      case 1:
        await market.connect(this.#anybody()).payDues(member.id);
        this.model.payDues(account);
        break;
      case 2: {
        const amountNano = BigInt(this.#random.integer(1, 50_000_000));
        await market.connect(actors.treasurer).fundIncentives(amountNano);
        this.model.fundNano += amountNano;
        this.model.vaultNano += amountNano;
        break;
      }
      case 3: {
        // The grid takes out what it has, so that it owes for a while; or pays in.
        const amountNano = BigInt(this.#random.integer(1, 400_000_000));
        if (this.model.gridNano > amountNano) {
          await market.connect(actors.grid).withdraw(amountNano, actors.grid.address);
          this.model.gridNano -= amountNano;
          this.model.vaultNano -= amountNano;
        } else {
          await market.connect(actors.treasurer).deposit(1, amountNano);
          this.model.gridNano += amountNano;
          this.model.vaultNano += amountNano;
        }
        break;
      }
      default: {
        // [M9] The free part can be withdrawn, to the last nano and not beyond.
        const before = structuredClone(account.dues);
        const { balanceNano } = account;
        const { gridNano, fundNano } = this.model;
        this.model.payDues(account);
        const freeNano = this.model.freeNano(account, this.#current);
        const me = market.connect(member.owner);
        const to = member.owner.address;
        const paysOut = freeNano > 0n && !account.frozen;
        if (paysOut) {
          await expect(me.withdraw(freeNano + 1n, to)).to.be.revertedWithCustomError(
            market,
            "InsufficientFree",
          );
          const amountNano = this.#random.chance(50) ? freeNano : (freeNano + 2n) / 3n;
          await me.withdraw(amountNano, to);
          account.balanceNano -= amountNano;
          this.model.vaultNano -= amountNano;
        } else {
          await expect(me.withdraw(1n, to)).to.be.revertedWithCustomError(
            market,
            account.frozen ? "AccountIsFrozen" : "InsufficientFree",
          );
          Object.assign(account, { balanceNano, dues: before });
          Object.assign(this.model, { gridNano, fundNano });
        }
      }
    }
  }

  // ---------------------------------------------------------------- orders

  #quote(id: number, period: number): SealableOrder {
    return {
      participant: id,
      period,
      side: this.#random.pick(["sell", "buy"] as const),
      // One in forty is an order that can never open.
      energyWh: this.#random.chance(2) ? 0 : this.#random.integer(1, 6_000),
      priceMicroPerKwh: this.#random.integer(10, 14) * 20_000 + this.#random.integer(0, 2),
    };
  }

  async #seal(): Promise<void> {
    const period = this.#current + 1;
    for (const member of this.#members) {
      if (this.#random.chance(30)) continue;
      const account = this.#accountOf(member);
      // A schedule's periods take no single order.
      if (account.seals.has(period) && this.#isScheduled(member.id, period)) continue;
      const day = Math.floor(period / SCHEDULE_PERIODS);
      if (!account.seals.has(period) && this.#random.chance(10)) {
        await this.#sealDay(member, day, period);
        continue;
      }
      const order = this.#quote(member.id, period);
      const salt = saltOf(member.id, period, ++this.#nonce);
      const byAgent = this.#random.chance(20);
      if (byAgent) await this.#grant(member);
      const { market, domain, actors } = this.#fixture;
      const commitment = hashOrder(domain, order, salt);
      const log = this.#encode([order], [salt]);
      const call = byAgent
        ? market.connect(actors.agent).submitOrderFor(member.id, period, commitment, log)
        : market.connect(member.owner).submitOrder(period, commitment, log);
      await this.#expectOutcome(call, this.model.trySeal(account, [order], byAgent));
    }
  }

  readonly #scheduledPeriods = new Set<string>();

  #isScheduled(id: number, period: number): boolean {
    return this.#scheduledPeriods.has(`${id}:${period}`);
  }

  async #sealDay(member: Member, day: number, first: number): Promise<void> {
    const account = this.#accountOf(member);
    if ([...this.#scheduledPeriods].some((key) => key.startsWith(`${member.id}:`))) return;
    const orders: SealableOrder[] = [];
    for (let period = first; period < (day + 1) * SCHEDULE_PERIODS && orders.length < 5; ++period) {
      if (this.#random.chance(70)) orders.push(this.#quote(member.id, period));
    }
    if (orders.length === 0) return;
    const seed = ++this.#nonce;
    let count = 0;
    const salt = () => saltOf(member.id, ++count, seed);
    const { market, domain } = this.#fixture;
    const { root, periods } = sealSchedule(domain, day, orders, salt);
    // The log holds the seed of the salts: enough to seal the same day again.
    const log = this.#encode(orders, [saltOf(member.id, day, seed)]);
    const call = market.connect(member.owner).submitSchedule(day, root, periods, log);
    const isTaken = this.model.trySeal(account, orders, false);
    if (isTaken) {
      for (const order of orders) this.#scheduledPeriods.add(`${member.id}:${order.period}`);
    }
    await this.#expectOutcome(call, isTaken);
  }

  async #grant(member: Member): Promise<void> {
    const { market, core, typedDomain, actors } = this.#fixture;
    const spendingLimitNano = BigInt(this.#random.integer(1, 1_500_000_000));
    const mandate = {
      participant: member.id,
      agent: actors.agent.address,
      minPriceMicroPerKwh: 1,
      maxPriceMicroPerKwh: 1_000_000,
      spendingLimitNano,
      expiry: 2 ** 39,
    };
    const nonce = await core.nonces(member.owner.address);
    const signature = await signMandate(member.owner, typedDomain, mandate, nonce);
    await market.connect(this.#anybody()).grantMandate(mandate, signature);
    this.#accountOf(member).mandateLeftNano = spendingLimitNano;
  }

  #encode(orders: readonly SealableOrder[], salts: readonly string[]): string {
    const tuples = orders.map((o) => [
      o.participant,
      o.period,
      o.side === "sell",
      o.energyWh,
      o.priceMicroPerKwh,
    ]);
    return coder.encode(OPENING_TYPES, [tuples, salts]);
  }

  /** The openings of all seals, from the chain's logs [M11]. */
  async #readOpenings(): Promise<Map<string, OrderOpening | ScheduledOrderOpening>> {
    const { market, ethers, domain } = this.#fixture;
    const known = this.#openings;
    const latest = await ethers.provider.getBlockNumber();
    const decode = (log: string) => {
      const [tuples, salts] = coder.decode(OPENING_TYPES, log) as unknown as [
        [bigint, bigint, boolean, bigint, bigint][],
        string[],
      ];
      const orders = tuples.map(
        ([participant, period, isSell, energyWh, price]): SealableOrder => ({
          participant: Number(participant),
          period: Number(period),
          side: isSell ? "sell" : "buy",
          energyWh: Number(energyWh),
          priceMicroPerKwh: Number(price),
        }),
      );
      return { orders, salts };
    };
    for (const { args } of await market.queryFilter(market.filters.OrderSealed(), known.from)) {
      const { orders, salts } = decode(args.sealedOpening);
      const [order] = orders;
      known.openings.set(`${order!.participant}:${order!.period}`, {
        order: order!,
        salt: salts[0]!,
      });
    }
    for (const { args } of await market.queryFilter(market.filters.ScheduleSealed(), known.from)) {
      const { orders, salts } = decode(args.sealedOpening);
      const seed = Number(BigInt(salts[0]!) >> 64n);
      let count = 0;
      const id = Number(args.participant);
      const day = sealSchedule(domain, Number(args.day), orders, () => saltOf(id, ++count, seed));
      for (const [period, opening] of day.openings) {
        known.openings.set(`${id}:${period}`, opening);
      }
    }
    known.from = latest + 1;
    return known.openings;
  }

  /** Opens most of what is sealed, in batches of any order with hints of any kind. */
  async #openSome(): Promise<void> {
    const { market } = this.#fixture;
    const period = this.#current + 1;
    const openings = await this.#readOpenings();
    const waiting = this.#members
      .filter(({ id }) => openings.has(`${id}:${period}`) && this.#random.chance(85))
      .map((member) => ({ member, key: this.#random.integer(0, 2 ** 30) }))
      .sort((a, b) => a.key - b.key)
      .map(({ member }) => member);
    for (const member of waiting) {
      const opening = openings.get(`${member.id}:${period}`)!;
      const hint = this.#random.pick([
        0,
        member.id,
        this.#random.pick(this.#members).id,
        2 ** 24 - 1,
      ]);
      const caller = market.connect(this.#anybody());
      const opens = this.model.tryOpen(this.#accountOf(member), period);
      const receipt = await sent(
        "proof" in opening
          ? caller.openScheduledOrders(period, [scheduled(opening, hint)])
          : caller.openOrders(period, [single(opening, hint), single(opening, hint)]),
      );
      const opened = eventsOf(this.#fixture, receipt, "OrdersOpened").length === 1;
      expect(opened, `opening of ${member.id} for ${period}`).to.equal(opens);
    }
  }

  async #clear(period: number): Promise<void> {
    const { market } = this.#fixture;
    // What is there to clear is asked of the chain.
    const { openedCount, phase } = await market.periodOf(period);
    if (openedCount === 0n || phase === 3n) return;
    this.model.clear(period);
    const trades = [];
    for (let done = false; !done;) {
      const steps = this.#random.pick([0, 1, 2, 5, 50]);
      const receipt = await sent(market.connect(this.#anybody()).clear(period, steps));
      trades.push(...tradesOf(this.#fixture, receipt));
      done = eventsOf(this.#fixture, receipt, "Cleared").length === 1;
      if (this.#random.chance(10)) this.#restart();
    }
    const expected = this.model.period(period).trades.map((trade) => ({
      ...trade,
      seller: Number(trade.seller),
      buyer: Number(trade.buyer),
    }));
    expect(trades, `trades of ${period} [M6]`).to.deep.equal(expected);
  }

  // ---------------------------------------------------------------- meters

  /** What everybody took and gave in the period that has just ended. */
  #meterEverybody(): void {
    for (const { meter } of this.#members) {
      const follows = this.#random.chance(50);
      meter.importWh += BigInt(this.#random.integer(0, follows ? 6_000 : 300));
      meter.exportWh += BigInt(this.#random.integer(0, follows ? 300 : 6_000));
      const { importWh, exportWh } = meter;
      meter.history.set(this.#current - 1, { importWh, exportWh });
    }
  }

  /** The first second in which a period takes no reading any more. */
  #closedAt(period: number): number {
    const { genesis, periodLength } = this.#fixture;
    const { settlementDue, gracePeriods } = this.model.parameters;
    return genesis + (period + 1 + gracePeriods) * periodLength + settlementDue;
  }

  async #now(): Promise<number> {
    return this.#fixture.networkHelpers.time.latest();
  }

  /** Gateways send what their meters hold and the market may still take; some forget. */
  async #report(): Promise<void> {
    const { market } = this.#fixture;
    const now = (await this.#now()) + 2;
    const batch = [];
    const taken: [Member, number][] = [];
    for (const member of this.#members) {
      if (this.#random.chance(25)) continue;
      let { lastPeriod } = member.meter;
      for (const period of [...member.meter.history.keys()].sort((a, b) => a - b)) {
        if (period <= lastPeriod || now >= this.#closedAt(period) || this.#random.chance(10))
          continue;
        const skips = period > lastPeriod + 1 && now < this.#closedAt(period - 1);
        const { importWh, exportWh } = member.meter.history.get(period)!;
        batch.push(await sign(this.#fixture, member, period, importWh, exportWh));
        if (skips) continue;
        lastPeriod = period;
        taken.push([member, period]);
      }
    }
    // [M8] A copy of each counts for nothing.
    const copies = this.#random.chance(30) ? [...batch, ...batch] : batch;
    const receipt = await sent(market.connect(this.#anybody()).reportReadings(copies));
    const [event] = eventsOf(this.#fixture, receipt, "ReadingsReported");
    expect((event?.readings as bigint[] | undefined)?.length ?? 0).to.equal(taken.length);
    for (const [member, period] of taken) {
      const { meter } = member;
      const { importWh, exportWh } = meter.history.get(period)!;
      this.#accountOf(member).readings.set(period, {
        importWh: importWh - meter.lastImportWh + meter.carriedImportWh,
        exportWh: exportWh - meter.lastExportWh + meter.carriedExportWh,
      });
      Object.assign(meter, {
        lastImportWh: importWh,
        lastExportWh: exportWh,
        lastPeriod: period,
        carriedImportWh: 0n,
        carriedExportWh: 0n,
      });
    }
  }

  async #rebind(): Promise<void> {
    const { registry, market, actors } = this.#fixture;
    const member = this.#random.pick(this.#members);
    const { meter } = member;
    const [importWh, exportWh] = [BigInt(this.#random.integer(0, 9_999)), 5n];
    await registry
      .connect(actors.operator)
      .rebindMeter(
        member.id,
        `replaced-${++this.#nonce}`,
        actors.gateway.address,
        1_000_000,
        meter.importWh,
        meter.exportWh,
        importWh,
        exportWh,
      );
    meter.carriedImportWh += meter.importWh - meter.lastImportWh;
    meter.carriedExportWh += meter.exportWh - meter.lastExportWh;
    Object.assign(meter, { importWh, exportWh, lastImportWh: importWh, lastExportWh: exportWh });
    meter.history.clear();
    member.meterId = Number((await market.meterOf(member.id)).meterId);
  }

  // ---------------------------------------------------------------- settlement

  /** Settles a random range of a random period. */
  async #settleSome(): Promise<void> {
    const period = this.#current - this.#random.integer(1, 5);
    await this.#settleRange(
      period,
      2 + this.#random.integer(0, 3),
      this.#random.pick([1, 2, 5, 100]),
    );
  }

  /** Clears and settles everything before a slot of the ring is needed again. */
  async #settleWhatIsDue(): Promise<void> {
    for (let period = this.#current - 6; period < this.#current; ++period) {
      if (period >= 0) await this.#clear(period);
    }
    await this.#settleRange(this.#current - 6, 2, 100);
  }

  async #settleRange(period: number, first: number, count: number): Promise<void> {
    const { market } = this.#fixture;
    if (period < 0 || this.#members.length === 0) return;
    const book = this.model.period(period);
    if (book.orders.size > 0 && !book.cleared) return;
    const call = market.connect(this.#anybody()).settle(period, first, count);
    const receipt = await sent(call);
    const isGraceOver = (await this.#now()) >= this.#closedAt(period);
    const expected = this.model.settle(period, first, first + count - 1, isGraceOver);
    const settled = settlementsOf(this.#fixture, receipt).map((s) => ({
      participant: s.participant,
      unread: s.unread,
      short: s.short,
      imbalanceWh: BigInt(s.imbalanceWh),
      imbalanceNano: s.imbalanceNano,
      rewardNano: s.rewardNano,
      penaltyNano: s.penaltyNano,
      chargeNano: s.chargeNano,
    }));
    expect(settled, `settlement of ${period} [M7]`).to.deep.equal(expected);
  }

  async #expectOutcome(call: Promise<unknown>, isTaken: boolean): Promise<void> {
    const outcome = await call.then(
      () => "taken",
      (error: unknown) => String(error),
    );
    if (isTaken) expect(outcome).to.equal("taken");
    else expect(outcome).to.include("reverted");
  }

  // ---------------------------------------------------------------- checks

  /** The chain and the model agree to the nano. */
  async check(): Promise<void> {
    const { market, token, marketAddress } = this.#fixture;
    const { model } = this;
    const label = `period ${this.#current}`;
    // [M1]
    const vaultNano = await market.vaultNano();
    expect(await token.balanceOf(marketAddress), `${label} [M1]`).to.equal(vaultNano);
    expect(vaultNano, `${label} [M1]`).to.equal(model.vaultNano);
    expect(model.liabilitiesNano(), `${label} [M1]`).to.equal(vaultNano);
    // [M3]
    expect((await market.accountOf(1)).balanceNano, `${label} [M3]`).to.equal(model.gridNano);
    expect(await market.incentiveFundNano(), `${label} [M3]`).to.equal(model.fundNano);
    const total = [0n, 0n, 0n, 0n];
    for (const member of this.#members) {
      const account = this.#accountOf(member);
      const name = `${label}, participant ${member.id}`;
      const onChain = await market.accountOf(member.id);
      expect(onChain.balanceNano, `${name} [M9]`).to.equal(account.balanceNano);
      expect(onChain.lockedNano, name).to.equal(model.lockedNano(member.id));
      expect(onChain.freeNano, name).to.equal(model.freeNano(account, this.#current));
      expect(Number(onChain.reputation), name).to.equal(account.reputation);
      expect(Number(onChain.missedReadings), name).to.equal(account.missedReadings);
      expect(onChain.suspended, name).to.equal(account.suspended);
      const dues = [...(await market.duesOf(member.id))];
      const { owesGridNano, owesFundNano, gridOwesNano, fundOwesNano } = account.dues;
      expect(dues, `${name} [M3]`).to.deep.equal([
        owesGridNano,
        owesFundNano,
        gridOwesNano,
        fundOwesNano,
      ]);
      dues.forEach((due, index) => (total[index]! += due));
    }
    expect([...(await market.totalDues())], `${label} [M3]`).to.deep.equal(total);
    for (const period of [this.#current - 1, this.#current, this.#current + 1]) {
      await this.#checkBook(period);
    }
  }

  /** [M2] [M4] [M5] of a cleared period, from the chain's own words. */
  async #checkBook(period: number): Promise<void> {
    const { market } = this.#fixture;
    const book = this.model.period(period);
    const view = await market.periodOf(period);
    expect(Number(view.openedCount), `opened orders of ${period} [M5]`).to.equal(book.orders.size);
    if (!book.cleared) return;
    const paid = { sell: 0n, buy: 0n };
    for (const [id, expected] of book.orders) {
      const order = await market.orderOf(period, id);
      const name = `order of ${id} for ${period}`;
      expect(order.filledWh, `${name} [M4]`).to.equal(expected.filledWh);
      expect(order.filledWh <= order.energyWh, `${name} [M4]`).to.be.true;
      const limitNano = order.filledWh * order.priceMicroPerKwh;
      const isWithinLimit = order.sell
        ? order.tradeNano >= limitNano
        : order.tradeNano <= limitNano;
      expect(isWithinLimit, `${name} [M4]`).to.be.true;
      paid[expected.side] += order.tradeNano;
    }
    expect(paid.sell, `trades of ${period} [M2]`).to.equal(paid.buy);
    expect(view.totals.tradedNano, `trades of ${period} [M2]`).to.equal(paid.buy);
    const left = [...book.orders.values()].filter(
      ({ energyWh, filledWh, cut }) => !cut && filledWh < BigInt(energyWh),
    );
    const asks = left.filter(({ side }) => side === "sell").map((o) => o.priceMicroPerKwh);
    const bids = left.filter(({ side }) => side === "buy").map((o) => o.priceMicroPerKwh);
    expect(
      asks.some((ask) => bids.some((bid) => ask <= bid)),
      `orders left in ${period} [M5]`,
    ).to.be.false;
  }
}
