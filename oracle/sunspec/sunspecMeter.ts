import { MeterError, type Meter, type MeterSample, type RawValue } from "../meters/meter.ts";
import { recorded } from "../meters/readRecord.ts";
import { decimalOf, floorOf, numberOf } from "../modbus/exact.ts";
import { ModbusException } from "../modbus/modbusFailure.ts";
import type { Ask, ModbusLine } from "../modbus/modbusLine.ts";
import { discoverWith, NoSunspecError, read, textOf } from "./discovery.ts";
import {
  COMMON_MODEL,
  COMMON_OFFSETS,
  ENERGY_MODELS,
  isAbsentInt16,
  scaled,
  scaleOf,
  TEXT_WORDS,
  type EnergyModel,
} from "./models.ts";

/** A meter whose registers are found by discovery. */
export interface SunspecMeter extends Meter {
  /** Where its counters begin again at 0, known once it was read: they have 32 bits and a scale. */
  readonly counterWrapWh: bigint | undefined;
  /** The least by which its counters move, at least 1 Wh, known once it was read: its scale factor says it. */
  readonly resolutionWh: number | undefined;
}

/** Where a device keeps what is read of it. */
interface Layout {
  id: number;
  address: number;
  length: number;
  points: EnergyModel;
  commonAddress: number;
}

const COUNTER_VALUES = 1n << 32n;

/**
 * A SunSpec meter (models 201 to 204) or three-phase inverter (103, which only feeds in). Its map is looked for at the
 * first read, and again where a read does not find its model in its place.
 */
export function sunspecMeter(line: ModbusLine, unit: number): SunspecMeter {
  const where = line.where(unit);
  let layout: Layout | undefined;
  let scale: number | undefined;
  return {
    where,
    get counterWrapWh() {
      return scale === undefined ? undefined : floorOf(scaled(COUNTER_VALUES, scale));
    },
    get resolutionWh() {
      return scale === undefined ? undefined : Math.max(1, 10 ** scale);
    },
    read: (signal) =>
      recorded(async (record) => {
        const [at, wire, serial] = await line
          .run({ unit, signal, record }, async (ask) => {
            layout ??= await findLayout(ask, where);
            return [
              layout,
              await ask(read(layout.address, layout.points.words)),
              await ask(read(layout.commonAddress + COMMON_OFFSETS.serialNumber, TEXT_WORDS)),
            ] as const;
          })
          .catch((error: unknown) => {
            if (error instanceof ModbusException && error.isForGood) layout = undefined;
            throw error;
          });
        if (wire.readUInt16BE() !== at.id || wire.readUInt16BE(2) !== at.length) {
          layout = undefined;
          throw new MeterError("malformed", `${where} has another model where ${at.id} was.`, {
            hex: wire.subarray(0, 4).toString("hex"),
          });
        }
        const sample = sampleOf(where, at, wire, serial, record.raw);
        scale = energyScale(where, at, wire);
        return sample;
      }),
  };
}

async function findLayout(ask: Ask, where: string): Promise<Layout> {
  const { models } = await discoverWith(ask, where);
  const ids = Object.keys(ENERGY_MODELS).map(Number);
  // A meter before an inverter, which counts a part of what the meter counts.
  const meter = models.find(({ id }) => id !== 103 && ids.includes(id));
  const found = meter ?? models.find(({ id }) => ids.includes(id));
  if (found === undefined)
    throw new NoSunspecError(
      "refused",
      `${where} counts no energy in a model that is known: it has ${models.map(({ id }) => id).join(", ")}.`,
      { metaMessages: [`Known models: ${ids.join(", ")}.`] },
    );
  const common = models.find(({ id }) => id === COMMON_MODEL)!;
  return { ...found, points: ENERGY_MODELS[found.id]!, commonAddress: common.address };
}

function energyScale(
  where: string,
  { id, points }: Layout,
  wire: Buffer,
  raw: RawValue[] = [],
): number {
  const at = 2 * points.energyScale;
  const scale = scaleOf(wire.readInt16BE(at));
  if (scale === undefined) {
    const source = `model ${id} scale of the energies`;
    raw.push({ quantity: "scale", source, hex: wire.toString("hex", at, at + 2), value: "absent" });
    throw new MeterError("absent", `${where} tells no scale of the energies of model ${id}.`, {
      hex: wire.toString("hex"),
    });
  }
  return scale;
}

function sampleOf(
  where: string,
  at: Layout,
  wire: Buffer,
  serial: Buffer,
  raw: RawValue[],
): MeterSample {
  const { id, points } = at;
  const scale = energyScale(where, at, wire, raw);
  const energyOf = (quantity: string, point: number, name: string): bigint => {
    // 0 means "not implemented" of an optional accumulator. These are mandatory: a meter that never fed in shows 0.
    const value = scaled(BigInt(wire.readUInt32BE(2 * point)), scale);
    raw.push({
      quantity,
      source: `model ${id} ${name}, scale ${scale}`,
      hex: wire.toString("hex", 2 * point, 2 * point + 4),
      value: `${decimalOf(value)} Wh`,
    });
    return floorOf(value);
  };
  const importWh =
    points.import === undefined ? 0n : energyOf("importEnergyWh", points.import, points.importName);
  const exportWh = energyOf("exportEnergyWh", points.export, points.exportName);
  const activePowerW = powerOf(id, points, wire, raw);
  const serialNumber = textOf(serial);
  raw.push({
    quantity: "serialNumber",
    source: "model 1 SN",
    hex: serial.toString("hex"),
    value: serialNumber ?? "absent",
  });
  return { importWh, exportWh, activePowerW, serialNumber, raw };
}

function powerOf(
  id: number,
  points: EnergyModel,
  wire: Buffer,
  raw: RawValue[],
): number | undefined {
  const power = wire.readInt16BE(2 * points.power);
  const scale = scaleOf(wire.readInt16BE(2 * points.powerScale));
  const value =
    scale === undefined || isAbsentInt16(power) ? undefined : scaled(BigInt(power), scale);
  raw.push({
    quantity: "activePowerW",
    source: `model ${id} W, scale ${scale ?? "absent"}`,
    hex: wire.toString("hex", 2 * points.power, 2 * points.power + 2),
    value: value === undefined ? "absent" : `${decimalOf(value)} W`,
  });
  // Adding 0 makes an idle inverter's -0 a 0.
  return value === undefined ? undefined : points.powerSign * numberOf(value) + 0;
}
