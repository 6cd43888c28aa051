/** What the tests ran of one source file. */
export interface FileCoverage {
  readonly source: string;
  readonly lines: number;
  /** Numbers of the lines that were not run, ascending. */
  readonly uncovered: readonly number[];
}

/** Parses the records of an lcov tracefile: `SF:` names the file, `DA:line,count` counts a line. */
export function parseLcov(text: string): FileCoverage[] {
  return text
    .split("end_of_record")
    .map((record) => {
      const source = /^SF:(.+)$/m.exec(record)?.[1];
      const counts = [...record.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line, count]) => ({
        line: Number(line),
        count: Number(count),
      }));
      const uncovered = counts
        .filter(({ count }) => count === 0)
        .map(({ line }) => line)
        .sort((a, b) => a - b);
      return source === undefined ? undefined : { source, lines: counts.length, uncovered };
    })
    .filter((file) => file !== undefined);
}

/** Adds up files; nothing measured counts as nothing covered. */
export function summarise(files: readonly FileCoverage[]): {
  lines: number;
  covered: number;
  percent: number;
} {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const covered = lines - files.reduce((sum, file) => sum + file.uncovered.length, 0);
  return { lines, covered, percent: lines === 0 ? 0 : (covered / lines) * 100 };
}
