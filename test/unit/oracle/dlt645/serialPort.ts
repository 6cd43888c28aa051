import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Dlt645Line } from "../../../../oracle/dlt645/dlt645Line.ts";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import type { Dlt645Profile } from "../../../../oracle/profiles/deviceProfile.ts";
import { loadDeviceProfile } from "../../../../oracle/profiles/loadDeviceProfile.ts";
import { Dlt645Peer, replyOf } from "../../../helpers/dlt645Peer.ts";

const METER = "000000000161";
const VALUES = { "00010000": 12_345n, "00020000": 0n };
const profile = loadDeviceProfile("dlt645-2007") as Dlt645Profile;
const hasSocat = spawnSync("socat", ["-V"]).status === 0;

// socat makes a pseudo-terminal of the peer's connection, so that the true serial driver is tried.
describe("Dlt645Line on a serial port", function () {
  this.timeout(30_000);
  if (!hasSocat) {
    it.skip("socat is not installed: apt-get install socat", () => undefined);
    return;
  }
  let folder: string;
  let path: string;
  let peer: Dlt645Peer;
  let line: Dlt645Line;
  let socat: ChildProcess | undefined;

  async function plugIn(tcpPort: number): Promise<void> {
    socat = spawn("socat", [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${tcpPort}`]);
    while (!existsSync(path)) await sleep(5);
  }

  async function unplug(): Promise<void> {
    if (socat?.exitCode !== null) return;
    socat.kill();
    await once(socat, "exit");
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sealwatt-dlt645-"));
    path = join(folder, "meter");
    peer = new Dlt645Peer((request, send) => send(replyOf(METER, VALUES, request)!));
    const serial = { baudRate: 2400, parity: "even", dataBits: 8, stopBits: 1 } as const;
    line = new Dlt645Line({
      port: { kind: "serial", path, ...serial },
      replyTimeoutMs: 20_000,
      gapMs: 5,
      quietMs: 20,
    });
  });

  afterEach(async () => {
    await line.close();
    await unplug();
    await peer.stop();
    rmSync(folder, { recursive: true });
  });

  it("reads a meter", async () => {
    await plugIn((await peer.start()).port);
    const meter = line.meter(profile, METER);
    expect(meter.where).to.equal(`${path} address ${METER}`);
    expect(await meter.read()).to.include({ importWh: 123_450n, exportWh: 0n });
  });

  it("says that the adapter is gone, and reads again when it is back", async () => {
    const { port } = await peer.start();
    const meter = line.meter(profile, METER);
    const failure = async () =>
      meter.read().then(
        () => "none",
        (error: unknown) => (error as MeterError).failure,
      );
    expect(await failure()).to.equal("unreachable");
    await plugIn(port);
    expect(await failure()).to.equal("none");
    await unplug();
    expect(await failure()).to.equal("unreachable");
    await plugIn(port);
    expect(await failure()).to.equal("none");
  });

  it("closes long before an answer is due", async () => {
    await plugIn((await peer.start()).port);
    let hear = () => {};
    const heard = new Promise<void>((resolve) => (hear = resolve));
    peer.answer = () => hear();
    const read = line
      .meter(profile, METER)
      .read()
      .catch((error: unknown) => error);
    await heard;
    const startMs = performance.now();
    await line.close();
    expect(await read).to.be.instanceOf(MeterError);
    expect(performance.now() - startMs).to.be.lessThan(10_000);
  });
});
