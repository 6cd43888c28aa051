import type { MeterSample } from "../meters/meter.ts";
import { judge, type JudgementContext } from "./judge.ts";

/** A value that was suspicious before, and why. */
export interface EarlierDoubt {
  code: string;
  latest: { atMs: number; importWh: bigint | undefined; exportWh: bigint | undefined };
}

/** Rules whose breach a counter may carry on with, as if nothing had been. */
const LASTING = new Set(["zero", "backwards", "wrap-around", "beyond-rated-power"]);

/**
 * Whether a sample that is plausible by itself goes on from one that was not: a leap that is old enough, a counter that
 * fell and has caught up, one that still stands, a device that hides its number. One that does not go on from there is
 * back.
 */
export function goesOnFrom(
  { code, latest: { importWh, exportWh, atMs } }: EarlierDoubt,
  sample: MeterSample,
  context: JudgementContext,
): boolean {
  if (importWh === undefined || exportWh === undefined) return false;
  // Also where the flow since then is not known, as after a start.
  if (code === "stuck") return sample.importWh === importWh && sample.exportWh === exportWh;
  if (code === "serial-changed") {
    return context.serialNumber !== undefined && sample.serialNumber === undefined;
  }
  if (!LASTING.has(code)) return false;
  const before = {
    importWh: importWh + context.offset.importWh,
    exportWh: exportWh + context.offset.exportWh,
  };
  const fromThere = judge(sample, {
    ...context,
    lastSample: { ...before, atS: atMs / 1000 },
    lastReading: { ...before, period: context.lastReading.period },
    unmoved: { importWh: 0, exportWh: 0 },
    period: undefined,
  });
  return fromThere.kind === "accept";
}
