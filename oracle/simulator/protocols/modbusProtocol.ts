import type { Quantity } from "../../profiles/deviceProfile.ts";
import type { Shown } from "../faults/valueFaults.ts";
import type { SimulatedUnit } from "../simulatedUnit.ts";
import type { MeterProtocol, MeterRequest } from "./meterProtocol.ts";
import { answerPdu, blocksRead, exceptionPdu, isWrite } from "./modbusPdu.ts";
import { registerBlocks, type RegisterBlock } from "./registerBlocks.ts";

/** How requests and answers lie in the bytes of a line. */
export interface ModbusFraming {
  readonly hasChecksum: boolean;
  /** What is said for a unit that is not there: an exception's code, or nothing. */
  readonly absentUnitCode: number | undefined;
  receiver(): (chunk: Buffer, nowMs: number) => { bytes: Buffer; unit: number; pdu: Buffer }[];
  frame(request: Buffer, unit: number, pdu: Buffer): Buffer;
}

const BROADCAST = "0";
const MOST_UNITS = 247;

/** Modbus, whatever its framing. */
export class ModbusProtocol implements MeterProtocol {
  readonly #framing: ModbusFraming;
  readonly #blocks = new WeakMap<SimulatedUnit, RegisterBlock[]>();

  constructor(framing: ModbusFraming) {
    this.#framing = framing;
  }

  get hasChecksum(): boolean {
    return this.#framing.hasChecksum;
  }

  receiver(): (chunk: Buffer, nowMs: number) => MeterRequest[] {
    const receive = this.#framing.receiver();
    return (chunk, nowMs) =>
      receive(chunk, nowMs).map(({ bytes, unit, pdu }) => ({
        bytes,
        unit: String(unit),
        isWrite: isWrite(pdu),
        body: pdu,
      }));
  }

  addresses(request: MeterRequest, unit: string): boolean {
    return request.unit === unit || this.isBroadcast(request);
  }

  isBroadcast({ unit }: MeterRequest): boolean {
    return unit === BROADCAST && this.#framing.absentUnitCode === undefined;
  }

  quantities({ body }: MeterRequest, unit: SimulatedUnit): Quantity[] {
    return blocksRead(body, this.#blocksOf(unit)).flatMap(({ quantity }) => quantity ?? []);
  }

  answer({ body }: MeterRequest, unit: SimulatedUnit, shown: Shown): Buffer {
    return answerPdu(body, unit, this.#blocksOf(unit), shown);
  }

  refusal({ body }: MeterRequest, code: number): Buffer {
    return exceptionPdu(body, code);
  }

  absentUnit(request: MeterRequest): Buffer | undefined {
    const { absentUnitCode } = this.#framing;
    return absentUnitCode === undefined ? undefined : this.refusal(request, absentUnitCode);
  }

  frame({ bytes }: MeterRequest, unit: string, answer: Buffer): Buffer {
    return this.#framing.frame(bytes, Number(unit), answer);
  }

  neighbourOf(unit: string): string {
    return String((Number(unit) % MOST_UNITS) + 1);
  }

  #blocksOf(unit: SimulatedUnit): RegisterBlock[] {
    let blocks = this.#blocks.get(unit);
    if (blocks === undefined) {
      blocks = unit.profile.protocol === "modbus" ? registerBlocks(unit.profile, unit) : [];
      this.#blocks.set(unit, blocks);
    }
    return blocks;
  }
}
