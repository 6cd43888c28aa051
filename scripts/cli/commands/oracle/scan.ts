import { Option, type Command } from "commander";
import { MODBUS_SERIAL, REPLY_TIMEOUT_MS } from "../../../../oracle/config/lines.ts";
import { Dlt645Line } from "../../../../oracle/dlt645/dlt645Line.ts";
import { describePort } from "../../../../oracle/meters/byteStream.ts";
import { MeterError, type MeterSample } from "../../../../oracle/meters/meter.ts";
import { ModbusLine } from "../../../../oracle/modbus/modbusLine.ts";
import { scan as scanUnits, type FoundUnit } from "../../../../oracle/modbus/scan.ts";
import { loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { printable } from "../../../../sdk/printable.ts";
import { EXIT_INTERRUPTED, untilInterrupted } from "../../interruption.ts";
import {
  addLineOptions,
  checkUnits,
  lineOf,
  LineOptionsError,
  type LineOptions,
} from "../../oracle/lineOptions.ts";
import {
  formatScan,
  snippetOf,
  type FoundDevice,
  type ScanReport,
} from "../../oracle/scanReport.ts";
import { parseUnits } from "../../unitList.ts";

interface ScanOptions extends LineOptions {
  units?: number[];
  dlt645: boolean;
  json: boolean;
}

/** Nothing was found. */
const EXIT_NOTHING = 1;
const DLT645 = "dlt645-2007";
const DLT645_REPLY_WINDOW_MS = 800;
/** Where meters collide there are hundreds of requests. */
const REQUESTS_PER_LINE = 10;

async function scan(options: ScanOptions): Promise<void> {
  const { interrupted, result } = await untilInterrupted((signal) =>
    options.dlt645 ? scanDlt645(options, signal) : scanModbus(options, signal),
  );
  if (interrupted || result === undefined) {
    process.exitCode = EXIT_INTERRUPTED;
    return;
  }
  const text = options.json
    ? JSON.stringify(result, (_key, value: unknown) => value ?? null, 2)
    : formatScan(result);
  process.stdout.write(`${text}\n`);
  if (result.devices.length === 0) process.exitCode = EXIT_NOTHING;
}

const progress = (line: string) => process.stderr.write(`${printable(line)}\n`);

async function scanModbus(options: ScanOptions, signal: AbortSignal): Promise<ScanReport> {
  const { units } = options;
  if (units === undefined) {
    throw new LineOptionsError("It is not said which units to ask.", {
      metaMessages: ["Give --units, such as 1-10,20, or --dlt645 for DL/T 645 meters."],
    });
  }
  const { protocol, port } = lineOf(options, "modbus", MODBUS_SERIAL);
  if (protocol === "dlt645") throw new TypeError("A Modbus line speaks DL/T 645.");
  checkUnits(protocol, units);
  const replyTimeoutMs = options.replyTimeoutMs ?? REPLY_TIMEOUT_MS.modbus;
  const line = new ModbusLine({ protocol, port, replyTimeoutMs });
  try {
    let asked = 0;
    const found = await scanUnits(line, units, {
      signal,
      onUnit: (unit, device) =>
        progress(
          `${++asked}/${units.length} unit ${unit}: ${device === undefined ? "no answer" : describe(device)}`,
        ),
    });
    const devices = found.map(toDevice);
    return {
      where: describePort(port),
      protocol,
      devices,
      config: snippetOf(protocol, port, devices),
    };
  } finally {
    await line.close();
  }
}

function describe({ guesses, trouble }: FoundUnit): string {
  if (trouble !== undefined) return trouble;
  return guesses[0]?.profile ?? "answers, and no profile fits";
}

function toDevice({
  unit,
  guesses,
  manufacturer,
  model,
  serialNumber,
  trouble,
}: FoundUnit): FoundDevice {
  return {
    unit,
    address: undefined,
    serialNumber,
    manufacturer,
    model,
    trouble,
    profiles: guesses.map(({ profile, experimental, why, sample }) => ({
      profile,
      experimental,
      why,
      ...valuesOf(sample),
    })),
  };
}

async function scanDlt645(options: ScanOptions, signal: AbortSignal): Promise<ScanReport> {
  if (options.units !== undefined) {
    throw new LineOptionsError("--units is not for DL/T 645 meters.", {
      metaMessages: ["Leave it out: they are asked for their addresses."],
    });
  }
  const { protocol, port } = lineOf(options, "dlt645", loadDeviceProfile(DLT645).serial);
  const line = new Dlt645Line({
    port,
    replyTimeoutMs: options.replyTimeoutMs ?? REPLY_TIMEOUT_MS.dlt645,
  });
  try {
    const { addresses, complete } = await line.scanAddresses({
      windowMs: options.replyTimeoutMs ?? DLT645_REPLY_WINDOW_MS,
      signal,
      onRequest: (address, requests) => {
        if (requests % REQUESTS_PER_LINE === 1) progress(`request ${requests}: ${address}`);
      },
    });
    if (!complete) progress("Not all addresses were searched: too many meters answer at once.");
    const devices: FoundDevice[] = [];
    for (const address of addresses) devices.push(await readDlt645(line, address, signal));
    return { where: line.where, protocol, devices, config: snippetOf(protocol, port, devices) };
  } finally {
    await line.close();
  }
}

async function readDlt645(
  line: Dlt645Line,
  address: string,
  signal: AbortSignal,
): Promise<FoundDevice> {
  const profile = loadDeviceProfile(DLT645);
  if (profile.protocol !== "dlt645") throw new TypeError(`${DLT645} is not of DL/T 645.`);
  let sample: MeterSample | undefined;
  let trouble: string | undefined;
  try {
    sample = await line.meter(profile, address).read(signal);
  } catch (error) {
    if (!(error instanceof MeterError)) throw error;
    trouble = error.shortMessage;
  }
  const { experimental } = profile;
  const why = trouble ?? "it answers in DL/T 645";
  return {
    unit: undefined,
    address,
    serialNumber: sample?.serialNumber,
    manufacturer: undefined,
    model: undefined,
    trouble,
    profiles: [{ profile: DLT645, experimental, why, ...valuesOf(sample) }],
  };
}

const valuesOf = (sample: MeterSample | undefined) => ({
  importEnergyWh: sample?.importWh.toString(),
  exportEnergyWh: sample?.exportWh.toString(),
  activePowerW: sample?.activePowerW,
});

/** `sealwatt oracle scan (--tcp HOST:PORT | --serial PATH) (--units LIST | --dlt645) [--json]` */
export function configure(command: Command): void {
  addLineOptions(command)
    .addOption(new Option("--units <list>", "Modbus units to ask: 1-10,20").argParser(parseUnits))
    .option("--dlt645", "ask DL/T 645 meters for their addresses", false)
    .option("--json", "write one JSON object", false)
    .addHelpText(
      "after",
      "\nAsks the units that are named and no others; it reads, and writes nothing to a device. Progress goes to" +
        "\nstandard error. A serial port is opened with the settings given, 19200 even for Modbus and 2400 even for" +
        "\nDL/T 645 unless given. Exits with 1 where nothing is found.",
    )
    .action(scan);
}
