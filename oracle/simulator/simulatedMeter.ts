import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { ServerTCP } from "modbus-serial";
import { encodeQuantity } from "../modbus/registerCode.ts";
import type { MeterRegisters, TcpAddress } from "../modbus/modbusTcpMeter.ts";
import type { ModbusProfile, Quantity } from "../profiles/deviceProfile.ts";

/** What a simulated meter measures. */
export interface MeteredLoad {
  /** Cumulative energy since the simulation began, at a time in unix seconds. */
  energyAt(timeS: number): MeterRegisters;
  /** Power drawn from the grid, negative where it is fed in. */
  powerWAt(timeS: number): number;
}

/** How a simulated meter is set up. */
export interface SimulatedMeterOptions {
  profile: ModbusProfile;
  load: MeteredLoad;
  nowS: () => number;
  serialNumber: number;
  /** 0 for any free port. */
  port?: number;
  unit?: number;
}

/** "Illegal data address" of the Modbus specification. */
const ILLEGAL_ADDRESS = 2;
const HOST = "127.0.0.1";

/** A meter as a Modbus TCP server, whose registers advance with a load. */
export class SimulatedMeter {
  readonly #options: SimulatedMeterOptions;
  #server: ServerTCP | undefined;
  #port: number;

  constructor(options: SimulatedMeterOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  /** What the meter shows now. */
  registers(): MeterRegisters {
    return this.#options.load.energyAt(this.#options.nowS());
  }

  /** Known once the meter has started; the same after a restart. */
  get address(): TcpAddress {
    return { host: HOST, port: this.#port, unit: this.#options.unit ?? 1 };
  }

  async start(): Promise<void> {
    const server = new ServerTCP(
      {
        getMultipleHoldingRegisters: (address: number, length: number) =>
          this.#answer(3, address, length),
        getMultipleInputRegisters: (address: number, length: number) =>
          this.#answer(4, address, length),
      },
      // As text, because the driver takes the number 0 for its default port.
      { host: HOST, port: String(this.#port) as unknown as number, unitID: this.address.unit },
    );
    // A client that goes away in the middle of an answer is no error of the meter.
    server.on("socketError", () => undefined);
    const { _server: socket } = server as unknown as { _server: Server };
    await once(socket, "listening");
    this.#port = (socket.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Closes the port and every connection; the registers go on counting. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #answer(functionCode: 3 | 4, address: number, length: number): number[] {
    // All of one moment, however many requests' worth they are.
    const image = this.#image(functionCode);
    return Array.from({ length }, (_, offset) => {
      const word = image.get(address + offset);
      if (word === undefined)
        throw Object.assign(new Error("Illegal data address"), {
          modbusErrorCode: ILLEGAL_ADDRESS,
        });
      return word;
    });
  }

  #image(functionCode: 3 | 4): Map<number, number> {
    const { profile, load, nowS, serialNumber } = this.#options;
    const now = nowS();
    const { importWh, exportWh } = load.energyAt(now);
    const values: Record<Quantity, bigint | number> = {
      importEnergyWh: importWh,
      exportEnergyWh: exportWh,
      activePowerW: load.powerWAt(now),
      serialNumber,
    };
    const image = new Map<number, number>();
    for (const [quantity, spec] of Object.entries(profile.registers)) {
      if (spec.functionCode !== functionCode) continue;
      const bytes = encodeQuantity(spec, values[quantity as Quantity]);
      for (let i = 0; 2 * i < bytes.length; ++i)
        image.set(spec.address + i, bytes.readUInt16BE(2 * i));
    }
    return image;
  }
}
