import { BaseError, type BaseErrorOptions } from "../../sdk/errors.ts";

/** One quantity as the device gave it, beside what was made of it. */
export interface RawValue {
  /** The quantity: `importEnergyWh`, `exportEnergyWh`, `activePowerW` or `serialNumber`. */
  quantity: string;
  /** Where it came from: `fc3@3203x4`, `di 00010000`, `model 203 TotWhImp`. */
  source: string;
  /** The bytes of the device, as lower-case hex, before any conversion. */
  hex: string;
  /** The value in the device's unit, exact: `12345.67 kWh`. */
  value: string;
}

/** What a meter showed at one moment. */
export interface MeterSample {
  /** Cumulative registers; fractions of a watt-hour are rounded down. */
  importWh: bigint;
  exportWh: bigint;
  /** Power drawn from the grid, negative where it is fed in; undefined where the device has none. */
  activePowerW: number | undefined;
  serialNumber: string | undefined;
  raw: RawValue[];
  /** What went over the line, as {@link MeterError.frames}; undefined where the driver does not keep it. */
  frames?: readonly string[];
}

/** A meter that can be read, on a line of its own or shared with others. */
export interface Meter {
  /** Where it is, for messages: `10.0.0.7:502 unit 1`, `/dev/ttyUSB0 address 000000000161`. */
  readonly where: string;
  /**
   * Reads all quantities of the device's profile. Requests on one line run one after the other.
   * @throws MeterError
   */
  read(signal?: AbortSignal): Promise<MeterSample>;
  /**
   * Switches the device's relay or coil, where its profile has one.
   * @throws MeterError, also where the device has no switch
   */
  switch?(on: boolean, signal?: AbortSignal): Promise<void>;
}

/** A TCP connection or a serial port, with the meters that share it. */
export interface Line {
  /** Ends the connection; within a second, whatever the device does. */
  close(): Promise<void>;
}

/** Why a meter could not be read. */
export type MeterFailure =
  /** No connection, or it broke. */
  | "unreachable"
  /** No answer in time. */
  | "silent"
  /** An answer that is damaged, of another device or to another request. */
  | "malformed"
  /** The device refused, with an exception or an error word. */
  | "refused"
  /** The device marked the value as absent, or it is no number. */
  | "absent";

/** A meter could not be read. Trying again may help, save where the device refused for good. */
export class MeterError extends BaseError {
  override name = "MeterError";
  readonly failure: MeterFailure;
  /** The offending bytes as hex, where there were any. */
  readonly hex: string | undefined;
  /** What was read before it failed. */
  raw: readonly RawValue[] = [];
  /** What went over the line during the read, requests too, the latest of it: `sent 0103…`, `received 0103…`. */
  frames: readonly string[] = [];

  constructor(
    failure: MeterFailure,
    message: string,
    { hex, ...options }: BaseErrorOptions & { hex?: string | undefined } = {},
  ) {
    super(message, options);
    this.failure = failure;
    this.hex = hex;
  }
}
