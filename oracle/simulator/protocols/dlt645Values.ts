import {
  ACTIVE_POWER,
  COMMUNICATION_ADDRESS,
  EXPORT_ENERGY,
  IMPORT_ENERGY,
  METER_DATE,
  METER_NUMBER,
  METER_TIME,
} from "../../dlt645/identifiers.ts";
import { encodeDigitPairs, encodeNumber } from "../../dlt645/values.ts";
import type { Quantity } from "../../profiles/deviceProfile.ts";
import type { Marker, Shown } from "../faults/valueFaults.ts";
import type { SimulatedUnit } from "../simulatedUnit.ts";

const WH_PER_STEP = 10n;
const STEPS_PER_W = 10;
/** What fits into six digits with a sign. */
const MOST_POWER_STEPS = 799_999;

const QUANTITIES_OF: Record<string, Quantity> = {
  [IMPORT_ENERGY.di]: "importEnergyWh",
  [EXPORT_ENERGY.di]: "exportEnergyWh",
  [ACTIVE_POWER.di]: "activePowerW",
  [METER_NUMBER]: "serialNumber",
};
/** The total and four tariffs, of which the first has counted everything. */
const BLOCKS: Record<string, string> = {
  "0001FF00": IMPORT_ENERGY.di,
  "0002FF00": EXPORT_ENERGY.di,
};
const TARIFFS = 4;

/** The quantity that an identifier reads. */
export function quantityOf(di: string): Quantity | undefined {
  return QUANTITIES_OF[BLOCKS[di] ?? di];
}

/** The bytes of a value; undefined where the meter has none by that identifier. */
export function valueBytes(
  di: string,
  unit: SimulatedUnit,
  shown: Shown,
  nowS: number,
): Uint8Array | undefined {
  const total = BLOCKS[di];
  if (total !== undefined) {
    const value = valueBytes(total, unit, shown, nowS)!;
    return Buffer.concat([value, value, Buffer.alloc((TARIFFS - 1) * value.length)]);
  }
  const bytes = readableBytes(di, unit, shown, nowS);
  const quantity = quantityOf(di);
  const marker = quantity && shown.unreadable.get(quantity);
  return bytes && marker ? markerBytes(marker, bytes.length) : bytes;
}

function readableBytes(
  di: string,
  unit: SimulatedUnit,
  shown: Shown,
  nowS: number,
): Uint8Array | undefined {
  switch (di) {
    case IMPORT_ENERGY.di:
      return encodeNumber(IMPORT_ENERGY.format, shown.importEnergyWh / WH_PER_STEP);
    case EXPORT_ENERGY.di:
      return encodeNumber(EXPORT_ENERGY.format, shown.exportEnergyWh / WH_PER_STEP);
    case ACTIVE_POWER.di: {
      const steps = Math.round(shown.activePowerW * STEPS_PER_W);
      const held = Math.min(MOST_POWER_STEPS, Math.max(-MOST_POWER_STEPS, steps));
      return encodeNumber(ACTIVE_POWER.format, BigInt(held));
    }
    case METER_NUMBER:
      return encodeDigitPairs(shown.serialNumber.padStart(12, "0"));
    case COMMUNICATION_ADDRESS:
      return encodeDigitPairs(unit.unit);
    case METER_DATE: {
      const date = new Date(1000 * nowS);
      const weekday = String(date.getUTCDay()).padStart(2, "0");
      return encodeDigitPairs(date.toISOString().slice(2, 10).replaceAll("-", "") + weekday);
    }
    case METER_TIME:
      return encodeDigitPairs(
        new Date(1000 * nowS).toISOString().slice(11, 19).replaceAll(":", ""),
      );
    default:
      return undefined;
  }
}

function markerBytes(marker: Marker, length: number): Uint8Array {
  return Buffer.alloc(length, marker === "nonBcd" ? 0x3c : 0xff);
}
