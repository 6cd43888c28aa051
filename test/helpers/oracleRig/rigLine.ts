import type { LineProtocol, SerialPortConfig, TcpConfig } from "../../../oracle/config/config.ts";
import { Dlt645Line } from "../../../oracle/dlt645/dlt645Line.ts";
import type { Counters } from "../../../oracle/judgement/judge.ts";
import { openLine, type OpenedLine } from "../../../oracle/meters/openLine.ts";
import { ModbusLine } from "../../../oracle/modbus/modbusLine.ts";
import {
  decodeRegisters,
  encodeQuantity,
  energyWhFloor,
} from "../../../oracle/modbus/registerCode.ts";
import type { DeviceProfile } from "../../../oracle/profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../../../oracle/profiles/loadDeviceProfile.ts";
import { createSimulator } from "../../../oracle/simulator/createSimulator.ts";
import { parseFaults } from "../../../oracle/simulator/faults/faultFile.ts";
import { constantLoad, type MeteredLoad } from "../../../oracle/simulator/meteredLoad.ts";
import type { MeterSimulator } from "../../../oracle/simulator/meterSimulator.ts";

/** A meter of a rig. */
export interface MeterPlan {
  /** What its counters show when its load begins. */
  importWh?: bigint;
  exportWh?: bigint;
  load?: MeteredLoad;
  ratedPowerW?: number;
}

/** A line of a rig: its meters, its port and its faults, which begin when the rig does. */
export interface LinePlan {
  protocol?: LineProtocol;
  /** What its meters are. */
  profile?: string;
  /** A free TCP port of this machine unless given. */
  port?: TcpConfig | SerialPortConfig;
  /** Where the gateway finds the meters, if that is elsewhere than where they are. */
  clientPort?: TcpConfig | SerialPortConfig;
  /** Entries of a fault file. */
  faults?: readonly ({ fault: string } & Record<string, unknown>)[];
  meters?: readonly MeterPlan[];
  /** How long a connection and an answer may take; short unless given where the line has faults. */
  replyTimeoutMs?: number;
}

/** A meter that is bound in the market. */
export interface RigMeter {
  participant: number;
  unit: string;
  serialNumber: string;
  ratedPowerW: number;
  /** What it has counted by a time, as far as its counters tell, whatever its faults show. */
  truthAt: (timeS: number) => Counters;
  /** The same of the device that was in its place before, and the last period of that. */
  before?: { truthAt: RigMeter["truthAt"]; untilPeriod: number };
  /** How often it was hit by each fault. */
  hits: Map<string, number>;
}

const HOST = "127.0.0.1";
const RATED_POWER_W = 11_000;
const TIMES = { quietMs: 40, gapMs: 5 };
/** Of a line that breaks: short, so that a meter that says nothing does not hold the test up. */
export const SHORT_TIMEOUT_MS = 150;
/** Of a line that never breaks: longer than a busy machine holds an answer up. */
const TIMEOUT_MS = 5_000;
const DLT645_STEP_WH = 10n;

/** Draws power for a quarter of an hour and a half, and feeds in for as long. */
export function swingingLoad(startS: number, importW = 3_600, exportW = 1_800): MeteredLoad {
  const HALF_S = 1_350;
  const isImport = (timeS: number) => Math.floor((timeS - startS) / HALF_S) % 2 === 0;
  const [drawn, fedIn] = [constantLoad(importW, 0), constantLoad(exportW, 0)];
  return {
    energyAt(timeS) {
      const passedS = Math.max(0, timeS - startS);
      const halves = Math.floor(passedS / HALF_S);
      const restS = passedS - halves * HALF_S;
      const importS = Math.ceil(halves / 2) * HALF_S + (halves % 2 === 0 ? restS : 0);
      return {
        importWh: drawn.energyAt(importS).importWh,
        exportWh: fedIn.energyAt(passedS - importS).importWh,
      };
    },
    powerWAt: (timeS) => (isImport(timeS) ? importW : -exportW),
  };
}

/** Simulated meters on one port, and the gateway's line to them. */
export class RigLine {
  readonly meters: readonly RigMeter[];
  readonly simulator: MeterSimulator;
  readonly protocol: LineProtocol;
  readonly #plan: LinePlan;

  constructor(plan: LinePlan, firstParticipant: number, startS: number, nowS: () => number) {
    const { protocol = "modbus-tcp", port = { kind: "tcp", host: HOST, port: 0 } } = plan;
    this.#plan = plan;
    this.protocol = protocol;
    const profile = loadDeviceProfile(this.profile);
    const meters = (plan.meters ?? [{}]).map((meter, index) => {
      const participant = firstParticipant + index;
      const isDlt645 = profile.protocol === "dlt645";
      const unit = isDlt645 ? String(participant).padStart(12, "0") : String(index + 1);
      const serialNumber = isDlt645 ? unit : String(10_000_000 + participant);
      const { load = swingingLoad(startS), importWh = 1_234_560n, exportWh = 65_430n } = meter;
      return { participant, unit, serialNumber, load, importWh, exportWh, profile, ...meter };
    });
    const { faults } = parseFaults(JSON.stringify({ faults: plan.faults ?? [] }), "faults.json");
    this.meters = meters.map(({ participant, unit, serialNumber, ...meter }) => ({
      participant,
      unit,
      serialNumber,
      ratedPowerW: meter.ratedPowerW ?? RATED_POWER_W,
      hits: new Map(),
      truthAt(timeS) {
        const energy = meter.load.energyAt(timeS);
        return {
          importWh: asShown(profile, "importEnergyWh", meter.importWh + energy.importWh),
          exportWh: asShown(profile, "exportEnergyWh", meter.exportWh + energy.exportWh),
        };
      },
    }));
    this.simulator = createSimulator({
      protocol,
      port,
      units: meters,
      nowS,
      faults: { seed: 1, faults },
      onFault: (unit, { fault }) => {
        const { hits } = this.meters.find((meter) => meter.unit === unit)!;
        hits.set(fault, (hits.get(fault) ?? 0) + 1);
      },
    });
  }

  get profile(): string {
    const { profile = this.protocol === "dlt645" ? "dlt645-2007" : "schneider-iem3155" } =
      this.#plan;
    return profile;
  }

  /** Where the gateway finds it. */
  get port(): TcpConfig | SerialPortConfig {
    const { port, clientPort = port } = this.#plan;
    if (clientPort !== undefined) return clientPort;
    return { kind: "tcp", host: HOST, port: Number(this.simulator.where.split(":").at(-1)) };
  }

  /** A line of the gateway's, as its configuration would have it but with shorter times. */
  open(): OpenedLine {
    const { protocol, port } = this;
    const { faults = [], replyTimeoutMs = faults.length === 0 ? TIMEOUT_MS : SHORT_TIMEOUT_MS } =
      this.#plan;
    const opened = openLine(
      {
        ...{ name: this.simulator.where, protocol, port, replyTimeoutMs },
        meters: this.meters.map(({ participant, unit }) => ({
          participant,
          profile: this.profile,
          allowExperimental: false,
          unit: protocol === "dlt645" ? undefined : Number(unit),
          address: protocol === "dlt645" ? unit : undefined,
          serialNumber: undefined,
          switchable: false,
          line: 0,
        })),
      },
      undefined,
    );
    const profile = loadDeviceProfile(this.profile);
    const options = { port, replyTimeoutMs, connectTimeoutMs: replyTimeoutMs, ...TIMES };
    if (protocol === "dlt645") {
      const line = new Dlt645Line(options);
      const meters = opened.meters.map((meter) => ({
        ...meter,
        meter: line.meter(profile as Parameters<typeof line.meter>[0], meter.config.address!),
      }));
      return { ...opened, line, meters };
    }
    const line = new ModbusLine({ ...options, protocol });
    const meters = opened.meters.map((meter) => ({
      ...meter,
      meter: line.meter(profile as Parameters<typeof line.meter>[0], meter.config.unit!),
    }));
    return { ...opened, line, meters };
  }
}

/** A counter as the steps of a device's registers allow it to be shown; one that wraps around goes on here. */
function asShown(
  profile: DeviceProfile,
  quantity: "importEnergyWh" | "exportEnergyWh",
  wattHours: bigint,
): bigint {
  if (profile.protocol === "dlt645") return (wattHours / DLT645_STEP_WH) * DLT645_STEP_WH;
  const spec = profile.registers[quantity];
  return energyWhFloor(spec, decodeRegisters(spec, encodeQuantity(spec, wattHours)) as bigint);
}
