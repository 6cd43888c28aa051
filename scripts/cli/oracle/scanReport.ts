import type { LineProtocol } from "../../../oracle/config/config.ts";
import type { BytePort } from "../../../oracle/meters/byteStream.ts";
import { formatTable } from "../../../sdk/formatTable.ts";

/** A device that answered. */
export interface FoundDevice {
  unit: number | undefined;
  address: string | undefined;
  serialNumber: string | undefined;
  manufacturer: string | undefined;
  model: string | undefined;
  /** What is wrong with its answers. */
  trouble: string | undefined;
  /** The likeliest first, with what was read by it. */
  profiles: {
    profile: string;
    experimental: boolean;
    why: string;
    importEnergyWh: string | undefined;
    exportEnergyWh: string | undefined;
    activePowerW: number | undefined;
  }[];
}

export interface ScanReport {
  where: string;
  protocol: LineProtocol;
  devices: FoundDevice[];
  /** The line as a configuration has it; what it cannot know is left open. */
  config: string;
}

/** The part of a configuration that has the devices, with the likeliest profile of each. */
export function snippetOf(
  protocol: LineProtocol,
  port: BytePort,
  devices: readonly FoundDevice[],
): string {
  const place =
    port.kind === "serial"
      ? [`serial: ${port.path}`, `baudRate: ${port.baudRate}`, `parity: ${port.parity}`]
      : [`host: "${port.host}"`, `port: ${port.port}`];
  const meters = devices.flatMap(({ unit, address, serialNumber, profiles: [best, ...others] }) => [
    "      - participant: # account number in the market",
    best === undefined
      ? "        profile: # none fits; see its manual"
      : `        profile: ${best.profile}${others.length === 0 ? "" : ` # or ${others.map(({ profile }) => profile).join(", ")}`}`,
    ...(best?.experimental === true ? ["        allowExperimental: true"] : []),
    unit === undefined ? `        address: "${address}"` : `        unit: ${unit}`,
    ...(serialNumber === undefined && unit !== undefined
      ? ["        serialNumber: false # it tells none"]
      : []),
  ]);
  return [
    "lines:",
    `  - protocol: ${protocol}`,
    ...place.map((line) => `    ${line}`),
    "    meters:",
    ...meters,
  ].join("\n");
}

/** The devices for people, and the part of a configuration to paste. */
export function formatScan({ where, devices, config }: ScanReport): string {
  if (devices.length === 0) return `No device answered at ${where}.`;
  const rows = devices.flatMap(
    ({ unit, address, serialNumber, manufacturer, model, trouble, profiles }) => {
      const id = address ?? String(unit);
      if (profiles.length === 0) return [[id, "none fits", trouble ?? "", "", "", ""]];
      return profiles.map(
        ({ profile, experimental, why, importEnergyWh, exportEnergyWh }, index) => [
          index === 0 ? id : "",
          experimental ? `${profile} (experimental)` : profile,
          index === 0 && model !== undefined ? `${why}: ${manufacturer ?? ""} ${model}` : why,
          index === 0 ? (serialNumber ?? "") : "",
          importEnergyWh ?? "",
          exportEnergyWh ?? "",
        ],
      );
    },
  );
  const table = formatTable(
    [["device", "profile", "why", "serial number", "import Wh", "export Wh"], ...rows],
    4,
  );
  return `${table}\n\nCompare the values with the device's display; the likeliest profile comes first.\n\n${config}`;
}
