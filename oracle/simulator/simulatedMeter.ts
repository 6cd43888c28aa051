import type { ModbusProfile } from "../profiles/deviceProfile.ts";
import type { FaultPlan } from "./faults/faultFile.ts";
import type { MeteredLoad } from "./meteredLoad.ts";
import { MeterSimulator } from "./meterSimulator.ts";
import { TcpPort } from "./ports/tcpPort.ts";
import { tcpFraming } from "./protocols/modbusFramings.ts";
import { ModbusProtocol } from "./protocols/modbusProtocol.ts";

/** How a simulated meter is set up. */
export interface SimulatedMeterOptions {
  profile: ModbusProfile;
  load: MeteredLoad;
  nowS: () => number;
  serialNumber: number;
  /** 0 for any free port. */
  port?: number;
  unit?: number;
  faults?: FaultPlan;
}

const HOST = "127.0.0.1";

/** One meter on a Modbus TCP port of its own. */
export class SimulatedMeter {
  readonly #options: SimulatedMeterOptions;
  readonly #port: TcpPort;
  readonly #simulator: MeterSimulator;

  constructor(options: SimulatedMeterOptions) {
    const { profile, load, nowS, serialNumber, port = 0, unit = 1, faults } = options;
    this.#options = options;
    this.#port = new TcpPort({ host: HOST, port });
    this.#simulator = new MeterSimulator({
      port: this.#port,
      protocol: new ModbusProtocol(tcpFraming),
      units: [{ profile, load, unit: String(unit), serialNumber: String(serialNumber) }],
      nowS,
      ...(faults === undefined ? {} : { faults }),
    });
  }

  /** What the meter has counted, whatever its faults show. */
  registers(): { importWh: bigint; exportWh: bigint } {
    return this.#options.load.energyAt(this.#options.nowS());
  }

  /** Known once the meter has started; the same after a restart. */
  get address(): { host: string; port: number; unit: number } {
    return { host: HOST, port: this.#port.port, unit: this.#options.unit ?? 1 };
  }

  start(): Promise<void> {
    return this.#simulator.start();
  }

  /** Closes the port and every connection; the registers go on counting. */
  stop(): Promise<void> {
    return this.#simulator.stop();
  }
}
