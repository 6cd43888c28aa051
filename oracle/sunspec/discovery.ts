import { MeterError } from "../meters/meter.ts";
import { ModbusException } from "../modbus/modbusFailure.ts";
import type { Ask, ModbusLine } from "../modbus/modbusLine.ts";
import type { ReadRequest } from "../modbus/modbusRequest.ts";
import { COMMON_MODEL, COMMON_OFFSETS, TEXT_WORDS } from "./models.ts";

/** A model in a device's map. */
export interface SunspecModel {
  id: number;
  /** Of its ID, as on the wire. */
  address: number;
  /** Registers after ID and length. */
  length: number;
}

/** What a SunSpec device says of itself. */
export interface SunspecDevice {
  models: SunspecModel[];
  manufacturer: string;
  model: string;
  serialNumber: string | undefined;
}

/** No SunSpec map is where one may be. */
export class NoSunspecError extends MeterError {
  override name = "NoSunspecError";
}

/** In the order of the specification. */
const BASES = [40_000, 50_000, 0];
const MARKER = Buffer.from("SunS");
const END = 0xffff;
const MOST_MODELS = 100;

/** A read of holding registers, which hold all SunSpec points. */
export function read(address: number, count: number): ReadRequest {
  return { functionCode: 3, address, count };
}

/**
 * Finds a unit's SunSpec map and walks through its models; nothing is written.
 * @throws MeterError; NoSunspecError where the unit answers and has no map
 */
export function discover(
  line: ModbusLine,
  unit: number,
  signal?: AbortSignal,
): Promise<SunspecDevice> {
  return line.run({ unit, signal }, (ask) => discoverWith(ask, line.where(unit)));
}

/** As {@link discover}, in a task that has begun. */
export async function discoverWith(ask: Ask, where: string): Promise<SunspecDevice> {
  const models = await walk(ask, where, await findBase(ask, where));
  const common = models.find(({ id }) => id === COMMON_MODEL);
  if (common === undefined)
    throw new NoSunspecError("malformed", `${where} has a SunSpec map without model 1.`);
  const textAt = async (point: keyof typeof COMMON_OFFSETS) =>
    textOf(await ask(read(common.address + COMMON_OFFSETS[point], TEXT_WORDS)));
  return {
    models,
    manufacturer: (await textAt("manufacturer")) ?? "",
    model: (await textAt("model")) ?? "",
    serialNumber: await textAt("serialNumber"),
  };
}

/** A text without its padding; undefined where it is not implemented. */
export function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString("latin1").replace(/[\0 ]+$/, "");
  return text === "" || /^\xff+$/.test(text) ? undefined : text;
}

async function findBase(ask: Ask, where: string): Promise<number> {
  for (const base of BASES) {
    const answer = await answerOrNone(ask, read(base, 2));
    if (answer?.equals(MARKER) === true) return base + 2;
  }
  throw new NoSunspecError(
    "refused",
    `${where} has no SunSpec map at ${BASES.slice(0, -1).join(", ")} or ${BASES.at(-1)!}.`,
    { metaMessages: ["Give it the profile of its model."] },
  );
}

async function walk(ask: Ask, where: string, first: number): Promise<SunspecModel[]> {
  const models: SunspecModel[] = [];
  for (let address = first; models.length < MOST_MODELS && address < END;) {
    const header = await answerOrNone(ask, read(address, 2));
    // Some devices have no end mark, and refuse what lies behind their last model.
    if (header === undefined || header.readUInt16BE() === END) return models;
    const [id, length] = [header.readUInt16BE(), header.readUInt16BE(2)];
    if (length === 0) break;
    models.push({ id, address, length });
    address += 2 + length;
  }
  throw new NoSunspecError("malformed", `${where} has a SunSpec map that does not end.`);
}

/** The answer; undefined where the device refuses because it has no such registers. */
async function answerOrNone(ask: Ask, request: ReadRequest): Promise<Buffer | undefined> {
  try {
    return await ask(request);
  } catch (error) {
    if (error instanceof ModbusException && error.isForGood) return undefined;
    throw error;
  }
}
