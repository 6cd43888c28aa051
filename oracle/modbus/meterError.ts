import { BaseError } from "../../sdk/errors.ts";

/** A meter could not be read; trying again may help. */
export class MeterReadError extends BaseError {
  override name = "MeterReadError";
}

const CAUSES: Record<string, string> = {
  ECONNREFUSED: "nothing listens there: check the address, and that the meter is on",
  ECONNRESET: "the meter closed the connection",
  EHOSTUNREACH: "there is no way to the host",
  ETIMEDOUT: "it did not answer in time",
  EPIPE: "the connection broke",
};

/**
 * What a Modbus driver threw, which need not be an Error, as one.
 * @param where the meter's address for the message
 */
export function toMeterError(where: string, thrown: unknown): MeterReadError {
  if (thrown instanceof MeterReadError) return thrown;
  const { message, code, errno, name, modbusCode } = (
    typeof thrown === "object" && thrown !== null ? thrown : { message: String(thrown) }
  ) as { message?: string; name?: string; code?: unknown; errno?: unknown; modbusCode?: unknown };
  const key = [code, errno].find((value) => typeof value === "string" && value in CAUSES);
  const why =
    typeof modbusCode === "number"
      ? `it answered with exception ${modbusCode}`
      : name === "TransactionTimedOutError"
        ? CAUSES.ETIMEDOUT!
        : typeof key === "string"
          ? CAUSES[key]!
          : (message ?? name ?? "unknown error");
  return new MeterReadError(`The meter at ${where} cannot be read: ${why}.`, { cause: thrown });
}
