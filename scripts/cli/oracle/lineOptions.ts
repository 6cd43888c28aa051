import { InvalidArgumentError, Option, type Command } from "commander";
import type { LineProtocol } from "../../../oracle/config/config.ts";
import { isUnitOf, misplacedUnit } from "../../../oracle/modbus/unitRange.ts";
import type { BytePort } from "../../../oracle/meters/byteStream.ts";
import type { SerialDefaults } from "../../../oracle/profiles/deviceProfile.ts";
import { BaseError } from "../../../sdk/errors.ts";
import { wholeNumber } from "../neighbourhoodOptions.ts";

/** Where a meter is: behind a TCP port or on a serial port. */
export interface LineOptions {
  tcp?: HostPort;
  serial?: string;
  baud?: number;
  parity?: SerialDefaults["parity"];
  protocol?: Exclude<LineProtocol, "modbus-rtu" | "dlt645">;
  replyTimeoutMs?: number;
}

interface HostPort {
  host: string;
  port: number | undefined;
}

/** Options of the command line do not go together, or one is missing. */
export class LineOptionsError extends BaseError {
  override name = "LineOptionsError";
}

const MODBUS_TCP_PORT = 502;
const TCP_FORM = "Give HOST:PORT, such as 192.168.1.40:502 or [fd00::7]:502.";

function toHostPort(text: string): HostPort {
  const [, bracketed, name, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const port = digits === undefined ? undefined : Number(digits);
  if (host === undefined || port === 0 || (port ?? 0) > 65_535)
    throw new InvalidArgumentError(TCP_FORM);
  return { host, port };
}

/** Adds the options that say where a meter is. */
export function addLineOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--tcp <host:port>", "a TCP port; 502 unless given, for Modbus TCP").argParser(
        toHostPort,
      ),
    )
    .addOption(new Option("--serial <path>", "a serial port").conflicts("tcp"))
    .addOption(
      new Option("--baud <number>", "bits a second; by default as the device leaves the factory")
        .argParser(wholeNumber(50, 4_000_000))
        .conflicts("tcp"),
    )
    .addOption(
      new Option("--parity <kind>", "by default as the device leaves the factory")
        .choices(["none", "even", "odd"])
        .conflicts("tcp"),
    )
    .addOption(
      new Option("--protocol <name>", "of Modbus behind a TCP port; modbus-tcp unless given")
        .choices(["modbus-tcp", "modbus-rtu-over-tcp"])
        .conflicts("serial"),
    )
    .addOption(
      new Option("--reply-timeout-ms <number>", "how long an answer may take").argParser(
        wholeNumber(50, 60_000),
      ),
    );
}

/**
 * How to speak with a device, and through which port.
 * @param family what the device speaks
 * @param defaults of its serial port
 * @throws LineOptionsError
 */
export function lineOf(
  { tcp, serial, baud, parity, protocol: given }: LineOptions,
  family: "modbus" | "dlt645",
  defaults: SerialDefaults,
): { protocol: LineProtocol; port: BytePort } {
  if (serial !== undefined) {
    const protocol = family === "dlt645" ? "dlt645" : "modbus-rtu";
    const settings = { ...defaults, ...(baud && { baudRate: baud }), ...(parity && { parity }) };
    return { protocol, port: { kind: "serial", path: serial, ...settings } };
  }
  if (tcp === undefined) {
    throw new LineOptionsError("It is not said where to look.", {
      metaMessages: ["Give --tcp HOST:PORT or --serial PATH."],
    });
  }
  if (family === "dlt645" && given !== undefined) {
    throw new LineOptionsError(`${given} is not for DL/T 645 meters.`, {
      metaMessages: ["Leave --protocol out."],
    });
  }
  const protocol = family === "dlt645" ? "dlt645" : (given ?? "modbus-tcp");
  const port = tcp.port ?? (protocol === "modbus-tcp" ? MODBUS_TCP_PORT : undefined);
  if (port === undefined) {
    throw new LineOptionsError(`The TCP port of ${tcp.host} is missing.`, {
      metaMessages: ["Give --tcp HOST:PORT: only Modbus TCP has a port of its own, 502."],
    });
  }
  return { protocol, port: { kind: "tcp", host: tcp.host, port } };
}

/**
 * Whether devices of these units can be on a line.
 * @throws LineOptionsError
 */
export function checkUnits(protocol: LineProtocol, units: readonly number[]): void {
  const wrong = units.find((unit) => !isUnitOf(protocol, unit));
  if (wrong === undefined) return;
  const { why, fix } = misplacedUnit(protocol, wrong);
  throw new LineOptionsError(why, { metaMessages: [fix] });
}
