import type { Quantity } from "../../profiles/deviceProfile.ts";
import type { Shown } from "../faults/valueFaults.ts";
import type { SimulatedUnit } from "../simulatedUnit.ts";

/** What a client sent, as one message. */
export interface MeterRequest {
  /** All of it, as it came. */
  bytes: Buffer;
  /** Whom it is for, as it says; see `addresses`. */
  unit: string;
  isWrite: boolean;
  /** What is in it, without its frame. */
  body: Buffer;
}

/**
 * How simulated meters speak. The faults act on what this gives: on the values before, on the bytes after. Libraries
 * for servers give no hold on the bytes, which is why the simulator has protocols of its own.
 */
export interface MeterProtocol {
  readonly hasChecksum: boolean;
  /** Finds requests in the bytes of one connection. */
  receiver(): (chunk: Buffer, nowMs: number) => MeterRequest[];
  /** Whether a request is for a unit. */
  addresses(request: MeterRequest, unit: string): boolean;
  /** Whether no unit may answer. */
  isBroadcast(request: MeterRequest): boolean;
  /** What a request reads of a unit. */
  quantities(request: MeterRequest, unit: SimulatedUnit): Quantity[];
  /** Does what is asked. */
  answer(request: MeterRequest, unit: SimulatedUnit, shown: Shown): Buffer;
  /** @param code an exception of Modbus, an error word of DL/T 645 */
  refusal(request: MeterRequest, code: number): Buffer;
  /** What is said for a unit that is not there; undefined for nothing. */
  absentUnit(request: MeterRequest): Buffer | undefined;
  /** Puts an answer in its frame. */
  frame(request: MeterRequest, unit: string, answer: Buffer): Buffer;
  /** Another unit's name. */
  neighbourOf(unit: string): string;
}
