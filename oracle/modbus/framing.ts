/** What a framing found among the bytes that came in. */
export type Finding =
  /** The answer to the request, as an RTU frame with checksum. */
  | { kind: "reply"; frame: Buffer }
  /** The request itself, as an adapter hears it that listens while it sends. */
  | { kind: "echo" }
  /** An intact frame that is no answer; `claims` where it pretends to be one, by its number or its unit. */
  | { kind: "stray"; frame: Buffer; claims: boolean; why: string };

/** How requests and answers lie in a stream of bytes. */
export interface Framing {
  /** Forgets what came in: a new stream begins. */
  reset(): void;
  /**
   * Begins a request.
   * @param request as an RTU frame with checksum
   * @param echoFirst true where the request's echo is known to come before the answer
   * @returns the bytes to send
   */
  begin(request: Buffer, echoFirst: boolean): Buffer;
  /** Takes bytes that came in; those of unfinished frames are kept. */
  push(bytes: Buffer): Finding[];
  /** Ends the request: what comes from now on answers nothing. */
  end(): void;
}

const READS = [1, 2, 3, 4];
const EXCEPTION_BIT = 0x80;
/** Unit, function, code and checksum. */
export const EXCEPTION_BYTES = 5;
/** Unit, function, address, value and checksum: of every request that is sent, and of an answer to a write. */
export const REQUEST_BYTES = 8;

/** Whether an intact frame answers a request, and if not why. */
export function judgeAnswer(request: Buffer, frame: Buffer): "answer" | { why: string } {
  const [unit, code] = [request[0]!, request[1]!];
  if (frame[0] !== unit) return { why: `unit ${frame[0]!} answered where unit ${unit} was asked` };
  if (frame[1] === (code | EXCEPTION_BIT) && frame.length === EXCEPTION_BYTES) return "answer";
  if (frame[1] !== code)
    return { why: `function ${frame[1]!} was answered where ${code} was asked` };
  if (!READS.includes(code))
    return frame.equals(request) ? "answer" : { why: "another write was confirmed" };
  const [expected, got] = [replyBytes(request), frame.length];
  if (got === expected && frame[2] === expected - EXCEPTION_BYTES) return "answer";
  return { why: `${got} bytes were answered where ${expected} were due` };
}

/** The length of the answer to a request, as an RTU frame; an exception is shorter. */
export function replyBytes(request: Buffer): number {
  return request[1] === 3 || request[1] === 4
    ? EXCEPTION_BYTES + 2 * request.readUInt16BE(4)
    : REQUEST_BYTES;
}

/** The length that an RTU frame says of itself where it is an answer; undefined where its function is not known. */
export function statedBytes(bytes: Buffer): number | undefined {
  const [, code, count] = bytes;
  if (code === undefined || count === undefined) return undefined;
  if ((code & EXCEPTION_BIT) !== 0) return EXCEPTION_BYTES;
  if (READS.includes(code)) return EXCEPTION_BYTES + count;
  return [5, 6, 15, 16].includes(code) ? REQUEST_BYTES : undefined;
}
