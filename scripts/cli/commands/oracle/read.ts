import { InvalidArgumentError, Option, type Command } from "commander";
import { MODBUS_SERIAL, REPLY_TIMEOUT_MS, SUNSPEC } from "../../../../oracle/config/lines.ts";
import type { LineConfig } from "../../../../oracle/config/config.ts";
import { MeterAddressError, parseMeterAddress } from "../../../../oracle/dlt645/address.ts";
import { isUnit, UNIT_FORM } from "../../../../oracle/modbus/unitRange.ts";
import type { MeterSample } from "../../../../oracle/meters/meter.ts";
import { openLine } from "../../../../oracle/meters/openLine.ts";
import { loadDeviceProfile, profileNames } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { formatTable } from "../../../../sdk/formatTable.ts";
import { EXIT_INTERRUPTED, untilInterrupted } from "../../interruption.ts";
import {
  addLineOptions,
  checkUnits,
  lineOf,
  LineOptionsError,
  type LineOptions,
} from "../../oracle/lineOptions.ts";

interface ReadOptions extends LineOptions {
  profile: string;
  unit?: number;
  address?: string;
  allowExperimental: boolean;
  json: boolean;
}

async function read(options: ReadOptions): Promise<void> {
  const { profile, json } = options;
  const { meters, line } = openLine(lineConfigOf(options), undefined);
  const [{ meter }] = meters as [(typeof meters)[number]];
  const { interrupted, result } = await untilInterrupted(async (signal) => {
    try {
      return await meter.read(signal);
    } finally {
      await line.close();
    }
  });
  if (interrupted || result === undefined) {
    process.exitCode = EXIT_INTERRUPTED;
    return;
  }
  const reading = readingOf(profile, meter.where, result);
  process.stdout.write(`${json ? JSON.stringify(reading, null, 2) : formatReading(reading)}\n`);
}

/** The meter as a configuration would have it. */
function lineConfigOf(options: ReadOptions): LineConfig {
  const { profile: name, unit, address, allowExperimental, replyTimeoutMs } = options;
  const profile =
    name === SUNSPEC
      ? undefined
      : loadDeviceProfile(name, { allowExperimental, besides: [SUNSPEC] });
  const family = profile?.protocol ?? "modbus";
  checkPlace(family, options);
  const { protocol, port } = lineOf(options, family, profile?.serial ?? MODBUS_SERIAL);
  checkUnits(protocol, unit === undefined ? [] : [unit]);
  const meter = {
    participant: 0,
    profile: name,
    allowExperimental,
    unit,
    address,
    serialNumber: undefined,
    switchable: false,
    line: 0,
  };
  return {
    name: "",
    protocol,
    port,
    replyTimeoutMs: replyTimeoutMs ?? REPLY_TIMEOUT_MS[family],
    meters: [meter],
  };
}

function checkPlace(family: "modbus" | "dlt645", { unit, address, profile }: ReadOptions): void {
  const [right, given, wrong] =
    family === "modbus" ? ["--unit", unit, address] : ["--address", address, unit];
  if (given !== undefined && wrong === undefined) return;
  throw new LineOptionsError(
    wrong === undefined
      ? `It is not said which device of ${profile} is meant.`
      : `${family === "modbus" ? "--address" : "--unit"} is not for a device of ${profile}.`,
    { metaMessages: [`Name it with ${right}.`] },
  );
}

/** What was read, in the form of `--json`. */
function readingOf(profile: string, where: string, sample: MeterSample) {
  const { importWh, exportWh, activePowerW, serialNumber, raw } = sample;
  return {
    profile,
    where,
    importEnergyWh: toJsonNumber(importWh),
    exportEnergyWh: toJsonNumber(exportWh),
    activePowerW: activePowerW ?? null,
    serialNumber: serialNumber ?? null,
    raw,
  };
}

/** A decimal string where a JSON number would be rounded. */
function toJsonNumber(value: bigint): number | string {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
}

function formatReading({ raw, ...reading }: ReturnType<typeof readingOf>): string {
  const { profile, where, importEnergyWh, exportEnergyWh, activePowerW, serialNumber } = reading;
  const values = formatTable(
    [
      ["import", `${importEnergyWh} Wh`],
      ["export", `${exportEnergyWh} Wh`],
      ["active power", activePowerW === null ? "not told" : `${activePowerW} W`],
      ["serial number", serialNumber ?? "not told"],
    ],
    2,
  );
  const sources = formatTable(
    [
      ["quantity", "from", "bytes", "value"],
      ...raw.map(({ quantity, source, hex, value }) => [quantity, source, hex, value]),
    ],
    4,
  );
  return `${where} as ${profile}\n\n${values}\n\n${sources}`;
}

function toUnit(text: string): number {
  const unit = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  if (!isUnit(unit)) throw new InvalidArgumentError(`Give ${UNIT_FORM}.`);
  return unit;
}

function toAddress(text: string): string {
  try {
    return parseMeterAddress(text);
  } catch (error) {
    if (!(error instanceof MeterAddressError)) throw error;
    throw new InvalidArgumentError(error.metaMessages.join(" "));
  }
}

/** `sealwatt oracle read --profile NAME (--tcp HOST:PORT | --serial PATH) (--unit N | --address A) [--json]` */
export function configure(command: Command): void {
  command.requiredOption(
    "--profile <name>",
    `the device: ${[...profileNames(), SUNSPEC].join(", ")}`,
  );
  addLineOptions(command)
    .addOption(new Option("--unit <number>", "the Modbus unit").argParser(toUnit))
    .addOption(
      new Option("--address <digits>", "the twelve digits of a DL/T 645 meter")
        .argParser(toAddress)
        .conflicts("unit"),
    )
    .option("--allow-experimental", "also a profile on which too few sources agree", false)
    .option("--json", "write one JSON object", false)
    .addHelpText(
      "after",
      "\nAsks once and writes nothing to the meter. Energies are rounded down to whole Wh; under raw is what the" +
        "\ndevice sent, and where each value came from.",
    )
    .action(read);
}
