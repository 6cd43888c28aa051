import { readRoundOpening, type RoundOpening } from "../../../sdk/private/rounds/roundOpening.ts";
import { parseWireJson, wireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/**
 * How far a round is. Drawn: the key holder has not taken it yet. Opened: its id is known to both. Ranked: all ranks are
 * there. Paired: the key holder has computed the same pairs. Opening: pairs are opened one by one. The last three are
 * the end: all done; given up, with a reason; or the key holder answered what cannot be.
 */
export type RoundState =
  "drawn" | "opened" | "ranked" | "paired" | "finished" | "abandoned" | "disputed";

const ENDED: readonly RoundState[] = ["finished", "abandoned", "disputed"];
const endedList = ENDED.map((state) => `'${state}'`).join(", ");

/** Openings that are held in memory. */
const MOST_HELD = 32;

export interface StoredRound {
  id: number;
  state: RoundState;
  reason: string | undefined;
  opening: RoundOpening;
  /** `roundId` of the opening. */
  roundId: string;
  drawnAtS: number;
  drawnAtMs: number;
  endedAtMs: number | undefined;
}

/** Rounds by period, and who was found to lie in them. */
export class RoundBook {
  readonly #store: ServiceStore;
  /** An opening never changes, and may be long. */
  readonly #openings = new Map<number, RoundOpening>();
  readonly #plans = new WeakMap<RoundOpening, ReadonlySet<bigint>>();

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  draw(opening: RoundOpening, roundId: string, nowS: number): StoredRound {
    this.#store.run(
      `INSERT INTO rounds (period, round, epoch, state, opening, round_id, drawn_at_s, drawn_at_ms)
       VALUES (?, ?, ?, 'drawn', ?, ?, ?, ?)`,
      Number(opening.period),
      opening.round,
      opening.epoch,
      wireJson(opening),
      roundId,
      nowS,
      Date.now(),
    );
    return this.lastOf(opening.period)!;
  }

  /** Forgets a round that the key holder has not taken. */
  withdraw({ id }: StoredRound): void {
    // Its number is given again.
    this.#openings.delete(id);
    this.#store.run("DELETE FROM rounds WHERE id = ? AND state = 'drawn'", id);
  }

  setState({ id }: StoredRound, state: RoundState, reason?: string): void {
    this.#store.run(
      "UPDATE rounds SET state = ?, reason = ?, ended_at_ms = ? WHERE id = ?",
      state,
      reason ?? null,
      ENDED.includes(state) ? Date.now() : null,
      id,
    );
  }

  /** Rounds that go on, the earliest period's first. */
  underWay(): StoredRound[] {
    return this.#store
      .all(`SELECT * FROM rounds WHERE state NOT IN (${endedList}) ORDER BY period, round`)
      .map((row) => this.#roundOf(row));
  }

  ofPeriod(period: bigint): StoredRound[] {
    return this.#store
      .all("SELECT * FROM rounds WHERE period = ? ORDER BY round", Number(period))
      .map((row) => this.#roundOf(row));
  }

  lastOf(period: bigint): StoredRound | undefined {
    const row = this.#store.one(
      "SELECT * FROM rounds WHERE period = ? ORDER BY round DESC LIMIT 1",
      Number(period),
    );
    return row === undefined ? undefined : this.#roundOf(row);
  }

  /** Whether a plan is in a round that goes on. Openings of rounds that have ended are not read for it. */
  isInRound(period: bigint, plan: bigint): boolean {
    return this.#store
      .all(`SELECT id FROM rounds WHERE period = ? AND state NOT IN (${endedList})`, Number(period))
      .some(({ id }) => this.#plansOf(Number(id)).has(plan));
  }

  isEnded({ state }: StoredRound): boolean {
    return ENDED.includes(state);
  }

  /** Periods that have rounds, the latest first. */
  periods(most: number): bigint[] {
    return this.#store
      .all("SELECT DISTINCT period FROM rounds ORDER BY period DESC LIMIT ?", most)
      .map(({ period }) => BigInt(Number(period)));
  }

  /** Ended rounds of periods before one. */
  endedBefore(period: bigint, most: number): { id: number; roundId: string }[] {
    return this.#store
      .all(
        `SELECT id, round_id FROM rounds WHERE period < ? AND state IN (${endedList}) LIMIT ?`,
        Number(period),
        most,
      )
      .map(({ id, round_id: roundId }) => ({ id: Number(id), roundId: String(roundId) }));
  }

  /** Forgets an ended round. */
  forget(id: number): void {
    this.#openings.delete(id);
    this.#store.run(`DELETE FROM rounds WHERE id = ? AND state IN (${endedList})`, id);
  }

  ban(period: bigint, plan: bigint, reason: string): void {
    this.#store.run(
      "INSERT OR IGNORE INTO bans VALUES (?, ?, ?)",
      plan.toString(),
      Number(period),
      reason,
    );
  }

  /** Why plans of a period are banned, by plan. */
  bans(period: bigint): Map<bigint, string> {
    const rows = this.#store.all("SELECT plan, reason FROM bans WHERE period = ?", Number(period));
    return new Map(rows.map(({ plan, reason }) => [BigInt(String(plan)), String(reason)]));
  }

  /** Why a plan is banned. */
  banOf(period: bigint, plan: bigint): string | undefined {
    const sql = "SELECT reason FROM bans WHERE plan = ? AND period = ?";
    const row = this.#store.one(sql, plan.toString(), Number(period));
    return row === undefined ? undefined : String(row.reason);
  }

  /** Of a round that is here. */
  #plansOf(id: number): ReadonlySet<bigint> {
    const opening =
      this.#openings.get(id) ??
      this.#openingOf(
        id,
        String(this.#store.one("SELECT opening FROM rounds WHERE id = ?", id)!.opening),
      );
    let plans = this.#plans.get(opening);
    if (plans === undefined) {
      plans = new Set(opening.plans.map(({ plan }) => plan));
      this.#plans.set(opening, plans);
    }
    return plans;
  }

  #roundOf(row: Row): StoredRound {
    return {
      id: Number(row.id),
      state: row.state as RoundState,
      reason: row.reason === null ? undefined : String(row.reason),
      opening: this.#openingOf(Number(row.id), String(row.opening)),
      roundId: String(row.round_id),
      drawnAtS: Number(row.drawn_at_s),
      drawnAtMs: Number(row.drawn_at_ms),
      endedAtMs: row.ended_at_ms === null ? undefined : Number(row.ended_at_ms),
    };
  }

  #openingOf(id: number, json: string): RoundOpening {
    let opening = this.#openings.get(id);
    if (opening === undefined) {
      opening = readRoundOpening(parseWireJson(Buffer.from(json)));
      this.#openings.set(id, opening);
      const [oldest] = this.#openings.keys();
      if (this.#openings.size > MOST_HELD) this.#openings.delete(oldest!);
    }
    return opening;
  }
}
