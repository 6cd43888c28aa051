import { expect } from "chai";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import { ModbusLine } from "../../../../oracle/modbus/modbusLine.ts";
import { scan } from "../../../../oracle/modbus/scan.ts";
import type { ModbusProfile } from "../../../../oracle/profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { RegisterImage, serveImages } from "../../../helpers/registerImage.ts";
import { mbap, rtuException, ScriptedDevice } from "../../../helpers/scriptedDevice.ts";
import { commonModel, meterModel, sunspecImage } from "../../../helpers/sunspecImage.ts";

const modbus = (name: string) =>
  loadDeviceProfile(name, { allowExperimental: true }) as ModbusProfile;

describe("scan", function () {
  this.timeout(30_000);
  let device: ScriptedDevice;
  let line: ModbusLine;

  beforeEach(async () => {
    device = new ScriptedDevice();
    line = new ModbusLine({
      protocol: "modbus-tcp",
      port: await device.start(),
      replyTimeoutMs: 500,
    });
  });

  afterEach(async () => {
    await line.close();
    await device.stop();
  });

  it("finds the units that answer, and guesses what they are", async () => {
    const abb = modbus("abb-b23-b24");
    const abbImage = new RegisterImage()
      .show(abb, {
        importEnergyWh: 123_450n,
        exportEnergyWh: 10n,
        activePowerW: 230,
        serialNumber: 4711n,
      })
      .set(3, 35_168, Buffer.from("B23 "));
    const em340 = new RegisterImage().show(modbus("carlo-gavazzi-em340"), {
      importEnergyWh: 55_500n,
      exportEnergyWh: 1_200n,
      activePowerW: -300,
      serialNumber: "BN123456",
    });
    const sun = sunspecImage(40_000, [commonModel("SN-7"), meterModel([500, 0, 0])]);
    device.script = serveImages(
      new Map([
        [2, abbImage],
        [3, em340],
        [5, sun],
        [6, new RegisterImage()],
      ]),
    );
    const seen: number[] = [];
    const found = await scan(line, [1, 2, 3, 4, 5, 6], { onUnit: (unit) => seen.push(unit) });
    expect(seen).to.eql([1, 2, 3, 4, 5, 6]);
    expect(found.map(({ unit, guesses }) => [unit, guesses[0]?.profile])).to.eql([
      [2, "abb-b23-b24"],
      [3, "carlo-gavazzi-em340"],
      [5, "sunspec"],
      [6, undefined],
    ]);
    expect(found[0]!.guesses[0]!.why).to.equal("it calls itself B23");
    expect(found[0]!.serialNumber).to.equal("4711");
    expect(found[1]!.guesses[0]!.sample!.importWh).to.equal(55_500n);
    expect(found[2]).to.include({ manufacturer: "Sealwatt", serialNumber: "SN-7" });
  });

  it("writes nothing", async () => {
    device.script = serveImages(new Map([[1, new RegisterImage()]]));
    await scan(line, [1]);
    expect(device.requests.length).to.be.above(10);
    for (const request of device.requests) expect([3, 4]).to.include(request[7]);
  });

  it("does not find a unit that only its gateway answers for", async () => {
    device.script = (request, stream) =>
      stream.write(mbap(request, rtuException(request.subarray(6), 11)));
    expect(await scan(line, [1, 2])).to.eql([]);
  });

  it("goes on where a gateway ends the connection for a unit that is not its own", async () => {
    const sun = sunspecImage(40_000, [commonModel("SN-7"), meterModel([500, 0, 0])]);
    const serve = serveImages(new Map([[2, sun]]));
    device.script = (request, stream, index) => {
      if (request[6] === 1) stream.destroy();
      else serve(request, stream, index);
    };
    expect((await scan(line, [1, 2])).map(({ unit }) => unit)).to.eql([2]);
  });

  it("tells of a unit whose answers are damaged", async () => {
    device.script = (_, stream) => stream.write(Buffer.alloc(20, 0xff));
    const [found] = await scan(line, [1]);
    expect(found!.trouble).to.match(/is not Modbus TCP/);
  });

  it("ends where the line cannot be opened", async () => {
    await device.stop();
    const error: unknown = await scan(line, [1, 2]).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(MeterError);
    expect((error as MeterError).failure).to.equal("unreachable");
  });

  it("ends where it is told to", async () => {
    const controller = new AbortController();
    controller.abort(new Error("stopped"));
    const error: unknown = await scan(line, [1], { signal: controller.signal }).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as Error).message).to.equal("stopped");
  });
});
