import path from "node:path";
import {
  describeDrift,
  readSnapshot,
  SNAPSHOTS_DIR,
  writeSnapshot,
} from "../../scripts/snapshotFile.ts";

/** Gas used by a step differs from the committed snapshot, or has none. */
export class GasDriftError extends Error {
  override readonly name = "GasDriftError";

  constructor(drift: string) {
    super(`gas ${drift}; if that is meant, run \`npm run snapshot\` and commit snapshots/gas.json`);
  }
}

/**
 * Pins the gas that a step uses to the committed figure, exactly: whoever calls it keeps addresses,
 * timestamps and salts fixed. Under UPDATE_SNAPSHOTS=1 it records the figure instead.
 *
 * Not checked while coverage is measured, since the probes use gas of their own.
 */
export function expectGas(name: string, gasUsed: bigint | number): void {
  if (process.env.HARDHAT_COVERAGE === "true") return;

  const file = process.env.GAS_SNAPSHOT_FILE ?? path.join(SNAPSHOTS_DIR, "gas.json");
  const snapshot = readSnapshot(file);
  const measured = Number(gasUsed);
  if (process.env.UPDATE_SNAPSHOTS === "1") {
    writeSnapshot(file, { ...snapshot, [name]: measured });
    return;
  }
  const drift = describeDrift(name, snapshot[name], measured);
  if (drift !== undefined) throw new GasDriftError(drift);
}
