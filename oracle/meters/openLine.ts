import type { LineConfig, MeterConfig, OracleConfig } from "../config/config.ts";
import { SUNSPEC } from "../config/lines.ts";
import { Dlt645Line } from "../dlt645/dlt645Line.ts";
import { ModbusLine } from "../modbus/modbusLine.ts";
import type { DeviceProfile, ModbusProfile } from "../profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../profiles/loadDeviceProfile.ts";
import { sunspecMeter } from "../sunspec/sunspecMeter.ts";
import type { Line, Meter } from "./meter.ts";

/** A meter of a line, with what its profile knows. */
export interface OpenedMeter {
  config: MeterConfig;
  meter: Meter;
  /** Where its counters begin again at 0; undefined where that is not known, or not yet. */
  counterWrapWh: () => bigint | undefined;
  /** The least by which its counters move; some tell it with the first read. */
  resolutionWh: () => number;
}

/** A line as configured, not connected yet: it opens at the first request. */
export interface OpenedLine {
  config: LineConfig;
  line: Line;
  meters: OpenedMeter[];
}

/**
 * Makes the line of a configuration, with its meters.
 * @throws UnknownProfileError, ExperimentalProfileError, RelayCredentialsError
 */
export function openLine(config: LineConfig, relay: OracleConfig["relay"]): OpenedLine {
  const { protocol, port, replyTimeoutMs } = config;
  const profileOf = ({ profile, allowExperimental }: MeterConfig) =>
    loadDeviceProfile(profile, { allowExperimental });
  if (protocol === "dlt645") {
    const line = new Dlt645Line({ port, replyTimeoutMs });
    const meters = config.meters.map((meter) => {
      const profile = profileOf(meter);
      if (profile.protocol !== "dlt645") throw new TypeError(`${profile.name} is not DL/T 645.`);
      const credentials = meter.switchable ? relay : undefined;
      return {
        config: meter,
        meter: line.meter(profile, meter.address!, { relay: credentials }),
        ...countersOf(profile),
      };
    });
    return { config, line, meters };
  }
  const line = new ModbusLine({ protocol, port, replyTimeoutMs });
  const meters = config.meters.map((meter): OpenedMeter => {
    const unit = meter.unit!;
    if (meter.profile === SUNSPEC) {
      const sunspec = sunspecMeter(line, unit);
      const counterWrapWh = () => sunspec.counterWrapWh;
      const resolutionWh = () => sunspec.resolutionWh ?? USUAL_RESOLUTION_WH;
      return { config: meter, meter: sunspec, counterWrapWh, resolutionWh };
    }
    const profile = profileOf(meter);
    if (profile.protocol !== "modbus") throw new TypeError(`${profile.name} is not Modbus.`);
    const device = withSwitch(profile, meter);
    return { config: meter, meter: line.meter(device, unit), ...countersOf(profile) };
  });
  return { config, line, meters };
}

/** A device with the coil that its configuration names, where it may be switched. */
function withSwitch(
  profile: ModbusProfile,
  { switchable, switch: given }: MeterConfig,
): ModbusProfile {
  if (given === undefined || !switchable) return profile;
  return {
    ...profile,
    switch: { kind: "coil", address: given.coil, sources: ["the configuration"] },
  };
}

/** Of counters with two decimals of a kilowatt-hour, as DL/T 645 and many others have. */
const USUAL_RESOLUTION_WH = 10;

function countersOf(profile: DeviceProfile): Pick<OpenedMeter, "counterWrapWh" | "resolutionWh"> {
  const wrapWh = profile.counterWrapWh === undefined ? undefined : BigInt(profile.counterWrapWh);
  const resolutionWh = resolutionOf(profile);
  return { counterWrapWh: () => wrapWh, resolutionWh: () => resolutionWh };
}

/** A float's steps depend on its value; up to 131,072 kWh they are finer than two decimals. */
function resolutionOf(profile: DeviceProfile): number {
  if (profile.protocol === "dlt645") return USUAL_RESOLUTION_WH;
  const { importEnergyWh, exportEnergyWh } = profile.registers;
  const steps = [importEnergyWh, exportEnergyWh].map(({ type, unit, scale }) =>
    type.startsWith("float") ? USUAL_RESOLUTION_WH : Number(scale) * (unit === "kWh" ? 1000 : 1),
  );
  return Math.max(1, ...steps);
}
