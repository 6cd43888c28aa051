import { BaseError, showValue } from "../../../sdk/errors.ts";
import type { SimulatedUnit } from "../simulatedUnit.ts";
import type { PlannedFault } from "./faultKinds.ts";
import { quantitiesHit } from "./faultSchedule.ts";

/** A fault cannot be had from these meters. */
export class UnsuitableFaultError extends BaseError {
  override name = "UnsuitableFaultError";

  constructor({ where, fault }: PlannedFault, problem: string, remedy: string) {
    super(`${where}: ${fault} ${problem}.`, { metaMessages: [remedy] });
  }
}

/** What faults are possible on. */
export interface FaultTarget {
  units: readonly SimulatedUnit[];
  isTcp: boolean;
  hasChecksum: boolean;
}

const MOST_UNIT = 255;
const CONNECTION_FAULTS: ReadonlySet<string> = new Set(["halfOpen", "refuseConnect"]);

/** @throws UnsuitableFaultError for the first fault that these meters cannot have */
export function checkFaults(faults: readonly PlannedFault[], target: FaultTarget): void {
  for (const fault of faults) checkFault(fault, target);
}

function checkFault(fault: PlannedFault, { units, isTcp, hasChecksum }: FaultTarget): void {
  const hit = units.filter(({ unit }) => fault.unit === undefined || fault.unit === unit);
  if (hit.length === 0)
    throw new UnsuitableFaultError(
      fault,
      `is for unit ${showValue(fault.unit)}, which there is not`,
      `Units: ${units.map(({ unit }) => unit).join(", ")}.`,
    );
  if (CONNECTION_FAULTS.has(fault.fault) && !isTcp)
    throw new UnsuitableFaultError(fault, "needs a TCP port", "Remove it on a serial line.");
  if (fault.fault === "badCrc" && !hasChecksum)
    throw new UnsuitableFaultError(
      fault,
      "needs a checksum, which Modbus TCP has none of",
      "Remove it, or simulate Modbus RTU or DL/T 645.",
    );
  for (const unit of hit) checkFor(unit, fault);
}

function checkFor({ unit, profile }: SimulatedUnit, fault: PlannedFault): void {
  const isDlt645 = profile.protocol === "dlt645";
  const refuse = (problem: string, remedy: string) =>
    new UnsuitableFaultError(fault, `${problem} (unit ${unit}, ${profile.name})`, remedy);
  if (fault.fault === "nonBcd" && !isDlt645)
    throw refuse("needs digits in BCD, which Modbus has none of", "Simulate DL/T 645.");
  if ("answersAs" in fault && fault.answersAs !== undefined) {
    const isPossible = isDlt645
      ? fault.answersAs.length === 12
      : Number(fault.answersAs) <= MOST_UNIT;
    if (!isPossible)
      throw refuse(
        `cannot answer as ${showValue(fault.answersAs)}`,
        isDlt645 ? "Give an address of twelve digits." : "Give a unit from 0 to 255.",
      );
  }
  if (fault.fault === "wrap") {
    const rangeWh = fault.rangeWh ?? (profile.counterWrapWh && BigInt(profile.counterWrapWh));
    if (!rangeWh)
      throw refuse("does not know where the counter ends", "Add rangeWh: how many Wh it counts.");
    if (fault.beforeWh >= rangeWh)
      throw refuse(
        `begins ${fault.beforeWh} Wh before the end of ${rangeWh} Wh`,
        "Lower beforeWh.",
      );
  }
  if (fault.fault === "replaced" && profile.protocol === "modbus") {
    const type = profile.registers.serialNumber?.type;
    if (fault.serialNumber !== undefined && type !== "string" && !/^\d+$/.test(fault.serialNumber))
      throw refuse("has letters in a serial number", "This meter's has digits only.");
  }
  if (profile.protocol !== "modbus") {
    if (fault.fault === "nan")
      throw refuse("needs a float register", "Use ffff, absent or nonBcd.");
    return;
  }
  for (const quantity of quantitiesHit(fault) ?? []) {
    const spec = profile.registers[quantity];
    if (spec === undefined) {
      if ("quantity" in fault) throw refuse(`needs ${quantity}`, "Name another quantity.");
      continue;
    }
    const isFloat = spec.type === "float32" || spec.type === "float64";
    if (fault.fault === "nan" && !isFloat)
      throw refuse(
        `needs a float register, and ${quantity} is ${spec.type}`,
        "Use ffff, or name another quantity.",
      );
    if (fault.fault === "absent" && !isFloat && spec.absent === undefined && spec.type !== "string")
      throw refuse(
        `needs a marker, and none is known for ${quantity}`,
        "Use ffff, or name another quantity.",
      );
  }
}
