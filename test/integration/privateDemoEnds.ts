import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { startSealwatt } from "../helpers/runSealwatt.ts";

const DEMO = ["demo", "--participants", "12", "--private", "4", "--full-speed", "--periods", "2"];

/** Processes below one, by what the kernel says of each process's parent. */
function descendantsOf(pid: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        // The name in parentheses may hold spaces.
        const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return [{ pid: Number(name), parent: Number(parent) }];
      } catch {
        return [];
      }
    });
  const below = (parent: number): number[] =>
    parents.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...below(one.pid)]);
  return below(pid);
}

/** What has ended and waits for nobody to ask counts as ended. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

describe("a demo's processes @long", function () {
  this.timeout(300_000);
  let folder: string;

  before(function () {
    if (!existsSync("/proc/self/stat")) this.skip();
  });

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-cli-"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Starts a demo and waits until all its processes are there. */
  async function startDemo() {
    const demo = startSealwatt(DEMO, { TMPDIR: folder });
    while (!demo.output.stderr.includes("they join")) {
      if (demo.child.exitCode !== null) throw new Error(demo.output.stderr);
      await Promise.race([once(demo.child.stderr, "data"), demo.ended]);
    }
    const processes = descendantsOf(demo.child.pid!);
    // Key holder, matcher, two gateways and the traders, at least.
    expect(processes).to.have.length.at.least(5);
    return { ...demo, processes };
  }

  const hasRunFolder = () => readdirSync(folder).some((name) => name.startsWith("sealwatt-"));

  it("end on Ctrl-C, and leave nothing behind", async () => {
    const { child, ended, processes } = await startDemo();
    expect(hasRunFolder()).to.equal(true);
    child.kill("SIGINT");
    expect(await ended).to.include({ code: 130, stdout: "" });
    expect(processes.filter(isAlive)).to.deep.equal([]);
    expect(hasRunFolder()).to.equal(false);
  });

  it("end where the demo's own process is killed", async () => {
    const { child, ended, processes } = await startDemo();
    child.kill("SIGKILL");
    await ended;
    const untilMs = performance.now() + 30_000;
    while (processes.some(isAlive) && performance.now() < untilMs) await pause(100);
    expect(processes.filter(isAlive)).to.deep.equal([]);
  });

  it("end where the traders' process dies, which the demo says", async () => {
    const { child, ended, processes } = await startDemo();
    const traders = processes.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("traderProcess.ts"),
    );
    process.kill(traders!, "SIGKILL");
    const { code, stderr } = await ended;
    expect(code).to.equal(2);
    expect(stderr).to.match(
      /sealwatt demo: The traders' process ended \(SIGKILL\)\. Start the run anew/,
    );
    expect(child.exitCode).to.equal(2);
    expect(processes.filter(isAlive)).to.deep.equal([]);
    expect(hasRunFolder()).to.equal(false);
  });
});
