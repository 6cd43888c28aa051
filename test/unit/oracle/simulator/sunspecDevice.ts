import { expect } from "chai";
import { ModbusLine } from "../../../../oracle/modbus/modbusLine.ts";
import { createSimulator } from "../../../../oracle/simulator/createSimulator.ts";
import { parseFaults } from "../../../../oracle/simulator/faults/faultFile.ts";
import { constantLoad } from "../../../../oracle/simulator/meteredLoad.ts";
import { SUNSPEC_DEVICE } from "../../../../oracle/simulator/sunspecDevice.ts";
import { discover } from "../../../../oracle/sunspec/discovery.ts";
import { sunspecMeter } from "../../../../oracle/sunspec/sunspecMeter.ts";

describe("a simulated SunSpec meter", () => {
  async function withMeter(faults: string, check: (line: ModbusLine) => Promise<void>) {
    const simulator = createSimulator({
      protocol: "modbus-tcp",
      port: { kind: "tcp", host: "127.0.0.1", port: 0 },
      faults: parseFaults(faults, "faults.yaml"),
      units: [
        {
          ...{ profile: SUNSPEC_DEVICE, unit: "1", serialNumber: "42" },
          ...{ load: constantLoad(-1500, 0), importWh: 1_234_567n, exportWh: 89n },
        },
      ],
      nowS: () => 0,
    });
    await simulator.start();
    const [host, port] = simulator.where.split(":") as [string, string];
    const line = new ModbusLine({
      protocol: "modbus-tcp",
      port: { kind: "tcp", host, port: Number(port) },
    });
    try {
      await check(line);
    } finally {
      await line.close();
      await simulator.stop();
    }
  }

  it("is found by discovery and read", () =>
    withMeter("faults: []", async (line) => {
      expect(await discover(line, 1)).to.deep.include({
        manufacturer: "Sealwatt",
        serialNumber: "42",
      });
      const meter = sunspecMeter(line, 1);
      expect(await meter.read()).to.include({
        ...{ importWh: 1_234_567n, exportWh: 89n, activePowerW: -1500, serialNumber: "42" },
      });
      expect(meter.counterWrapWh).to.equal(BigInt(SUNSPEC_DEVICE.counterWrapWh!));
    }));

  it("shows faults of its values", () =>
    withMeter("faults: [{ fault: zeroOnce, forRequests: 10 }]", async (line) => {
      expect((await sunspecMeter(line, 1).read()).importWh).to.equal(0n);
    }));
});
