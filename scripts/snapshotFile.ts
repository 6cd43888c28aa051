import fs from "node:fs";
import path from "node:path";

/** A committed measurement by name: bytes of code or gas used. */
export type Snapshot = Readonly<Record<string, number>>;

export const SNAPSHOTS_DIR = path.join(import.meta.dirname, "..", "snapshots");

/** Reads a snapshot; one that was never written is empty. */
export function readSnapshot(file: string): Snapshot {
  if (!fs.existsSync(file)) return {};
  return JSON.parse(fs.readFileSync(file, "utf8")) as Snapshot;
}

/** Writes a snapshot sorted by name, so that a change shows as the line that changed. */
export function writeSnapshot(file: string, snapshot: Snapshot): void {
  const sorted = Object.fromEntries(Object.entries(snapshot).sort(([a], [b]) => (a < b ? -1 : 1)));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(sorted, null, 2) + "\n");
}

/** Says in a line what became of one measurement, or nothing where it is unchanged. */
export function describeDrift(
  name: string,
  committed: number | undefined,
  measured: number | undefined,
): string | undefined {
  if (committed === measured) return undefined;
  if (committed === undefined) return `${name}: ${measured} is new`;
  if (measured === undefined) return `${name}: ${committed} is not measured any more`;
  const change = measured - committed;
  const sign = change > 0 ? "+" : "";
  const percent = ((change / committed) * 100).toFixed(2);
  return `${name}: ${committed} -> ${measured} (${sign}${change}, ${sign}${percent}%)`;
}

/** Lists every difference between two snapshots, sorted by name. */
export function listDrift(committed: Snapshot, measured: Snapshot): string[] {
  const names = new Set([...Object.keys(committed), ...Object.keys(measured)]);
  return [...names]
    .sort()
    .map((name) => describeDrift(name, committed[name], measured[name]))
    .filter((line) => line !== undefined);
}
