import { expect } from "chai";
import { createSimulator } from "../../../../../oracle/simulator/createSimulator.ts";
import type { MeterSimulator } from "../../../../../oracle/simulator/meterSimulator.ts";
import { constantLoad } from "../../../../../oracle/simulator/meteredLoad.ts";
import { loadDeviceProfile } from "../../../../../oracle/profiles/loadDeviceProfile.ts";
import type { LineProtocol } from "../../../../../oracle/config/config.ts";
import { openPtyPair } from "../../../../helpers/ptyPair.ts";
import { expectRefusal, runSealwatt } from "../../../../helpers/runSealwatt.ts";

const read = (...args: string[]) => runSealwatt(["oracle", "read", ...args]);
const ADDRESS = "000000000161";

/** A meter that stands at 1,234,567 Wh drawn and 89 Wh fed in. */
function simulate(
  profile: string,
  protocol: LineProtocol,
  unit: string,
  serial?: string,
): MeterSimulator {
  const device = loadDeviceProfile(profile, { allowExperimental: true });
  return createSimulator({
    protocol,
    port:
      serial === undefined
        ? { kind: "tcp", host: "127.0.0.1", port: 0 }
        : { kind: "serial", path: serial, ...device.serial },
    units: [
      {
        profile: device,
        unit,
        load: constantLoad(0, 0),
        serialNumber: "20123456",
        importWh: 1_234_560n,
        exportWh: 80n,
      },
    ],
    faults: { seed: 0, faults: [] },
  });
}

describe("sealwatt oracle read", function () {
  this.timeout(20_000);
  const running: MeterSimulator[] = [];
  const start = async (...args: Parameters<typeof simulate>) => {
    const simulator = simulate(...args);
    await simulator.start();
    running.push(simulator);
    return simulator.where;
  };
  let modbus: string;
  let dlt645: string;

  before(async () => {
    modbus = await start("schneider-iem3155", "modbus-tcp", "7");
    dlt645 = await start("dlt645-2007", "dlt645", ADDRESS);
  });
  after(() => Promise.all(running.map((simulator) => simulator.stop())));

  it("prints the four quantities, the registers and where each came from", async () => {
    const place = ["--tcp", modbus, "--unit", "7"];
    const { code, stdout, stderr } = await read(
      "--profile",
      "schneider-iem3155",
      ...place,
      "--json",
    );
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).to.deep.equal({
      profile: "schneider-iem3155",
      where: `${modbus} unit 7`,
      importEnergyWh: 1_234_560,
      exportEnergyWh: 80,
      activePowerW: 0,
      serialNumber: "20123456",
      raw: [
        {
          quantity: "importEnergyWh",
          source: "fc3@3203x4",
          hex: "000000000012d680",
          value: "1234560 Wh",
        },
        {
          quantity: "exportEnergyWh",
          source: "fc3@3207x4",
          hex: "0000000000000050",
          value: "80 Wh",
        },
        { quantity: "activePowerW", source: "fc3@3059x2", hex: "00000000", value: "0 kW" },
        { quantity: "serialNumber", source: "fc3@129x2", hex: "01330f40", value: "20123456" },
      ],
    });
  });

  it("prints a table for people", async () => {
    const { stdout } = await read("--profile", "schneider-iem3155", "--tcp", modbus, "--unit", "7");
    expect(stdout.split("\n").slice(0, 6)).to.deep.equal([
      `${modbus} unit 7 as schneider-iem3155`,
      "",
      "import         1234560 Wh",
      "export         80 Wh",
      "active power   0 W",
      "serial number  20123456",
    ]);
    expect(stdout).to.include("exportEnergyWh  fc3@3207x4  0000000000000050  80 Wh");
  });

  it("reads a DL/T 645 meter by its address", async () => {
    const place = ["--tcp", dlt645, "--address", ADDRESS];
    const { stdout } = await read("--profile", "dlt645-2007", ...place, "--json");
    expect(JSON.parse(stdout)).to.deep.include({
      where: `${dlt645} address ${ADDRESS}`,
      importEnergyWh: 1_234_560,
      exportEnergyWh: 80,
      serialNumber: "000020123456",
    });
  });

  it("reads Modbus RTU behind a TCP port", async () => {
    const where = await start("eastron-sdm630", "modbus-rtu-over-tcp", "3");
    const place = ["--tcp", where, "--protocol", "modbus-rtu-over-tcp", "--unit", "3"];
    const { stdout } = await read("--profile", "eastron-sdm630", ...place, "--json");
    expect(JSON.parse(stdout)).to.deep.include({ importEnergyWh: 1_234_560 });
  });

  it("reads Modbus RTU on a serial port, with other settings than the factory's", async function () {
    const pair = await openPtyPair();
    if (pair === undefined) {
      console.warn("      socat is not installed: no serial port to test with");
      this.skip();
    }
    try {
      const simulator = simulate("eastron-sdm630", "modbus-rtu", "3", pair.far);
      await simulator.start();
      const place = ["--serial", pair.near, "--baud", "19200", "--parity", "even", "--unit", "3"];
      const { stdout, stderr } = await read("--profile", "eastron-sdm630", ...place, "--json");
      await simulator.stop();
      expect(stderr).to.equal("");
      expect(JSON.parse(stdout)).to.deep.include({
        where: `${pair.near} unit 3`,
        importEnergyWh: 1_234_560,
      });
    } finally {
      await pair.close();
    }
  });

  const profile = ["--profile", "schneider-iem3155"];
  const unit = ["--unit", "7"];
  const faults: [condition: string, args: () => string[], remedy: string][] = [
    ["no profile", () => ["--tcp", modbus, ...unit], "required option '--profile <name>'"],
    [
      "an unknown profile",
      () => ["--profile", "schneider-iem3156", "--tcp", modbus, ...unit],
      "Did you mean schneider-iem3155?",
    ],
    [
      "an experimental profile",
      () => ["--profile", "chint-dtsu666-h", "--tcp", modbus, ...unit],
      "--allow-experimental",
    ],
    ["no place", () => [...profile, ...unit], "Give --tcp HOST:PORT or --serial PATH."],
    [
      "two places",
      () => [...profile, "--tcp", modbus, "--serial", "/dev/ttyS0", ...unit],
      "cannot be used with option",
    ],
    ["no unit", () => [...profile, "--tcp", modbus], "Name it with --unit."],
    [
      "an address for a unit",
      () => [...profile, "--tcp", modbus, "--address", ADDRESS],
      "Name it with --unit.",
    ],
    [
      "a unit for an address",
      () => ["--profile", "dlt645-2007", "--tcp", dlt645, ...unit],
      "Name it with --address.",
    ],
    [
      "an address that is none",
      () => ["--profile", "dlt645-2007", "--tcp", dlt645, "--address", "161"],
      "Give the twelve digits on its nameplate",
    ],
    ["unit 248", () => [...profile, "--tcp", modbus, "--unit", "248"], "from 1 to 247"],
    [
      "unit 255 on a bus",
      () => [...profile, "--tcp", "h:1", "--protocol", "modbus-rtu-over-tcp", "--unit", "255"],
      "Give the device's own unit, a whole number from 1 to 247.",
    ],
    ["a profile that is nearly sunspec", () => ["--profile", "sunspecs"], "Did you mean sunspec?"],
    ["port 0", () => [...profile, "--tcp", "127.0.0.1:0", ...unit], "Give HOST:PORT"],
    ["port 65536", () => [...profile, "--tcp", "127.0.0.1:65536", ...unit], "Give HOST:PORT"],
    [
      "no port where none is usual",
      () => [...profile, "--tcp", "h", "--protocol", "modbus-rtu-over-tcp", ...unit],
      "only Modbus TCP has a port of its own, 502",
    ],
    [
      "a Modbus protocol for DL/T 645",
      () => [
        ...["--profile", "dlt645-2007", "--address", ADDRESS],
        ...["--tcp", dlt645, "--protocol", "modbus-tcp"],
      ],
      "Leave --protocol out.",
    ],
    [
      "a baud rate for TCP",
      () => [...profile, "--tcp", modbus, "--baud", "9600", ...unit],
      "cannot be used with option",
    ],
    ["a closed port", () => [...profile, "--tcp", "127.0.0.1:9", ...unit], "nothing listens there"],
    [
      "a serial port that is not there",
      () => [...profile, "--serial", "/dev/no-such-port", ...unit],
      "plug the adapter in, or correct the path",
    ],
    [
      "a unit that is not there",
      () => [...profile, "--tcp", modbus, "--unit", "8"],
      "Check the unit",
    ],
    [
      "a device that keeps silent",
      () => [...profile, "--tcp", dlt645, ...unit, "--reply-timeout-ms", "100"],
      "did not answer",
    ],
  ];
  for (const [condition, args, remedy] of faults) {
    it(`exits with 2 and one line on ${condition}`, async () =>
      expectRefusal(await read(...args()), "sealwatt oracle read", remedy));
  }

  it("names the commands where one is misspelt or missing", async () => {
    expectRefusal(await runSealwatt(["oracle", "raed"]), "sealwatt oracle", "Did you mean read?");
    expectRefusal(await runSealwatt(["oracle"]), "sealwatt oracle", "name a command");
    const { code, stdout } = await runSealwatt(["oracle", "--help"]);
    expect(code).to.equal(0);
    for (const name of ["keygen", "scan", "read", "check", "run", "status", "release", "switch"])
      expect(stdout).to.match(new RegExp(`^ {2}${name} `, "m"));
  });
});
