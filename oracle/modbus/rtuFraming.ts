import { hasCrc } from "./crc16.ts";
import { judgeAnswer, replyBytes, statedBytes, type Finding, type Framing } from "./framing.ts";

/** Twice the longest frame: what is older cannot belong to a frame that is still coming. */
const KEPT_BYTES = 512;

/**
 * Modbus RTU frames in a stream of bytes. Frames are found by their checksum and not by the pauses between them, since
 * adapters and gateways do not keep the pauses. Noise before, between and after frames is passed over.
 */
export class RtuFraming implements Framing {
  #request: Buffer | undefined;
  #echoFirst = false;
  #bytes: Buffer = Buffer.alloc(0);

  reset(): void {
    this.#bytes = Buffer.alloc(0);
  }

  begin(request: Buffer, echoFirst: boolean): Buffer {
    this.#request = request;
    this.#echoFirst = echoFirst;
    this.#bytes = Buffer.alloc(0);
    return request;
  }

  end(): void {
    this.#request = undefined;
  }

  push(bytes: Buffer): Finding[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes]).subarray(-KEPT_BYTES);
    const findings: Finding[] = [];
    for (let at = 0; at < this.#bytes.length;) {
      const rest = this.#bytes.subarray(at);
      const length = this.#frameBytes(rest);
      // A frame that has begun may hold bytes that look like another one.
      if (length === undefined && this.#isUnfinishedReply(rest)) break;
      if (length === undefined) {
        ++at;
        continue;
      }
      findings.push(this.#judge(Buffer.from(rest.subarray(0, length))));
      this.#bytes = this.#bytes.subarray(at + length);
      at = 0;
    }
    return findings;
  }

  #isUnfinishedReply(rest: Buffer): boolean {
    if (this.#request === undefined) return false;
    const expected = replyBytes(this.#request);
    if (rest.length >= expected) return false;
    const head = this.#request.subarray(0, 2);
    return rest.length < 3
      ? rest.equals(head.subarray(0, rest.length))
      : rest.subarray(0, 2).equals(head) && statedBytes(rest) === expected;
  }

  /** The length of the intact frame with which the bytes begin, if they do. */
  #frameBytes(rest: Buffer): number | undefined {
    const request = this.#request;
    if (request !== undefined && rest.subarray(0, request.length).equals(request))
      return request.length;
    const length = statedBytes(rest);
    if (length === undefined || rest.length < length) return undefined;
    return hasCrc(rest.subarray(0, length)) ? length : undefined;
  }

  #judge(frame: Buffer): Finding {
    const request = this.#request;
    if (request === undefined)
      return { kind: "stray", frame, claims: false, why: "nothing was asked" };
    // The answer to a write is the request's own bytes, so that only the line's habit tells it from the echo.
    const mayBeAnswer = judgeAnswer(request, frame);
    if (frame.equals(request) && (this.#echoFirst || mayBeAnswer !== "answer")) {
      this.#echoFirst = false;
      return { kind: "echo" };
    }
    if (mayBeAnswer !== "answer")
      return { kind: "stray", frame, claims: frame[0] === request[0], why: mayBeAnswer.why };
    this.#request = undefined;
    return { kind: "reply", frame };
  }
}
