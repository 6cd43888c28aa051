import type { Counters } from "./judge.ts";

/**
 * Adds up what flows by a device's own power, each way since the counter of that way last moved. A counter that stands
 * still while much flows is stuck.
 */
export class Flow {
  #last: (Counters & { atS: number; activePowerW: number | undefined }) | undefined;
  #unmoved = { importWh: 0, exportWh: 0 };

  /** What has flowed unseen up to now, were the counters these. */
  unmovedAt(
    sample: Counters & { activePowerW: number | undefined },
    atS: number,
  ): { importWh: number; exportWh: number } {
    const last = this.#last;
    if (last === undefined) return { importWh: 0, exportWh: 0 };
    // The lesser of both ends: a load that has just come on proves nothing about the time before.
    const powers = [last.activePowerW ?? 0, sample.activePowerW ?? 0];
    const hours = Math.max(0, atS - last.atS) / 3600;
    const importWh = Math.max(0, Math.min(...powers)) * hours;
    const exportWh = Math.max(0, Math.min(...powers.map((power) => -power))) * hours;
    return {
      importWh: sample.importWh === last.importWh ? this.#unmoved.importWh + importWh : 0,
      exportWh: sample.exportWh === last.exportWh ? this.#unmoved.exportWh + exportWh : 0,
    };
  }

  /** Takes a sample in. */
  note(sample: Counters & { activePowerW: number | undefined }, atS: number): void {
    this.#unmoved = this.unmovedAt(sample, atS);
    const { importWh, exportWh, activePowerW } = sample;
    this.#last = { importWh, exportWh, activePowerW, atS };
  }

  /** Begins anew, as with another meter. */
  reset(): void {
    this.#last = undefined;
    this.#unmoved = { importWh: 0, exportWh: 0 };
  }
}
