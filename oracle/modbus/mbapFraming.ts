import { withCrc } from "./crc16.ts";
import { judgeAnswer, type Finding, type Framing } from "./framing.ts";

const HEADER_BYTES = 6;
/** Unit, function and one byte, up to the longest that the specification allows. */
const BODY_BYTES = { least: 3, most: 254 };
const NUMBERS = 1 << 16;

/** The stream does not hold Modbus TCP, or has lost its step; it can only be opened anew. */
export class BrokenStreamError extends Error {}

/**
 * Modbus TCP. Requests are numbered through all 16 bits that the header has: modbus-serial's own port uses 8 of them,
 * with which an answer comes round again after 256 requests.
 */
export class MbapFraming implements Framing {
  #request: Buffer | undefined;
  #number = 0;
  #bytes: Buffer = Buffer.alloc(0);

  reset(): void {
    this.#bytes = Buffer.alloc(0);
  }

  begin(request: Buffer): Buffer {
    this.#request = request;
    this.#number = (this.#number + 1) % NUMBERS;
    const body = request.subarray(0, -2);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(this.#number, 0);
    header.writeUInt16BE(body.length, 4);
    return Buffer.concat([header, body]);
  }

  end(): void {
    this.#request = undefined;
  }

  push(bytes: Buffer): Finding[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const findings: Finding[] = [];
    while (this.#bytes.length >= HEADER_BYTES) {
      const length = this.#bytes.readUInt16BE(4);
      if (
        this.#bytes.readUInt16BE(2) !== 0 ||
        length < BODY_BYTES.least ||
        length > BODY_BYTES.most
      )
        throw new BrokenStreamError("what it sends is not Modbus TCP");
      if (this.#bytes.length < HEADER_BYTES + length) break;
      const number = this.#bytes.readUInt16BE(0);
      const frame = withCrc(this.#bytes.subarray(HEADER_BYTES, HEADER_BYTES + length));
      this.#bytes = this.#bytes.subarray(HEADER_BYTES + length);
      findings.push(this.#judge(number, frame));
    }
    return findings;
  }

  #judge(number: number, frame: Buffer): Finding {
    if (this.#request === undefined)
      return { kind: "stray", frame, claims: false, why: "nothing was asked" };
    if (number !== this.#number)
      return {
        kind: "stray",
        frame,
        claims: false,
        why: `request ${number} was answered late or twice`,
      };
    const mayBeAnswer = judgeAnswer(this.#request, frame);
    if (mayBeAnswer !== "answer")
      return { kind: "stray", frame, claims: true, why: mayBeAnswer.why };
    this.#request = undefined;
    return { kind: "reply", frame };
  }
}
