import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Service } from "../../../../../scripts/neighbourhood/processes/service.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const MODULE = fileURLToPath(new URL("../../../../helpers/processes/server.ts", import.meta.url));

describe("a service of a run", function () {
  this.timeout(30_000);
  let lines: string[];
  let service: Service;

  beforeEach(() => {
    lines = [];
  });

  afterEach(() => service.end());

  function make(mode: () => string = () => "lasts"): Service {
    service = new Service({
      name: "matcher",
      command: (port) => [String(port), mode()],
      password: "a secret",
      log: (line) => lines.push(line),
      module: MODULE,
    });
    return service;
  }

  const ask = async () => (await (await fetch(service.url)).json()) as { pid: number };

  /** Waits until it was started again, and says who answers. */
  async function answerOfAnother(pid: number): Promise<{ pid: number }> {
    for (;;) {
      const answer = await ask().catch(() => undefined);
      if (answer !== undefined && answer.pid !== pid) return answer;
      await pause(50);
    }
  }

  it("is known by the URL that it prints, and gets its password by the environment", async () => {
    await make().start();
    expect(await ask()).to.deep.equal({ pid: service.pid, password: "a secret" });
  });

  it("is started again at the same address where it dies, and what it said is told", async () => {
    await make().start();
    const { url, pid } = service;
    service.kill();
    await answerOfAnother(pid!);
    expect(service.url).to.equal(url);
    expect(service.restarts).to.equal(1);
    while (lines.length < 2) await pause(20);
    expect(lines[0]).to.match(/^The matcher ended \(SIGKILL\)\.\n {4}a line that is no JSON\n/);
    expect(lines[1]).to.equal("The matcher was started again.");
  });

  it("stays away where it was killed for good", async () => {
    await make().start();
    service.kill({ staysDown: true });
    while (lines.length === 0) await pause(20);
    await pause(1_000);
    expect(await ask().catch((error: unknown) => (error as Error).message)).to.equal(
      "fetch failed",
    );
    expect(service.restarts).to.equal(0);
    expect(service.failure.aborted).to.equal(false);
  });

  it("does not answer where it stands still, and ends all the same", async () => {
    await make().start();
    service.suspend();
    const answer = fetch(service.url, { signal: AbortSignal.timeout(500) });
    expect((await rejection(answer)).name).to.equal("TimeoutError");
  });

  it("is given up where it does not come up", async () => {
    const error = await rejection(make(() => "fails").start());
    expect(error).to.include({
      name: "ServiceEndedError",
      shortMessage: "The matcher ended (code 2).",
      details: "there is no disk",
    });
  });

  it("is given up where it does not come up again", async () => {
    let mode = "lasts";
    await make(() => mode).start();
    mode = "fails";
    service.kill();
    while (!service.failure.aborted) await pause(20);
    expect((service.failure.reason as Error).message).to.include("there is no disk");
  });

  it("is given up where it dies again and again", async () => {
    await make(() => "shortLived").start();
    while (!service.failure.aborted) await pause(20);
    expect(service.restarts).to.equal(5);
  });

  it("ends while it starts, where the run is interrupted", async () => {
    const interrupted = new AbortController();
    const starting = make().start(interrupted.signal);
    interrupted.abort(new Error("interrupted"));
    expect((await rejection(starting)).message).to.equal("interrupted");
    expect(service.pid).to.be.a("number");
    expect(() => process.kill(service.pid!, 0)).to.throw(/ESRCH/);
  });
});
