import { BROADCAST_ADDRESS, matchesAddress } from "../../dlt645/address.ts";
import { decodeControl, FUNCTIONS } from "../../dlt645/control.ts";
import { ERROR_BITS } from "../../dlt645/errorWord.ts";
import { encodeFrame, frameAt, type Dlt645Frame } from "../../dlt645/frame.ts";
import { FrameStream } from "../../dlt645/frameStream.ts";
import {
  addressReply,
  dataReply,
  doneReply,
  errorReply,
  followUpReply,
  parseRequest,
} from "../../dlt645/messages.ts";
import { RELAY_COMMANDS } from "../../dlt645/relay.ts";
import type { Quantity } from "../../profiles/deviceProfile.ts";
import type { Shown } from "../faults/valueFaults.ts";
import type { SimulatedUnit } from "../simulatedUnit.ts";
import { quantityOf, valueBytes } from "./dlt645Values.ts";
import type { MeterProtocol, MeterRequest } from "./meterProtocol.ts";

/** The standard allows 500 ms between two bytes of a frame. */
const QUIET_MS = 500;
/** Longer values are given in several frames, so that a master must ask for what follows. */
const VALUE_BYTES_PER_FRAME = 12;
const RELAY_BYTES = 16;
const RELAY_COMMAND_AT = 8;
const WRITES: ReadonlySet<number> = new Set([
  FUNCTIONS.writeData,
  FUNCTIONS.writeAddress,
  FUNCTIONS.relayControl,
]);

/** DL/T 645-2007. The body of a request is its frame, that of an answer the frame without its wake-up bytes. */
export class Dlt645Protocol implements MeterProtocol {
  readonly hasChecksum = true;
  readonly #nowS: () => number;

  /** @param nowS the meters' clock */
  constructor(nowS: () => number) {
    this.#nowS = nowS;
  }

  receiver(): (chunk: Buffer, nowMs: number) => MeterRequest[] {
    const stream = new FrameStream();
    let lastMs = -Infinity;
    return (chunk, nowMs) => {
      if (nowMs - lastMs > QUIET_MS) stream.flush();
      lastMs = nowMs;
      return stream.push(chunk).flatMap((frame) => {
        const request = parseRequest(frame);
        if (request === undefined) return [];
        const { bytes, address } = frame;
        const isWrite = request.kind === "other" && WRITES.has(request.functionCode);
        return [{ bytes, unit: address, isWrite, body: bytes }];
      });
    };
  }

  addresses({ unit }: MeterRequest, address: string): boolean {
    return unit === BROADCAST_ADDRESS || matchesAddress(unit, address);
  }

  isBroadcast({ unit }: MeterRequest): boolean {
    return unit === BROADCAST_ADDRESS;
  }

  quantities({ body }: MeterRequest): Quantity[] {
    const request = parseRequest(frameOf(body))!;
    const quantity = "di" in request ? quantityOf(request.di) : undefined;
    return quantity === undefined ? [] : [quantity];
  }

  answer({ body }: MeterRequest, unit: SimulatedUnit, shown: Shown): Buffer {
    return encode(this.#answer(frameOf(body), unit, shown));
  }

  refusal({ body, unit }: MeterRequest, code: number): Buffer {
    return encode(errorReply(unit, functionOf(frameOf(body)), code));
  }

  absentUnit(): undefined {
    return undefined;
  }

  frame(_request: MeterRequest, unit: string, answer: Buffer): Buffer {
    return encodeFrame({ ...frameOf(answer), address: unit });
  }

  neighbourOf(unit: string): string {
    const last = Number(unit.at(-1));
    return unit.slice(0, -1) + String(Number.isNaN(last) ? 0 : (last + 1) % 10);
  }

  #answer(frame: Dlt645Frame, unit: SimulatedUnit, shown: Shown): Dlt645Frame {
    const address = unit.unit;
    const request = parseRequest(frame)!;
    switch (request.kind) {
      case "readAddress":
        return addressReply(address);
      case "other":
        return obey(frame, unit, request.functionCode);
      default: {
        const value = valueBytes(request.di, unit, shown, this.#nowS());
        const sequence = request.kind === "followUp" ? request.sequence : 0;
        const start = sequence * VALUE_BYTES_PER_FRAME;
        if (value === undefined || start >= value.length)
          return errorReply(address, functionOf(frame), ERROR_BITS.noData);
        const part = value.subarray(start, start + VALUE_BYTES_PER_FRAME);
        const moreFollows = start + part.length < value.length;
        return request.kind === "read"
          ? dataReply(address, request.di, part, { moreFollows })
          : followUpReply(address, request.di, part, sequence, { moreFollows });
      }
    }
  }
}

function obey({ data }: Dlt645Frame, unit: SimulatedUnit, functionCode: number): Dlt645Frame {
  const command = data[RELAY_COMMAND_AT];
  if (functionCode !== FUNCTIONS.relayControl || data.length !== RELAY_BYTES)
    return errorReply(unit.unit, functionCode, ERROR_BITS.other);
  if (!(Object.values(RELAY_COMMANDS) as unknown[]).includes(command))
    return errorReply(unit.unit, functionCode, ERROR_BITS.other);
  unit.isOn = command !== RELAY_COMMANDS.trip;
  return doneReply(unit.unit, functionCode);
}

function functionOf({ control }: Dlt645Frame): number {
  return decodeControl(control).functionCode;
}

/** The frame of bytes that are known to hold one. */
function frameOf(bytes: Buffer): Dlt645Frame {
  const found = frameAt(bytes, 0);
  if (!("frame" in found)) throw new TypeError("The bytes hold no frame.");
  return found.frame;
}

function encode(frame: Dlt645Frame): Buffer {
  return encodeFrame(frame, { wakeUpBytes: 0 });
}
