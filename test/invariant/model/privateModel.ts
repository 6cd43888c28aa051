import { MerkleTree, NOTE_TREE_DEPTH } from "../../../sdk/private/merkleTree.ts";
import { POOL_TERMS } from "../../helpers/privateMarket.ts";

/** What a verb is refused with; nothing where it is taken. */
export type Outcome = string | undefined;

export interface ModelPlan {
  state: "open" | "matched" | "ended" | "proven";
  sell: boolean;
  period: number;
  strikes: number;
}

export interface ModelMatch {
  state: "proposed" | "agreed" | "lapsed";
  period: number;
  confirmBy: number;
  sellPlan: bigint;
  buyPlan: bigint;
  sellRest?: bigint;
  buyRest?: bigint;
  actual?: bigint;
  settled: Set<boolean>;
}

/** A plan as it is submitted. */
export interface ModelSubmission {
  plan: bigint;
  sell: boolean;
  period: number;
  nullifier: bigint;
  /** What is left of the note. */
  rest: bigint;
}

const RING = 64;
const OVERFLOW = 16;

/** The private market's rules written a second time, from docs/protocol.md. Seconds are from the genesis. */
export class PrivateModel {
  /** Commitments by leaf index. */
  readonly notes: bigint[] = [];
  inserted = 0;
  readonly plans = new Map<bigint, ModelPlan>();
  readonly matches = new Map<bigint, ModelMatch>();
  readonly spent = new Set<bigint>();
  readonly issued = new Set<bigint>();
  /** What came in and has not gone out. */
  balanceNano = 0n;
  time = 0;

  /** Leaves that must stay free, from what each is for. */
  get reserved(): number {
    let leaves = 0;
    for (const { state } of this.plans.values()) {
      if (state === "open" || state === "matched") leaves += 1;
    }
    for (const { state, settled } of this.matches.values()) {
      if (state === "proposed") leaves += 2;
      if (state === "agreed") leaves += 2 - settled.size;
    }
    return leaves;
  }

  get root(): bigint {
    if (this.inserted === 0) return 0n;
    return new MerkleTree(NOTE_TREE_DEPTH, this.notes.slice(0, this.inserted)).root;
  }

  // ─── notes ─────────────────────────────────────────────────────────────────

  deposit(commitment: bigint, amountNano: bigint): Outcome {
    if (amountNano === 0n) return "ZeroAmount";
    this.balanceNano += amountNano;
    this.#add(commitment);
    return undefined;
  }

  issueGeneration(commitment: bigint): Outcome {
    if (this.issued.has(commitment)) return "NoteKnown";
    this.issued.add(commitment);
    this.#add(commitment);
    return undefined;
  }

  merge(nullifiers: readonly [bigint, bigint], sum: bigint): Outcome {
    if (nullifiers[0] === nullifiers[1]) return "NullifierSpentBefore";
    const refused = nullifiers.some((nullifier) => this.spent.has(nullifier));
    if (refused) return "NullifierSpentBefore";
    nullifiers.forEach((nullifier) => this.spent.add(nullifier));
    this.#add(sum);
    return undefined;
  }

  withdraw(nullifier: bigint, change: bigint, amountNano: bigint, feeNano: bigint): Outcome {
    if (feeNano > amountNano) return "FeeExceedsAmount";
    if (this.spent.has(nullifier)) return "NullifierSpentBefore";
    this.spent.add(nullifier);
    this.balanceNano -= amountNano;
    this.#add(change);
    return undefined;
  }

  insertLeaves(most: number): Outcome {
    const count = Math.min(most, this.notes.length - this.inserted);
    if (count === 0) return "NothingToInsert";
    this.inserted += count;
    return undefined;
  }

  // ─── plans ─────────────────────────────────────────────────────────────────

  submit({ plan, sell, period, nullifier, rest }: ModelSubmission): Outcome {
    if (this.spent.has(nullifier)) return "NullifierSpentBefore";
    if (this.time >= start(period) - POOL_TERMS.plansLead) return "PlansClosed";
    if (this.plans.has(plan)) return "PlanKnown";
    this.spent.add(nullifier);
    this.plans.set(plan, { state: "open", sell, period, strikes: 0 });
    this.#add(rest);
    return undefined;
  }

  refund(plan: bigint, note: bigint): Outcome {
    const book = this.plans.get(plan);
    if (book?.state !== "open") return "PlanNotOpen";
    if (this.time < start(book.period) - POOL_TERMS.proposalsLead) return "RefundTooEarly";
    book.state = "ended";
    this.#add(note);
    return undefined;
  }

  // ─── matches ───────────────────────────────────────────────────────────────

  propose(record: bigint, sellPlan: bigint, buyPlan: bigint): Outcome {
    if (this.matches.has(record)) return "MatchKnown";
    const [sell, buy] = [this.plans.get(sellPlan), this.plans.get(buyPlan)];
    if (sell?.state !== "open" || buy?.state !== "open") return "PlanNotOpen";
    if (!sell.sell || buy.sell) return "WrongSide";
    if (sell.period !== buy.period) return "PeriodsDiffer";
    if (buy.strikes > 0) return "BondSpent";
    if (this.time >= start(sell.period) - POOL_TERMS.proposalsLead) return "ProposalsClosed";
    sell.state = "matched";
    buy.state = "matched";
    const confirmBy = this.time + POOL_TERMS.confirmationTime;
    const { period } = sell;
    const settled = new Set<boolean>();
    this.matches.set(record, { state: "proposed", period, confirmBy, sellPlan, buyPlan, settled });
    return undefined;
  }

  confirm(record: bigint, sell: boolean, rest: bigint): Outcome {
    const match = this.matches.get(record);
    if (match?.state !== "proposed") return "MatchNot";
    if (this.time > match.confirmBy) return "ConfirmationClosed";
    if ((sell ? match.sellRest : match.buyRest) !== undefined) return "ConfirmedBefore";
    if (this.plans.has(rest)) return "PlanKnown";
    const plan = this.plans.get(sell ? match.sellPlan : match.buyPlan)!;
    this.plans.set(rest, { ...plan, state: "proven" });
    if (sell) match.sellRest = rest;
    else match.buyRest = rest;
    const { sellRest, buyRest } = match;
    if (sellRest === undefined || buyRest === undefined) return undefined;
    match.state = "agreed";
    for (const ended of [match.sellPlan, match.buyPlan]) this.plans.get(ended)!.state = "ended";
    for (const opened of [sellRest, buyRest]) this.plans.get(opened)!.state = "open";
    return undefined;
  }

  lapse(record: bigint): Outcome {
    const match = this.matches.get(record);
    if (match?.state !== "proposed") return "MatchNot";
    if (this.time <= match.confirmBy) return "ConfirmationOpen";
    match.state = "lapsed";
    for (const [mine, rest, theirs] of [
      [match.sellPlan, match.sellRest, match.buyRest],
      [match.buyPlan, match.buyRest, match.sellRest],
    ] as const) {
      const plan = this.plans.get(mine)!;
      plan.state = "open";
      if (rest === undefined && theirs !== undefined) plan.strikes += 1;
    }
    return undefined;
  }

  // ─── delivery ──────────────────────────────────────────────────────────────

  reportActual(record: bigint, actual: bigint): Outcome {
    const match = this.matches.get(record);
    if (match?.state !== "agreed") return "MatchNot";
    if (match.actual !== undefined) return "ActualKnown";
    if (this.time < start(match.period + 1)) return "ReportingNotBegun";
    if (this.time >= reportingEnd(match)) return "ReportingClosed";
    match.actual = actual;
    return undefined;
  }

  settle(record: bigint, sell: boolean, actual: bigint, credit: bigint): Outcome {
    const match = this.matches.get(record);
    if (match?.state !== "agreed") return "MatchNot";
    if (match.actual === undefined && this.time < reportingEnd(match)) return "SettlementNotBegun";
    if (actual !== (match.actual ?? 0n)) return "ForeignActual";
    if (match.settled.has(sell)) return "SettledBefore";
    match.settled.add(sell);
    this.#add(credit);
    return undefined;
  }

  #add(commitment: bigint): void {
    if (this.notes.length - this.inserted === RING) this.inserted += OVERFLOW;
    this.notes.push(commitment);
  }
}

const start = (period: number) => period * POOL_TERMS.periodLength;
const reportingEnd = ({ period }: ModelMatch) => start(period + 1) + POOL_TERMS.reportingTime;
