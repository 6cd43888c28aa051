import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { SerialPort } from "serialport";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import { ModbusLine } from "../../../../oracle/modbus/modbusLine.ts";
import type { ModbusProfile } from "../../../../oracle/profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { openPtyPair, type PtyPair } from "../../../helpers/ptyPair.ts";
import { readOf, rtuReply, ScriptedDevice } from "../../../helpers/scriptedDevice.ts";

const profile = loadDeviceProfile("carlo-gavazzi-em340") as ModbusProfile;
const SERIAL = {
  kind: "serial",
  baudRate: 9600,
  parity: "none",
  dataBits: 8,
  stopBits: 1,
} as const;
const TIMES = { replyTimeoutMs: 2_000, connectTimeoutMs: 5_000, quietMs: 1_000, gapMs: 5 };

function lineOn(path: string, times = TIMES): ModbusLine {
  return new ModbusLine({ protocol: "modbus-rtu", port: { ...SERIAL, path }, ...times });
}

async function failureOf(promise: Promise<unknown>): Promise<MeterError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(MeterError);
  return error as MeterError;
}

describe("ModbusLine on a serial port", function () {
  this.timeout(60_000);
  const device = new ScriptedDevice();
  let pair: PtyPair | undefined;
  let far: SerialPort;
  let line: ModbusLine;

  beforeEach(async function () {
    pair = await openPtyPair();
    if (pair === undefined) {
      console.warn("    socat is not installed: serial ports are not tested");
      this.skip();
    }
    far = new SerialPort({ ...SERIAL, path: pair.far, lock: false });
    await once(far, "open");
    far.on("error", () => undefined);
    far.on("data", (request: Buffer) => device.hear(request, far));
    device.script = (request, stream) => {
      const data = Buffer.alloc(2 * readOf(request).count);
      data.writeUInt16BE(readOf(request).address);
      stream.write(rtuReply(request, data));
    };
    line = lineOn(pair.near);
  });

  afterEach(async () => {
    await line.close();
    if (far.isOpen) await new Promise((resolve) => far.close(resolve));
    await pair?.close();
  });

  it("reads a meter", async () => {
    const sample = await line.meter(profile, 1).read();
    expect(sample).to.include({ importWh: 5_200n, exportWh: 7_800n, activePowerW: 4 });
  });

  it("keeps the port open and in step after a late answer", async () => {
    const answer = device.script;
    let answerLate = (): void => undefined;
    let isAskedAgain = false;
    device.script = (...asked) => {
      answerLate = () => answer(...asked);
      device.script = (...askedAgain) => {
        isAskedAgain = true;
        answer(...askedAgain);
      };
    };
    await line.close();
    line = lineOn(pair!.near, { ...TIMES, replyTimeoutMs: 500 });
    const meter = line.meter(profile, 1);
    expect((await failureOf(meter.read())).failure).to.equal("silent");
    const again = meter.read();
    await pause(100);
    expect(isAskedAgain).to.equal(false);
    answerLate();
    expect(await again).to.include({ importWh: 5_200n, exportWh: 7_800n });
  });

  it("says that there is no such port", async () => {
    const other = lineOn("/dev/no-such-port");
    const error = await failureOf(other.meter(profile, 1).read());
    expect(error.failure).to.equal("unreachable");
    expect(error.shortMessage).to.match(/no such port: plug the adapter in/);
    await other.close();
  });

  it("says that another program has the port open", async () => {
    await line.meter(profile, 1).read();
    const other = lineOn(pair!.near);
    const error = await failureOf(other.meter(profile, 1).read());
    // The superuser may open what is locked.
    expect(error.failure).to.equal("unreachable");
    await other.close();
  });

  it("reports an adapter that was pulled out, and closes soon", async () => {
    const meter = line.meter(profile, 1);
    await meter.read();
    await pair!.close();
    pair = undefined;
    await pause(20);
    expect((await failureOf(meter.read())).failure).to.equal("unreachable");
    const begunAt = performance.now();
    await line.close();
    expect(performance.now() - begunAt).to.be.below(10_000);
  });
});
