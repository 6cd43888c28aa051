import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Child } from "../../../../../scripts/neighbourhood/processes/child.ts";

const helper = (name: string) =>
  fileURLToPath(new URL(`../../../../helpers/processes/${name}.ts`, import.meta.url));
const SLEEPER = helper("sleeper");

/** Starts a sleeper and waits until it sleeps. */
async function sleep(mode = "plain"): Promise<Child> {
  return new Promise((resolve) => {
    const child = new Child({
      module: SLEEPER,
      args: [mode],
      onLine: () => resolve(child),
      graceMs: 500,
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a process of a run", function () {
  this.timeout(30_000);

  it("ends when it is told to, also where it stands still", async () => {
    for (const signal of [undefined, "SIGSTOP"] as const) {
      const child = await sleep();
      if (signal !== undefined) child.process.kill(signal);
      expect(child.isRunning).to.equal(true);
      await child.end();
      expect(child.isRunning).to.equal(false);
      expect(await child.ended).to.equal("SIGTERM");
      // Once more is nothing.
      await child.end();
    }
  });

  it("ends where it does not want to", async () => {
    const child = await sleep("stubborn");
    await child.end();
    expect(await child.ended).to.equal("SIGKILL");
  });

  it("says how it ended, and what it said last", async () => {
    const child = new Child({ module: SLEEPER, args: ["brief"] });
    expect(await child.ended).to.equal("code 0");
    expect(child.lastLines).to.deep.equal(["all that it has to say"]);
  });

  it("says that it could not be started", async () => {
    const child = new Child({ module: helper("nothing-there") });
    expect(await child.ended).to.equal("code 1");
    expect(child.lastLines.join("\n")).to.include("nothing-there");
  });

  it("does not outlive a parent that was killed, even where it is stubborn", async () => {
    const parent = spawn(process.execPath, [helper("parent")], {
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const children = JSON.parse(line.toString()) as number[];
    expect(children.map(isAlive)).to.deep.equal([true, true]);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    const untilMs = performance.now() + 15_000;
    while (children.some(isAlive) && performance.now() < untilMs) await pause(50);
    expect(children.map(isAlive)).to.deep.equal([false, false]);
  });
});
