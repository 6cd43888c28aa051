import type { PoolLog, PoolLogOf } from "../chain/poolLog.ts";
import type { PoolTerms } from "../chain/poolReads.ts";
import { PoolState, type PoolMatch } from "../chain/poolState.ts";
import { deliveredWh } from "../delivered.ts";
import { isForgery } from "../forgery.ts";
import type { SealedNote } from "../memoCode.ts";
import {
  type ActualNote,
  type CreditNote,
  type GenerationNote,
  type MatchNote,
  type OwnedNote,
  type PlanNote,
} from "../notes.ts";
import { OwnerAccount } from "./ownerAccount.ts";
import { PoolDifferences } from "./poolDifferences.ts";
import type { PoolReader } from "./poolReader.ts";
import type { PoolStep } from "./poolSteps.ts";

/** A plan that the reader can read. */
export interface AuditedPlan {
  note: PlanNote;
  /** What it holds of its owner's money. */
  lockedNano: bigint;
}

/** What an audit knows of a match. */
export interface AuditedMatch {
  record: bigint;
  /** The reader's own of them; the regulator's are both. */
  sell: PlanNote | undefined;
  buy: PlanNote | undefined;
  note: MatchNote | undefined;
  actual: ActualNote | undefined;
  /** What of the buyer's lock was not paid out yet; undefined where the reader cannot tell. */
  lockedNano: bigint | undefined;
  /** What the seller got, and the buyer back; undefined before. */
  earnedNano: bigint | undefined;
  returnedNano: bigint | undefined;
}

/** What everybody can add up. */
export interface PoolTotals {
  depositedNano: bigint;
  withdrawnNano: bigint;
  lostBondsNano: bigint;
  deposits: number;
  withdrawals: number;
  /** Withdrawn where no leaf was free, so that nothing tells of whose balance. */
  unattributedNano: bigint;
  /** Memos that the reader has read. */
  readNotes: number;
  /** Memos, openings and deliveries that it could not read though it should. */
  unreadable: number;
}

/** Replays a private market's history for a reader, and compares every figure that follows from others. */
export class PoolReplay {
  readonly state = new PoolState();
  readonly differences = new PoolDifferences();
  /** By owner. */
  readonly accounts = new Map<bigint, OwnerAccount>();
  /** By commitment, as long as they hold money or energy. */
  readonly plans = new Map<bigint, AuditedPlan>();
  /** By record. */
  readonly matches = new Map<bigint, AuditedMatch>();
  readonly totals: PoolTotals = {
    depositedNano: 0n,
    withdrawnNano: 0n,
    lostBondsNano: 0n,
    deposits: 0,
    withdrawals: 0,
    unattributedNano: 0n,
    readNotes: 0,
    unreadable: 0,
  };
  readonly #reader: PoolReader;
  readonly #terms: PoolTerms;

  constructor(reader: PoolReader, terms: PoolTerms) {
    this.#reader = reader;
    this.#terms = terms;
  }

  account(owner: bigint): OwnerAccount {
    const known = this.accounts.get(owner) ?? new OwnerAccount(owner);
    this.accounts.set(owner, known);
    return known;
  }

  /** Takes the next step. */
  apply(step: PoolStep): void {
    for (const log of step.logs) this.#applyLog(log);
    switch (step.verb) {
      case "deposit":
        this.#deposit(step.deposited, step.note);
        break;
      case "issueGeneration":
        this.#issue(step.note);
        break;
      case "withdraw":
        this.#withdraw(step.withdrawn, step.change);
        break;
      case "merge":
        this.#merge(step.note);
        break;
      case "submitPlan":
        this.#submitPlan(step.plan, step.rest);
        break;
      case "refund":
        this.#refund(step.refunded, step.note);
        break;
      case "settle":
        this.#settle(step.settled, step.credit);
        break;
      case "single":
        this.#single(step.log);
        break;
      case "unknown":
        this.differences.compare(
          "step",
          "the logs of a whole call",
          step.log.name,
          subjectOf(step.log),
          step.log,
        );
    }
  }

  #applyLog(log: PoolLog): void {
    this.state.apply(log);
    for (const fault of this.state.faults.splice(0)) {
      const figure = `${log.name}.${fault.figure}`;
      this.differences.compare(figure, fault.expected, fault.found, subjectOf(log), log);
    }
  }

  /** Opens what should open; what does not is a difference, and nobody's. */
  #open<T>(log: PoolLog, figure: string, open: () => T | undefined): T | undefined {
    let fault = "no audit key was set";
    try {
      const opened = open();
      if (opened !== undefined || this.#reader.owner !== undefined) return opened;
    } catch (error) {
      if (!isForgery(error)) throw error;
      fault = error.shortMessage;
    }
    this.totals.unreadable++;
    this.differences.compare(figure, "what opens the commitment", fault, subjectOf(log), log);
    return undefined;
  }

  #openNote(log: PoolLog, sealed: SealedNote): OwnedNote | undefined {
    const note = this.#open(log, "memo", () => this.#reader.note(sealed, log));
    if (note !== undefined) this.totals.readNotes++;
    return note;
  }

  #openLeaf<K extends "credit" | "generation">(
    log: PoolLogOf<"NoteAdded">,
    kind: K,
  ): (K extends "credit" ? CreditNote : GenerationNote) | undefined {
    const { commitment, outputIndex, memo } = log;
    if (!this.#compare(log, "kind", kind, log.kind)) return undefined;
    const note = this.#openNote(log, { kind, commitment, outputIndex, memo });
    return note as (K extends "credit" ? CreditNote : GenerationNote) | undefined;
  }

  #openPlan(log: PoolLog, sealed: SealedNote): PlanNote | undefined {
    const note = this.#openNote(log, sealed);
    return note?.kind === "plan" ? note : undefined;
  }

  #compare(
    log: PoolLog,
    figure: string,
    expected: Parameters<PoolDifferences["compare"]>[1],
    found: Parameters<PoolDifferences["compare"]>[2],
  ): boolean {
    return this.differences.compare(figure, expected, found, subjectOf(log), log);
  }

  /** Notes whose proof spent what nobody had are made out of nothing. */
  #requireSpent(log: PoolLog, figure: string, isPossible: boolean, what: string): void {
    if (!isPossible) this.#compare(log, figure, `a live ${what}`, "none");
  }

  /** Both are one owner's: who reads one reads the other. Of a memo that did not open, more was said before. */
  #requireBoth(
    log: PoolLog,
    figure: string,
    expected: bigint | undefined,
    found: bigint | undefined,
  ): void {
    if (expected === found) return;
    if (found === undefined && this.#reader.owner === undefined) return;
    this.#compare(log, figure, expected ?? "another", found ?? "another");
  }

  // ------------------------------------------------------------------ money in and out

  #deposit({ amountNano }: PoolLogOf<"Deposited">, log: PoolLogOf<"NoteAdded">): void {
    this.totals.depositedNano += amountNano;
    this.totals.deposits++;
    const note = this.#openLeaf(log, "credit");
    if (note === undefined) return;
    this.#compare(log, "deposit.amountNano", amountNano, note.amountNano);
    const account = this.account(note.owner);
    account.credit.add(note.amountNano);
    account.flows.depositedNano += amountNano;
  }

  #withdraw(log: PoolLogOf<"Withdrawn">, changed: PoolLogOf<"NoteAdded"> | undefined): void {
    const { amountNano, feeNano } = log;
    this.totals.withdrawnNano += amountNano;
    this.totals.withdrawals++;
    if (feeNano > amountNano) {
      this.#compare(log, "withdraw.feeNano", `at most ${amountNano}`, feeNano);
    }
    if (changed === undefined) {
      this.totals.unattributedNano += amountNano;
      return;
    }
    const change = this.#openLeaf(changed, "credit");
    if (change === undefined) return;
    const account = this.account(change.owner);
    const spent = change.amountNano + amountNano;
    const isPossible = account.credit.spend(spent);
    this.#requireSpent(log, "withdraw.spentNano", isPossible, `note of ${spent} nano`);
    account.credit.add(change.amountNano);
    account.flows.withdrawnNano += amountNano;
  }

  #merge(log: PoolLogOf<"NoteAdded">): void {
    const sum = this.#openLeaf(log, "credit");
    if (sum === undefined) return;
    const { credit } = this.account(sum.owner);
    const isPossible = credit.spendTwo(sum.amountNano);
    this.#requireSpent(log, "merge.spentNano", isPossible, `pair of ${sum.amountNano} nano`);
    credit.add(sum.amountNano);
  }

  // ------------------------------------------------------------------ plans

  #issue(log: PoolLogOf<"NoteAdded">): void {
    const note = this.#openLeaf(log, "generation");
    if (note === undefined) return;
    const account = this.account(note.owner);
    account.generationOf(note).add(note.energyWh);
    account.flows.issuedWh += note.energyWh;
    const isKnown = [...this.state.gateways.values()].includes(note.gateway);
    this.#compare(
      log,
      "generation.gateway",
      "a registered one",
      isKnown ? "a registered one" : note.gateway,
    );
  }

  #submitPlan(log: PoolLogOf<"PlanAdded">, restLog: PoolLogOf<"NoteAdded">): void {
    const { plan: commitment, outputIndex, memo, sell, period } = log;
    const plan = this.#openPlan(log, { kind: "plan", commitment, outputIndex, memo });
    const rest = this.#openLeaf(restLog, sell ? "generation" : "credit");
    if (plan === undefined || rest === undefined) {
      this.#requireBoth(log, "plan.owner", plan?.owner, rest?.owner);
      return;
    }
    this.#compare(log, "plan.owner", rest.owner, plan.owner);
    this.#compare(log, "plan.side", sell ? "sell" : "buy", plan.side);
    this.#compare(log, "plan.period", period, plan.period);
    if (!this.state.participants.has(plan.owner)) {
      this.#compare(log, "plan.owner", "a participant", plan.owner);
    }
    if (rest.kind === "generation") this.#offer(log, commitment, plan, rest);
    else this.#bid(log, commitment, plan, rest);
  }

  #offer(log: PoolLog, commitment: bigint, plan: PlanNote, rest: GenerationNote): void {
    const { bondWh } = this.#terms;
    this.#compare(log, "plan.period", rest.period, plan.period);
    if (plan.energyWh < bondWh) {
      this.#compare(log, "plan.energyWh", `at least ${bondWh}`, plan.energyWh);
    }
    const notes = this.account(plan.owner).generationOf(rest);
    const spent = plan.energyWh + rest.energyWh;
    this.#requireSpent(log, "plan.spentWh", notes.spend(spent), `note of ${spent} Wh`);
    notes.add(rest.energyWh);
    this.plans.set(commitment, { note: plan, lockedNano: 0n });
  }

  #bid(log: PoolLog, commitment: bigint, plan: PlanNote, change: CreditNote): void {
    const lockedNano = plan.energyWh * plan.priceMicroPerKwh + this.#terms.bondNano;
    const account = this.account(plan.owner);
    const spent = lockedNano + change.amountNano;
    const isPossible = account.credit.spend(spent);
    this.#requireSpent(log, "plan.spentNano", isPossible, `note of ${spent} nano`);
    account.credit.add(change.amountNano);
    account.flows.lockedNano += lockedNano;
    this.plans.set(commitment, { note: plan, lockedNano });
  }

  #refund({ plan: commitment }: PoolLogOf<"PlanRefunded">, log: PoolLogOf<"NoteAdded">): void {
    const plan = this.plans.get(commitment);
    const booked = this.state.plans.get(commitment);
    const kind = booked?.side === "sell" ? "generation" : "credit";
    const note = this.#openLeaf(log, kind);
    if (plan === undefined || note === undefined) {
      this.#requireBoth(log, "refund.owner", plan?.note.owner, note?.owner);
      return;
    }
    this.plans.delete(commitment);
    this.#compare(log, "refund.owner", plan.note.owner, note.owner);
    const account = this.account(note.owner);
    if (note.kind === "credit") {
      this.#compare(log, "refund.amountNano", plan.lockedNano, note.amountNano);
      account.credit.add(note.amountNano);
      account.flows.returnedNano += note.amountNano;
      return;
    }
    const lostWh = BigInt(booked?.strikes ?? 0) * this.#terms.bondWh;
    const keptWh = plan.note.energyWh > lostWh ? plan.note.energyWh - lostWh : 0n;
    this.#compare(log, "refund.energyWh", keptWh, note.energyWh);
    this.#compare(log, "refund.period", plan.note.period, note.period);
    account.generationOf(note).add(note.energyWh);
  }

  // ------------------------------------------------------------------ matches

  #single(log: PoolLog): void {
    switch (log.name) {
      case "MatchProposed":
        this.#propose(log);
        break;
      case "MatchConfirmed":
        this.#confirm(log);
        break;
      case "MatchAgreed":
        this.#agree(log);
        break;
      case "MatchLapsed":
        this.#lapse(log);
        break;
      case "ActualReported":
        this.#report(log);
        break;
      default:
      // The state has checked it.
    }
  }

  #propose(log: PoolLogOf<"MatchProposed">): void {
    const { record, sellPlan, buyPlan } = log;
    const [sell, buy] = [this.plans.get(sellPlan)?.note, this.plans.get(buyPlan)?.note];
    const sides = [...(sell ? ["sell" as const] : []), ...(buy ? ["buy" as const] : [])];
    if (sides.length === 0) return;
    const match = this.state.matches.get(record)!;
    const note = this.#open(log, "match.opening", () => this.#reader.match(match, sides));
    this.matches.set(record, {
      record,
      sell,
      buy,
      note,
      actual: undefined,
      lockedNano: undefined,
      earnedNano: undefined,
      returnedNano: undefined,
    });
  }

  #confirm(log: PoolLogOf<"MatchConfirmed">): void {
    const { record, rest: commitment, memo, sell } = log;
    const rest = this.#openPlan(log, { kind: "plan", commitment, outputIndex: 0, memo });
    const match = this.matches.get(record);
    const plan = sell ? match?.sell : match?.buy;
    if (rest === undefined || plan === undefined) {
      this.#requireBoth(log, "rest.owner", plan?.owner, rest?.owner);
      return;
    }
    for (const key of ["owner", "side", "period", "priceMicroPerKwh", "attributes"] as const) {
      this.#compare(log, `rest.${key}`, plan[key], rest[key]);
    }
    const note = match?.note;
    if (note !== undefined) {
      const { energyWh, priceMicroPerKwh } = note;
      this.#compare(log, "rest.energyWh", plan.energyWh - energyWh, rest.energyWh);
      const limit = plan.priceMicroPerKwh;
      const isKept = sell ? priceMicroPerKwh >= limit : priceMicroPerKwh <= limit;
      const bound = sell ? "at least" : "at most";
      if (!isKept) this.#compare(log, "match.price", `${bound} ${limit}`, priceMicroPerKwh);
    } else if (rest.energyWh >= plan.energyWh) {
      this.#compare(log, "rest.energyWh", `less than ${plan.energyWh}`, rest.energyWh);
    }
    this.plans.set(commitment, { note: rest, lockedNano: 0n });
  }

  #agree(log: PoolLogOf<"MatchAgreed">): void {
    const match = this.matches.get(log.record);
    const chain = this.state.matches.get(log.record);
    if (match === undefined || chain === undefined) return;
    const [sellRest, buyRest] = [this.plans.get(log.sellRest), this.plans.get(log.buyRest)];
    const soldWh = sellRest && match.sell && match.sell.energyWh - sellRest.note.energyWh;
    const boughtWh = buyRest && match.buy && match.buy.energyWh - buyRest.note.energyWh;
    // What one side gives the other takes, also where the matcher sealed the match to nobody.
    if (soldWh !== undefined && boughtWh !== undefined) {
      this.#compare(log, "match.energyWh", soldWh, boughtWh);
    }
    const buyPlan = this.plans.get(chain.buyPlan);
    if (buyRest !== undefined && buyPlan !== undefined && boughtWh !== undefined) {
      const lockedNano = boughtWh * buyPlan.note.priceMicroPerKwh;
      this.plans.set(log.buyRest, { ...buyRest, lockedNano: buyPlan.lockedNano - lockedNano });
      this.#change(match, { lockedNano });
    }
    this.plans.delete(chain.sellPlan);
    this.plans.delete(chain.buyPlan);
  }

  #lapse(log: PoolLogOf<"MatchLapsed">): void {
    const match = this.state.matches.get(log.record);
    if (match === undefined) return;
    for (const rest of [match.sellRest, match.buyRest]) {
      if (rest !== undefined) this.plans.delete(rest.commitment);
    }
    for (const struck of [log.sellStruck && match.sellPlan, log.buyStruck && match.buyPlan]) {
      const plan = struck === false ? undefined : this.plans.get(struck);
      if (plan !== undefined) this.account(plan.note.owner).strikes++;
    }
    // The first strike alone costs money; a plan that has one gets no more matches.
    if (!log.buyStruck || this.state.plans.get(match.buyPlan)?.strikes !== 1) return;
    const { bondNano } = this.#terms;
    this.totals.lostBondsNano += bondNano;
    const plan = this.plans.get(match.buyPlan);
    if (plan === undefined) return;
    this.plans.set(match.buyPlan, { ...plan, lockedNano: plan.lockedNano - bondNano });
    this.account(plan.note.owner).flows.lostBondsNano += bondNano;
  }

  #report(log: PoolLogOf<"ActualReported">): void {
    const match = this.matches.get(log.record);
    const chain = this.state.matches.get(log.record);
    if (match === undefined || chain?.actual === undefined) return;
    if (this.#reader.owner !== undefined && match.note === undefined) return;
    const actual = this.#open(log, "actual", () => this.#reader.delivery(chain, match.note, log));
    this.#change(match, { actual });
  }

  #settle(log: PoolLogOf<"MatchSettled">, creditLog: PoolLogOf<"NoteAdded">): void {
    const { record, sell } = log;
    const credit = this.#openLeaf(creditLog, "credit");
    const match = this.matches.get(record);
    const plan = sell ? match?.sell : match?.buy;
    if (credit === undefined || match === undefined || plan === undefined) {
      this.#requireBoth(log, "settle.owner", plan?.owner, credit?.owner);
      return;
    }
    this.#compare(log, "settle.owner", plan.owner, credit.owner);
    const account = this.account(credit.owner);
    account.credit.add(credit.amountNano);
    const due = this.dueOf(match, this.state.matches.get(record)!);
    if (due !== undefined) {
      this.#compare(
        log,
        "settle.amountNano",
        sell ? due.paidNano : due.returnedNano(plan),
        credit.amountNano,
      );
      if (sell) account.flows.soldWh += due.deliveredWh;
      else {
        account.flows.boughtWh += due.deliveredWh;
        account.flows.paidNano += due.paidNano;
      }
    }
    const lockedNano =
      match.lockedNano === undefined ? undefined : match.lockedNano - credit.amountNano;
    if (sell) {
      account.flows.earnedNano += credit.amountNano;
      this.#change(match, { earnedNano: credit.amountNano, lockedNano });
    } else {
      account.flows.returnedNano += credit.amountNano;
      this.#change(match, { returnedNano: credit.amountNano, lockedNano });
    }
    this.#checkPaidOut(log, this.matches.get(record)!);
  }

  /** Once both sides are settled, all that the match held is paid out. */
  #checkPaidOut(log: PoolLog, { earnedNano, returnedNano, lockedNano }: AuditedMatch): void {
    const isOver = earnedNano !== undefined && returnedNano !== undefined;
    if (isOver || (lockedNano !== undefined && lockedNano < 0n)) {
      this.#compare(log, "match.lockedNano", 0n, lockedNano ?? 0n);
    }
  }

  /** What a match's settlement must be; undefined where the reader does not know its terms. */
  dueOf(
    { note, actual }: AuditedMatch,
    chain: PoolMatch,
  ):
    { deliveredWh: bigint; paidNano: bigint; returnedNano: (buy: PlanNote) => bigint } | undefined {
    if (note === undefined || (chain.actual !== undefined && actual === undefined))
      return undefined;
    const delivered = deliveredWh(note.energyWh, actual?.energyWh ?? 0n, this.#terms.toleranceBps);
    const paidNano = delivered * note.priceMicroPerKwh;
    return {
      deliveredWh: delivered,
      paidNano,
      returnedNano: ({ priceMicroPerKwh }) => note.energyWh * priceMicroPerKwh - paidNano,
    };
  }

  #change(match: AuditedMatch, change: Partial<AuditedMatch>): void {
    const known = this.matches.get(match.record) ?? match;
    this.matches.set(match.record, { ...known, ...change });
  }
}

/** What a log is about, for people. */
export function subjectOf(log: PoolLog): string {
  switch (log.name) {
    case "NoteAdded":
      return `note ${log.leafIndex}`;
    case "PlanAdded":
    case "PlanRefunded":
      return `plan ${log.plan}`;
    case "MatchProposed":
    case "MatchConfirmed":
    case "MatchAgreed":
    case "MatchLapsed":
    case "MatchSettled":
    case "ActualReported":
      return `match ${log.record}`;
    case "ParticipantJoined":
    case "ParticipantExpelled":
      return `participant ${log.participant}`;
    case "NullifierSpent":
      return `nullifier ${log.nullifier}`;
    case "LeavesInserted":
      return `tree of ${log.size} leaves`;
    default:
      return "pool";
  }
}
