import type { DeviceProfile } from "../profiles/deviceProfile.ts";
import type { ActiveFault } from "./faults/faultSchedule.ts";
import { showValues, type Shown } from "./faults/valueFaults.ts";
import type { MeteredLoad } from "./meteredLoad.ts";

/** A meter behind a simulator's port. */
export interface SimulatedUnitOptions {
  profile: DeviceProfile;
  load: MeteredLoad;
  /** The Modbus unit as a decimal number, or the DL/T 645 address of twelve digits. */
  unit: string;
  serialNumber: string;
  /** What the counters show when the load begins. */
  importWh?: bigint;
  exportWh?: bigint;
}

/** One meter: what it measures, and its switch. */
export class SimulatedUnit {
  readonly unit: string;
  readonly profile: DeviceProfile;
  /** Of the relay or coil that its profile has. */
  isOn = true;
  readonly #options: SimulatedUnitOptions;

  constructor(options: SimulatedUnitOptions) {
    this.#options = options;
    this.unit = options.unit;
    this.profile = options.profile;
  }

  /** What it would show without faults. */
  registersAt(timeS: number): { importWh: bigint; exportWh: bigint } {
    const { importWh = 0n, exportWh = 0n, load } = this.#options;
    const energy = load.energyAt(timeS);
    return { importWh: importWh + energy.importWh, exportWh: exportWh + energy.exportWh };
  }

  shownAt(timeS: number, faults: readonly ActiveFault[]): Shown {
    const { load, serialNumber } = this.#options;
    const { counterWrapWh } = this.profile;
    const meter = {
      importEnergyWh: (atS: number) => this.registersAt(atS).importWh,
      exportEnergyWh: (atS: number) => this.registersAt(atS).exportWh,
      activePowerW: (atS: number) => load.powerWAt(atS),
      serialNumber,
      counterWrapWh: counterWrapWh === undefined ? undefined : BigInt(counterWrapWh),
    };
    return showValues(meter, faults, timeS);
  }
}
