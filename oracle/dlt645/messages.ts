import { ANY_ADDRESS } from "./address.ts";
import { decodeControl, encodeControl, FUNCTIONS } from "./control.ts";
import type { Dlt645Frame } from "./frame.ts";
import { encodeDigitPairs } from "./values.ts";

const IDENTIFIER_BYTES = 4;
const ADDRESS_BYTES = 6;

/** Asks for the value of an identifier. */
export function readRequest(address: string, di: string): Dlt645Frame {
  return { address, control: FUNCTIONS.readData, data: encodeDigitPairs(di) };
}

/** Asks for what follows a reply that said so. @param sequence from 1 */
export function followUpRequest(address: string, di: string, sequence: number): Dlt645Frame {
  const data = Buffer.concat([encodeDigitPairs(di), Buffer.of(sequence)]);
  return { address, control: FUNCTIONS.readFollowUp, data };
}

/** Asks the only meter on a line for its address. */
export function readAddressRequest(): Dlt645Frame {
  return { address: ANY_ADDRESS, control: FUNCTIONS.readAddress, data: Buffer.alloc(0) };
}

/** Answers {@link readRequest}. @param value as `encodeNumber` gives it */
export function dataReply(
  address: string,
  di: string,
  value: Uint8Array,
  { moreFollows = false }: { moreFollows?: boolean } = {},
): Dlt645Frame {
  return {
    address,
    control: encodeControl({ functionCode: FUNCTIONS.readData, fromMeter: true, moreFollows }),
    data: Buffer.concat([encodeDigitPairs(di), value]),
  };
}

/** Answers {@link followUpRequest}. */
export function followUpReply(
  address: string,
  di: string,
  value: Uint8Array,
  sequence: number,
  { moreFollows = false }: { moreFollows?: boolean } = {},
): Dlt645Frame {
  return {
    address,
    control: encodeControl({ functionCode: FUNCTIONS.readFollowUp, fromMeter: true, moreFollows }),
    data: Buffer.concat([encodeDigitPairs(di), value, Buffer.of(sequence)]),
  };
}

/** Answers {@link readAddressRequest}. */
export function addressReply(address: string): Dlt645Frame {
  return {
    address,
    control: encodeControl({ functionCode: FUNCTIONS.readAddress, fromMeter: true }),
    data: encodeDigitPairs(address),
  };
}

/** Answers any request that carries no answer but that it was obeyed. */
export function doneReply(address: string, functionCode: number): Dlt645Frame {
  return {
    address,
    control: encodeControl({ functionCode, fromMeter: true }),
    data: Buffer.alloc(0),
  };
}

/** Answers any request that is refused. @param errorWord see `errorWord.ts` */
export function errorReply(address: string, functionCode: number, errorWord: number): Dlt645Frame {
  return {
    address,
    control: encodeControl({ functionCode, fromMeter: true, error: true }),
    data: Buffer.of(errorWord),
  };
}

/** A request as a meter understands it. */
export type Dlt645Request =
  | { kind: "read"; di: string }
  | { kind: "followUp"; di: string; sequence: number }
  | { kind: "readAddress" }
  | { kind: "other"; functionCode: number };

/** What a frame asks for; undefined where it is a reply, or its data do not fit its function. */
export function parseRequest({ control, data }: Dlt645Frame): Dlt645Request | undefined {
  const { functionCode, fromMeter, error, moreFollows } = decodeControl(control);
  if (fromMeter || error || moreFollows) return undefined;
  // A meter may be asked for part of a load record with more than the identifier; that is not served here.
  if (functionCode === FUNCTIONS.readData)
    return data.length === IDENTIFIER_BYTES ? { kind: "read", di: identifierOf(data) } : undefined;
  if (functionCode === FUNCTIONS.readFollowUp)
    return data.length === IDENTIFIER_BYTES + 1
      ? { kind: "followUp", di: identifierOf(data), sequence: data[IDENTIFIER_BYTES]! }
      : undefined;
  if (functionCode === FUNCTIONS.readAddress)
    return data.length === 0 ? { kind: "readAddress" } : undefined;
  return { kind: "other", functionCode };
}

/** A reply as a master understands it. */
export type Dlt645Reply =
  | { kind: "data"; di: string; value: Uint8Array; moreFollows: boolean }
  | { kind: "followUp"; di: string; value: Uint8Array; sequence: number; moreFollows: boolean }
  | { kind: "address"; address: string }
  | { kind: "done"; functionCode: number }
  | { kind: "error"; functionCode: number; errorWord: number };

/** What a frame answers; undefined where it is a request, of a vendor's own, or its data do not fit its function. */
export function parseReply({ control, data }: Dlt645Frame): Dlt645Reply | undefined {
  const { functionCode, fromMeter, error, moreFollows } = decodeControl(control);
  if (!fromMeter || !KNOWN_FUNCTIONS.has(functionCode)) return undefined;
  if (error)
    return data.length === 1 && !moreFollows
      ? { kind: "error", functionCode, errorWord: data[0]! }
      : undefined;
  if (functionCode === FUNCTIONS.readData) {
    if (data.length < IDENTIFIER_BYTES) return undefined;
    return {
      kind: "data",
      di: identifierOf(data),
      value: data.subarray(IDENTIFIER_BYTES),
      moreFollows,
    };
  }
  if (functionCode === FUNCTIONS.readFollowUp) {
    if (data.length <= IDENTIFIER_BYTES) return undefined;
    return {
      kind: "followUp",
      di: identifierOf(data),
      value: data.subarray(IDENTIFIER_BYTES, -1),
      sequence: data[data.length - 1]!,
      moreFollows,
    };
  }
  if (moreFollows) return undefined;
  if (functionCode === FUNCTIONS.readAddress)
    return data.length === ADDRESS_BYTES
      ? { kind: "address", address: lowFirstHex(data) }
      : undefined;
  return data.length === 0 ? { kind: "done", functionCode } : undefined;
}

const KNOWN_FUNCTIONS: ReadonlySet<number> = new Set(Object.values(FUNCTIONS));

function identifierOf(data: Uint8Array): string {
  return lowFirstHex(data.subarray(0, IDENTIFIER_BYTES));
}

function lowFirstHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString("hex").toUpperCase();
}
