import { expect } from "chai";
import { openLine } from "../../../../oracle/meters/openLine.ts";
import { loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { createSimulator } from "../../../../oracle/simulator/createSimulator.ts";
import type { MeterSimulator } from "../../../../oracle/simulator/meterSimulator.ts";
import { constantLoad } from "../../../../oracle/simulator/meteredLoad.ts";
import { CONFIG, edit, parse } from "../../../helpers/oracleConfig.ts";

const COIL = 5;

describe("a switch of the configuration", () => {
  let simulator: MeterSimulator;

  beforeEach(async () => {
    const profile = loadDeviceProfile("schneider-iem3155");
    simulator = createSimulator({
      protocol: "modbus-tcp",
      port: { kind: "tcp", host: "127.0.0.1", port: 0 },
      units: [
        {
          profile: { ...profile, switch: { kind: "coil", address: COIL, sources: ["a test"] } },
          unit: "1",
          load: constantLoad(0, 0),
          serialNumber: "4711",
        },
      ],
      faults: { seed: 0, faults: [] },
    });
    await simulator.start();
  });
  afterEach(() => simulator.stop());

  /** The meter of a configuration with these keys beside its unit. */
  const opened = (more: string) => {
    const [host, port] = simulator.where.split(":");
    const place = `host: ${host}\n    port: ${port}`;
    const config = parse(
      edit(CONFIG, ["host: 10.0.0.7", place], ["unit: 1", `unit: 1\n        ${more}`]),
    );
    const { line, meters } = openLine(config.lines[0]!, undefined);
    return { line, meter: meters[0]!.meter };
  };

  it("writes its coil", async () => {
    const { line, meter } = opened(`switchable: true\n        switch: { coil: ${COIL} }`);
    try {
      for (const isOn of [false, true]) {
        await meter.switch!(isOn);
        expect(simulator.units[0]!.isOn).to.equal(isOn);
      }
      expect((await meter.read()).serialNumber).to.equal("4711");
    } finally {
      await line.close();
    }
  });

  it("is not there unless it is configured", async () => {
    const { line, meter } = opened("switchable: false");
    expect(meter).to.not.have.property("switch");
    await line.close();
  });
});
