import { MeterError, type Meter, type MeterSample } from "../meters/meter.ts";
import { recorded } from "../meters/readRecord.ts";
import type { ModbusProfile, SwitchSpec } from "../profiles/deviceProfile.ts";
import { ModbusException } from "./modbusFailure.ts";
import type { Ask, ModbusLine } from "./modbusLine.ts";
import type { WriteRequest } from "./modbusRequest.ts";
import { planReads, type PlannedRead } from "./readPlan.ts";
import { isPartialText, readingOf, sampleOf, type Reading } from "./reading.ts";

/** How often a device may cut its serial number short. */
const TEXT_READS = 3;

/** The meter of a profile on a line. */
export function modbusMeter(line: ModbusLine, profile: ModbusProfile, unit: number): Meter {
  const where = line.where(unit);
  const plan = planReads(profile);
  const task = { unit, pauseMs: profile.pauseMsAfterUnitChange ?? 0 };

  function read(signal?: AbortSignal): Promise<MeterSample> {
    return recorded(async (record) => {
      const readings = await line.run({ ...task, signal, record }, async (ask) => {
        const all: Reading[] = [];
        for (const planned of plan) {
          const some = await readPlanned(ask, planned);
          record.raw.push(...some.map(({ raw }) => raw));
          all.push(...some);
        }
        return all;
      });
      return sampleOf(where, readings);
    });
  }

  async function turn(on: boolean, signal?: AbortSignal): Promise<void> {
    const spec = profile.switch;
    if (spec === undefined)
      throw new MeterError("refused", `${where} has no switch in its profile ${profile.name}.`);
    await line.run({ ...task, signal }, async (ask) => {
      // A write is confirmed with its own bytes. Only a read shows whether the adapter hears what it sends, so that
      // such an echo is not taken for the confirmation.
      if (line.echoes === undefined) await ask(plan[0]!);
      await ask(writeOf(spec, on));
    });
  }

  return profile.switch === undefined ? { where, read } : { where, read, switch: turn };
}

async function readPlanned(ask: Ask, planned: PlannedRead): Promise<Reading[]> {
  for (let tries = 1; ; ++tries) {
    try {
      const readings = splitAnswer(planned, await ask(planned));
      if (tries === TEXT_READS || !readings.some(isPartialText)) return readings;
    } catch (error) {
      // A meter without serial number or power is a meter still.
      const isSpared = planned.parts.every(({ quantity }) => !quantity.endsWith("EnergyWh"));
      if (error instanceof ModbusException && error.isForGood && isSpared) return [];
      throw error;
    }
  }
}

function splitAnswer({ functionCode, parts }: PlannedRead, wire: Buffer): Reading[] {
  const [{ spec: first }] = parts as [PlannedRead["parts"][number]];
  return parts.map(({ quantity, spec }) => {
    const at = 2 * (spec.address - first.address);
    return readingOf(quantity, spec, functionCode, wire.subarray(at));
  });
}

function writeOf(spec: SwitchSpec, on: boolean): WriteRequest {
  const { kind, address } = spec;
  if (kind === "coil") return { functionCode: 5, address, on };
  return { functionCode: 6, address, value: on ? (spec.on ?? 1) : (spec.off ?? 0) };
}
