import { hasCrc, withCrc } from "../../modbus/crc16.ts";
import type { ModbusFraming } from "./modbusProtocol.ts";
import { WRITE_COILS, WRITE_REGISTERS } from "./modbusPdu.ts";

const HEADER_BYTES = 7;
const MOST_BYTES = 260;
/** "Gateway target device failed to respond" of the Modbus specification. */
const NO_SUCH_TARGET = 11;

/** Modbus TCP: transaction, protocol 0, length, unit. A unit that is not there is answered for, as gateways do. */
export const tcpFraming: ModbusFraming = {
  hasChecksum: false,
  absentUnitCode: NO_SUCH_TARGET,
  receiver() {
    let pending: Buffer = Buffer.alloc(0);
    return (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      const requests = [];
      while (pending.length >= HEADER_BYTES) {
        const length = 6 + pending.readUInt16BE(4);
        // What is no request leaves nothing by which the next could be found.
        if (pending.readUInt16BE(2) !== 0 || length <= HEADER_BYTES || length > MOST_BYTES) {
          pending = Buffer.alloc(0);
          break;
        }
        if (pending.length < length) break;
        const bytes = pending.subarray(0, length);
        requests.push({ bytes, unit: bytes[6]!, pdu: bytes.subarray(HEADER_BYTES) });
        pending = pending.subarray(length);
      }
      return requests;
    };
  },
  frame(request, unit, pdu) {
    const header = Buffer.from(request.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(pdu.length + 1, 4);
    header[6] = unit;
    return Buffer.concat([header, pdu]);
  },
};

/** A pause after which what came before belongs to no request any more; at 1200 baud 8 bytes take 73 ms. */
const QUIET_MS = 200;

/** Modbus RTU: unit, function, data, CRC. A unit that is not there is silent. */
export const rtuFraming: ModbusFraming = {
  hasChecksum: true,
  absentUnitCode: undefined,
  receiver() {
    let pending: Buffer = Buffer.alloc(0);
    let lastMs = -Infinity;
    return (chunk, nowMs) => {
      pending = Buffer.concat([nowMs - lastMs > QUIET_MS ? Buffer.alloc(0) : pending, chunk]);
      lastMs = nowMs;
      const requests = [];
      const chunkStart = pending.length - chunk.length;
      let start = 0;
      for (let at = 0; at < pending.length;) {
        const bytes = intactRequest(pending.subarray(at), at === 0 || at === chunkStart);
        if (bytes === undefined) {
          at += 1;
          continue;
        }
        requests.push({ bytes, unit: bytes[0]!, pdu: bytes.subarray(1, -2) });
        at += bytes.length;
        start = at;
      }
      pending = pending.subarray(Math.max(start, pending.length - MOST_BYTES));
      return requests;
    };
  },
  frame: (_request, unit, pdu) => withCrc(Buffer.concat([Buffer.of(unit), pdu])),
};

/** The request with which the bytes begin, if it is complete and intact. */
function intactRequest(bytes: Buffer, isAll: boolean): Buffer | undefined {
  const functionCode = bytes[1];
  if (functionCode === undefined) return undefined;
  const length =
    functionCode >= 1 && functionCode <= 6
      ? 8
      : functionCode === WRITE_COILS || functionCode === WRITE_REGISTERS
        ? 9 + (bytes[6] ?? Infinity)
        : // Of a function that it does not know, a meter knows the end by the pause alone.
          isAll
          ? bytes.length
          : Infinity;
  if (bytes.length < length || length < 4) return undefined;
  const request = bytes.subarray(0, length);
  return hasCrc(request) ? request : undefined;
}
