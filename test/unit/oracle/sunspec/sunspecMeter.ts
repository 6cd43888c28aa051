import { expect } from "chai";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import { ModbusLine } from "../../../../oracle/modbus/modbusLine.ts";
import { discover, NoSunspecError } from "../../../../oracle/sunspec/discovery.ts";
import { sunspecMeter } from "../../../../oracle/sunspec/sunspecMeter.ts";
import { RegisterImage, serveImages } from "../../../helpers/registerImage.ts";
import { ScriptedDevice } from "../../../helpers/scriptedDevice.ts";
import {
  commonModel,
  inverterModel,
  meterModel,
  sunspecImage,
  type ImageModel,
} from "../../../helpers/sunspecImage.ts";

const COMMON = commonModel("SN-0042");

describe("SunSpec", () => {
  let device: ScriptedDevice;
  let line: ModbusLine;

  beforeEach(async () => {
    device = new ScriptedDevice();
    line = new ModbusLine({
      protocol: "modbus-tcp",
      port: await device.start(),
      replyTimeoutMs: 100,
    });
  });

  afterEach(async () => {
    await line.close();
    await device.stop();
  });

  function serve(image: RegisterImage): void {
    device.script = serveImages(new Map([[1, image]]));
  }

  function serveModels(...models: ImageModel[]): void {
    serve(sunspecImage(40_000, [COMMON, ...models]));
  }

  async function failureOf(promise: Promise<unknown>): Promise<MeterError> {
    const error: unknown = await promise.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(MeterError);
    return error as MeterError;
  }

  for (const base of [40_000, 50_000, 0]) {
    it(`is found at ${base}`, async () => {
      serve(sunspecImage(base, [COMMON, meterModel([1, 2, 0])]));
      const device = await discover(line, 1);
      expect(device).to.include({
        manufacturer: "Sealwatt",
        model: "Test meter",
        serialNumber: "SN-0042",
      });
      expect(device.models).to.eql([
        { id: 1, address: base + 2, length: 66 },
        { id: 203, address: base + 70, length: 105 },
      ]);
    });
  }

  it("is not found where the marker is another", async () => {
    serve(new RegisterImage().set(3, 40_000, Buffer.from("SunX")));
    expect(await failureOf(discover(line, 1))).to.be.instanceOf(NoSunspecError);
  });

  it("ends the walk where a device refuses what lies behind its last model", async () => {
    const image = new RegisterImage().set(3, 40_000, Buffer.from("SunS"));
    image.set(3, 40_002, Buffer.concat([Buffer.from("00010042", "hex"), Buffer.alloc(132)]));
    serve(image);
    expect((await discover(line, 1)).models).to.have.length(1);
  });

  it("refuses a map that does not end", async () => {
    const image = new RegisterImage().set(3, 40_000, Buffer.from("SunS"));
    for (let at = 40_002; at < 41_000; at += 3)
      image.set(3, at, Buffer.from("00c800010000", "hex"));
    serve(image);
    expect((await failureOf(discover(line, 1))).shortMessage).to.match(/does not end/);
  });

  for (const id of [201, 202, 203, 204]) {
    it(`reads model ${id} with its scale`, async () => {
      serveModels(meterModel([123_456, 7_890, 1], [-15, 2], id));
      const meter = sunspecMeter(line, 1);
      expect(meter.counterWrapWh).to.equal(undefined);
      expect(meter.resolutionWh).to.equal(undefined);
      const sample = await meter.read();
      expect(sample).to.include({
        importWh: 1_234_560n,
        exportWh: 78_900n,
        activePowerW: -1500,
        serialNumber: "SN-0042",
      });
      expect(sample.raw[0]).to.eql({
        quantity: "importEnergyWh",
        source: `model ${id} TotWhImp, scale 1`,
        hex: "0001e240",
        value: "1234560 Wh",
      });
      expect(meter.counterWrapWh).to.equal(42_949_672_960n);
      expect(meter.resolutionWh).to.equal(10);
    });
  }

  for (const [scale, resolutionWh] of [
    [3, 1_000],
    [2, 100],
    [0, 1],
    [-2, 1],
  ] as const) {
    it(`moves by ${resolutionWh} Wh where its scale factor is ${scale}`, async () => {
      serveModels(meterModel([500, 0, scale]));
      const meter = sunspecMeter(line, 1);
      await meter.read();
      expect(meter.resolutionWh).to.equal(resolutionWh);
    });
  }

  it("rounds a fraction of a watt-hour down", async () => {
    serveModels(meterModel([12_345_679, 9, -1]));
    expect(await sunspecMeter(line, 1).read()).to.include({ importWh: 1_234_567n, exportWh: 0n });
  });

  it("keeps counters above 2^31 positive", async () => {
    serveModels(meterModel([0xffff_ffff, 0x8000_0000, 0]));
    expect(await sunspecMeter(line, 1).read()).to.include({
      importWh: 4_294_967_295n,
      exportWh: 2_147_483_648n,
    });
  });

  it("takes a counter of 0 for that of a meter which never counted", async () => {
    serveModels(meterModel([500, 0, 0]));
    expect(await sunspecMeter(line, 1).read()).to.include({ importWh: 500n, exportWh: 0n });
  });

  it("calls energies absent whose scale is not implemented", async () => {
    serveModels(meterModel([500, 0, -0x8000]));
    const error = await failureOf(sunspecMeter(line, 1).read());
    expect(error.failure).to.equal("absent");
    expect(error.raw).to.deep.equal([
      {
        ...{ quantity: "scale", source: "model 203 scale of the energies" },
        ...{ hex: "8000", value: "absent" },
      },
    ]);
    expect(error.frames.at(-1)).to.match(/^received /);
  });

  it("reads power as absent where it is not implemented", async () => {
    serveModels(meterModel([500, 0, 0], [-0x8000, 0]));
    expect((await sunspecMeter(line, 1).read()).activePowerW).to.equal(undefined);
    serveModels(meterModel([500, 0, 0], [5, -0x8000]));
    expect((await sunspecMeter(line, 1).read()).activePowerW).to.equal(undefined);
  });

  it("takes an inverter's energy and power for fed in", async () => {
    serveModels(inverterModel(77_000, 0, 2500));
    expect(await sunspecMeter(line, 1).read()).to.include({
      importWh: 0n,
      exportWh: 77_000n,
      activePowerW: -2500,
    });
  });

  it("prefers the meter to the inverter in front of it", async () => {
    serveModels(inverterModel(77_000, 0, 2500), meterModel([500, 60, 0]));
    expect(await sunspecMeter(line, 1).read()).to.include({ importWh: 500n, exportWh: 60n });
  });

  it("says which models a device has where none counts energy", async () => {
    serveModels({ id: 64_001, length: 4, words: {} });
    const error = await failureOf(sunspecMeter(line, 1).read());
    expect(error.shortMessage).to.match(/it has 1, 64001\.$/);
  });

  it("looks for the map again after it moved", async () => {
    const meter = sunspecMeter(line, 1);
    serveModels(meterModel([500, 0, 0]));
    await meter.read();
    serveModels({ id: 64_001, length: 4, words: {} }, meterModel([600, 0, 0]));
    expect((await failureOf(meter.read())).shortMessage).to.match(/another model where 203 was/);
    expect((await meter.read()).importWh).to.equal(600n);
  });

  it("has no serial number where it is not implemented", async () => {
    serve(sunspecImage(40_000, [commonModel(""), meterModel([500, 0, 0])]));
    expect((await sunspecMeter(line, 1).read()).serialNumber).to.equal(undefined);
  });

  it("passes on that a unit is silent", async () => {
    const error = await failureOf(sunspecMeter(line, 1).read());
    expect(error.failure).to.equal("silent");
  });
});
