import type { RawValue } from "../meters/meter.ts";
import { StoreError } from "./errors.ts";
import { quarantineTable } from "./schema.ts";
import type { StoreDatabase } from "./storeDatabase.ts";
import type { Row, Value } from "./table.ts";
import { numberOf, textOf } from "./values.ts";

export interface Counters {
  importWh: bigint;
  exportWh: bigint;
}

/** What a meter gave when it was found suspicious. */
export interface Evidence {
  /** Milliseconds since 1970. */
  atMs: number;
  /** Undefined where there was no number. */
  importWh: bigint | undefined;
  exportWh: bigint | undefined;
  activePowerW: number | undefined;
  serialNumber: string | undefined;
  raw: readonly RawValue[];
  /** What went over the line, in its order and with its direction, where the driver keeps it: `received 0103…`. */
  frames: readonly string[];
}

export interface Suspicion {
  participant: number;
  meterId: number;
  /** The period for which it would have been the reading. */
  period: number;
  /** The rule that it broke, see `oracle/judgement`. */
  code: string;
  explanation: string;
  /** Which decision of the operator would fit. */
  suggestion: string;
  /** The last registers that were accepted; undefined where there were none. */
  published: Counters | undefined;
  evidence: Evidence;
}

/** `resolved`: it went away without an operator. */
export type QuarantineState = "open" | "released" | "rejected" | "resolved";

export interface QuarantineEntry extends Omit<Suspicion, "evidence"> {
  id: number;
  state: QuarantineState;
  first: Evidence;
  latest: Evidence;
  /** How many samples were suspicious for this reason. */
  samples: number;
  openedAtMs: number;
  lastSeenAtMs: number;
  decidedAtMs: number | undefined;
  /** The operator's command on record that decided. */
  commandId: number | undefined;
  note: string | undefined;
}

/** Suspicious values with their evidence. A meter has one open entry for each reason. */
export class Quarantine {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  /** Opens an entry, or adds to the meter's open one of the same reason: the first sample and the latest are kept. */
  report(suspicion: Suspicion): QuarantineEntry {
    const { evidence, published, ...rest } = suspicion;
    return this.#database.transaction(() => {
      const open = this.openOf(rest.participant, rest.meterId).find(
        ({ code }) => code === rest.code,
      );
      if (open !== undefined) {
        this.#database.update(quarantineTable, open.id, {
          explanation: rest.explanation,
          suggestion: rest.suggestion,
          evidence: toJson({ first: open.first, latest: evidence }),
          samples: open.samples + 1,
          lastSeenAtMs: evidence.atMs,
        });
        return this.get(open.id);
      }
      const id = this.#database.insert(quarantineTable, {
        ...rest,
        published: published === undefined ? null : toJson(published),
        evidence: toJson({ first: evidence, latest: evidence }),
        samples: 1,
        openedAtMs: evidence.atMs,
        lastSeenAtMs: evidence.atMs,
        state: "open",
      });
      return this.get(id);
    });
  }

  /**
   * Ends an entry for good.
   * @throws StoreError where it is not open
   */
  decide(
    id: number,
    decision: {
      state: Exclude<QuarantineState, "open">;
      atMs: number;
      commandId?: number;
      note?: string;
    },
  ): void {
    this.#database.transaction(() => {
      const { state } = this.get(id);
      if (state !== "open") throw new StoreError(`Quarantine entry ${id} is ${state} already.`);
      this.#database.update(quarantineTable, id, {
        state: decision.state,
        decidedAtMs: decision.atMs,
        commandId: decision.commandId ?? null,
        note: decision.note ?? null,
      });
    });
  }

  /** @throws StoreError where there is none */
  get(id: number): QuarantineEntry {
    return toEntry(this.#database.get(quarantineTable, id));
  }

  /** What waits for an operator, the oldest first. */
  open(): QuarantineEntry[] {
    return this.#select("INDEXED BY quarantine_live WHERE live = 1 ORDER BY id");
  }

  openOf(participant: number, meterId: number): QuarantineEntry[] {
    return this.#select(
      "INDEXED BY quarantine_live WHERE live = 1 AND participant = ? AND meterId = ? ORDER BY id",
      participant,
      meterId,
    );
  }

  /** Those of a participant's bindings before one. */
  openBefore(participant: number, meterId: number): QuarantineEntry[] {
    return this.#select(
      "INDEXED BY quarantine_live WHERE live = 1 AND participant = ? AND meterId < ? ORDER BY id",
      participant,
      meterId,
    );
  }

  /** The entries that were opened last, the newest first. */
  latest(limit: number): QuarantineEntry[] {
    return this.#select("ORDER BY id DESC LIMIT ?", limit);
  }

  #select(tail: string, ...values: Value[]): QuarantineEntry[] {
    return this.#database.rows(quarantineTable, tail, ...values).map(toEntry);
  }
}

const COUNTERS = ["importWh", "exportWh"];

const toJson = (value: object) =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? String(item) : item));

/** An absent value is left out of JSON, and is undefined again afterwards. */
const fromJson = (text: string): unknown =>
  JSON.parse(text, (key, item: unknown) =>
    COUNTERS.includes(key) && typeof item === "string" ? BigInt(item) : item,
  );

const ABSENT: Pick<Evidence, "importWh" | "exportWh" | "activePowerW" | "serialNumber"> = {
  importWh: undefined,
  exportWh: undefined,
  activePowerW: undefined,
  serialNumber: undefined,
};

function toEntry(row: Row): QuarantineEntry {
  const { first, latest } = fromJson(String(row.evidence)) as { first: Evidence; latest: Evidence };
  return {
    id: Number(row.id),
    participant: Number(row.participant),
    meterId: Number(row.meterId),
    period: Number(row.period),
    code: String(row.code),
    explanation: String(row.explanation),
    suggestion: String(row.suggestion),
    published:
      typeof row.published === "string" ? (fromJson(row.published) as Counters) : undefined,
    first: { ...ABSENT, ...first },
    latest: { ...ABSENT, ...latest },
    samples: Number(row.samples),
    openedAtMs: Number(row.openedAtMs),
    lastSeenAtMs: Number(row.lastSeenAtMs),
    state: row.state as QuarantineState,
    decidedAtMs: numberOf(row.decidedAtMs),
    commandId: numberOf(row.commandId),
    note: textOf(row.note),
  };
}
