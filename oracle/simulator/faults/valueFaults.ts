import { ENERGIES, type Quantity } from "../../profiles/deviceProfile.ts";
import { quantitiesHit, type ActiveFault } from "./faultSchedule.ts";

/** How a value is made unreadable. */
export type Marker = "nan" | "ffff" | "absent" | "nonBcd";

/** What a meter shows at one moment. */
export interface Shown {
  importEnergyWh: bigint;
  exportEnergyWh: bigint;
  activePowerW: number;
  serialNumber: string;
  unreadable: ReadonlyMap<Quantity, Marker>;
}

/** A counter over time, in unix seconds. */
type Counter = (timeS: number) => bigint;

/** A meter without faults. */
export interface TrueMeter {
  importEnergyWh: Counter;
  exportEnergyWh: Counter;
  activePowerW: (timeS: number) => number;
  serialNumber: string;
  /** Where the counters begin again at 0. */
  counterWrapWh: bigint | undefined;
}

/** What a meter shows under faults, which act in the order of the file. */
export function showValues(meter: TrueMeter, faults: readonly ActiveFault[], nowS: number): Shown {
  const unreadable = new Map<Quantity, Marker>();
  let { serialNumber } = meter;
  for (const fault of faults) {
    if (fault.fault === "replaced") serialNumber = fault.serialNumber ?? otherSerial(serialNumber);
    if (isMarker(fault.fault))
      for (const quantity of quantitiesHit(fault)!) unreadable.set(quantity, fault.fault);
  }
  const [importEnergyWh, exportEnergyWh] = ENERGIES.map((energy) => {
    const counter = faults.reduce((before, fault) => change(before, fault, energy), meter[energy]);
    const value = counter(nowS);
    return meter.counterWrapWh === undefined ? value : value % meter.counterWrapWh;
  });
  return {
    importEnergyWh: importEnergyWh!,
    exportEnergyWh: exportEnergyWh!,
    activePowerW: meter.activePowerW(nowS),
    serialNumber,
    unreadable,
  };

  function change(counter: Counter, fault: ActiveFault, energy: (typeof ENERGIES)[number]) {
    if (quantitiesHit(fault)?.includes(energy) !== true) return counter;
    return changedCounter(counter, fault, energy, meter.counterWrapWh);
  }
}

function changedCounter(
  counter: Counter,
  fault: ActiveFault,
  energy: (typeof ENERGIES)[number],
  counterWrapWh: bigint | undefined,
): Counter {
  const { sinceS } = fault;
  switch (fault.fault) {
    case "zeroOnce":
      return () => 0n;
    case "stuck":
      return () => counter(sinceS);
    case "rollback":
      return (timeS) => {
        const value = counter(timeS) - fault.energyWh;
        return value > 0n ? value : 0n;
      };
    case "replaced": {
      const first = energy === "importEnergyWh" ? fault.importWh : fault.exportWh;
      return (timeS) => first + counter(timeS) - counter(sinceS);
    }
    case "wrap": {
      const rangeWh = fault.rangeWh ?? counterWrapWh!;
      const first = rangeWh - fault.beforeWh;
      return (timeS) => (first + counter(timeS) - counter(sinceS)) % rangeWh;
    }
    default:
      return counter;
  }
}

function isMarker(name: string): name is Marker {
  return name === "nan" || name === "ffff" || name === "absent" || name === "nonBcd";
}

/** The same digits with another last one. */
function otherSerial(serialNumber: string): string {
  const last = Number(serialNumber.at(-1));
  return serialNumber.slice(0, -1) + String(Number.isNaN(last) ? 1 : (last + 1) % 10);
}
