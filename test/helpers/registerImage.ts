import { withCrc } from "../../oracle/modbus/crc16.ts";
import type { ModbusProfile, Quantity, RegisterSpec } from "../../oracle/profiles/deviceProfile.ts";
import { encodeQuantity } from "../../oracle/modbus/registerCode.ts";
import { mbap, rtuException, type Script } from "./scriptedDevice.ts";

const ILLEGAL_ADDRESS = 2;

/** The registers of one unit; what is not set is refused as an illegal address. */
export class RegisterImage {
  readonly #words = new Map<string, number>();

  /** Sets registers from an address on. */
  set(functionCode: 3 | 4, address: number, bytes: Buffer): this {
    for (let at = 0; at < bytes.length; at += 2)
      this.#words.set(`${functionCode}:${address + at / 2}`, bytes.readUInt16BE(at));
    return this;
  }

  /** Sets what a device of a profile shows, in Wh, W and text. */
  show(
    { registers }: ModbusProfile,
    values: Partial<Record<Quantity, bigint | number | string>>,
  ): this {
    for (const [quantity, value] of Object.entries(values)) {
      const spec: RegisterSpec = registers[quantity as Quantity]!;
      this.set(spec.functionCode, spec.address, encodeQuantity(spec, value));
    }
    return this;
  }

  /** The answer to an RTU read. */
  answer(request: Buffer): Buffer {
    const [address, count] = [request.readUInt16BE(2), request.readUInt16BE(4)];
    const data = Buffer.alloc(2 * count);
    for (let i = 0; i < count; ++i) {
      const word = this.#words.get(`${request[1]!}:${address + i}`);
      if (word === undefined) return rtuException(request, ILLEGAL_ADDRESS);
      data.writeUInt16BE(word, 2 * i);
    }
    return withCrc(Buffer.concat([request.subarray(0, 2), Buffer.from([data.length]), data]));
  }
}

/** A Modbus TCP script that serves images by unit and is silent for others. */
export function serveImages(images: ReadonlyMap<number, RegisterImage>): Script {
  return (request, stream) => {
    const pdu = request.subarray(6);
    const image = images.get(pdu[0]!);
    if (image !== undefined) stream.write(mbap(request, image.answer(pdu)));
  };
}
