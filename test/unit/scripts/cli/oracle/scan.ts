import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect } from "chai";
import { parse } from "yaml";
import { createSimulator } from "../../../../../oracle/simulator/createSimulator.ts";
import type { MeterSimulator } from "../../../../../oracle/simulator/meterSimulator.ts";
import { constantLoad } from "../../../../../oracle/simulator/meteredLoad.ts";
import { loadDeviceProfile } from "../../../../../oracle/profiles/loadDeviceProfile.ts";
import { expectRefusal, runSealwatt } from "../../../../helpers/runSealwatt.ts";

const scan = (...args: string[]) => runSealwatt(["oracle", "scan", ...args]);

function simulate(profile: string, protocol: "modbus-tcp" | "dlt645", units: string[]) {
  return createSimulator({
    protocol,
    port: { kind: "tcp", host: "127.0.0.1", port: 0 },
    units: units.map((unit) => ({
      profile: loadDeviceProfile(profile),
      unit,
      load: constantLoad(1_000, 0),
      serialNumber: `4${unit.slice(-2)}`,
      importWh: 0n,
    })),
    faults: { seed: 0, faults: [] },
  });
}

describe("sealwatt oracle scan", function () {
  this.timeout(20_000);
  let modbus: MeterSimulator;
  let dlt645: MeterSimulator;

  before(async () => {
    modbus = simulate("schneider-iem3155", "modbus-tcp", ["3", "5"]);
    dlt645 = simulate("dlt645-2007", "dlt645", ["000000000161"]);
    await Promise.all([modbus.start(), dlt645.start()]);
  });
  after(() => Promise.all([modbus.stop(), dlt645.stop()]));

  it("finds units with the likeliest profile, and writes the line for a configuration", async () => {
    const { code, stdout, stderr } = await scan(
      "--tcp",
      modbus.where,
      "--units",
      "2-3,5",
      "--json",
    );
    expect(code).to.equal(0);
    expect(stderr.split("\n")).to.deep.equal([
      "1/3 unit 2: no answer",
      "2/3 unit 3: schneider-iem3155",
      "3/3 unit 5: schneider-iem3155",
      "",
    ]);
    const { devices, config } = JSON.parse(stdout) as {
      devices: { unit: number; serialNumber: string; profiles: { profile: string }[] }[];
      config: string;
    };
    expect(devices.map(({ unit, serialNumber }) => [unit, serialNumber])).to.deep.equal([
      [3, "43"],
      [5, "45"],
    ]);
    expect(devices[0]!.profiles[0]).to.include({
      profile: "schneider-iem3155",
      experimental: false,
      activePowerW: 1_000,
    });
    const [host, port] = modbus.where.split(":");
    const meter = { participant: null, profile: "schneider-iem3155" };
    expect(parse(config)).to.deep.equal({
      lines: [
        {
          protocol: "modbus-tcp",
          host,
          port: Number(port),
          meters: [
            { ...meter, unit: 3 },
            { ...meter, unit: 5 },
          ],
        },
      ],
    });
  });

  it("asks the units that are named and no others", async () => {
    const asked = new Set<number>();
    const server = createServer((socket) => {
      socket.on("data", (request) => {
        asked.add(request[6]!);
        // Exception 11, as a gateway whose device is not there.
        const head = [...request.subarray(0, 4), 0, 3, request[6]!];
        socket.write(Buffer.from([...head, request[7]! | 0x80, 11]));
      });
      socket.on("error", () => undefined);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const where = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stdout } = await scan("--tcp", where, "--units", "1,247");
    server.close();
    expect({ code, stdout }).to.deep.equal({
      code: 1,
      stdout: `No device answered at ${where}.\n`,
    });
    expect([...asked]).to.deep.equal([1, 247]);
  });

  it("finds a DL/T 645 meter by its answer to all, and reads it", async () => {
    const place = ["--tcp", dlt645.where, "--dlt645", "--reply-timeout-ms", "2000"];
    const { code, stdout, stderr } = await scan(...place);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "request 1: AAAAAAAAAAAA\n" });
    expect(stdout).to.match(/^000000000161 {2}dlt645-2007 .* 000000000461 /m);
    expect(stdout).to.include('        profile: dlt645-2007\n        address: "000000000161"\n');
  });

  const faults: [condition: string, args: () => string[], remedy: string][] = [
    ["no units", () => ["--tcp", modbus.where], "Give --units, such as 1-10,20, or --dlt645"],
    ["no place", () => ["--units", "1"], "Give --tcp HOST:PORT or --serial PATH."],
    ["units that are none", () => ["--tcp", modbus.where, "--units", "0-3"], "from 1 to 247"],
    [
      "a unit that is none of a bus",
      () => ["--tcp", "h:1", "--protocol", "modbus-rtu-over-tcp", "--units", "1,0"],
      "Give the device's own unit",
    ],
    [
      "units of DL/T 645",
      () => ["--tcp", dlt645.where, "--dlt645", "--units", "1"],
      "Leave it out: they are asked for their addresses.",
    ],
    [
      "a closed port",
      () => ["--tcp", "127.0.0.1:9", "--units", "1-3"],
      "nothing listens there: check the address",
    ],
  ];
  for (const [condition, args, remedy] of faults) {
    it(`exits with 2 and one line on ${condition}`, async () =>
      expectRefusal(await scan(...args()), "sealwatt oracle scan", remedy));
  }
});
