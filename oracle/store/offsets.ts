import { offsetTable } from "./schema.ts";
import type { StoreDatabase } from "./storeDatabase.ts";
import type { Row } from "./table.ts";
import { numberOf, textOf } from "./values.ts";

/** What is published is a device's registers and these, which may be negative. */
export interface RegisterOffset {
  importOffsetWh: bigint;
  exportOffsetWh: bigint;
}

export interface NewOffset extends RegisterOffset {
  participant: number;
  meterId: number;
  /** The device that it is for, where an operator has accepted another. */
  serialNumber: string | undefined;
  /** Milliseconds since 1970. */
  sinceMs: number;
  reason: string;
  /** The operator's command on record that ordered it. */
  commandId: number | undefined;
}

export interface StoredOffset extends NewOffset {
  id: number;
}

/** Offsets of meters' registers, none of which is ever deleted. */
export class Offsets {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  /** From now on it holds for its meter. */
  add(offset: NewOffset): StoredOffset {
    const id = this.#database.insert(offsetTable, {
      ...offset,
      importOffsetWh: offset.importOffsetWh.toString(),
      exportOffsetWh: offset.exportOffsetWh.toString(),
      serialNumber: offset.serialNumber ?? null,
      commandId: offset.commandId ?? null,
    });
    return toOffset(this.#database.get(offsetTable, id));
  }

  /** What holds for a meter; undefined where its registers are published as they are. */
  of(participant: number, meterId: number): StoredOffset | undefined {
    return this.history(participant, meterId).at(-1);
  }

  /** The oldest first. */
  history(participant: number, meterId: number): StoredOffset[] {
    return this.#database
      .rows(offsetTable, "WHERE participant = ? AND meterId = ? ORDER BY id", participant, meterId)
      .map(toOffset);
  }
}

function toOffset(row: Row): StoredOffset {
  return {
    id: Number(row.id),
    participant: Number(row.participant),
    meterId: Number(row.meterId),
    importOffsetWh: BigInt(String(row.importOffsetWh)),
    exportOffsetWh: BigInt(String(row.exportOffsetWh)),
    serialNumber: textOf(row.serialNumber),
    sinceMs: Number(row.sinceMs),
    reason: String(row.reason),
    commandId: numberOf(row.commandId),
  };
}
