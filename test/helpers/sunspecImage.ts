import { RegisterImage } from "./registerImage.ts";

/** A model: its number, its length and words at offsets from its ID. */
export interface ImageModel {
  id: number;
  length: number;
  words: Record<number, number>;
}

/** Model 1 of a device. */
export function commonModel(serialNumber: string): ImageModel {
  const bytes = Buffer.alloc(132);
  bytes.write("Sealwatt", 0);
  bytes.write("Test meter", 32);
  bytes.write(serialNumber, 96);
  const words: Record<number, number> = {};
  for (let i = 0; i < 64; ++i) words[2 + i] = bytes.readUInt16BE(2 * i);
  return { id: 1, length: 66, words };
}

/** A three-phase meter, model 203: raw counters, their scale, power and its scale. */
export function meterModel(
  [imported, exported, energyScale]: readonly [number, number, number],
  [power, powerScale]: readonly [number, number] = [1500, 0],
  id = 203,
): ImageModel {
  return {
    id,
    length: 105,
    words: {
      18: power & 0xffff,
      22: powerScale & 0xffff,
      38: exported >>> 16,
      39: exported & 0xffff,
      46: imported >>> 16,
      47: imported & 0xffff,
      54: energyScale & 0xffff,
    },
  };
}

/** A three-phase inverter, model 103. */
export function inverterModel(generated: number, scale: number, power: number): ImageModel {
  const words = { 14: power & 0xffff, 15: 0, 24: generated >>> 16, 25: generated & 0xffff };
  return { id: 103, length: 50, words: { ...words, 26: scale & 0xffff } };
}

/** The map of models at a base address. */
export function sunspecImage(
  base: number,
  models: readonly ImageModel[],
  image = new RegisterImage(),
): RegisterImage {
  image.set(3, base, Buffer.from("SunS"));
  let address = base + 2;
  for (const { id, length, words } of models) {
    const bytes = Buffer.alloc(2 * (2 + length));
    bytes.writeUInt16BE(id, 0);
    bytes.writeUInt16BE(length, 2);
    for (const [offset, word] of Object.entries(words))
      bytes.writeUInt16BE(word, 2 * Number(offset));
    image.set(3, address, bytes);
    address += 2 + length;
  }
  return image.set(3, address, Buffer.from("ffff0000", "hex"));
}
