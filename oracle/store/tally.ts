import type { Row, Table } from "./table.ts";

/** How many rows a table has, written with every change: fewer in the file means that some are lost. */
export interface TableTally {
  rows: number;
  live: number;
  /** Ids are not used twice, also after rows were deleted. */
  nextId: number;
  states: Record<string, number>;
}

export type Tally = Record<string, TableTally>;

const NOTHING: Readonly<TableTally> = { rows: 0, live: 0, nextId: 1, states: {} };

export function tallyOf(tally: Tally, { name }: Table): Readonly<TableTally> {
  return tally[name] ?? NOTHING;
}

/** Counts a change of a row: from nothing where it was added, to nothing where it was deleted. */
export function count(
  tally: Tally,
  table: Table,
  before: Row | undefined,
  after: Row | undefined,
): void {
  const counts = (tally[table.name] ??= structuredClone(NOTHING));
  for (const [row, change] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (row === undefined) continue;
    counts.rows += change;
    if (row.live === 1) counts.live += change;
    counts.nextId = Math.max(counts.nextId, Number(row.id) + 1);
    if (typeof row.state === "string") {
      counts.states[row.state] = (counts.states[row.state] ?? 0) + change;
    }
  }
}
