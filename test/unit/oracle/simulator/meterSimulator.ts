import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { withCrc } from "../../../../oracle/modbus/crc16.ts";
import type { ModbusProfile } from "../../../../oracle/profiles/deviceProfile.ts";
import { COMMON_METER, loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { createSimulator } from "../../../../oracle/simulator/createSimulator.ts";
import { parseFaults } from "../../../../oracle/simulator/faults/faultFile.ts";
import type { MeterSimulator } from "../../../../oracle/simulator/meterSimulator.ts";
import type { LineProtocol } from "../../../../oracle/config/config.ts";
import { RawClient } from "../../../helpers/rawClient.ts";

const common = loadDeviceProfile(COMMON_METER);
const relays: ModbusProfile = {
  ...common,
  switch: { kind: "holding", address: 500, on: 3, off: 7, sources: [] },
};
const coils: ModbusProfile = { ...common, switch: { kind: "coil", address: 9, sources: [] } };

describe("MeterSimulator", () => {
  let nowS: number;
  let simulator: MeterSimulator | undefined;
  let clients: RawClient[];

  beforeEach(() => {
    nowS = 1_000;
    clients = [];
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await simulator?.stop();
    simulator = undefined;
  });

  async function start(
    faults: object[] = [],
    {
      protocol = "modbus-tcp",
      profile = common,
      units = ["1"],
    }: {
      protocol?: LineProtocol;
      profile?: ModbusProfile;
      units?: string[];
    } = {},
  ): Promise<RawClient> {
    simulator = createSimulator({
      protocol,
      port: { kind: "tcp", host: "127.0.0.1", port: 0 },
      units: units.map((unit) => ({
        profile,
        unit,
        serialNumber: "77",
        importWh: 0x1234n,
        load: {
          energyAt: (timeS) => ({ importWh: BigInt(timeS - 1_000), exportWh: BigInt(unit) }),
          powerWAt: () => 2_000,
        },
      })),
      nowS: () => nowS,
      faults: parseFaults(JSON.stringify({ faults }), "faults.json"),
    });
    await simulator.start();
    return connect();
  }

  async function connect(): Promise<RawClient> {
    const client = await RawClient.open(simulator!.where);
    clients.push(client);
    return client;
  }

  const READ_BOTH = "0001 0000 0006 01 03 0c83 0008";
  const BOTH = "0001000000130103100000000000001234" + "0000000000000001";
  const READ_SERIAL = "0002 0000 0006 01 03 0081 0002";
  const SERIAL = "0002000000070103040000004d";

  describe("over Modbus TCP", () => {
    it("answers with registers that advance", async () => {
      const client = await start();
      expect(await client.ask(READ_BOTH, 25)).to.equal(BOTH);
      nowS += 3;
      expect(await client.ask(READ_BOTH, 25)).to.equal(BOTH.replace("1234", "1237"));
    });

    it("takes requests in pieces and several at once", async () => {
      const client = await start();
      const bytes = READ_SERIAL.replaceAll(" ", "").match(/../g)!;
      for (const byte of bytes.slice(0, -1)) {
        client.send(byte);
        await pause(1);
      }
      expect(await client.ask(bytes.at(-1)!, 13)).to.equal(SERIAL);
      expect(await client.ask(READ_SERIAL + READ_SERIAL, 26)).to.equal(SERIAL + SERIAL);
    });

    it("serves several units, and says for another that it is not there", async () => {
      const client = await start([], { units: ["1", "7"] });
      const exportOf = (unit: string) => `0005 0000 0006 ${unit} 03 0c87 0004`;
      expect(await client.ask(exportOf("07"), 17)).to.match(/^00050000000b07030800+07$/);
      expect(await client.ask(exportOf("08"), 9)).to.equal("000500000003" + "08830b");
    });

    const refusals: [string, string, string][] = [
      ["an address that is not there", "01 03 0c82 0002", "01 83 02"],
      ["one register beyond", "01 03 0c83 0009", "01 83 02"],
      ["an input register of a holding one's address", "01 04 0c83 0004", "01 84 02"],
      ["no registers", "01 03 0c83 0000", "01 83 03"],
      ["126 registers", "01 03 0c83 007e", "01 83 03"],
      ["the end of the addresses", "01 03 ffff 0002", "01 83 02"],
      ["a function that it does not know", "01 2b 0e 01 00", "01 ab 01"],
      ["a write to a meter without a switch", "01 06 0001 0001", "01 86 01"],
    ];
    for (const [condition, request, refusal] of refusals)
      it(`refuses ${condition}`, async () => {
        const client = await start();
        const bytes = request.replaceAll(" ", "");
        const header = `000900000${(bytes.length / 2).toString(16).padStart(3, "0")}`;
        expect(await client.ask(header + bytes, 9)).to.equal(
          "000900000003" + refusal.replaceAll(" ", ""),
        );
      });

    it("hears nothing of what is not Modbus, and the request after it", async () => {
      const client = await start();
      expect(await client.ask("474554202f20485454502f312e310d0a", 1, 30)).to.equal("");
      expect(await client.ask(READ_SERIAL, 13)).to.equal(SERIAL);
    });

    it("switches a holding register", async () => {
      const client = await start([], { profile: relays });
      const write = (value: string) => `0003 0000 0006 01 06 01f4 ${value}`;
      expect(await client.ask(write("0007"), 12)).to.equal("000300000006010601f40007");
      expect(simulator!.units[0]!.isOn).to.equal(false);
      expect(await client.ask("0003 0000 0006 01 03 01f4 0001", 11)).to.equal(
        "0003000000050103020007",
      );
      expect(await client.ask(write("0001"), 9)).to.equal("000300000003018603");
      expect(await client.ask("0003 0000 0009 01 10 01f4 0001 02 0003", 12)).to.equal(
        "000300000006011001f40001",
      );
      expect(simulator!.units[0]!.isOn).to.equal(true);
    });

    it("switches a coil", async () => {
      const client = await start([], { profile: coils });
      expect(await client.ask("0003 0000 0006 01 05 0009 0000", 12)).to.equal(
        "000300000006010500090000",
      );
      expect(await client.ask("0003 0000 0006 01 01 0009 0001", 10)).to.equal(
        "00030000000401010100",
      );
      expect(await client.ask("0003 0000 0008 01 0f 0009 0001 01 01", 12)).to.equal(
        "000300000006010f00090001",
      );
      expect(simulator!.units[0]!.isOn).to.equal(true);
    });
  });

  describe("over Modbus RTU", () => {
    const rtu = (hex: string) =>
      withCrc(Buffer.from(hex.replaceAll(" ", ""), "hex")).toString("hex");

    it("answers with a checksum, after noise too", async () => {
      const client = await start([], { protocol: "modbus-rtu-over-tcp" });
      const answer = rtu("01 03 04 0000004d");
      expect(await client.ask(rtu("01 03 0081 0002"), 9)).to.equal(answer);
      expect(await client.ask(`ff00${rtu("01 03 0081 0002")}`, 9)).to.equal(answer);
    });

    it("is silent for another unit, and on a wrong checksum", async () => {
      const client = await start([], { protocol: "modbus-rtu-over-tcp" });
      expect(await client.ask(rtu("02 03 0081 0002"), 1, 30)).to.equal("");
      expect(await client.ask("01 03 0081 0002 0000", 1, 30)).to.equal("");
      expect(await client.ask(rtu("01 2b 0e 01 00"), 5)).to.equal(rtu("01 ab 01"));
    });

    it("obeys a broadcast and does not answer it", async () => {
      const client = await start([], { protocol: "modbus-rtu-over-tcp", profile: coils });
      expect(await client.ask(rtu("00 05 0009 0000"), 1, 30)).to.equal("");
      expect(simulator!.units[0]!.isOn).to.equal(false);
    });
  });

  describe("with faults", () => {
    it("shows 0 once", async () => {
      const client = await start([{ fault: "zeroOnce", afterRequests: 1 }]);
      expect(await client.ask(READ_BOTH, 25)).to.equal(BOTH);
      expect(await client.ask(READ_SERIAL, 13)).to.equal(SERIAL);
      expect(await client.ask(READ_BOTH, 25)).to.match(/^000100000013010310(00){16}$/);
      expect(await client.ask(READ_BOTH, 25)).to.equal(BOTH);
    });

    it("refuses, answers for another unit and resets", async () => {
      const client = await start([
        { fault: "exception", code: 6, forRequests: 1 },
        { fault: "wrongUnit", answersAs: 9, afterRequests: 1, forRequests: 1 },
        { fault: "resetMidReply", afterBytes: 5, afterRequests: 2 },
      ]);
      expect(await client.ask(READ_SERIAL, 9)).to.equal("000200000003018306");
      expect(await client.ask(READ_SERIAL, 13)).to.equal(SERIAL.replace("070103", "070903"));
      expect(await client.ask(READ_SERIAL, 13)).to.equal(SERIAL.slice(0, 10));
      await pause(10);
      expect([client.isClosed, client.error]).to.deep.equal([true, "ECONNRESET"]);
    });

    it("answers late without holding up the next request", async () => {
      const client = await start([{ fault: "late", delayMs: 60, forRequests: 1 }]);
      expect(await client.ask(READ_BOTH + READ_SERIAL, 38)).to.equal(SERIAL + BOTH);
    });

    it("never answers again on a connection that was half open", async () => {
      const client = await start([{ fault: "halfOpen", forRequests: 1 }]);
      expect(await client.ask(READ_SERIAL, 1, 30)).to.equal("");
      expect(await client.ask(READ_SERIAL, 1, 30)).to.equal("");
      expect(client.isClosed).to.equal(false);
      expect(await (await connect()).ask(READ_SERIAL, 13)).to.equal(SERIAL);
    });

    it("refuses connections for a time, and listens at the same port again", async () => {
      const client = await start([{ fault: "refuseConnect", afterSeconds: 5, forSeconds: 5 }]);
      expect(await client.ask(READ_SERIAL, 13)).to.equal(SERIAL);
      nowS += 6;
      while (!client.isClosed) await pause(2);
      const refused: unknown = await connect().catch((error: unknown) => error);
      expect(refused).to.have.property("code", "ECONNREFUSED");
      nowS += 5;
      await pause(60);
      expect(await (await connect()).ask(READ_SERIAL, 13)).to.equal(SERIAL);
    });

    it("marks registers as not a number, all ones and absent", async () => {
      const client = await start([
        { fault: "nan", quantity: "activePowerW", forRequests: 1 },
        { fault: "ffff", quantity: "activePowerW", afterRequests: 1, forRequests: 1 },
        { fault: "absent", quantity: "activePowerW", afterRequests: 2, forRequests: 1 },
      ]);
      const power = async () => (await client.ask("0001 0000 0006 01 03 0bf3 0002", 13)).slice(18);
      expect([await power(), await power(), await power(), await power()]).to.deep.equal([
        "7fc00000",
        "ffffffff",
        "7fc00000",
        "40000000",
      ]);
    });

    it("forgets what it has not sent when it stops", async () => {
      const client = await start([{ fault: "late", delayMs: 30 }]);
      client.send(READ_SERIAL);
      await pause(10);
      await simulator!.stop();
      await simulator!.start();
      expect(await (await connect()).ask(READ_SERIAL, 13)).to.equal(SERIAL);
    });
  });

  const misfits: [string, object, string][] = [
    [
      "a checksum's fault on Modbus TCP",
      { fault: "badCrc" },
      "faults.json, line 1: badCrc needs a checksum, which Modbus TCP has none of. Remove it, or simulate Modbus RTU or DL/T 645.",
    ],
    [
      "a unit that is not there",
      { fault: "silent", unit: "2" },
      'faults.json, line 1: silent is for unit "2", which there is not. Units: 1.',
    ],
    [
      "digits of BCD",
      { fault: "nonBcd" },
      "faults.json, line 1: nonBcd needs digits in BCD, which Modbus has none of (unit 1, schneider-iem3155). Simulate DL/T 645.",
    ],
    [
      "NaN in an integer",
      { fault: "nan" },
      "faults.json, line 1: nan needs a float register, and importEnergyWh is int64 (unit 1, schneider-iem3155). Use ffff, or name another quantity.",
    ],
    [
      "a marker that is not known",
      { fault: "absent" },
      "faults.json, line 1: absent needs a marker, and none is known for importEnergyWh (unit 1, schneider-iem3155). Use ffff, or name another quantity.",
    ],
    [
      "a range that is not known",
      { fault: "wrap" },
      "faults.json, line 1: wrap does not know where the counter ends (unit 1, schneider-iem3155). Add rangeWh: how many Wh it counts.",
    ],
    [
      "a beginning before the range",
      { fault: "wrap", rangeWh: 50, beforeWh: 50 },
      "faults.json, line 1: wrap begins 50 Wh before the end of 50 Wh (unit 1, schneider-iem3155). Lower beforeWh.",
    ],
    [
      "a unit that is none to answer as",
      { fault: "wrongUnit", answersAs: 256 },
      'faults.json, line 1: wrongUnit cannot answer as "256" (unit 1, schneider-iem3155). Give a unit from 0 to 255.',
    ],
    [
      "letters for a serial number of digits",
      { fault: "replaced", serialNumber: "A1" },
      "faults.json, line 1: replaced has letters in a serial number (unit 1, schneider-iem3155). This meter's has digits only.",
    ],
  ];
  for (const [condition, entry, message] of misfits)
    it(`refuses ${condition}`, async () => {
      const error: unknown = await start([entry]).catch((thrown: unknown) => thrown);
      expect((error as Error).message.replaceAll("\n", " ")).to.equal(message);
    });
});
