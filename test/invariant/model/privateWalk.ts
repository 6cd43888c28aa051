import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import type { PoolFixture } from "../../helpers/privateMarket.ts";
import {
  confirm,
  deposit,
  fresh,
  issueGeneration,
  merge,
  proposalOf,
  propose,
  refund,
  reportActual,
  settle,
  submitBuyPlan,
  submitSellPlan,
  withdraw,
} from "../../helpers/privateVerbs.ts";
import type { RandomSource } from "../../helpers/randomSource.ts";
import { PrivateModel, type ModelMatch, type Outcome } from "./privateModel.ts";

type Sending = () => Promise<ContractTransactionResponse>;

const PLAN_STATES = ["none", "open", "matched", "ended", "proven"];
const MATCH_STATES = ["none", "proposed", "agreed", "lapsed"];
/** Steps between two comparisons of all there is. */
const STEPS_PER_CENSUS = 40;

/** Random verbs, rightly and wrongly, on the chain and on the model at the same second. */
export class PrivateWalk {
  readonly #scene: PoolFixture;
  readonly #random: RandomSource;
  readonly #model = new PrivateModel();
  /** Numbers that were used, to be used again. */
  readonly #used: bigint[] = [];
  /** How often each outcome came, by verb and refusal. */
  readonly seen = new Map<string, number>();

  constructor(scene: PoolFixture, random: RandomSource) {
    this.#scene = scene;
    this.#random = random;
  }

  async run(steps: number): Promise<void> {
    // One owner is a member from the beginning, and has a note.
    await this.#step("deposit");
    await this.#step("insertLeaves");
    for (let step = 1; step <= steps; step++) {
      await this.#step(this.#random.pick(VERBS));
      await this.#compare();
      if (step % STEPS_PER_CENSUS === 0) await this.#takeCensus();
    }
    await this.#takeCensus();
  }

  async #step(verb: Verb): Promise<void> {
    const random = this.#random;
    // Mostly a few seconds; now and then to where a window closes.
    this.#model.time += random.chance(8) ? random.integer(100, 700) : random.integer(1, 9);
    const [expected, send] = this.#choose(verb);
    const { genesis, networkHelpers, pool } = this.#scene;
    await networkHelpers.time.setNextBlockTimestamp(genesis + this.#model.time);
    const name = `${verb} ${expected ?? "taken"}`;
    this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
    if (expected === undefined) await send();
    else await expect(send(), name).to.be.revertedWithCustomError(pool, expected);
  }

  /** Chooses a verb's numbers, asks the model, and says what to send. */
  #choose(verb: Verb): [Outcome, Sending] {
    const scene = this.#scene;
    const model = this.#model;
    const random = this.#random;
    switch (verb) {
      case "deposit": {
        const amountNano = BigInt(random.integer(0, 9));
        const commitment = fresh();
        const send = () => deposit(scene, amountNano, { signals: { commitment } });
        return [model.deposit(commitment, amountNano), send];
      }
      case "issueGeneration": {
        const commitment = this.#number();
        return [model.issueGeneration(commitment), () => issueGeneration(scene, commitment)];
      }
      case "merge": {
        const nullifiers = [this.#number(), this.#number()] as const;
        const sum = fresh();
        const [first, second] = nullifiers;
        const signals = { "nullifiers[0]": first, "nullifiers[1]": second, sum };
        return [model.merge(nullifiers, sum), () => merge(scene, { signals })];
      }
      case "withdraw": {
        // A stand-in for a proof would pay what was never there.
        const most = Number(model.balanceNano > 50n ? 50n : model.balanceNano);
        const amountNano = BigInt(random.integer(0, most));
        const feeNano = BigInt(random.integer(0, Number(amountNano) + (random.chance(10) ? 1 : 0)));
        const signals = { nullifier: this.#number(), change: fresh() };
        return [
          model.withdraw(signals.nullifier, signals.change, amountNano, feeNano),
          () => withdraw(scene, { amountNano, feeNano }, { signals }),
        ];
      }
      case "insertLeaves": {
        const most = random.integer(0, 40);
        return [model.insertLeaves(most), () => scene.pool.insertLeaves(most)];
      }
      case "submitPlan": {
        const sell = random.chance(50);
        const period = Math.floor(model.time / 900) + random.integer(1, 3);
        const submission = {
          plan: this.#number(),
          sell,
          period,
          nullifier: this.#number(),
          rest: fresh(),
        };
        const { plan, nullifier, rest } = submission;
        const signals = { nullifier, [sell ? "rest" : "change"]: rest };
        const submit = sell ? submitSellPlan : submitBuyPlan;
        return [model.submit(submission), () => submit(scene, { plan, period, signals })];
      }
      case "refund": {
        const plan = this.#planOf(() => true);
        const book = model.plans.get(plan);
        const note = fresh();
        const signals = { note, side: book?.sell === true ? 1 : 0, strikes: book?.strikes ?? 0 };
        return [model.refund(plan, note), () => refund(scene, plan, { signals })];
      }
      case "propose": {
        const isWrong = random.chance(10);
        const sellPlan = this.#planOf(({ sell, state }) => isWrong || (sell && state === "open"));
        const period = model.plans.get(sellPlan)?.period;
        const buyPlan = this.#planOf(
          (plan) => isWrong || (!plan.sell && plan.state === "open" && plan.period === period),
        );
        const proposal = proposalOf(sellPlan, buyPlan);
        if (random.chance(5)) proposal.record = this.#matchOf(() => true)[0];
        return [model.propose(proposal.record, sellPlan, buyPlan), () => propose(scene, proposal)];
      }
      case "confirm": {
        const [record, match] = this.#matchOf(
          ({ state, confirmBy }) => state === "proposed" && model.time <= confirmBy,
        );
        const sell = random.chance(90) ? match.sellRest === undefined : random.chance(50);
        const rest = this.#number();
        return [
          model.confirm(record, sell, rest),
          () => confirm(scene, sell ? "sell" : "buy", { record, opening: [], ...match }, rest),
        ];
      }
      case "lapse": {
        const [record] = this.#matchOf(
          ({ state, confirmBy }) => state === "proposed" && model.time > confirmBy,
        );
        return [model.lapse(record), () => scene.pool.lapse(record)];
      }
      case "reportActual": {
        const [record, match] = this.#matchOf(({ state }) => state === "agreed");
        const actual = fresh();
        return [
          model.reportActual(record, actual),
          () => reportActual(scene, { record, opening: [], ...match }, actual),
        ];
      }
      case "settle": {
        const [record, match] = this.#matchOf(({ state }) => state === "agreed");
        const sell = random.chance(90) ? !match.settled.has(true) : random.chance(50);
        const credit = fresh();
        const actual = random.chance(10) ? this.#number() : (match.actual ?? 0n);
        const signals = { credit, actual };
        return [
          model.settle(record, sell, actual, credit),
          () =>
            settle(scene, sell ? "sell" : "buy", { record, opening: [], ...match }, { signals }),
        ];
      }
    }
  }

  /** A new number, or now and then one that was used for whatever before. */
  #number(): bigint {
    if (this.#used.length > 0 && this.#random.chance(8)) return this.#random.pick(this.#used);
    const number = fresh();
    this.#used.push(number);
    return number;
  }

  #planOf(fits: (plan: { sell: boolean; state: string; period: number }) => boolean): bigint {
    const plans = [...this.#model.plans].filter(([, plan]) => fits(plan));
    if (plans.length === 0) return fresh();
    // The latest ones mostly, whose period can still be matched.
    return this.#random.pick(this.#random.chance(80) ? plans.slice(-5) : plans)[0];
  }

  /** A match that fits, mostly; else any, or one that is none. */
  #matchOf(fits: (match: ModelMatch) => boolean): [bigint, ModelMatch] {
    const all = [...this.#model.matches];
    const fitting = all.filter(([, match]) => fits(match));
    // The latest ones, in whose windows the walk still is.
    if (fitting.length > 0 && this.#random.chance(90)) {
      return this.#random.pick(fitting.slice(-4));
    }
    if (all.length > 0) return this.#random.pick(all);
    const none = { sellPlan: fresh(), buyPlan: fresh(), settled: new Set<boolean>() };
    return [fresh(), { state: "lapsed", period: 0, confirmBy: 0, ...none }];
  }

  /** [P2] [P3] [P4]: what every step must leave. */
  async #compare(): Promise<void> {
    const { pool, token, poolAddress } = this.#scene;
    const model = this.#model;
    const [, size, pending] = await pool.noteTree();
    expect(size).to.equal(model.inserted);
    expect(size + pending).to.equal(model.notes.length);
    expect(await pool.reservedLeaves()).to.equal(model.reserved);
    expect(await token.balanceOf(poolAddress)).to.equal(model.balanceNano);
  }

  /** Compares every plan, match, nullifier and note. */
  async #takeCensus(): Promise<void> {
    const { pool } = this.#scene;
    const model = this.#model;
    expect((await pool.noteTree()).root).to.equal(model.root);
    for (const [plan, { state, sell, period, strikes }] of model.plans) {
      const book = await pool.planOf(plan);
      expect(PLAN_STATES[Number(book.state)]).to.equal(state);
      expect([book.sell, book.period, book.strikes]).to.deep.equal([
        sell,
        BigInt(period),
        BigInt(strikes),
      ]);
    }
    for (const [record, match] of model.matches) {
      const book = await pool.matchOf(record);
      expect(MATCH_STATES[Number(book.state)]).to.equal(match.state);
      expect(book.sellPlan).to.equal(match.sellPlan);
      expect(book.buyPlan).to.equal(match.buyPlan);
      expect(book.sellRest).to.equal(match.sellRest ?? 0n);
      expect(book.buyRest).to.equal(match.buyRest ?? 0n);
      expect(book.actual).to.equal(match.actual ?? 0n);
      expect([book.sellSettled, book.buySettled]).to.deep.equal([
        match.settled.has(true),
        match.settled.has(false),
      ]);
    }
    for (const number of this.#used) {
      expect(await pool.isSpent(number)).to.equal(model.spent.has(number));
    }
    const added = await pool.queryFilter(pool.filters.NoteAdded());
    expect(added.map(({ args }) => args.leafIndex)).to.deep.equal(
      model.notes.map((_, index) => BigInt(index)),
    );
    expect(added.map(({ args }) => args.commitment)).to.deep.equal(model.notes);
  }
}

/** Some are chosen more often, so that matches come about. */
const VERBS = [
  "deposit",
  "issueGeneration",
  "merge",
  "withdraw",
  "insertLeaves",
  "submitPlan",
  "submitPlan",
  "submitPlan",
  "submitPlan",
  "refund",
  "propose",
  "propose",
  "propose",
  "confirm",
  "confirm",
  "confirm",
  "confirm",
  "lapse",
  "reportActual",
  "settle",
  "settle",
] as const;

type Verb = (typeof VERBS)[number];
