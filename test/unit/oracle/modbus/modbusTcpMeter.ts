import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { MeterReadError } from "../../../../oracle/modbus/meterError.ts";
import { ModbusTcpMeter } from "../../../../oracle/modbus/modbusTcpMeter.ts";
import { COMMON_METER, loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { SimulatedMeter } from "../../../../oracle/simulator/simulatedMeter.ts";

const profile = loadDeviceProfile(COMMON_METER);

async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(MeterReadError);
  return (error as MeterReadError).shortMessage;
}

describe("ModbusTcpMeter", function () {
  this.timeout(10_000);
  let energy = { importWh: 0n, exportWh: 0n };
  let simulated: SimulatedMeter;
  let meter: ModbusTcpMeter;

  beforeEach(async () => {
    energy = { importWh: 12_345n, exportWh: 67n };
    simulated = new SimulatedMeter({
      profile,
      load: { energyAt: () => energy, powerWAt: () => -1500 },
      nowS: () => 0,
      serialNumber: 4_000_000_001,
    });
    await simulated.start();
    meter = new ModbusTcpMeter(profile, simulated.address);
  });

  afterEach(async () => {
    await meter.close();
    await simulated.stop();
  });

  it("reads both registers", async () => {
    expect(await meter.readEnergy()).to.deep.equal(energy);
    energy = { importWh: 12_400n, exportWh: 68n };
    expect(await meter.readEnergy()).to.deep.equal(energy);
  });

  it("keeps every digit of registers beyond what a number holds", async () => {
    energy = { importWh: 2n ** 53n + 1n, exportWh: 2n ** 62n + 3n };
    expect(await meter.readEnergy()).to.deep.equal(energy);
  });

  it("answers requests in turn that were made at once", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => meter.readEnergy()));
    for (const one of all) expect(one).to.deep.equal(energy);
  });

  it("connects again after the meter was away", async () => {
    await meter.readEnergy();
    await simulated.stop();
    expect(await failureOf(meter.readEnergy())).to.match(/cannot be read/);
    await simulated.start();
    expect(await meter.readEnergy()).to.deep.equal(energy);
  });

  it("says that nothing listens", async () => {
    await simulated.stop();
    expect(await failureOf(meter.readEnergy())).to.match(/nothing listens there/);
  });

  it("refuses a negative register", async () => {
    energy = { importWh: -1n, exportWh: 0n };
    expect(await failureOf(meter.readEnergy())).to.match(/negative/);
  });

  it("gets an exception for registers that the meter does not have", async () => {
    const { importEnergyWh } = profile.registers;
    const wrong = structuredClone(profile);
    wrong.registers.importEnergyWh = { ...importEnergyWh, address: 1 };
    const other = new ModbusTcpMeter(wrong, simulated.address);
    expect(await failureOf(other.readEnergy())).to.match(/exception 2/);
    await other.close();
  });

  describe("with a meter that misbehaves", () => {
    let server: Server;
    let onData: (socket: Socket, request: Buffer) => void;
    let other: ModbusTcpMeter;

    beforeEach(async () => {
      server = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.on("data", (request) => {
          onData(socket, request);
        });
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      other = new ModbusTcpMeter(profile, { host: "127.0.0.1", port, unit: 1 });
    });

    afterEach(async () => {
      await other.close();
      await new Promise((resolve) => server.close(resolve));
    });

    /** An answer of 8 registers that all hold one byte. */
    function answer(request: Buffer, byte: number): Buffer {
      const body = Buffer.alloc(16, byte);
      return Buffer.concat([
        request.subarray(0, 4),
        Buffer.from([0, 3 + body.length, request[6]!, request[7]!, body.length]),
        body,
      ]);
    }

    it("gives up on one that is silent", async () => {
      onData = () => undefined;
      expect(await failureOf(other.readEnergy())).to.match(/did not answer in time/);
    });

    it("does not take a late answer for that of the next request", async () => {
      let first = true;
      onData = (socket, request) => {
        if (first) setTimeout(() => socket.write(answer(request, 1)), 1_700);
        else socket.write(answer(request, 2));
        first = false;
      };
      await failureOf(other.readEnergy());
      expect((await other.readEnergy()).importWh).to.equal(0x0202020202020202n);
    });

    it("takes an answer in pieces", async () => {
      onData = (socket, request) => {
        const bytes = answer(request, 3);
        [...bytes].forEach((byte, i) => setTimeout(() => socket.write(Buffer.from([byte])), 5 * i));
      };
      expect((await other.readEnergy()).exportWh).to.equal(0x0303030303030303n);
    });

    it("refuses an answer of another length", async () => {
      onData = (socket, request) => {
        socket.write(
          Buffer.concat([
            request.subarray(0, 4),
            Buffer.from([0, 5, request[6]!, request[7]!, 2, 0, 7]),
          ]),
        );
      };
      expect(await failureOf(other.readEnergy())).to.match(/cannot be read|answered/);
    });

    it("reports a connection that breaks in the middle", async () => {
      onData = (socket) => {
        socket.destroy();
      };
      await failureOf(other.readEnergy());
    });
  });
});
