import { once } from "node:events";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { MeterError, type MeterFailure, type Meter } from "../../../../oracle/meters/meter.ts";
import { ModbusLine, type ModbusLineOptions } from "../../../../oracle/modbus/modbusLine.ts";
import type { ModbusProfile } from "../../../../oracle/profiles/deviceProfile.ts";
import { COMMON_METER, loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import {
  mbap,
  readOf,
  rtuException,
  rtuReply,
  ScriptedDevice,
  tcpReply,
} from "../../../helpers/scriptedDevice.ts";

/** Import and export are read apart, two registers each: the answers look alike. */
const apart = loadDeviceProfile("carlo-gavazzi-em340") as ModbusProfile;
const common = loadDeviceProfile(COMMON_METER);
const TIMES = { replyTimeoutMs: 1_000, connectTimeoutMs: 5_000, quietMs: 60, gapMs: 5 };
/** Where the timeout is waited for, and nothing must come before it. */
const SHORT = { ...TIMES, replyTimeoutMs: 150 };
/** Where it must not be waited for. */
const LONG = { ...TIMES, replyTimeoutMs: 20_000 };
const IMPORT = 52;
const EXPORT = 78;

/** Of the EM340: 1000.0 kWh in and 50.0 kWh out, 150 W, serial number AB1234. */
function em340({ address, count }: { address: number; count: number }): Buffer {
  const data = Buffer.alloc(2 * count);
  if (address === IMPORT) data.writeUInt16BE(10_000);
  else if (address === EXPORT) data.writeUInt16BE(500);
  else if (address === 40) data.writeUInt16BE(1500);
  else data.write("AB1234");
  return data;
}
const SHOWN = { importWh: 1_000_000n, exportWh: 50_000n };

function answerRtu(request: Buffer, stream: Duplex): void {
  stream.write(rtuReply(request, em340(readOf(request))));
}

function answerTcp(request: Buffer, stream: Duplex): void {
  stream.write(tcpReply(request, em340(readOf(request.subarray(6)))));
}

async function failureOf(promise: Promise<unknown>): Promise<MeterError> {
  const error: unknown = await promise.then(
    (value) => value,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(MeterError);
  return error as MeterError;
}

async function expectFailure(
  promise: Promise<unknown>,
  failure: MeterFailure,
  message: RegExp,
): Promise<void> {
  const error = await failureOf(promise);
  expect(error.shortMessage).to.match(message);
  expect(error.failure).to.equal(failure);
}

describe("ModbusLine", function () {
  this.timeout(30_000);
  let device: ScriptedDevice;
  let line: ModbusLine;
  let address: ModbusLineOptions["port"];

  async function open(
    protocol: ModbusLineOptions["protocol"],
    options: Partial<ModbusLineOptions> = TIMES,
  ): Promise<ModbusLine> {
    address = await device.start();
    line = new ModbusLine({ protocol, port: address, ...options });
    return line;
  }

  /** Waits until a request has come. */
  async function asked(): Promise<void> {
    while (device.requests.length === 0) await pause(5);
  }

  beforeEach(() => {
    device = new ScriptedDevice();
  });

  afterEach(async () => {
    await line.close();
    await device.stop();
  });

  for (const [protocol, answer] of [
    ["modbus-tcp", answerTcp],
    ["modbus-rtu-over-tcp", answerRtu],
  ] as const) {
    describe(`over ${protocol}`, () => {
      let meter: Meter;

      beforeEach(async () => {
        device.script = answer;
        meter = (await open(protocol)).meter(apart, 7);
      });

      /** A line with other times, which has not opened yet either. */
      async function takeTimes(times: typeof TIMES): Promise<void> {
        await line.close();
        line = new ModbusLine({ protocol, port: address, ...times });
        meter = line.meter(apart, 7);
      }

      it("reads all quantities of a profile and keeps their registers", async () => {
        const sample = await meter.read();
        expect(sample).to.include({ ...SHOWN, activePowerW: 150, serialNumber: "AB1234" });
        expect(sample.raw.map(({ quantity, source, value }) => [quantity, source, value])).to.eql([
          ["importEnergyWh", "fc4@52x2", "1000 kWh"],
          ["exportEnergyWh", "fc4@78x2", "50 kWh"],
          ["activePowerW", "fc4@40x2", "150 W"],
          ["serialNumber", "fc4@20480x7", "AB1234"],
        ]);
        expect(sample.raw[0]!.hex).to.equal("27100000");
      });

      it("hears answers that came in time while this process was busy", async () => {
        device.script = (request, stream) => {
          answer(request, stream);
          const untilMs = performance.now() + 1.5 * SHORT.replyTimeoutMs;
          while (performance.now() < untilMs);
        };
        await takeTimes(SHORT);
        expect(await meter.read()).to.include(SHOWN);
        expect(device.requests).to.have.length(4);
      });

      for (const unit of protocol === "modbus-tcp" ? [0, 255] : [])
        it(`reads a device that is asked directly, with unit ${unit}`, async () => {
          expect(await line.meter(apart, unit).read()).to.include(SHOWN);
        });

      it("keeps the frames of a read as they were on the line", async () => {
        const { frames = [] } = await meter.read();
        expect(frames.map((frame) => frame.split(" ")[0])).to.deep.equal(
          Array.from({ length: 4 }, () => ["sent", "received"]).flat(),
        );
        // Unit 7, function 4, 2 registers from 52 on, behind another head on TCP.
        const head = protocol === "modbus-tcp" ? "[0-9a-f]{4}0000" : "";
        const [asked, answered] = protocol === "modbus-tcp" ? ["0006", "0007"] : ["", ""];
        const end = protocol === "modbus-tcp" ? "" : "[0-9a-f]{4}";
        expect(frames[0]).to.match(new RegExp(`^sent ${head}${asked}070400340002${end}$`));
        expect(frames[1]).to.match(new RegExp(`^received ${head}${answered}07040427100000${end}$`));
      });

      it("says with an error what was read before it, and what went over the line", async () => {
        device.script = (request, stream) => {
          const { address: asked } = readOf(
            protocol === "modbus-tcp" ? request.subarray(6) : request,
          );
          if (asked !== EXPORT) answer(request, stream);
        };
        const error = await failureOf(meter.read());
        expect(error.failure).to.equal("silent");
        expect(error.raw.map(({ source, hex }) => [source, hex])).to.deep.equal([
          ["fc4@52x2", "27100000"],
        ]);
        expect(error.frames.map((frame) => frame.split(" ")[0])).to.deep.equal([
          "sent",
          "received",
          "sent",
        ]);
      });

      it("does not wait for ever for a silent meter", async () => {
        device.script = () => undefined;
        await takeTimes(SHORT);
        const begunAt = performance.now();
        await expectFailure(meter.read(), "silent", /did not answer fc4@52x2 in time/);
        // A line that was not told how long to wait takes longer.
        expect(performance.now() - begunAt).to.be.below(1_450);
      });

      it("reads again once a silent meter answers", async () => {
        device.script = () => undefined;
        await failureOf(meter.read());
        device.script = answer;
        expect(await meter.read()).to.include(SHOWN);
        // A half-open connection looks like a silent meter.
        expect(device.connections).to.equal(2);
      });

      it("does not take a late answer for that of the next request", async () => {
        let late: Buffer = Buffer.alloc(0);
        device.script = (request, stream, index) => {
          if (index === 0) {
            const data = Buffer.alloc(4, 1);
            const isTcp = protocol === "modbus-tcp";
            late = isTcp ? tcpReply(request, data) : rtuReply(request, data);
            return;
          }
          // While the next request waits, and the one after it. A gateway gives late bytes to whoever is connected.
          if (index <= 2) stream.write(late);
          setTimeout(() => answer(request, stream), 40);
        };
        await expectFailure(meter.read(), "silent", /in time/);
        for (let i = 0; i < 3; ++i) {
          const sample = await meter.read().catch(() => undefined);
          if (sample !== undefined) expect(sample).to.include(SHOWN);
        }
        expect(await meter.read()).to.include(SHOWN);
      });

      it("takes each answer for its own unit where units are read at once", async () => {
        device.script = (request, stream) => {
          const pdu = protocol === "modbus-tcp" ? request.subarray(6) : request;
          const data = Buffer.alloc(2 * readOf(pdu).count);
          data.writeUInt16BE(readOf(pdu).unit);
          stream.write(
            protocol === "modbus-tcp" ? tcpReply(request, data) : rtuReply(request, data),
          );
        };
        const units = [1, 2, 3, 4, 5, 247];
        const samples = await Promise.all(
          units.map((unit) => line.meter({ ...apart, pauseMsAfterUnitChange: 0 }, unit).read()),
        );
        expect(samples.map(({ importWh }) => importWh)).to.eql(
          units.map((unit) => 100n * BigInt(unit)),
        );
      });

      it("takes an answer that comes byte by byte", async () => {
        device.script = (request, stream) => {
          const written: Buffer[] = [];
          answer(request, { write: (bytes: Buffer) => written.push(bytes) } as unknown as Duplex);
          [...Buffer.concat(written)].forEach((byte, i) =>
            setTimeout(() => stream.write(Buffer.from([byte])), 2 * i),
          );
        };
        expect(await meter.read()).to.include(SHOWN);
      });

      it("reports a connection that breaks in the middle of an answer and opens it again", async () => {
        device.script = (request, stream) => {
          stream.write(request.subarray(0, 3));
          setImmediate(() => stream.destroy());
        };
        await expectFailure(meter.read(), "unreachable", /connection broke before it answered/);
        device.script = answer;
        expect(await meter.read()).to.include(SHOWN);
        expect(device.connections).to.equal(2);
      });

      it("refuses the answer of a wrong unit", async () => {
        device.script = (request, stream) => {
          const wrong = Buffer.from(request);
          wrong[protocol === "modbus-tcp" ? 6 : 0] = 9;
          answer(wrong, stream);
        };
        await expectFailure(meter.read(), "malformed", /unit 9 answered where unit 7 was asked/);
      });

      it("refuses an answer of another length", async () => {
        device.script = (request, stream) => {
          const other = Buffer.alloc(2);
          stream.write(
            protocol === "modbus-tcp" ? tcpReply(request, other) : rtuReply(request, other),
          );
        };
        await expectFailure(meter.read(), "malformed", /7 bytes were answered where 9 were due/);
      });

      it("refuses an answer to another function", async () => {
        device.script = (request, stream) => {
          const other = Buffer.from(request);
          other[protocol === "modbus-tcp" ? 7 : 1] = 3;
          answer(other, stream);
        };
        await expectFailure(meter.read(), "malformed", /function 3 was answered where 4 was asked/);
      });

      for (const [code, name] of [
        [1, "illegal function"],
        [2, "illegal data address"],
        [3, "illegal data value"],
        [4, "server device failure"],
        [5, "acknowledge"],
        [6, "server device busy"],
        [10, "gateway path unavailable"],
        [11, "gateway target device failed to respond"],
        [99, "unknown"],
      ] as const) {
        it(`names exception ${code}, ${name}`, async () => {
          device.script = (request, stream) => {
            const refusal = (pdu: Buffer) => rtuException(pdu, code);
            stream.write(
              protocol === "modbus-tcp"
                ? mbap(request, refusal(request.subarray(6)))
                : refusal(request),
            );
          };
          await expectFailure(
            meter.read(),
            "refused",
            new RegExp(`refused fc4@52x2 with exception ${code}, ${name}`),
          );
          // The connection is sound: it is kept.
          device.script = answer;
          expect(await meter.read()).to.include(SHOWN);
          expect(device.connections).to.equal(1);
        });
      }

      it("reads a meter that refuses its serial number", async () => {
        device.script = (request, stream) => {
          const pdu = protocol === "modbus-tcp" ? request.subarray(6) : request;
          if (readOf(pdu).address !== 20_480) answer(request, stream);
          else
            stream.write(
              protocol === "modbus-tcp"
                ? mbap(request, rtuException(pdu, 2))
                : rtuException(pdu, 2),
            );
        };
        expect(await meter.read()).to.include({ ...SHOWN, serialNumber: undefined });
      });

      it("gives up a read at once where it is told to", async () => {
        device.script = () => undefined;
        await takeTimes(LONG);
        const controller = new AbortController();
        const read = meter.read(controller.signal);
        await asked();
        const begunAt = performance.now();
        controller.abort(new Error("stopped"));
        const error: unknown = await read.catch((thrown: unknown) => thrown);
        expect((error as Error).message).to.equal("stopped");
        expect(performance.now() - begunAt).to.be.below(10_000);
      });

      it("closes at once while a request waits, whatever the other side does", async () => {
        device.script = () => undefined;
        await takeTimes(LONG);
        const read = failureOf(meter.read());
        await asked();
        const begunAt = performance.now();
        await line.close();
        expect((await read).failure).to.equal("unreachable");
        expect(performance.now() - begunAt).to.be.below(10_000);
      });
    });
  }

  describe("over modbus-tcp", () => {
    it("does not take an answer for that of the 256th request after it", async () => {
      // The library's own port numbers requests modulo 256.
      const first: Buffer[] = [];
      device.script = (request, stream, index) => {
        const data = Buffer.alloc(4);
        data.writeUInt16BE(index);
        const reply = tcpReply(request, data);
        if (index === 0) first.push(reply);
        if (index % 256 === 0 && index !== 0) stream.write(first[0]!);
        stream.write(reply);
      };
      await open("modbus-tcp");
      const task = { unit: 1 };
      const read = { functionCode: 3, address: 0, count: 2 } as const;
      for (let i = 0; i < 600; ++i) {
        const answer = await line.run(task, (ask) => ask(read));
        expect(answer.readUInt16BE()).to.equal(i);
      }
      expect(device.connections).to.equal(1);
    });

    it("passes over an answer that comes twice", async () => {
      device.script = (request, stream) => {
        answerTcp(request, stream);
        answerTcp(request, stream);
      };
      const meter = (await open("modbus-tcp")).meter(apart, 1);
      for (let i = 0; i < 5; ++i) expect(await meter.read()).to.include(SHOWN);
    });

    it("refuses bytes that are not Modbus TCP", async () => {
      device.script = (_, stream) => stream.write("HTTP/1.1 400 Bad Request\r\n\r\n");
      const meter = (await open("modbus-tcp")).meter(apart, 1);
      await expectFailure(meter.read(), "malformed", /is not Modbus TCP/);
    });

    it("says that nothing listens", async () => {
      const meter = (await open("modbus-tcp")).meter(apart, 1);
      await device.stop();
      await expectFailure(meter.read(), "unreachable", /nothing listens there/);
    });

    it("has a time-out also where none is given", async () => {
      const meter = (await open("modbus-tcp", {})).meter(apart, 1);
      await expectFailure(meter.read(), "silent", /in time/);
    });

    it("reads registers side by side in one request", async () => {
      device.script = (request, stream) => {
        const { count } = readOf(request.subarray(6));
        stream.write(tcpReply(request, Buffer.alloc(2 * count, 1)));
      };
      const meter = (await open("modbus-tcp")).meter(common, 1);
      await meter.read();
      expect(device.requests.map((request) => readOf(request.subarray(6)))).to.eql([
        { unit: 1, address: 3203, count: 8 },
        { unit: 1, address: 3059, count: 2 },
        { unit: 1, address: 129, count: 2 },
      ]);
    });

    it("does not take NaN for a reading", async () => {
      const sdm = loadDeviceProfile("eastron-sdm72d-m") as ModbusProfile;
      device.script = (request, stream) => {
        const { count } = readOf(request.subarray(6));
        stream.write(tcpReply(request, Buffer.from("7fc00000".repeat(count / 2), "hex")));
      };
      const meter = (await open("modbus-tcp")).meter(sdm, 1);
      const error = await failureOf(meter.read());
      expect(error.shortMessage).to.match(/has no importEnergyWh now/);
      expect(error.failure).to.equal("absent");
      expect(error.hex).to.equal("7fc00000");
    });

    it("reads a serial number again that was cut short", async () => {
      device.script = (request, stream, index) => {
        const read = readOf(request.subarray(6));
        const data = em340(read);
        if (read.address === 20_480 && index === 3) data.fill(0, 1);
        stream.write(tcpReply(request, data));
      };
      const meter = (await open("modbus-tcp")).meter(apart, 1);
      expect((await meter.read()).serialNumber).to.equal("AB1234");
    });
  });

  describe("on a bus", () => {
    it("refuses a read into which the late answers of a device came that was stuck", async () => {
      // It answers all that was asked, in order, and slows down again; all answers look alike.
      const delaysMs = [650, 20, 150, 150, 20, 20];
      let chain = Promise.resolve();
      device.script = (request, _, index) => {
        chain = chain.then(async () => {
          await pause(delaysMs[index] ?? 5);
          for (const socket of device.sockets) answerRtu(request, socket);
        });
      };
      const { importEnergyWh, exportEnergyWh } = apart.registers;
      const energies = { ...apart, registers: { importEnergyWh, exportEnergyWh } };
      const meter = (
        await open("modbus-rtu-over-tcp", { ...TIMES, replyTimeoutMs: 300, quietMs: 10 })
      ).meter(energies, 7);
      let good = 0;
      for (let i = 0; i < 8; ++i) {
        const sample = await meter.read().catch(() => undefined);
        if (sample === undefined) continue;
        ++good;
        expect(sample).to.include(SHOWN);
      }
      expect(good).to.be.above(1);
    });

    it("refuses a read whose last answer was another's second copy", async () => {
      device.script = (request, stream, index) => {
        setTimeout(() => answerRtu(request, stream), 30);
        if (index === 0) setTimeout(() => answerRtu(request, stream), 50);
      };
      const { importEnergyWh, exportEnergyWh } = apart.registers;
      const energies = { ...apart, registers: { importEnergyWh, exportEnergyWh } };
      const meter = (await open("modbus-rtu-over-tcp")).meter(energies, 7);
      await expectFailure(meter.read(), "malformed", /more than it was asked/);
      expect(await meter.read()).to.include(SHOWN);
    });

    it("refuses a read in which an answer came twice", async () => {
      let twice = true;
      device.script = (request, stream) => {
        answerRtu(request, stream);
        if (twice) answerRtu(request, stream);
      };
      const meter = (await open("modbus-rtu-over-tcp")).meter(apart, 7);
      await expectFailure(meter.read(), "malformed", /more than it was asked|were due/);
      twice = false;
      expect(await meter.read()).to.include(SHOWN);
    });

    it("refuses a read in which the second copy came during the next request", async () => {
      device.script = (request, stream, index) => {
        setTimeout(() => answerRtu(request, stream), 30);
        // Long after the gap, and before the answer to the next request.
        if (index === 0) setTimeout(() => answerRtu(request, stream), 50);
      };
      const meter = (await open("modbus-rtu-over-tcp")).meter(apart, 7);
      await expectFailure(meter.read(), "malformed", /more than it was asked|were due/);
      expect(await meter.read()).to.include(SHOWN);
    });

    it("says that an answer is damaged", async () => {
      device.script = (request, stream) => {
        const reply = rtuReply(request, Buffer.alloc(4));
        reply[4]! ^= 1;
        stream.write(reply);
      };
      const meter = (await open("modbus-rtu-over-tcp")).meter(apart, 7);
      const error = await failureOf(meter.read());
      expect(error.failure).to.equal("malformed");
      expect(error.shortMessage).to.match(/damaged/);
      expect(error.hex).to.match(/^070404/);
    });

    it("finds answers between noise", async () => {
      device.script = (request, stream) => {
        stream.write(Buffer.from("00ff07040007", "hex"));
        answerRtu(request, stream);
        stream.write(Buffer.from("00", "hex"));
      };
      const meter = (await open("modbus-rtu-over-tcp")).meter(apart, 7);
      expect(await meter.read()).to.include(SHOWN);
    });

    it("gives up on a line that never falls silent", async () => {
      const timers: NodeJS.Timeout[] = [];
      device.script = (_, stream) => {
        timers.push(setInterval(() => stream.write(Buffer.from([0x55])), 2));
      };
      const meter = (await open("modbus-rtu-over-tcp", SHORT)).meter(apart, 7);
      await failureOf(meter.read());
      timers.forEach(clearInterval);
    });

    it("passes over its own request where the adapter hears it", async () => {
      device.script = (request, stream) => {
        stream.write(request);
        setTimeout(() => answerRtu(request, stream), 10);
      };
      const meter = (await open("modbus-rtu-over-tcp")).meter(apart, 7);
      expect(await meter.read()).to.include(SHOWN);
      expect(line.echoes).to.be.true;
    });

    it("calls a meter silent that only the adapter's echo answers", async () => {
      device.script = (request, stream) => stream.write(request);
      const meter = (await open("modbus-rtu-over-tcp", SHORT)).meter(apart, 7);
      await expectFailure(meter.read(), "silent", /in time/);
    });

    it("is silent for the time that a device needs after another unit", async () => {
      const at: number[] = [];
      device.script = (request, stream) => {
        at.push(performance.now());
        answerRtu(request, stream);
      };
      await open("modbus-rtu-over-tcp");
      const slow = { ...apart, pauseMsAfterUnitChange: 1_000 };
      await line.meter(slow, 1).read();
      const before = performance.now();
      await line.meter(slow, 2).read();
      expect(at[4]! - before).to.be.at.least(995);
      await line.meter(slow, 2).read();
      // The end of a read is silent too, for 300 ms at most.
      expect(at[8]! - at[7]!).to.be.below(900);
    });

    it("asks the other units while one is silent", async () => {
      device.script = (request, stream) => {
        if (request[0] !== 3) answerRtu(request, stream);
      };
      await open("modbus-rtu-over-tcp");
      const reads = [1, 2, 3, 4].map((unit) => line.meter(apart, unit).read());
      const settled = await Promise.allSettled(reads);
      expect(settled.map(({ status }) => status)).to.eql([
        "fulfilled",
        "fulfilled",
        "rejected",
        "fulfilled",
      ]);
    });
  });

  describe("with a switch", () => {
    const switched: ModbusProfile = {
      ...apart,
      switch: { kind: "coil", address: 5, sources: ["a test"] },
    };
    const isWrite = (request: Buffer) => request[1] === 5 || request[1] === 6;

    it("writes a coil", async () => {
      device.script = (request, stream) => {
        if (isWrite(request)) stream.write(request);
        else answerRtu(request, stream);
      };
      const meter = (await open("modbus-rtu-over-tcp")).meter(switched, 7);
      await meter.switch!(true);
      await meter.switch!(false);
      const writes = device.requests.filter(isWrite);
      expect(writes.map((request) => request.subarray(0, 6).toString("hex"))).to.eql([
        "07050005ff00",
        "070500050000",
      ]);
    });

    it("writes a holding register", async () => {
      device.script = (request, stream) => {
        if (request[7] === 6) stream.write(request);
        else answerTcp(request, stream);
      };
      const holding: ModbusProfile = {
        ...apart,
        switch: { kind: "holding", address: 9, on: 0x55, off: 0xaa, sources: ["a test"] },
      };
      const meter = (await open("modbus-tcp")).meter(holding, 7);
      await meter.switch!(true);
      expect(device.requests.at(-1)!.subarray(6).toString("hex")).to.equal("070600090055");
    });

    it("does not take the echo of a write for its confirmation", async () => {
      device.script = (request, stream) => {
        stream.write(request);
        if (!isWrite(request)) setTimeout(() => answerRtu(request, stream), 5);
      };
      const meter = (await open("modbus-rtu-over-tcp")).meter(switched, 7);
      await expectFailure(meter.switch!(true), "silent", /did not answer fc5@5=on in time/);
    });

    it("takes the confirmation of a write that comes after its echo", async () => {
      device.script = (request, stream) => {
        stream.write(request);
        if (isWrite(request)) setTimeout(() => stream.write(request), 5);
        else setTimeout(() => answerRtu(request, stream), 5);
      };
      const meter = (await open("modbus-rtu-over-tcp")).meter(switched, 7);
      await meter.switch!(true);
    });

    it("reports a refused write", async () => {
      device.script = (request, stream) => {
        if (isWrite(request)) stream.write(rtuException(request, 1));
        else answerRtu(request, stream);
      };
      const meter = (await open("modbus-rtu-over-tcp")).meter(switched, 7);
      await expectFailure(meter.switch!(true), "refused", /exception 1, illegal function/);
    });

    it("has none where the profile has none", async () => {
      await open("modbus-tcp");
      expect(line.meter(apart, 1)).not.to.have.property("switch");
    });
  });

  it("leaves nothing open where it is closed while it opens", async () => {
    device.script = answerTcp;
    const read = failureOf((await open("modbus-tcp")).meter(apart, 1).read());
    await Promise.resolve();
    await line.close();
    expect((await read).failure).to.equal("unreachable");
    await pause(50);
    expect(device.sockets.size).to.equal(0);
  });

  it("reads nothing after it was closed", async () => {
    const meter = (await open("modbus-tcp")).meter(apart, 1);
    await line.close();
    await expectFailure(meter.read(), "unreachable", /was closed/);
    expect(device.connections).to.equal(0);
  });

  it("leaves nothing open after it was closed", async () => {
    device.script = answerTcp;
    await (await open("modbus-tcp")).meter(apart, 1).read();
    const [socket] = device.sockets;
    const ended = once(socket!, "close");
    await line.close();
    await ended;
    expect(device.sockets.size).to.equal(0);
  });
});
