import { expect } from "chai";
import { Secret } from "../../../../../oracle/config/secret.ts";
import { Dlt645Line } from "../../../../../oracle/dlt645/dlt645Line.ts";
import { MeterError } from "../../../../../oracle/meters/meter.ts";
import type { Dlt645Profile } from "../../../../../oracle/profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../../../../../oracle/profiles/loadDeviceProfile.ts";
import { createSimulator } from "../../../../../oracle/simulator/createSimulator.ts";
import { parseFaults } from "../../../../../oracle/simulator/faults/faultFile.ts";
import type { MeterSimulator } from "../../../../../oracle/simulator/meterSimulator.ts";
import { RawClient } from "../../../../helpers/rawClient.ts";

const profile = loadDeviceProfile("dlt645-2007") as Dlt645Profile;
const ADDRESS = "000000000161";
/** Reads 00010000 of 000000000161. */
const READ_IMPORT = "68 61 01 00 00 00 00 68 11 04 33 33 34 33 14 16";

describe("Dlt645Protocol", () => {
  let simulator: MeterSimulator | undefined;
  let close: (() => Promise<void> | void)[];

  beforeEach(() => (close = []));
  afterEach(async () => {
    for (const end of close) await end();
    await simulator?.stop();
  });

  async function start(faults: object[] = [], addresses = [ADDRESS]): Promise<MeterSimulator> {
    simulator = createSimulator({
      protocol: "dlt645",
      port: { kind: "tcp", host: "127.0.0.1", port: 0 },
      units: addresses.map((unit) => ({
        profile,
        unit,
        serialNumber: unit.slice(-4),
        importWh: 123_456_789n,
        load: {
          energyAt: () => ({ importWh: 0n, exportWh: 70n }),
          powerWAt: () => -1_234.5,
        },
      })),
      nowS: () => Date.UTC(2024, 1, 29, 23, 59, 58) / 1000,
      faults: parseFaults(JSON.stringify({ faults }), "faults.json"),
    });
    await simulator.start();
    return simulator;
  }

  async function client(): Promise<RawClient> {
    const raw = await RawClient.open(simulator!.where);
    close.push(() => raw.close());
    return raw;
  }

  function line(replyTimeoutMs = 5_000): Dlt645Line {
    const [host, port] = simulator!.where.split(":");
    const opened = new Dlt645Line({
      port: { kind: "tcp", host: host!, port: Number(port) },
      replyTimeoutMs,
    });
    close.push(() => opened.close());
    return opened;
  }

  it("answers byte for byte", async () => {
    await start();
    // 123456.78 kWh as 78 56 34 12, each with 0x33.
    const frame = "68610100000000689108" + "33333433" + "ab896745" + "7816";
    expect(await (await client()).ask(READ_IMPORT, 24)).to.equal(`fefefefe${frame}`);
  });

  it("is silent for another address", async () => {
    await start();
    const other = "68 62 01 00 00 00 00 68 11 04 33 33 34 33 15 16";
    expect(await (await client()).ask(other, 1, 30)).to.equal("");
  });

  it("gives the driver every quantity", async () => {
    await start();
    const sample = await line().meter(profile, ADDRESS).read();
    expect(sample).to.deep.include({
      importWh: 123_456_780n,
      exportWh: 70n,
      activePowerW: -1_234.5,
      serialNumber: "000000000161",
    });
  });

  it("gives a block of tariffs in several frames", async () => {
    await start();
    const { value } = await line().readIdentifier(ADDRESS, "0001FF00");
    expect(Buffer.from(value).toString("hex")).to.equal(
      "78563412" + "78563412" + "000000000000000000000000",
    );
  });

  it("tells its address, date and time", async () => {
    await start();
    const read = async (di: string) =>
      Buffer.from((await line().readIdentifier(ADDRESS, di)).value).toString("hex");
    expect(await read("04000401")).to.equal("610100000000");
    expect(await read("04000101")).to.equal("04290224");
    expect(await read("04000102")).to.equal("585923");
    expect((await line().scanAddresses({ windowMs: 500 })).addresses).to.deep.equal([ADDRESS]);
  });

  it("lets several meters answer a wildcard, as on a bus", async () => {
    await start([], [ADDRESS, "000000000162"]);
    const frames = await (await client()).ask("68 AAAAAAAAAAAA 68 13 00 df 16", 44);
    expect(frames.match(/68(\d{12})6893/g)).to.deep.equal([
      "686101000000006893",
      "686201000000006893",
    ]);
  });

  it("has no value by an unknown identifier", async () => {
    await start();
    const error: unknown = await line()
      .readIdentifier(ADDRESS, "00050000")
      .catch((thrown: unknown) => thrown);
    expect((error as MeterError).failure).to.equal("refused");
    expect((error as MeterError).message).to.contain("no such data");
  });

  it("moves its relay, and refuses where it is told to", async () => {
    await start([{ fault: "writeRefused", afterRequests: 2 }]);
    const relay = { password: new Secret("02000000"), operatorCode: new Secret("00000001") };
    const meter = line().meter(profile, ADDRESS, { relay });
    await meter.switch!(false);
    expect(simulator!.units[0]!.isOn).to.equal(false);
    await meter.switch!(true);
    expect(simulator!.units[0]!.isOn).to.equal(true);
    const error: unknown = await meter.switch!(false).catch((thrown: unknown) => thrown);
    expect((error as MeterError).failure).to.equal("refused");
    expect(simulator!.units[0]!.isOn).to.equal(true);
  });

  const failures: [object, string][] = [
    [{ fault: "silent" }, "silent"],
    [{ fault: "badCrc" }, "malformed"],
    [{ fault: "wrongUnit" }, "malformed"],
    [{ fault: "exception", code: 6 }, "refused"],
    [{ fault: "absent" }, "absent"],
    [{ fault: "ffff" }, "absent"],
    [{ fault: "nonBcd" }, "absent"],
    [{ fault: "resetMidReply" }, "unreachable"],
    [{ fault: "late", delayMs: 400 }, "silent"],
  ];
  for (const [entry, failure] of failures)
    it(`makes the driver say ${failure} under ${JSON.stringify(entry)}`, async () => {
      await start([entry]);
      const meter = line(failure === "silent" ? 150 : 1_000).meter(profile, ADDRESS);
      const error: unknown = await meter.read().catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(MeterError);
      expect((error as MeterError).failure).to.equal(failure);
    });

  for (const entry of [
    { fault: "noise", bytes: 20 },
    { fault: "echo" },
    { fault: "split", bytes: 1, gapMs: 1 },
  ])
    it(`is read all the same under ${JSON.stringify(entry)}`, async () => {
      await start([entry]);
      expect((await line().meter(profile, ADDRESS).read()).importWh).to.equal(123_456_780n);
    });
});
