import { hexlify } from "ethers";
import type { Reading } from "../../sdk/readings/reading.ts";
import type { RawValue } from "../meters/meter.ts";
import { StoreError } from "./errors.ts";
import { meterTable, readingTable } from "./schema.ts";
import type { StoreDatabase } from "./storeDatabase.ts";
import type { Row, Value } from "./table.ts";
import { bytesOf, textOf, numberOf } from "./values.ts";

/**
 * How far a reading has come. `included` readings count in a block that may still be reorganised away, `final` ones in
 * one that is deep enough; the chain said no to `refused` ones.
 */
export type ReadingState = "read" | "signed" | "sent" | "included" | "final" | "refused";

export const READING_STATES: readonly ReadingState[] = [
  "read",
  "signed",
  "sent",
  "included",
  "final",
  "refused",
];

export interface NewReading extends Reading {
  /** What the device gave, from which the registers were made. */
  raw: readonly RawValue[];
  /** Milliseconds since 1970. */
  readAtMs: number;
}

export interface StoredReading extends NewReading {
  id: number;
  state: ReadingState;
  /** The gateway's signature in the form of EIP-2098, once it is signed. */
  r: string | undefined;
  vs: string | undefined;
  /** The transaction that reports it, or did. */
  transactionId: number | undefined;
  /** Where it counts. */
  blockNumber: number | undefined;
  includedHash: string | undefined;
  /** Why it is refused, or waits. */
  reason: string | undefined;
  /** The chain does not take it before. Milliseconds since 1970. */
  waitUntilMs: number | undefined;
}

/** Which of the readings that are under way. */
export interface PendingFilter {
  state?: ReadingState;
  participant?: number;
  /** Only those that wait until then at most. */
  waitUntilMs?: number;
  limit?: number;
}

const MAX_COUNTER_WH = (1n << 48n) - 1n;

/** The gateway's readings. Every method is durable when it returns. */
export class Readings {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  /**
   * Keeps new readings, all or none.
   * @throws StoreError where a meter has a reading for the period
   */
  storeRead(readings: readonly NewReading[]): StoredReading[] {
    return this.#database.transaction(() => readings.map((reading) => this.#store(reading)));
  }

  /** Keeps signatures of readings; a reading that is sent already keeps its own. */
  storeSigned(signatures: readonly { id: number; r: string; vs: string }[]): void {
    this.#database.transaction(() => {
      for (const { id, r, vs } of signatures) {
        const { state } = this.#database.get(readingTable, id);
        if (state !== "read" && state !== "signed") continue;
        this.#database.update(readingTable, id, {
          state: "signed",
          r: bytesOf(r, 32),
          vs: bytesOf(vs, 32),
        });
      }
    });
  }

  /** Readings to be signed, sent or waited for, in the order in which they were read. */
  pending({ state, participant, waitUntilMs, limit = -1 }: PendingFilter = {}): StoredReading[] {
    return this.#select(
      `INDEXED BY readings_live WHERE live = 1 AND state != 'included' AND (?1 IS NULL OR state = ?1)
         AND (?2 IS NULL OR participant = ?2) AND (?3 IS NULL OR coalesce(waitUntilMs, 0) <= ?3)
         ORDER BY id LIMIT ?4`,
      state ?? null,
      participant ?? null,
      waitUntilMs ?? null,
      limit,
    );
  }

  /** When the first of the signed readings may be sent; undefined where there is none. */
  nextDueMs(): number | undefined {
    const [row] = this.#database.select(
      `SELECT min(coalesce(waitUntilMs, 0)) AS atMs FROM readings INDEXED BY readings_live
         WHERE live = 1 AND state = 'signed'`,
    );
    return numberOf(row?.atMs);
  }

  /** Those of the ids that the store has. */
  readingsIn(ids: readonly number[]): StoredReading[] {
    return ids.flatMap((id) => this.#select("WHERE id = ?", id));
  }

  /** A meter's reading of the latest period. */
  latestOf(participant: number, meterId: number): StoredReading | undefined {
    const [meter] = this.#database.rows(
      meterTable,
      "WHERE participant = ? AND meterId = ?",
      participant,
      meterId,
    );
    return meter === undefined
      ? undefined
      : this.#select("WHERE id = ?", meter.latestReadingId!)[0];
  }

  /** The latest reading of every meter, by participant and meter. */
  latest(): StoredReading[] {
    const meters = this.#database.rows(meterTable, "ORDER BY participant, meterId");
    return meters.flatMap(({ latestReadingId }) => this.#select("WHERE id = ?", latestReadingId!));
  }

  /** How many readings are in each state. */
  counts(): Record<ReadingState, number> {
    const states = this.#database.tally.readings?.states ?? {};
    return Object.fromEntries(READING_STATES.map((state) => [state, states[state] ?? 0])) as Record<
      ReadingState,
      number
    >;
  }

  /** Gives up readings that are in no transaction and that the chain would refuse, or takes them as refused. */
  refuse(refusals: readonly { id: number; reason: string }[]): void {
    this.#changeUnsent(refusals, ({ reason }) => ({ state: "refused", reason, waitUntilMs: null }));
  }

  /** Notes that the chain does not take readings before a time. */
  hold(waits: readonly { id: number; reason: string; untilMs: number }[]): void {
    this.#changeUnsent(waits, ({ reason, untilMs }) => ({ reason, waitUntilMs: untilMs }));
  }

  #changeUnsent<T extends { id: number }>(items: readonly T[], changeOf: (item: T) => Row): void {
    this.#database.transaction(() => {
      for (const item of items) {
        const { state } = this.#database.get(readingTable, item.id);
        if (state !== "read" && state !== "signed") {
          throw new StoreError(`Reading ${item.id} is ${String(state)}; its transaction decides.`);
        }
        this.#database.update(readingTable, item.id, changeOf(item));
      }
    });
  }

  #store(reading: NewReading): StoredReading {
    const { participant, meterId, period, importWh, exportWh, raw, readAtMs } = reading;
    for (const counterWh of [importWh, exportWh]) {
      if (counterWh >= 0n && counterWh <= MAX_COUNTER_WH) continue;
      throw new RangeError(`A counter of ${counterWh} Wh does not fit into 48 bits.`);
    }
    const place: [number, number, number] = [period, participant, meterId];
    const clause = "WHERE period = ? AND participant = ? AND meterId = ?";
    if (this.#select(clause, ...place).length !== 0) {
      throw new StoreError(
        `A reading of participant ${participant}, meter ${meterId}, for period ${period} is stored already.`,
      );
    }
    const id = this.#database.insert(readingTable, {
      participant,
      meterId,
      period,
      importWh: Number(importWh),
      exportWh: Number(exportWh),
      raw: JSON.stringify(raw),
      readAtMs,
      state: "read",
    });
    this.#noteLatest(participant, meterId, period, id);
    return toStoredReading(this.#database.get(readingTable, id));
  }

  #noteLatest(participant: number, meterId: number, period: number, id: number): void {
    const [meter] = this.#database.rows(
      meterTable,
      "WHERE participant = ? AND meterId = ?",
      participant,
      meterId,
    );
    const latest = { latestPeriod: period, latestReadingId: id };
    if (meter === undefined) {
      this.#database.insert(meterTable, { participant, meterId, ...latest });
    } else if (Number(meter.latestPeriod) < period) {
      this.#database.update(meterTable, Number(meter.id), latest);
    }
  }

  #select(tail: string, ...values: Value[]): StoredReading[] {
    return this.#database.rows(readingTable, tail, ...values).map(toStoredReading);
  }
}

function toStoredReading(row: Row): StoredReading {
  const hex = (value: Value | undefined) =>
    value instanceof Uint8Array ? hexlify(value) : undefined;
  return {
    id: Number(row.id),
    participant: Number(row.participant),
    meterId: Number(row.meterId),
    period: Number(row.period),
    importWh: BigInt(Number(row.importWh)),
    exportWh: BigInt(Number(row.exportWh)),
    raw: JSON.parse(String(row.raw)) as RawValue[],
    readAtMs: Number(row.readAtMs),
    state: row.state as ReadingState,
    r: hex(row.r),
    vs: hex(row.vs),
    transactionId: numberOf(row.transactionId),
    blockNumber: numberOf(row.blockNumber),
    includedHash: hex(row.includedHash),
    reason: textOf(row.reason),
    waitUntilMs: numberOf(row.waitUntilMs),
  };
}
