import { MeterError } from "../meters/meter.ts";
import { ClosedPortError, type Evidence } from "./framePort.ts";

/** The exceptions of the Modbus application protocol, V1.1b3, section 7. */
const EXCEPTIONS: Record<number, [name: string, remedy: string]> = {
  1: ["illegal function", "The profile may be of another device."],
  2: ["illegal data address", "The profile may be of another device, or of another firmware."],
  3: ["illegal data value", "The profile may be of another device."],
  4: ["server device failure", "The device reports a fault of its own."],
  5: ["acknowledge", "The device works on it; ask later."],
  6: ["server device busy", "Ask later."],
  8: ["memory parity error", "The device's memory is damaged."],
  10: ["gateway path unavailable", "Check the gateway's table of units."],
  11: ["gateway target device failed to respond", "Check the unit, its wiring and its power."],
};

/** A device's refusal, with its number. */
export class ModbusException extends MeterError {
  override name = "ModbusException";
  readonly code: number;

  constructor(where: string, asked: string, code: number) {
    const [name, remedy] = EXCEPTIONS[code] ?? ["unknown", undefined];
    super("refused", `${where} refused ${asked} with exception ${code}, ${name}.`, {
      metaMessages: remedy === undefined ? [] : [remedy],
    });
    this.code = code;
  }

  /** True where the device does not have what was asked for, however often it is asked. */
  get isForGood(): boolean {
    return this.code >= 1 && this.code <= 3;
  }
}

/** No answer came in time. */
export class ReplyTimeoutError extends Error {}

/**
 * What a request ended with, which need not be an Error: what modbus-serial reports need be none.
 * @param evidence what came in instead of the answer
 */
export function modbusFailure(
  where: string,
  asked: string,
  thrown: unknown,
  { strays, bytes }: Evidence,
): MeterError {
  if (thrown instanceof MeterError) return thrown;
  const { name, message, modbusCode } = (
    typeof thrown === "object" && thrown !== null ? thrown : { message: String(thrown) }
  ) as { name?: string; message?: string; modbusCode?: unknown };
  if (typeof modbusCode === "number") return new ModbusException(where, asked, modbusCode);
  const hex = bytes.toString("hex");
  if (thrown instanceof ClosedPortError || name === "PortNotOpenError")
    return new MeterError(
      "unreachable",
      `${where} is gone: the connection broke before it answered ${asked}.`,
      {
        cause: thrown,
        hex,
      },
    );
  const timedOut = thrown instanceof ReplyTimeoutError;
  const stray = strays.at(-1);
  if (timedOut && bytes.length === 0)
    return new MeterError("silent", `${where} did not answer ${asked} in time.`, {
      metaMessages: ["Check the unit, the line's settings, and that the meter is on."],
    });
  const why = stray?.why ?? (timedOut ? "the answer is damaged or not complete" : message);
  return new MeterError("malformed", `${where} did not answer ${asked}: ${why ?? "unknown"}.`, {
    cause: thrown,
    hex: stray?.frame.toString("hex") ?? hex,
  });
}
