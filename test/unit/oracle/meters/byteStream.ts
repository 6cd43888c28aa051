import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect } from "chai";
import { SerialPort } from "serialport";
import { closeStream, describePort, openStream } from "../../../../oracle/meters/byteStream.ts";
import { MeterError } from "../../../../oracle/meters/meter.ts";

/** Listens, and never takes a connection: once its queue is full, the next one hangs. */
const BLACK_HOLE = `
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

async function failureOf(promise: Promise<unknown>): Promise<MeterError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(MeterError);
  return error as MeterError;
}

describe("openStream", function () {
  this.timeout(30_000);

  describe("into a black hole", () => {
    let hole: ChildProcess;
    let port: number;
    let queued: Socket[];

    before(async () => {
      hole = spawn(process.execPath, ["-e", BLACK_HOLE], { stdio: ["ignore", "pipe", "inherit"] });
      const [said] = (await once(hole.stdout!, "data")) as [Buffer];
      port = Number(said.toString());
      queued = Array.from({ length: 4 }, () => connect(port, "127.0.0.1"));
      for (const socket of queued) socket.on("error", () => undefined);
      await once(queued[0]!, "connect");
    });

    after(() => {
      for (const socket of queued) socket.destroy();
      hole.kill("SIGKILL");
    });

    it("does not wait for ever for a connection", async () => {
      const begunAt = performance.now();
      const error = await failureOf(
        openStream({ kind: "tcp", host: "127.0.0.1", port }, { timeoutMs: 100 }),
      );
      expect(error.failure).to.equal("unreachable");
      expect(error.shortMessage).to.match(/nobody answered in time/);
      expect(performance.now() - begunAt).to.be.within(90, 20_000);
    });

    it("gives up at once where it is told to", async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("stopped")), 20);
      const error: unknown = await openStream(
        { kind: "tcp", host: "127.0.0.1", port },
        { timeoutMs: 5_000, signal: controller.signal },
      ).catch((thrown: unknown) => thrown);
      expect((error as Error).message).to.equal("stopped");
    });
  });

  it("says that a name has no address", async () => {
    const error = await failureOf(
      openStream({ kind: "tcp", host: "meter.invalid", port: 502 }, { timeoutMs: 3_000 }),
    );
    expect(error.shortMessage).to.match(/^meter\.invalid:502 cannot be reached: /);
  });

  it("says that there is no such serial port", async () => {
    const port = {
      kind: "serial",
      path: "/dev/no-such-port",
      baudRate: 9600,
      parity: "none",
      dataBits: 8,
      stopBits: 1,
    } as const;
    const error = await failureOf(openStream(port, { timeoutMs: 500 }));
    expect(error.failure).to.equal("unreachable");
    expect(error.shortMessage).to.match(/no such port/);
    expect(describePort(port)).to.equal("/dev/no-such-port");
  });
});

describe("closeStream", () => {
  it("does not wait for ever for a serial port that never says that it is closed", async () => {
    const stuck = Object.create(SerialPort.prototype, {
      isOpen: { value: true },
      opening: { value: false },
      close: { value: () => undefined },
    }) as SerialPort;
    const begunAt = performance.now();
    await closeStream(stuck);
    expect(performance.now() - begunAt).to.be.below(10_000);
  });
});
