import { MODBUS_SERIAL, SUNSPEC } from "../config/lines.ts";
import type { ModbusProfile, RegisterSpec } from "../profiles/deviceProfile.ts";
import { COMMON_MODEL, COMMON_OFFSETS, ENERGY_MODELS, TEXT_WORDS } from "../sunspec/models.ts";

/** A three-phase meter. */
const METER_MODEL = 203;
const METER_WORDS = 105;
const COMMON_WORDS = 66;
const BASE = 40_000;
const COMMON_AT = BASE + 2;
const METER_AT = COMMON_AT + 2 + COMMON_WORDS;
const END_AT = METER_AT + 2 + METER_WORDS;
const END_MARK = 0xffff;
/** Of power, so that 16 bits hold that of any house. */
const POWER_SCALE = 1;

const points = ENERGY_MODELS[METER_MODEL]!;
const holding: Pick<RegisterSpec, "functionCode" | "wordOrder" | "sources"> = {
  functionCode: 3,
  wordOrder: "high-first",
  sources: [],
};
const energy = (offset: number): RegisterSpec => ({
  ...{ ...holding, address: METER_AT + offset },
  ...{ type: "uint32", unit: "Wh", scale: "1" },
});

/** A SunSpec meter as a simulator serves it: a profile is what the real ones do without. */
export const SUNSPEC_DEVICE: ModbusProfile = {
  name: SUNSPEC,
  vendor: "Sealwatt",
  model: "simulated meter of SunSpec model 203",
  protocol: "modbus",
  experimental: false,
  notes: [],
  serial: MODBUS_SERIAL,
  unit: 1,
  counterWrapWh: String(2 ** 32),
  sources: {},
  registers: {
    importEnergyWh: energy(points.import!),
    exportEnergyWh: energy(points.export),
    activePowerW: {
      ...{ ...holding, address: METER_AT + points.power },
      ...{ type: "int16", unit: "W", scale: String(10 ** POWER_SCALE), absent: ["8000"] },
    },
    serialNumber: {
      ...{ ...holding, address: COMMON_AT + COMMON_OFFSETS.serialNumber },
      ...{ type: "string", words: TEXT_WORDS, unit: "", scale: "1" },
    },
  },
};

/** What of its map never changes: the marker, the models' heads, names and scales. */
export function sunspecMap(): { functionCode: 3; address: number; bytes: Buffer } {
  const bytes = Buffer.alloc(2 * (END_AT + 2 - BASE));
  const at = (address: number) => 2 * (address - BASE);
  bytes.write("SunS");
  bytes.writeUInt16BE(COMMON_MODEL, at(COMMON_AT));
  bytes.writeUInt16BE(COMMON_WORDS, at(COMMON_AT + 1));
  bytes.write("Sealwatt", at(COMMON_AT + COMMON_OFFSETS.manufacturer));
  bytes.write("Simulated meter", at(COMMON_AT + COMMON_OFFSETS.model));
  bytes.writeUInt16BE(METER_MODEL, at(METER_AT));
  bytes.writeUInt16BE(METER_WORDS, at(METER_AT + 1));
  bytes.writeInt16BE(POWER_SCALE, at(METER_AT + points.powerScale));
  bytes.writeUInt16BE(END_MARK, at(END_AT));
  return { functionCode: 3, address: BASE, bytes };
}
