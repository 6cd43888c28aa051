/** A figure or a word of a row; null where it was not measured. */
export type Cell = number | string | null;

/** A table of results: every row has the same keys, which carry their units (`medianMs`). */
export interface BenchTable {
  title: string;
  rows: Record<string, Cell>[];
  /** What the figures do not say: what was left out, and why. */
  notes: string[];
}

/**
 * What a file in this folder exports as `run`.
 * @param progress takes a line on what is being measured
 */
export type Bench = (progress: (line: string) => void) => Promise<BenchTable[]>;
