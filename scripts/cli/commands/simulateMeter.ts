import { setTimeout as pause } from "node:timers/promises";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { LineProtocol, SerialPortConfig, TcpConfig } from "../../../oracle/config/config.ts";
import { SUNSPEC } from "../../../oracle/config/lines.ts";
import { parseMeterAddress } from "../../../oracle/dlt645/address.ts";
import type { DeviceProfile } from "../../../oracle/profiles/deviceProfile.ts";
import {
  COMMON_METER,
  loadDeviceProfile,
  profileNames,
} from "../../../oracle/profiles/loadDeviceProfile.ts";
import { createSimulator } from "../../../oracle/simulator/createSimulator.ts";
import {
  MOST_SEED,
  parseFaults,
  type FaultPlan,
} from "../../../oracle/simulator/faults/faultFile.ts";
import type { ActiveFault } from "../../../oracle/simulator/faults/faultSchedule.ts";
import type { MeterSimulator } from "../../../oracle/simulator/meterSimulator.ts";
import type { SimulatedUnitOptions } from "../../../oracle/simulator/simulatedUnit.ts";
import { SUNSPEC_DEVICE } from "../../../oracle/simulator/sunspecDevice.ts";
import { BaseError } from "../../../sdk/errors.ts";
import { untilInterrupted } from "../interruption.ts";
import { checkUnits } from "../oracle/lineOptions.ts";
import { parseLoad, type LoadOfUnit } from "../meterLoad.ts";
import { wholeNumber } from "../neighbourhoodOptions.ts";
import { readText } from "../readText.ts";
import { parseUnits } from "../unitList.ts";

interface SimulateMeterOptions {
  profile: string;
  allowExperimental: boolean;
  protocol?: LineProtocol;
  host: string;
  port: number;
  serial?: string;
  baud?: number;
  unit?: number[];
  address?: string[];
  serialNumber: string;
  importWh: number;
  exportWh: number;
  load: LoadOfUnit;
  faults?: string;
  seed?: number;
  json: boolean;
}

/** Options of the command line do not go together. */
class MismatchedOptionsError extends BaseError {
  override name = "MismatchedOptionsError";
}

const PROTOCOLS: readonly LineProtocol[] = [
  "modbus-tcp",
  "modbus-rtu",
  "modbus-rtu-over-tcp",
  "dlt645",
];
/** Beside 502, which only root may open. */
const DEFAULT_PORT = 5020;
const DEFAULT_ADDRESS = "000000000001";
const MOST_WH = Number.MAX_SAFE_INTEGER;

async function simulateMeter(options: SimulateMeterOptions): Promise<void> {
  const { profile: name, allowExperimental, serial, json } = options;
  const profile =
    name === SUNSPEC
      ? SUNSPEC_DEVICE
      : loadDeviceProfile(name, { allowExperimental, besides: [SUNSPEC] });
  const protocol = options.protocol ?? protocolOf(profile, serial);
  const units = unitsOf(options, profile);
  if (options.unit !== undefined) checkUnits(protocol, options.unit);
  const faults = await readFaults(options);
  const say = (event: object, line: string) =>
    process.stdout.write(`${json ? JSON.stringify(event) : line}\n`);
  const lost = new AbortController();
  const simulator = createSimulator({
    protocol,
    port: portOf(options, profile),
    units,
    faults,
    onFault: (unit, fault) => say(faultEvent(unit, fault), `unit ${unit}: ${fault.fault}`),
    onLost: (error) => lost.abort(error),
  });
  await untilInterrupted(async (signal) => {
    await simulator.start();
    try {
      say(...listening(simulator, protocol, profile, units));
      // The port alone keeps no process alive: a meter may refuse connections for a while.
      const ended = AbortSignal.any([signal, lost.signal]);
      while (!ended.aborted)
        await pause(2 ** 30, undefined, { signal: ended }).catch(() => undefined);
      if (!signal.aborted) throw lost.signal.reason;
    } finally {
      await simulator.stop();
    }
  });
}

function protocolOf(profile: DeviceProfile, serial: string | undefined): LineProtocol {
  if (profile.protocol === "dlt645") return "dlt645";
  return serial === undefined ? "modbus-tcp" : "modbus-rtu";
}

function portOf(
  { host, port, serial, baud }: SimulateMeterOptions,
  profile: DeviceProfile,
): TcpConfig | SerialPortConfig {
  if (serial === undefined) return { kind: "tcp", host, port };
  return { kind: "serial", path: serial, ...profile.serial, ...(baud && { baudRate: baud }) };
}

function unitsOf(options: SimulateMeterOptions, profile: DeviceProfile): SimulatedUnitOptions[] {
  const isDlt645 = profile.protocol === "dlt645";
  const misplaced = isDlt645 ? options.unit && "--unit" : options.address && "--address";
  if (misplaced !== undefined)
    throw new MismatchedOptionsError(`${misplaced} is not for the device of ${profile.name}.`, {
      metaMessages: [`Name its meters with ${isDlt645 ? "--address" : "--unit"}.`],
    });
  const names = isDlt645
    ? (options.address ?? [DEFAULT_ADDRESS])
    : (options.unit ?? [profile.unit]).map(String);
  return names.map((unit, index) => ({
    profile,
    unit,
    load: options.load(index),
    // Each its own, with the same number of digits.
    serialNumber: String(BigInt(options.serialNumber) + BigInt(index)).padStart(
      options.serialNumber.length,
      "0",
    ),
    importWh: BigInt(options.importWh),
    exportWh: BigInt(options.exportWh),
  }));
}

async function readFaults({ faults: file, seed }: SimulateMeterOptions): Promise<FaultPlan> {
  const plan =
    file === undefined ? { seed: 0, faults: [] } : parseFaults(await readText(file), file);
  return seed === undefined ? plan : { ...plan, seed };
}

function listening(
  { where }: MeterSimulator,
  protocol: LineProtocol,
  { name }: DeviceProfile,
  units: readonly SimulatedUnitOptions[],
): [event: object, line: string] {
  const meters = units.map(({ unit, serialNumber }) => ({ unit, serialNumber }));
  const shown = meters.map(
    ({ unit, serialNumber }) => `unit ${unit} (serial number ${serialNumber})`,
  );
  return [
    { event: "listening", where, protocol, profile: name, meters },
    `${name} over ${protocol} at ${where}: ${shown.join(", ")}`,
  ];
}

function faultEvent(unit: string, { fault, where }: ActiveFault): object {
  return { event: "fault", time: new Date().toISOString(), unit, fault, where };
}

function toAddresses(text: string): string[] {
  return text.split(",").map(parseMeterAddress);
}

function toSerialNumber(text: string): string {
  if (/^\d{1,12}$/.test(text)) return text;
  throw new InvalidArgumentError("Give up to twelve digits.");
}

/** `sealwatt simulate-meter [--profile NAME] [--protocol P] [--host H --port N | --serial PATH --baud N] [--unit N | --address A] [--load L] [--faults FILE] [--json]` */
export function configure(command: Command): void {
  const whole = (flags: string, text: string, least: number, most: number) =>
    new Option(flags, text).argParser(wholeNumber(least, most));
  command
    .option(
      "--profile <name>",
      `the device: ${[...profileNames(), SUNSPEC].join(", ")}`,
      COMMON_METER,
    )
    .option("--allow-experimental", "also a profile that rests on one source", false)
    .addOption(
      new Option("--protocol <name>", "by default what the device speaks over the port").choices(
        PROTOCOLS,
      ),
    )
    .addOption(new Option("--host <address>", "where to listen").default("127.0.0.1"))
    .addOption(
      whole("--port <number>", "TCP port, 0 for any free one", 0, 65_535).default(DEFAULT_PORT),
    )
    .option("--serial <path>", "a serial port instead of a TCP port")
    .addOption(
      whole("--baud <number>", "by default that of the device as it leaves the factory", 50, 4e6),
    )
    .addOption(
      new Option(
        "--unit <list>",
        "Modbus units: 1 or 1,2,10-19; by default the device's",
      ).argParser(parseUnits),
    )
    .addOption(
      new Option("--address <list>", "DL/T 645 addresses of twelve digits, with commas")
        .argParser(toAddresses)
        .conflicts("unit"),
    )
    .addOption(
      new Option("--serial-number <digits>", "of the first meter; the others' follow")
        .argParser(toSerialNumber)
        .default("1"),
    )
    .addOption(
      whole("--import-wh <Wh>", "what the counters show at the start", 0, MOST_WH).default(0),
    )
    .addOption(
      whole("--export-wh <Wh>", "what the counters show at the start", 0, MOST_WH).default(0),
    )
    .addOption(
      new Option(
        "--load <kind>",
        "constant:W (negative: fed in), or household:SEED, a different one for each meter",
      )
        .argParser(parseLoad)
        .default(parseLoad("constant:1000"), "constant:1000"),
    )
    .option("--faults <file>", "faults as YAML or JSON (docs/schemas/faults.schema.json)")
    .addOption(
      whole(
        "--seed <number>",
        "what chances and noise follow from; by default the file's",
        0,
        MOST_SEED,
      ),
    )
    .option("--json", "write one JSON object a line: listening, and each fault", false)
    .addHelpText("after", "\nServes simulated meters until Ctrl-C.")
    .action(simulateMeter);
}
