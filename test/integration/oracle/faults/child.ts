import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import type { MeteredLoad } from "../../../../oracle/simulator/meteredLoad.ts";
import { EXIT_MAY_PASS } from "../../../../scripts/cli/exitCodes.ts";
import { RpcServer } from "../../../../scripts/neighbourhood/rpcServer.ts";
import { ChildGateway } from "../../../helpers/oracleRig/childGateway.ts";
import { energyAgrees } from "../../../helpers/oracleRig/energyAgrees.ts";
import { OracleRig } from "../../../helpers/oracleRig.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";

const PERIOD_S = 4;
/** For how long there are faults. */
const FAULTY_S = 90;
/** How long what was missed may take to be made good. */
const MOST_PERIODS_BEHIND = 10;
const LOOK_MS = 200;
/** A watt-hour a second: every reading is another. */
const POWER_W = 3_600;
const FAKETIME = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
].find((path) => existsSync(path));

/** Whether a sync of a process can be made to fail here. */
function canTrace(): boolean {
  const inject = ["-e", "inject=fsync:error=EIO:when=1"];
  return spawnSync("strace", ["-f", "-o", "/dev/null", ...inject, "true"]).status === 0;
}

/** Draws power until it is told that it is over. */
class LoadWithEnd implements MeteredLoad {
  endS = Infinity;
  readonly #startS = Date.now() / 1000;

  energyAt(timeS: number) {
    const seconds = Math.max(0, Math.min(timeS, this.endS) - this.#startS);
    return { importWh: BigInt(Math.floor((POWER_W * seconds) / 3_600)), exportWh: 0n };
  }

  powerWAt(timeS: number): number {
    return timeS < this.endS ? POWER_W : 0;
  }
}

/** All at the same time, in processes of their own and the machine's time. */
describe("gateways in processes of their own @long", function () {
  this.timeout(1_000 * (FAULTY_S + 180));
  let rig: OracleRig;
  let server: RpcServer;
  let killed: ChildGateway;
  let stepped: ChildGateway | undefined;
  let traced: ChildGateway | undefined;
  const children: ChildGateway[] = [];

  before(async () => {
    rig = await OracleRig.create({ realTime: true, periodLengthS: PERIOD_S });
    server = new RpcServer(rig.chain.request);
    await server.listen(0);
    const load = new LoadWithEnd();
    const addChild = async (options = {}) => {
      const lines = [{ meters: [{ load }] }, { protocol: "dlt645", meters: [{ load }] } as const];
      const child = new ChildGateway(rig, await rig.addGateway({ lines }), server.url, options);
      children.push(child);
      return child;
    };
    killed = await addChild();
    const offset = join(rig.folder, "faketime");
    writeFileSync(offset, "+0");
    if (FAKETIME !== undefined) stepped = await addChild({ env: faked(FAKETIME, offset) });
    if (canTrace()) traced = await addChild({ through: failingSync(60) });
    for (const child of children) child.start();
    await Promise.all([
      killAtRandom(killed, FAULTY_S),
      stepClock(offset, FAULTY_S),
      pause(1_000 * FAULTY_S),
    ]);
    load.endS = Date.now() / 1000;
    if (traced !== undefined) {
      traced.options = {};
      traced.kill("SIGTERM");
    }
    // What was missed is waited for, then all that came after it is taken.
    await rig.passPeriods(5);
  });

  after(async () => {
    await Promise.all(children.map((child) => child.stop()));
    await server.close();
    await rig.stop();
  });

  /** On a machine that has much to do a gateway may be a little behind: it is looked at for most of a period. */
  async function expectSameEnergy({ gateway }: ChildGateway): Promise<void> {
    for (let behind = 0; ;) {
      try {
        const outcomes = [...(await energyAgrees(rig, gateway)).values()];
        expect(outcomes).to.deep.equal(["same energy", "same energy"]);
        return;
      } catch (error) {
        const passedS = rig.time.nowS() - rig.reads.startOf(rig.endedPeriod + 1);
        if (passedS < 0.9 * PERIOD_S) await pause(LOOK_MS);
        else if (behind++ === MOST_PERIODS_BEHIND) throw error;
        else await rig.passPeriods();
      }
    }
  }

  it("has the same energy on the chain after (20) kill -9 at random times", async () => {
    await expectSameEnergy(killed);
    expect(killed.ends.killed).to.be.above(2);
    const starts = killed.gateway.log.filter((line) => line.includes("the gateway is at work"));
    expect(starts.length).to.be.above(2);
  });

  it("has the same energy on the chain after (19) its clock was set an hour forwards and back", async function () {
    if (stepped === undefined) {
      console.warn("      libfaketime is not installed: the machine's clock is not set");
      this.skip();
    }
    await expectSameEnergy(stepped);
    expect(stepped.gateway.log.join("\n")).to.include("the clock is not right");
  });

  it("has the same energy on the chain after (21) fsync errors", async function () {
    if (traced === undefined) {
      console.warn("      strace may not be used here: no sync fails");
      this.skip();
    }
    await expectSameEnergy(traced);
    expect(traced.ends.alone).to.be.above(0);
    expect(traced.exitCodes).to.include(EXIT_MAY_PASS);
    expect(traced.gateway.log.join("\n")).to.include("disk I/O error");
  });
});

function faked(library: string, offsetFile: string): Record<string, string> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: offsetFile,
    FAKETIME_NO_CACHE: "1",
    // Both names: older releases know the first alone.
    DONT_FAKE_MONOTONIC: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

const failingSync = (count: number) => [
  ...["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"],
  ...["-e", `inject=fsync,fdatasync:error=EIO:when=${count}`],
];

async function killAtRandom(child: ChildGateway, forS: number): Promise<void> {
  const random = new RandomSource(3);
  const untilMs = performance.now() + 1_000 * forS;
  for (;;) {
    await pause(random.integer(1_200, 3_600));
    if (performance.now() > untilMs) return;
    child.kill();
  }
}

async function stepClock(offsetFile: string, forS: number): Promise<void> {
  const steps = ["+3600", "-3600", "+0"];
  for (const step of steps) {
    await pause((1_000 * forS) / (steps.length + 1));
    writeFileSync(offsetFile, step);
  }
}
