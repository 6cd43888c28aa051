/** A read of registers. */
export interface ReadRequest {
  functionCode: 3 | 4;
  /** As on the wire, from 0. */
  address: number;
  count: number;
}

/** A write of one coil, to on or off, or of one holding register. */
export type WriteRequest =
  | { functionCode: 5; address: number; on: boolean }
  | { functionCode: 6; address: number; value: number };

export type ModbusRequest = ReadRequest | WriteRequest;

/** A request as raw values name it: `fc3@3203x4`. */
export function describeRequest(request: ModbusRequest): string {
  const { functionCode, address } = request;
  const what =
    "count" in request
      ? `x${request.count}`
      : `=${"on" in request ? (request.on ? "on" : "off") : request.value}`;
  return `fc${functionCode}@${address}${what}`;
}
