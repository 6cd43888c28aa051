import type { DeviceProfile, SerialDefaults } from "../profiles/deviceProfile.ts";
import type { LineConfig, LineProtocol, MeterConfig } from "./config.ts";
import type { ConfigNode } from "./configNode.ts";
import type { LineEntry, MeterEntry } from "./shape.ts";

/** The profile whose registers a device tells itself. */
export const SUNSPEC = "sunspec";

const MODBUS_TCP_PORT = 502;
/** A DL/T 645 meter may think for half a second, and a long frame at 2400 baud takes another. */
export const REPLY_TIMEOUT_MS = { modbus: 1000, dlt645: 2000 };
/** For SunSpec, of whose device no profile is known: the default of "Modbus over Serial Line" (V1.02). */
export const MODBUS_SERIAL: SerialDefaults = {
  baudRate: 19_200,
  parity: "even",
  dataBits: 8,
  stopBits: 1,
};

/** The kind of profile that a line's devices have. */
export function familyOf(protocol: LineProtocol): "modbus" | "dlt645" {
  return protocol === "dlt645" ? "dlt645" : "modbus";
}

/** The TCP port of a line; undefined where it must be given. */
export function portOf({
  protocol,
  port,
}: {
  protocol?: LineProtocol | undefined;
  port?: number | undefined;
}): number | undefined {
  return port ?? (protocol === "modbus-tcp" ? MODBUS_TCP_PORT : undefined);
}

/**
 * A line of the file in the form that the daemon uses.
 * @param profile that of the first meter; undefined for SunSpec
 */
export function toLineConfig(
  entry: LineEntry,
  profile: DeviceProfile | undefined,
  node: ConfigNode,
): LineConfig {
  const { protocol, host, serial } = entry;
  const family = familyOf(protocol);
  const where = serial ?? `${host}:${portOf(entry)}`;
  const defaults = profile?.serial ?? MODBUS_SERIAL;
  return {
    name: entry.name ?? where,
    protocol,
    port:
      serial === undefined
        ? { kind: "tcp", host: host!, port: portOf(entry)! }
        : {
            kind: "serial",
            path: serial,
            baudRate: entry.baudRate ?? defaults.baudRate,
            parity: entry.parity ?? defaults.parity,
            dataBits: entry.dataBits ?? defaults.dataBits,
            stopBits: entry.stopBits ?? defaults.stopBits,
          },
    replyTimeoutMs: entry.replyTimeoutMs ?? REPLY_TIMEOUT_MS[family],
    meters: entry.meters.map((meter, index) => toMeterConfig(meter, node.at("meters", index).line)),
  };
}

function toMeterConfig({ address, ...meter }: MeterEntry, line: number): MeterConfig {
  return { ...meter, address: address?.toUpperCase(), line };
}
