import type { SwitchSpec } from "../../profiles/deviceProfile.ts";
import type { Shown } from "../faults/valueFaults.ts";
import type { SimulatedUnit } from "../simulatedUnit.ts";
import type { RegisterBlock } from "./registerBlocks.ts";

/** Function codes of the Modbus specification that a meter knows. */
export const READ_COILS = 1;
export const READ_HOLDING = 3;
export const READ_INPUT = 4;
export const WRITE_COIL = 5;
export const WRITE_REGISTER = 6;
export const WRITE_COILS = 15;
export const WRITE_REGISTERS = 16;

const WRITES: ReadonlySet<number> = new Set([
  WRITE_COIL,
  WRITE_REGISTER,
  WRITE_COILS,
  WRITE_REGISTERS,
]);
const EXCEPTION = 0x80;
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;
const MOST_READ = 125;
const COIL_ON = 0xff00;

export function isWrite(pdu: Buffer): boolean {
  return WRITES.has(pdu[0]!);
}

/** The answer that says why there is none. */
export function exceptionPdu(pdu: Buffer, code: number): Buffer {
  return Buffer.of(pdu[0]! | EXCEPTION, code);
}

/** The blocks that a request reads, wholly or in part. */
export function blocksRead(pdu: Buffer, blocks: readonly RegisterBlock[]): RegisterBlock[] {
  if (pdu.length !== 5) return [];
  const [functionCode, first, end] = [pdu[0], pdu.readUInt16BE(1), lastOf(pdu)];
  return blocks.filter(
    (block) =>
      block.functionCode === functionCode &&
      block.address < end &&
      first < block.address + block.words,
  );
}

/** What a meter answers to a request: function code and data, both without unit and frame. */
export function answerPdu(
  pdu: Buffer,
  unit: SimulatedUnit,
  blocks: readonly RegisterBlock[],
  shown: Shown,
): Buffer {
  const functionCode = pdu[0]!;
  const relay = unit.profile.protocol === "modbus" ? unit.profile.switch : undefined;
  if (functionCode === READ_HOLDING || functionCode === READ_INPUT)
    return readRegisters(pdu, blocks, shown);
  if (relay === undefined || pdu.length < 5) return exceptionPdu(pdu, ILLEGAL_FUNCTION);
  if (functionCode === READ_COILS && relay.kind === "coil") {
    if (pdu.readUInt16BE(1) !== relay.address || pdu.readUInt16BE(3) !== 1)
      return exceptionPdu(pdu, ILLEGAL_ADDRESS);
    return Buffer.of(functionCode, 1, Number(unit.isOn));
  }
  if (!WRITES.has(functionCode)) return exceptionPdu(pdu, ILLEGAL_FUNCTION);
  return writeSwitch(pdu, unit, relay);
}

function lastOf(pdu: Buffer): number {
  return pdu.readUInt16BE(1) + pdu.readUInt16BE(3);
}

/** All registers of one answer are of one moment. A register that the profile does not tell of does not exist. */
function readRegisters(pdu: Buffer, blocks: readonly RegisterBlock[], shown: Shown): Buffer {
  if (pdu.length !== 5) return exceptionPdu(pdu, ILLEGAL_VALUE);
  const first = pdu.readUInt16BE(1);
  const count = pdu.readUInt16BE(3);
  if (count < 1 || count > MOST_READ) return exceptionPdu(pdu, ILLEGAL_VALUE);
  const answer = Buffer.alloc(2 + 2 * count);
  answer[0] = pdu[0]!;
  answer[1] = 2 * count;
  const filled = new Set<number>();
  for (const block of blocksRead(pdu, blocks)) {
    const bytes = block.bytes(shown);
    for (let word = 0; word < block.words; ++word) {
      const index = block.address + word - first;
      if (index < 0 || index >= count) continue;
      bytes.copy(answer, 2 + 2 * index, 2 * word, 2 * word + 2);
      filled.add(index);
    }
  }
  return filled.size === count ? answer : exceptionPdu(pdu, ILLEGAL_ADDRESS);
}

function writeSwitch(pdu: Buffer, unit: SimulatedUnit, relay: SwitchSpec): Buffer {
  const functionCode = pdu[0]!;
  const isCoil = functionCode === WRITE_COIL || functionCode === WRITE_COILS;
  if (isCoil !== (relay.kind === "coil") || pdu.readUInt16BE(1) !== relay.address)
    return exceptionPdu(pdu, ILLEGAL_ADDRESS);
  const value = writtenValue(pdu, functionCode);
  const { on = 1, off = 0 } = relay;
  const [onValue, offValue] =
    functionCode === WRITE_COIL ? [COIL_ON, 0] : isCoil ? [1, 0] : [on, off];
  if (value !== onValue && value !== offValue) return exceptionPdu(pdu, ILLEGAL_VALUE);
  unit.isOn = value === onValue;
  // The first five bytes, which for a single value are the whole request.
  return Buffer.from(pdu.subarray(0, 5));
}

/** The one value that a request writes; undefined where it is not well-formed or writes more. */
function writtenValue(pdu: Buffer, functionCode: number): number | undefined {
  if (functionCode === WRITE_COIL || functionCode === WRITE_REGISTER)
    return pdu.length === 5 ? pdu.readUInt16BE(3) : undefined;
  if (pdu.readUInt16BE(3) !== 1) return undefined;
  if (functionCode === WRITE_COILS)
    return pdu.length === 7 && pdu[5] === 1 ? pdu[6]! & 1 : undefined;
  return pdu.length === 8 && pdu[5] === 2 ? pdu.readUInt16BE(6) : undefined;
}
