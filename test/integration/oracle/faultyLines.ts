import { expect } from "chai";
import { Dlt645Line } from "../../../oracle/dlt645/dlt645Line.ts";
import { MeterError, type Line, type Meter } from "../../../oracle/meters/meter.ts";
import { ModbusLine } from "../../../oracle/modbus/modbusLine.ts";
import type {
  DeviceProfile,
  Dlt645Profile,
  ModbusProfile,
} from "../../../oracle/profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../../../oracle/profiles/loadDeviceProfile.ts";
import { createSimulator } from "../../../oracle/simulator/createSimulator.ts";
import { parseFaults } from "../../../oracle/simulator/faults/faultFile.ts";
import type { LineProtocol, TcpConfig } from "../../../oracle/config/config.ts";

const START_S = 1_700_000_000;
const READS = 25;
/** So many good reads in a row show that a line has recovered, and so many reads it may take. */
const GOOD_READS = 3;
const MOST_RECOVERY_READS = 20;
const SEEDS = [1, 11];
/** One in every run. */
const markOf = (seed: number) => (seed === SEEDS[0] ? "" : " @long");
const TIMEOUT_MS = 80;
/** More than the counters' steps of any profile, so that two readings never look alike. */
const WH_PER_READ = 1_000;
/** An eighth of a kW, which a float holds exactly. */
const W_PER_READ = 125;

/** All that can happen to bytes; longer than the driver waits, and shorter. */
const FAULTS: ({ fault: string } & Record<string, unknown>)[] = [
  { fault: "silent" },
  { fault: "late", delayMs: 2 * TIMEOUT_MS },
  { fault: "late", delayMs: TIMEOUT_MS / 2 },
  { fault: "duplicate" },
  { fault: "duplicate", gapMs: 30 },
  { fault: "badCrc" },
  { fault: "noise", bytes: 12 },
  { fault: "noise", bytes: 12, place: "after" },
  { fault: "split", bytes: 3, gapMs: 1 },
  { fault: "slow", bytesPerSecond: 200 },
  { fault: "wrongUnit" },
  { fault: "exception", code: 6 },
  { fault: "resetMidReply" },
  { fault: "halfOpen" },
];

interface Bus {
  protocol: LineProtocol;
  profile: DeviceProfile;
  unit: string;
  open(port: TcpConfig): Line & { read: Meter["read"] };
}

function modbus(protocol: Exclude<LineProtocol, "dlt645">, profileName: string): Bus {
  const profile = loadDeviceProfile(profileName) as ModbusProfile;
  return {
    protocol,
    profile,
    unit: "3",
    open(port) {
      const line = new ModbusLine({
        protocol,
        port,
        replyTimeoutMs: TIMEOUT_MS,
        quietMs: 3 * TIMEOUT_MS,
        gapMs: 5,
      });
      const meter = line.meter(profile, 3);
      return { read: () => meter.read(), close: () => line.close() };
    },
  };
}

const dlt645: Bus = {
  protocol: "dlt645",
  profile: loadDeviceProfile("dlt645-2007"),
  unit: "000000000161",
  open(port) {
    const line = new Dlt645Line({
      port,
      replyTimeoutMs: TIMEOUT_MS,
      quietMs: 3 * TIMEOUT_MS,
      gapMs: 5,
    });
    const meter = line.meter(this.profile as Dlt645Profile, this.unit);
    return { read: () => meter.read(), close: () => line.close() };
  },
};

const BUSES = [
  modbus("modbus-tcp", "schneider-iem3155"),
  modbus("modbus-rtu-over-tcp", "schneider-iem3155"),
  modbus("modbus-rtu-over-tcp", "carlo-gavazzi-em340"),
  dlt645,
];

describe("A line with faults", function () {
  this.timeout(60_000);

  for (const bus of BUSES)
    for (const seed of SEEDS)
      it(`never gives another moment's values (${bus.protocol}, ${bus.profile.name}, seed ${seed})${markOf(seed)}`, async () => {
        const faults = FAULTS.filter(
          ({ fault }) => bus.protocol !== "modbus-tcp" || fault !== "badCrc",
        ).map((fault) => ({ ...fault, chance: 0.02, forSeconds: READS }));
        let nowS = START_S;
        const hit = new Set<string>();
        const simulator = createSimulator({
          protocol: bus.protocol,
          port: { kind: "tcp", host: "127.0.0.1", port: 0 },
          units: [
            {
              profile: bus.profile,
              unit: bus.unit,
              serialNumber: "161",
              load: {
                energyAt: (timeS) => ({
                  importWh: BigInt(WH_PER_READ * (timeS - START_S)),
                  exportWh: BigInt(7 * WH_PER_READ * (timeS - START_S)),
                }),
                powerWAt: (timeS) => W_PER_READ * (timeS - START_S),
              },
            },
          ],
          nowS: () => nowS,
          faults: parseFaults(JSON.stringify({ seed, faults }), "faults.json"),
          onFault: (_unit, { fault }) => hit.add(fault),
        });
        await simulator.start();
        const [host, port] = simulator.where.split(":");
        const line = bus.open({ kind: "tcp", host: host!, port: Number(port) });
        /** False where the read fails; throws where its values are another moment's. */
        const isGood = async () => {
          const sample = await line.read().catch((error: unknown) => {
            if (!(error instanceof MeterError)) throw error;
          });
          if (sample === undefined) return false;
          const passed = nowS - START_S;
          expect(sample).to.deep.include({
            importWh: BigInt(WH_PER_READ * passed),
            exportWh: BigInt(7 * WH_PER_READ * passed),
          });
          // A driver may do without the power where the device refuses it.
          expect(sample.activePowerW).to.be.oneOf([undefined, W_PER_READ * passed]);
          return true;
        };
        try {
          let failed = 0;
          for (let round = 0; round < READS; ++round, ++nowS) if (!(await isGood())) failed += 1;
          expect(hit.size).to.be.greaterThan(4);
          expect(failed).to.be.within(1, READS - 5);
          // What the faults left behind, such as a connection that is half open, costs a few reads more, and so does a
          // machine that is busy for longer than the driver waits.
          let good = 0;
          for (let round = 0; good < GOOD_READS; ++round, ++nowS) {
            expect(round, "it does not recover").to.be.below(MOST_RECOVERY_READS);
            good = (await isGood()) ? good + 1 : 0;
          }
        } finally {
          await line.close();
          await simulator.stop();
        }
      });
});
