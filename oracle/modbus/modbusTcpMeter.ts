import ModbusModule from "modbus-serial";
import type { ModbusRTU } from "modbus-serial/ModbusRTU.js";
import {
  wordsOf,
  type ENERGIES,
  type ModbusProfile,
  type RegisterSpec,
} from "../profiles/deviceProfile.ts";
import { MeterReadError, toMeterError } from "./meterError.ts";
import { decodeRegisters, energyWhFloor } from "./registerCode.ts";

// The package is CommonJS: its class is the default of its default.
const Modbus =
  (ModbusModule as unknown as { default?: typeof ModbusRTU }).default ??
  (ModbusModule as unknown as typeof ModbusRTU);

/** Where a meter is on a network. */
export interface TcpAddress {
  host: string;
  port: number;
  unit: number;
}

/** The cumulative registers of a meter. */
export interface MeterRegisters {
  importWh: bigint;
  exportWh: bigint;
}

const CONNECT_MS = 2_000;
const REPLY_MS = 1_500;
const CLOSE_MS = 500;

/** A meter behind Modbus TCP. One request at a time; a broken connection is opened anew at the next read. */
export class ModbusTcpMeter {
  readonly #profile: ModbusProfile;
  readonly #address: TcpAddress;
  #client: ModbusRTU | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(profile: ModbusProfile, address: TcpAddress) {
    this.#profile = profile;
    this.#address = address;
  }

  get where(): string {
    const { host, port, unit } = this.#address;
    return `${host}:${port} unit ${unit}`;
  }

  /**
   * Reads both energy registers, in one request where they lie side by side, so that they are of one moment.
   * @throws MeterReadError
   */
  readEnergy(): Promise<MeterRegisters> {
    const result = this.#queue.then(() => this.#readEnergy());
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    await this.#queue;
    await this.#drop();
  }

  async #readEnergy(): Promise<MeterRegisters> {
    const { importEnergyWh, exportEnergyWh } = this.#profile.registers;
    const words = wordsOf(importEnergyWh);
    try {
      const together =
        exportEnergyWh.address === importEnergyWh.address + words &&
        exportEnergyWh.functionCode === importEnergyWh.functionCode;
      const all = together
        ? await this.#read("importEnergyWh", words + wordsOf(exportEnergyWh))
        : [
            ...(await this.#read("importEnergyWh", words)),
            ...(await this.#read("exportEnergyWh", wordsOf(exportEnergyWh))),
          ];
      const registers = {
        importWh: energyOf(importEnergyWh, all.slice(0, words)),
        exportWh: energyOf(exportEnergyWh, all.slice(words)),
      };
      if (registers.importWh < 0n || registers.exportWh < 0n)
        throw new MeterReadError(`The meter at ${this.where} shows a negative register.`);
      return registers;
    } catch (error) {
      // Whatever is still under way on this connection must not be taken for the next answer.
      await this.#drop();
      throw toMeterError(this.where, error);
    }
  }

  async #read(quantity: (typeof ENERGIES)[number], count: number): Promise<number[]> {
    const { functionCode, address } = this.#profile.registers[quantity];
    const client = await this.#connected();
    client.setID(this.#address.unit);
    const { data } = await (functionCode === 3
      ? client.readHoldingRegisters(address, count)
      : client.readInputRegisters(address, count));
    if (data.length !== count)
      throw new MeterReadError(
        `The meter at ${this.where} answered ${data.length} registers where ${count} were asked for.`,
      );
    return data;
  }

  async #connected(): Promise<ModbusRTU> {
    if (this.#client?.isOpen === true) return this.#client;
    await this.#drop();
    const client = new Modbus();
    // Of a socket that fails while nobody waits for it; the next read reports it.
    client.on("error", () => undefined);
    this.#client = client;
    const { host, port } = this.#address;
    // Without a time of its own the driver waits for ever, also for the connection.
    client.setTimeout(CONNECT_MS);
    await within(CONNECT_MS + 500, client.connectTCP(host, { port }));
    client.setTimeout(REPLY_MS);
    return client;
  }

  /** `close` may never call back, so that it gets a time, and the socket its end. */
  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    await Promise.race([
      new Promise<void>((resolve) => client.close(() => resolve())),
      new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref()),
    ]).catch(() => undefined);
    client.destroy(() => undefined);
  }
}

function energyOf(spec: RegisterSpec, words: number[]): bigint {
  const bytes = Buffer.alloc(2 * words.length);
  words.forEach((word, index) => bytes.writeUInt16BE(word, 2 * index));
  return energyWhFloor(spec, decodeRegisters(spec, bytes) as bigint | number);
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" })),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
