import type { Point } from "../babyJubjub.ts";
import type { SealedDelivery } from "../deliverySecret.ts";
import { FIELD_ORDER } from "../field.ts";
import type { SealedMatch } from "../matches/matchOpening.ts";
import type { SealedNote } from "../memoCode.ts";
import { MerkleTree, NOTE_TREE_DEPTH } from "../merkleTree.ts";
import type { Side } from "../notes.ts";
import { Participants } from "./participants.ts";
import type { PoolFault } from "./poolFault.ts";
import type { PoolLog, PoolLogOf } from "./poolLog.ts";

export type SealedPlan = SealedNote & { kind: "plan" };

/** A plan of the book. */
export interface BookedPlan {
  sealed: SealedPlan;
  side: Side;
  period: bigint;
  /** How often it, or the plan that it is the rest of, was silent where the other side confirmed. */
  strikes: number;
  /** Proven: a rest, of a match that the other side has not confirmed yet, or never will. */
  state: "proven" | "open" | "matched" | "ended";
  /** Hash of the encrypted features; of a rest, that of the plan it is left of. */
  features: string;
  /** The log that it came with. */
  log: PoolLog;
}

/** A match that was proposed. */
export interface PoolMatch extends SealedMatch {
  state: "proposed" | "agreed" | "lapsed";
  period: bigint;
  /** The last second at which a side can confirm. */
  confirmBy: number;
  /** What each side proved to be left of its plan; undefined where it has not confirmed. */
  sellRest: SealedPlan | undefined;
  buyRest: SealedPlan | undefined;
  actual: SealedDelivery | undefined;
  sellSettled: boolean;
  buySettled: boolean;
  log: PoolLog;
}

/** An audit key, from its log on. */
export interface AuditKeyVersion {
  version: number;
  key: Point;
  log: PoolLog;
}

const MAX_STRIKES = 65_535;

/**
 * What a private market's logs come to, in their order: its trees, plans and matches. Logs that do not follow from
 * those before them are noted as faults, and taken as far as they can be.
 */
export class PoolState {
  /** The inserted leaves. */
  readonly notes: MerkleTree;
  readonly participants = new Participants();
  /** By commitment. */
  readonly plans = new Map<bigint, BookedPlan>();
  /** By record. */
  readonly matches = new Map<bigint, PoolMatch>();
  readonly nullifiers = new Set<bigint>();
  readonly auditKeys: AuditKeyVersion[] = [];
  /** Tags by address. */
  readonly gateways = new Map<string, bigint>();
  readonly faults: PoolFault[] = [];
  /** Every leaf, waiting ones too; empty at places that no log told of. */
  readonly #leaves: bigint[] = [];
  #inserted = 0;
  #isTreeKnown = true;

  /** @param notes a tree that begins with the leaves that the logs will insert, so that it is not hashed again */
  constructor(notes = new MerkleTree(NOTE_TREE_DEPTH)) {
    this.notes = notes;
  }

  get leaves(): readonly bigint[] {
    return this.#leaves;
  }

  /** Leaves that are in the tree. */
  get insertedLeaves(): number {
    return this.#inserted;
  }

  /** Leaves that wait for their insertion. */
  get pendingLeaves(): number {
    return this.#leaves.length - this.#inserted;
  }

  /** The key that proofs must be made for; undefined where none was set. */
  get auditKey(): AuditKeyVersion | undefined {
    return this.auditKeys.at(-1);
  }

  /** The audit key that was current when a log was written. */
  auditKeyAt({ blockNumber, logIndex }: Pick<PoolLog, "blockNumber" | "logIndex">) {
    return this.auditKeys.findLast(
      ({ log }) =>
        log.blockNumber < blockNumber ||
        (log.blockNumber === blockNumber && log.logIndex < logIndex),
    );
  }

  /** Takes the next log. */
  apply(log: PoolLog): void {
    switch (log.name) {
      case "NoteAdded":
        this.#addLeaf(log);
        break;
      case "LeavesInserted":
        this.#insertLeaves(log);
        break;
      case "NullifierSpent":
        if (this.nullifiers.has(log.nullifier)) {
          this.#fault(log, "nullifier", "one that was not spent", `${log.nullifier}, again`);
        }
        this.nullifiers.add(log.nullifier);
        break;
      case "ParticipantJoined":
        this.#join(log);
        break;
      case "ParticipantExpelled":
        this.#expel(log);
        break;
      case "PlanAdded":
        this.#submit(log);
        break;
      case "PlanRefunded":
        this.#takePlan(log, log.plan, "open", "ended");
        break;
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
      case "MatchSettled":
        this.#settle(log);
        break;
      case "AuditKeySet":
        this.#setAuditKey(log);
        break;
      case "GatewaySet":
        this.gateways.set(log.gateway, log.tag);
        break;
      case "Deposited":
      case "Withdrawn":
        break;
    }
  }

  #fault(log: PoolLog, figure: string, expected: unknown, found: unknown): void {
    this.faults.push({ figure, expected: String(expected), found: String(found), log });
  }

  #check(log: PoolLog, figure: string, expected: unknown, found: unknown): boolean {
    if (expected === found) return true;
    this.#fault(log, figure, expected, found);
    return false;
  }

  /** What the contract takes is below the field's order: no tree has another leaf. */
  #isElement(log: PoolLog, figure: string, value: bigint): boolean {
    if (value < FIELD_ORDER) return true;
    this.#fault(log, figure, "a field element", value);
    return false;
  }

  #addLeaf(log: PoolLogOf<"NoteAdded">): void {
    const next = this.#leaves.length;
    if (!this.#check(log, "leafIndex", next, log.leafIndex)) {
      // Which leaves are missing is not known, and so no root from here on.
      this.#isTreeKnown = false;
      if (log.leafIndex < next || log.leafIndex >= 2 ** NOTE_TREE_DEPTH) return;
      this.#leaves.length = log.leafIndex;
    }
    if (!this.#isElement(log, "commitment", log.commitment)) this.#isTreeKnown = false;
    this.#leaves.push(log.commitment);
  }

  #insertLeaves(log: PoolLogOf<"LeavesInserted">): void {
    const { size, root } = log;
    const [least, most] = [this.#inserted + 1, this.#leaves.length];
    if (!(size >= least && size <= most)) {
      this.#fault(log, "size", `from ${least} to ${most}`, size);
      this.#isTreeKnown = false;
      return;
    }
    this.#inserted = size;
    if (!this.#isTreeKnown) return;
    if (size > this.notes.size) this.notes.append(this.#leaves.slice(this.notes.size, size));
    // A tree that was given was compared when it grew.
    if (this.notes.size === size) {
      this.#isTreeKnown = this.#check(log, "root", this.notes.root, root);
    }
  }

  #join(log: PoolLogOf<"ParticipantJoined">): void {
    const { participant, owner, index, root } = log;
    if (this.participants.has(owner)) this.#fault(log, "owner", "one that has not joined", owner);
    if (!this.#check(log, "index", this.participants.size, index)) return;
    if (!this.#isElement(log, "owner", owner)) return;
    this.participants.add(participant, owner);
    this.#check(log, "root", this.participants.root, root);
  }

  #expel(log: PoolLogOf<"ParticipantExpelled">): void {
    const { owner, index, root, blockNumber } = log;
    if (!this.participants.remove(owner, index, blockNumber)) {
      this.#fault(log, "owner", `the one at place ${index}`, owner);
      return;
    }
    this.#check(log, "root", this.participants.root, root);
  }

  #submit(log: PoolLogOf<"PlanAdded">): void {
    const { plan: commitment, outputIndex, memo, sell, period, features } = log;
    this.#addPlan({
      sealed: { kind: "plan", commitment, outputIndex, memo },
      side: sell ? "sell" : "buy",
      period,
      strikes: 0,
      state: "open",
      features,
      log,
    });
  }

  #addPlan(plan: BookedPlan): void {
    const { log, sealed } = plan;
    const { commitment } = sealed;
    if (this.plans.has(commitment)) this.#fault(log, "plan", "one that is new", commitment);
    else this.plans.set(commitment, plan);
  }

  /** Moves a plan from one state to another. @returns the plan as it was before */
  #takePlan(
    log: PoolLog,
    commitment: bigint,
    from: BookedPlan["state"],
    to: BookedPlan["state"],
    strikes = 0,
  ): BookedPlan | undefined {
    const plan = this.plans.get(commitment);
    this.#check(log, "plan", from, plan?.state ?? "unknown");
    if (plan === undefined) return undefined;
    const total = Math.min(plan.strikes + strikes, MAX_STRIKES);
    this.plans.set(commitment, { ...plan, state: to, strikes: total });
    return plan;
  }

  #propose(log: PoolLogOf<"MatchProposed">): void {
    const { record, sellPlan, buyPlan, confirmBy, opening } = log;
    if (this.matches.has(record)) {
      this.#fault(log, "record", "one that is new", record);
      return;
    }
    const sell = this.#takePlan(log, sellPlan, "open", "matched");
    const buy = this.#takePlan(log, buyPlan, "open", "matched");
    this.#check(log, "sellPlan", "sell", sell?.side ?? "unknown");
    this.#check(log, "buyPlan", "buy", buy?.side ?? "unknown");
    this.#check(log, "period", sell?.period, buy?.period);
    if (buy !== undefined) this.#check(log, "strikes", 0, buy.strikes);
    this.matches.set(record, {
      record,
      sellPlan,
      buyPlan,
      confirmBy,
      opening,
      state: "proposed",
      period: sell?.period ?? buy?.period ?? 0n,
      sellRest: undefined,
      buyRest: undefined,
      actual: undefined,
      sellSettled: false,
      buySettled: false,
      log,
    });
  }

  /** Changes a match that must be in a state. */
  #changeMatch(
    log: PoolLog & { record: bigint },
    state: PoolMatch["state"],
    change: (match: PoolMatch) => Partial<PoolMatch>,
  ): void {
    const match = this.matches.get(log.record);
    this.#check(log, "match", state, match?.state ?? "unknown");
    if (match !== undefined) this.matches.set(log.record, { ...match, ...change(match) });
  }

  #confirm(log: PoolLogOf<"MatchConfirmed">): void {
    const { rest, memo, sell } = log;
    const sealed: SealedPlan = { kind: "plan", commitment: rest, outputIndex: 0, memo };
    const key = sell ? "sellRest" : "buyRest";
    this.#changeMatch(log, "proposed", (match) => {
      this.#check(log, key, undefined, match[key]?.commitment);
      const plan = this.plans.get(sell ? match.sellPlan : match.buyPlan);
      if (plan !== undefined) this.#addPlan({ ...plan, sealed, state: "proven", log });
      return { [key]: sealed };
    });
  }

  #agree(log: PoolLogOf<"MatchAgreed">): void {
    this.#changeMatch(log, "proposed", (match) => {
      this.#check(log, "sellRest", match.sellRest?.commitment, log.sellRest);
      this.#check(log, "buyRest", match.buyRest?.commitment, log.buyRest);
      for (const plan of [match.sellPlan, match.buyPlan]) {
        this.#takePlan(log, plan, "matched", "ended");
      }
      for (const rest of [match.sellRest, match.buyRest]) {
        if (rest !== undefined) this.#takePlan(log, rest.commitment, "proven", "open");
      }
      return { state: "agreed" };
    });
  }

  #lapse(log: PoolLogOf<"MatchLapsed">): void {
    this.#changeMatch(log, "proposed", (match) => {
      const [sold, bought] = [match.sellRest !== undefined, match.buyRest !== undefined];
      this.#check(log, "sellStruck", bought && !sold, log.sellStruck);
      this.#check(log, "buyStruck", sold && !bought, log.buyStruck);
      this.#takePlan(log, match.sellPlan, "matched", "open", log.sellStruck ? 1 : 0);
      this.#takePlan(log, match.buyPlan, "matched", "open", log.buyStruck ? 1 : 0);
      return { state: "lapsed" };
    });
  }

  #report(log: PoolLogOf<"ActualReported">): void {
    const { record, actual, secret } = log;
    this.#changeMatch(log, "agreed", (match) => {
      this.#check(log, "actual", undefined, match.actual?.actual);
      // Who was settled before was settled as if nothing had been delivered.
      this.#check(log, "settled", false, match.sellSettled || match.buySettled);
      return { actual: { match: record, actual, secret } };
    });
  }

  #settle(log: PoolLogOf<"MatchSettled">): void {
    const key = log.sell ? "sellSettled" : "buySettled";
    this.#changeMatch(log, "agreed", (match) => {
      this.#check(log, key, false, match[key]);
      return { [key]: true };
    });
  }

  #setAuditKey(log: PoolLogOf<"AuditKeySet">): void {
    const { version, x, y } = log;
    const last = this.auditKey?.version;
    if (last !== undefined) this.#check(log, "version", last + 1, version);
    this.auditKeys.push({ version, key: [x, y], log });
  }
}
