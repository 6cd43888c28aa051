import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import packageJson from "../../../../package.json" with { type: "json" };

const binary = fileURLToPath(new URL(`../../../../${packageJson.bin.sealwatt}`, import.meta.url));
/** As a user's shell has it: without what the test runner sets for itself. */
const { NODE_OPTIONS: _nodeOptions, ...env } = process.env;

function start(args: readonly string[], folder?: string, { detached = false } = {}) {
  const child = spawn(process.execPath, [binary, ...args], {
    detached,
    env: folder === undefined ? env : { ...env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (output.stderr += chunk));
  const ended = once(child, "close").then(([code]) => ({ code: code as number, ...output }));
  return { child, output, ended };
}

describe("sealwatt start and sealwatt demo", function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-cli-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const numbers: [string[], string][] = [
    [["demo", "--participants", "many"], "Give a whole number from 2 to 1000."],
    [["demo", "--participants", "1"], "Give a whole number from 2 to 1000."],
    [["demo", "--periods", "0"], "Give a whole number from 1 to 10000."],
    [["demo", "--periods", "1.5"], "Give a whole number from 1 to 10000."],
    [["demo", "--period-seconds", "4"], "Give a whole number from 5 to 3600."],
    [["demo", "--seed", "-1"], "Give a whole number from 0 to 4294967295."],
    [["demo", "--private", "3"], "Give a whole number from 4 to 200."],
    [["demo", "--private", "201"], "Give a whole number from 4 to 200."],
    [["demo", "--private", "ten"], "Give a whole number from 4 to 200."],
    [["demo", "--private", "-4"], "Give a whole number from 4 to 200."],
    [["demo", "--private"], "argument missing"],
    [
      ["demo", "--participants", "9", "--private", "10"],
      "Of 9 participants 10 cannot trade privately. Give --private a smaller number, or --participants a larger one.",
    ],
    [
      ["demo", "--private", "10", "--private-matching", "guessed"],
      "Allowed choices are encrypted, plain.",
    ],
    [["start", "--port", "65536"], "Give a whole number from 0 to 65535."],
  ];
  for (const [args, remedy] of numbers) {
    it(`refuses ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await start(args).ended;
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
      expect(stderr).to.match(/^sealwatt (start|demo): .*\n$/);
      expect(stderr).to.contain(remedy);
    });
  }

  for (const command of ["start", "demo"]) {
    it(`says up front that ${command}'s periods are too short`, async () => {
      const args = [command, "--participants", "500", "--period-seconds", "10"];
      expect(await start(args).ended).to.deep.equal({
        code: 2,
        stdout: "",
        stderr:
          `sealwatt ${command}: Periods of 10 s are too short for 500 participants. Give --period-seconds 50 ` +
          "or more, or fewer participants: orders would come too late.\n",
      });
    });
  }

  it("says that the folder of profiles is missing", async () => {
    const missing = path.join(folder, "nowhere");
    expect(await start(["demo", "--profiles", missing]).ended).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: `sealwatt demo: The folder ${JSON.stringify(missing)} cannot be read. There is no such folder: correct the path.\n`,
    });
  });

  it("names file and line of a malformed profile", async () => {
    const file = path.join(folder, "hh_1.csv");
    writeFileSync(file, "timestamp,power,heat\n0,100,0\n900,lots,0\n");
    expect(await start(["start", "--profiles", folder]).ended).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: `sealwatt start: ${file}, line 3: power is "lots". Give a number from 0 to 1000000.\n`,
    });
  });

  it("says that the port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const outcome = await start(["start", "--port", String(port)]).ended;
    server.close();
    expect(outcome).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: `sealwatt start: Port ${port} is in use. Choose another with --port, or 0 for any free one.\n`,
    });
  });

  it("ends cleanly on Ctrl-C, with code 130 and nothing left behind", async () => {
    const args = ["demo", "--participants", "3", "--period-seconds", "5", "--json"];
    const { child, output, ended } = start(args, folder);
    while (!output.stderr.includes("registering")) await once(child.stderr, "data");
    child.kill("SIGINT");
    expect(await ended).to.include({ code: 130, stdout: "" });
    expect(readdirSync(folder).filter((name) => name.startsWith("sealwatt-"))).to.deep.equal([]);
  });

  it("ends cleanly on a terminal's Ctrl-C, which its prover gets too", async () => {
    const args = ["demo", "--participants", "12", "--private", "4"];
    const { child, output, ended } = start(args, folder, { detached: true });
    while (!output.stderr.includes("deploying")) await once(child.stderr, "data");
    // It measures how fast it proves now.
    await new Promise((resolve) => setTimeout(resolve, 800));
    process.kill(-child.pid!, "SIGINT");
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).to.deep.equal({ code: 130, stdout: "" });
    expect(stderr).not.to.include("sealwatt demo:");
    expect(readdirSync(folder).filter((name) => name.startsWith("sealwatt-"))).to.deep.equal([]);
  });

  it("serves the chain until Ctrl-C, which is its good end", async () => {
    const args = ["start", "--participants", "2", "--period-seconds", "5", "--port", "0"];
    const { child, output, ended } = start(args, folder);
    while (!output.stdout.includes("market ")) await once(child.stdout, "data");
    const [, url] = /RPC URL +(\S+)/.exec(output.stdout)!;
    const [, market] = /market +(0x\w+)/.exec(output.stdout)!;
    const body = JSON.stringify([
      { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] },
      { jsonrpc: "2.0", id: 2, method: "eth_getCode", params: [market, "latest"] },
      { jsonrpc: "2.0", id: 3, method: "eth_nonsense", params: [] },
    ]);
    const answers = (await (await fetch(url!, { method: "POST", body })).json()) as {
      result?: string;
      error?: object;
    }[];
    expect(answers[0]!.result).to.equal("0x7a69");
    expect(answers[1]!.result).to.have.length.above(1000);
    expect(answers[2]!.error).to.be.an("object");
    expect((await fetch(url!, { method: "POST", body: "{" })).status).to.equal(200);
    expect((await fetch(url!)).status).to.equal(405);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.match(/ending\n$/);
    expect(stdout).not.to.include("\u001b");
  });
});
