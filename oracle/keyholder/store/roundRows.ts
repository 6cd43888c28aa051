import type { PlacedPair } from "../rounds/placedPair.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/**
 * Kept: not yet logged on chain. Ranking: logged, ranks are told. Paired: its pairs are kept. Opening: they are logged, and
 * are opened. Ended: nothing more is told of it.
 */
export type RoundState = "kept" | "ranking" | "paired" | "opening" | "ended";

/** A round as it is kept. */
export interface KeptRound {
  id: string;
  period: bigint;
  round: number;
  /** The manifest hash of its epoch. */
  epoch: string;
  /** The opening as JSON. */
  opening: string;
  state: RoundState;
  openedAtS: number;
  /** Positions of offers whose squares are wrong; undefined where it was not looked. */
  cheaters: number[] | undefined;
  pairsHash: string | undefined;
}

/** A pair with what became of it. */
export interface KeptPair extends PlacedPair {
  /** What was answered, as JSON; undefined until it was opened. */
  answer: string | undefined;
  /** What both plans were found to hold, where both were honest: compared with the ranks in the end. */
  numbers: OpenedNumbers | undefined;
}

/** The encoded features of a pair's plans. */
export interface OpenedNumbers {
  bid: number[];
  offer: number[];
}

const textOrNone = (value: Row[string] | undefined) =>
  typeof value === "string" ? value : undefined;

const toRound = (row: Row): KeptRound => ({
  id: String(row.id),
  period: BigInt(row.period as number),
  round: Number(row.round),
  epoch: String(row.epoch),
  opening: String(row.opening),
  state: row.state as RoundState,
  openedAtS: Number(row.openedAtS),
  cheaters: row.cheaters === null ? undefined : (JSON.parse(String(row.cheaters)) as number[]),
  pairsHash: textOrNone(row.pairsHash),
});

const toPair = (row: Row): KeptPair => ({
  bid: Number(row.bid),
  offer: Number(row.offer),
  answer: textOrNone(row.answer),
  numbers: row.numbers === null ? undefined : (JSON.parse(String(row.numbers)) as OpenedNumbers),
});

/** The rounds of a store, with ranks and pairs. */
export class RoundRows {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  find(id: string): KeptRound | undefined {
    const row = this.#store.one("SELECT * FROM rounds WHERE id = ?", id);
    return row === undefined ? undefined : toRound(row);
  }

  /** In their order. */
  ofPeriod(period: bigint): KeptRound[] {
    const sql = "SELECT * FROM rounds WHERE period = ? ORDER BY round";
    return this.#store.all(sql, Number(period)).map(toRound);
  }

  /** Those of which something may still be done. */
  unended(): KeptRound[] {
    return this.#store
      .all("SELECT * FROM rounds WHERE state <> 'ended' ORDER BY period")
      .map(toRound);
  }

  /** The latest ones, for who watches. */
  latest(most: number): KeptRound[] {
    const sql = "SELECT * FROM rounds ORDER BY period DESC, round DESC LIMIT ?";
    return this.#store.all(sql, most).map(toRound);
  }

  add(round: Omit<KeptRound, "state" | "cheaters" | "pairsHash">): void {
    const { id, period, round: index, epoch, opening, openedAtS } = round;
    this.#store.run(
      `INSERT INTO rounds (id, period, round, epoch, opening, state, openedAtS)
       VALUES (?, ?, ?, ?, ?, 'kept', ?)`,
      id,
      Number(period),
      index,
      epoch,
      opening,
      openedAtS,
    );
  }

  setState(id: string, state: RoundState): void {
    this.#store.run("UPDATE rounds SET state = ? WHERE id = ?", state, id);
  }

  setCheaters(id: string, cheaters: readonly number[]): void {
    const sql = "UPDATE rounds SET cheaters = ? WHERE id = ?";
    this.#store.run(sql, JSON.stringify(cheaters), id);
  }

  // ── ranks ──────────────────────────────────────────────────────────────────

  answerOf(round: string, position: number): string | undefined {
    const sql = "SELECT answer FROM ranks WHERE round = ? AND position = ?";
    return textOrNone(this.#store.one(sql, round, position)?.answer);
  }

  addRanks(round: string, position: number, answer: string): void {
    this.#store.run("INSERT INTO ranks VALUES (?, ?, ?)", round, position, answer);
  }

  ranksTold(round: string): number {
    const sql = "SELECT count(*) AS told FROM ranks WHERE round = ?";
    return Number(this.#store.one(sql, round)?.told ?? 0);
  }

  /** The answers by position. */
  answersOf(round: string): Map<number, string> {
    const rows = this.#store.all("SELECT position, answer FROM ranks WHERE round = ?", round);
    return new Map(rows.map(({ position, answer }) => [Number(position), String(answer)]));
  }

  // ── pairs ──────────────────────────────────────────────────────────────────

  /** Keeps all pairs of a round, which is paired from then on. */
  addPairs(round: string, pairsHash: string, pairs: readonly PlacedPair[]): void {
    this.#store.transaction(() => {
      for (const { bid, offer } of pairs) {
        const sql = "INSERT INTO pairs (round, bid, offer) VALUES (?, ?, ?)";
        this.#store.run(sql, round, bid, offer);
      }
      const sql = "UPDATE rounds SET pairsHash = ?, state = 'paired' WHERE id = ?";
      this.#store.run(sql, pairsHash, round);
    });
  }

  pairsOf(round: string): KeptPair[] {
    return this.#store.all("SELECT * FROM pairs WHERE round = ? ORDER BY bid", round).map(toPair);
  }

  answerPair(
    round: string,
    bid: number,
    { answer, numbers }: { answer: string; numbers: OpenedNumbers | undefined },
  ): void {
    const sql = "UPDATE pairs SET answer = ?, numbers = ? WHERE round = ? AND bid = ?";
    const held = numbers === undefined ? null : JSON.stringify(numbers);
    this.#store.run(sql, answer, held, round, bid);
  }

  /** Forgets what plans were found to hold, once it was compared with the ranks. */
  forgetNumbers(round: string): void {
    this.#store.run("UPDATE pairs SET numbers = NULL WHERE round = ?", round);
  }
}
