import { expect } from "chai";
import { Dlt645Line } from "../../../../oracle/dlt645/dlt645Line.ts";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import type { Dlt645Profile } from "../../../../oracle/profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { createSimulator } from "../../../../oracle/simulator/createSimulator.ts";
import { parseFaults } from "../../../../oracle/simulator/faults/faultFile.ts";

const ADDRESSES = ["000000000161", "000000000163", "3A2107000481"];
const READS = 20;
const profile = loadDeviceProfile("dlt645-2007") as Dlt645Profile;

const FAULTS = `
seed: 645
faults:
  - { fault: late, delayMs: 40, chance: 0.08 }
  - { fault: duplicate, chance: 0.1 }
  - { fault: badCrc, chance: 0.05 }
  - { fault: noise, bytes: 20, chance: 0.1 }
  - { fault: split, bytes: 3, gapMs: 1, chance: 0.1 }
  - { fault: echo, chance: 0.2 }
  - { fault: wrongUnit, chance: 0.05 }
  - { fault: silent, chance: 0.03 }
  - { fault: resetMidReply, chance: 0.02 }
`;

describe("Dlt645Line against a simulator with faults at random", function () {
  this.timeout(60_000);

  it("gives each meter's own registers or an error, never anything else", async () => {
    const simulator = createSimulator({
      protocol: "dlt645",
      port: { kind: "tcp", host: "127.0.0.1", port: 0 },
      faults: parseFaults(FAULTS, "faults.yaml"),
      units: ADDRESSES.map((unit, index) => ({
        profile,
        unit,
        serialNumber: `${900 + index}`,
        load: { energyAt: () => ({ importWh: 0n, exportWh: 0n }), powerWAt: () => 100 * index },
        importWh: 1_000_000n + BigInt(index) * 10n,
        exportWh: 2_000_000n + BigInt(index) * 10n,
      })),
    });
    await simulator.start();
    const [host, port] = simulator.where.split(":") as [string, string];
    const line = new Dlt645Line({
      port: { kind: "tcp", host, port: Number(port) },
      replyTimeoutMs: 25,
      gapMs: 1,
      quietMs: 25,
    });
    let failed = 0;
    let good = 0;
    try {
      await Promise.all(
        ADDRESSES.map(async (address, index) => {
          const meter = line.meter(profile, address);
          for (let read = 0; read < READS; read++) {
            const sample = await meter.read().catch((error: unknown) => error);
            if (sample instanceof MeterError) {
              failed++;
              continue;
            }
            good++;
            expect(sample).to.deep.include({
              importWh: 1_000_000n + BigInt(index) * 10n,
              exportWh: 2_000_000n + BigInt(index) * 10n,
              activePowerW: 100 * index,
              serialNumber: `${900 + index}`.padStart(12, "0"),
            });
          }
        }),
      );
    } finally {
      await line.close();
      await simulator.stop();
    }
    expect(good).to.be.greaterThan(READS / 2);
    expect(failed).to.be.greaterThan(0);
  });
});
