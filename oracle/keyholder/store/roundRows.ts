import type { RoundPair } from "../../../sdk/private/rounds/pairByRanks.ts";
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
  /** How many it has. */
  bids: number;
  offers: number;
  state: RoundState;
  openedAtS: number;
  /** Positions of offers whose squares are wrong; undefined where it was not looked. */
  cheaters: number[] | undefined;
  pairsHash: string | undefined;
  /** Of how many bids ranks were told, once it is paired. */
  told: number;
}

/** What is told of a round without reading its opening or its matches. */
export type RoundSummary = Pick<
  KeptRound,
  "id" | "period" | "round" | "state" | "bids" | "offers" | "told" | "pairsHash"
> & {
  /** How many there are of each. */
  pairs: number;
  formed: number;
  proposed: number;
};

/** A pair with what became of it. */
export interface KeptPair extends RoundPair {
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
  bids: Number(row.bids),
  offers: Number(row.offers),
  state: row.state as RoundState,
  openedAtS: Number(row.openedAtS),
  cheaters: row.cheaters === null ? undefined : (JSON.parse(String(row.cheaters)) as number[]),
  pairsHash: textOrNone(row.pairsHash),
  told: Number(row.told),
});

const toSummary = (row: Row): RoundSummary => ({
  id: String(row.id),
  period: BigInt(row.period as number),
  round: Number(row.round),
  state: row.state as RoundState,
  bids: Number(row.bids),
  offers: Number(row.offers),
  told: Number(row.told),
  pairsHash: textOrNone(row.pairsHash),
  pairs: Number(row.pairs),
  formed: Number(row.formed),
  proposed: Number(row.proposed),
});

const toPair = (row: Row): KeptPair => ({
  bid: Number(row.bid),
  offer: Number(row.offer),
  answer: textOrNone(row.answer),
  numbers: row.numbers === null ? undefined : (JSON.parse(String(row.numbers)) as OpenedNumbers),
});

/** All but the opening, which is long. */
const ROUND_COLUMNS =
  "id, period, round, epoch, bids, offers, state, openedAtS, cheaters, pairsHash, told";

/** The rounds of a store, with their pairs. */
export class RoundRows {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  find(id: string): KeptRound | undefined {
    const row = this.#store.one(`SELECT ${ROUND_COLUMNS} FROM rounds WHERE id = ?`, id);
    return row === undefined ? undefined : toRound(row);
  }

  /** What a round that is kept was opened with, as JSON. */
  openingOf(id: string): string {
    return String(this.#store.one("SELECT opening FROM rounds WHERE id = ?", id)!.opening);
  }

  /** In their order. */
  ofPeriod(period: bigint): KeptRound[] {
    const sql = `SELECT ${ROUND_COLUMNS} FROM rounds WHERE period = ? ORDER BY round`;
    return this.#store.all(sql, Number(period)).map(toRound);
  }

  /** Those of which something may still be done. */
  unended(): Pick<KeptRound, "id" | "period" | "state">[] {
    const sql = `SELECT id, period, state FROM rounds
      WHERE state IN ('kept', 'ranking', 'paired', 'opening') ORDER BY period`;
    return this.#store.all(sql).map(({ id, period, state }) => {
      return { id: String(id), period: BigInt(period as number), state: state as RoundState };
    });
  }

  /** The latest ones in short. Everybody may ask: what is long is not read. */
  latest(most: number): RoundSummary[] {
    const sql = `SELECT id, period, round, state, bids, offers, told, pairsHash,
        (SELECT count(*) FROM pairs WHERE pairs.round = rounds.id) AS pairs,
        (SELECT count(*) FROM matches WHERE matches.round = rounds.id) AS formed,
        (SELECT count(*) FROM matches WHERE matches.round = rounds.id AND matches.state = 'proposed') AS proposed
      FROM rounds ORDER BY period DESC, rounds.round DESC LIMIT ?`;
    return this.#store.all(sql, most).map(toSummary);
  }

  /** @param round with its opening as JSON */
  add(
    round: Omit<KeptRound, "state" | "cheaters" | "pairsHash" | "told"> & { opening: string },
  ): void {
    const { id, period, round: index, epoch, opening, bids, offers, openedAtS } = round;
    this.#store.run(
      `INSERT INTO rounds (id, period, round, epoch, opening, bids, offers, state, openedAtS)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'kept', ?)`,
      id,
      Number(period),
      index,
      epoch,
      opening,
      bids,
      offers,
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

  // ── pairs ──────────────────────────────────────────────────────────────────

  /** Keeps all pairs of a round, which is paired from then on. @param told how many bids have ranks */
  addPairs(
    round: string,
    { pairsHash, pairs, told }: { pairsHash: string; pairs: readonly RoundPair[]; told: number },
  ): void {
    this.#store.transaction(() => {
      for (const { bid, offer } of pairs) {
        const sql = "INSERT INTO pairs (round, bid, offer) VALUES (?, ?, ?)";
        this.#store.run(sql, round, bid, offer);
      }
      const sql = "UPDATE rounds SET pairsHash = ?, told = ?, state = 'paired' WHERE id = ?";
      this.#store.run(sql, pairsHash, told, round);
    });
  }

  pairsOf(round: string): KeptPair[] {
    return this.#store.all("SELECT * FROM pairs WHERE round = ? ORDER BY bid", round).map(toPair);
  }

  /** A bid's pair, if it has one. */
  pairOf(round: string, bid: number): KeptPair | undefined {
    const row = this.#store.one("SELECT * FROM pairs WHERE round = ? AND bid = ?", round, bid);
    return row === undefined ? undefined : toPair(row);
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
