/** A row that was lost; what it was about is told where an index or its remains say so. */
export interface LostRow {
  table: string;
  id: number;
  period: number | undefined;
  participant: number | undefined;
  meterId: number | undefined;
}

/** Damage of a store that was found and repaired: what is intact was carried over into a new file. */
export interface StoreDamage {
  /** Milliseconds since 1970. */
  foundAtMs: number;
  /** How it was noticed, one sentence each. */
  findings: readonly string[];
  /** Where the damaged file is kept. */
  evidencePath: string;
  /** Rows that were carried over, by table. */
  carried: Readonly<Record<string, number>>;
  /** How many rows are lost, by table; tables without loss are left out. */
  lost: Readonly<Record<string, number>>;
  /** The lost rows that are known, at most {@link MAX_LISTED_ROWS}. */
  lostRows: readonly LostRow[];
}

export const MAX_LISTED_ROWS = 1000;

/** The damage in sentences, for the log. */
export function describeDamage(damage: StoreDamage): string[] {
  const rows = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([table, count]) => `${count} of ${table}`)
      .join(", ");
  const lost = rows(damage.lost);
  return [
    ...damage.findings,
    `The damaged file is kept as ${damage.evidencePath}.`,
    `Rows carried over: ${rows(damage.carried)}.`,
    lost === "" ? "No row is lost." : `Rows lost: ${lost}.`,
    ...damage.lostRows.map(
      ({ table, id, period, participant, meterId }) =>
        `Lost: row ${id} of ${table}` +
        (period === undefined
          ? "."
          : `, participant ${String(participant)}, meter ${String(meterId)}, period ${period}.`),
    ),
  ];
}
