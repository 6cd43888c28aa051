import { encodeQuantity, encodeRegisters } from "../../modbus/registerCode.ts";
import {
  QUANTITIES,
  wordsOf,
  type ModbusProfile,
  type Quantity,
  type RegisterSpec,
} from "../../profiles/deviceProfile.ts";
import type { Marker, Shown } from "../faults/valueFaults.ts";
import type { SimulatedUnit } from "../simulatedUnit.ts";
import { SUNSPEC_DEVICE, sunspecMap } from "../sunspecDevice.ts";

/** Registers that lie side by side and hold one value. */
export interface RegisterBlock {
  functionCode: 3 | 4;
  address: number;
  words: number;
  quantity?: Quantity;
  bytes(shown: Shown): Buffer;
}

/** The registers that a profile tells of. */
export function registerBlocks(profile: ModbusProfile, unit: SimulatedUnit): RegisterBlock[] {
  const blocks: RegisterBlock[] = QUANTITIES.flatMap((quantity) => {
    const spec = profile.registers[quantity];
    if (spec === undefined) return [];
    const { functionCode, address } = spec;
    const bytes = (shown: Shown) => {
      const marker = shown.unreadable.get(quantity);
      return marker === undefined
        ? encodeQuantity(spec, shown[quantity])
        : markerBytes(spec, marker);
    };
    return [{ functionCode, address, words: wordsOf(spec), quantity, bytes }];
  });
  if (profile === SUNSPEC_DEVICE) {
    const { functionCode, address, bytes } = sunspecMap();
    // Before the quantities, which lie in it.
    blocks.unshift({ functionCode, address, words: bytes.length / 2, bytes: () => bytes });
  }
  const { identity, switch: relay } = profile;
  if (identity !== undefined) {
    const text = Buffer.alloc(2 * identity.words);
    text.write(identity.startsWith[0]!, "latin1");
    blocks.push({ ...identity, bytes: () => text });
  }
  if (relay?.kind === "holding") {
    const bytes = () =>
      encodeRegisters(
        { type: "uint16", wordOrder: "high-first" },
        BigInt((unit.isOn ? relay.on : relay.off) ?? Number(unit.isOn)),
      );
    blocks.push({ functionCode: 3, address: relay.address, words: 1, bytes });
  }
  return blocks;
}

/** The registers of a value that is none, in the order of the wire. */
function markerBytes(spec: RegisterSpec, marker: Marker): Buffer {
  const words = wordsOf(spec);
  const isFloat = spec.type === "float32" || spec.type === "float64";
  const [absent] = spec.absent ?? [];
  if (marker === "nan" || (marker === "absent" && absent === undefined && isFloat))
    return encodeRegisters(spec, NaN);
  if (marker === "absent" && absent !== undefined) return encodeHex(spec, words, absent);
  return Buffer.alloc(2 * words, spec.type === "string" && marker === "absent" ? 0 : 0xff);
}

function encodeHex({ wordOrder }: RegisterSpec, words: number, hex: string): Buffer {
  const type = words === 1 ? "uint16" : words === 2 ? "uint32" : "uint64";
  return encodeRegisters({ type, wordOrder }, BigInt(`0x${hex}`));
}
