import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import packageJson from "../../../../package.json" with { type: "json" };
import { openPtyPair } from "../../../helpers/ptyPair.ts";
import { RawClient } from "../../../helpers/rawClient.ts";

const binary = fileURLToPath(new URL(`../../../../${packageJson.bin.sealwatt}`, import.meta.url));
/** As a user's shell has it: without what the test runner sets for itself. */
const { NODE_OPTIONS: _nodeOptions, ...env } = process.env;

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [binary, "simulate-meter", ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (output.stderr += chunk));
  const ended = once(child, "close").then(([code]) => ({ code: code as number, ...output }));
  const line = async (number: number): Promise<string> => {
    while (output.stdout.split("\n").length <= number + 1) await once(child.stdout, "data");
    return output.stdout.split("\n")[number]!;
  };
  return { child, ended, line };
}

const READ_SERIAL = "0002 0000 0006 07 03 0081 0002";

describe("sealwatt simulate-meter", function () {
  this.timeout(20_000);
  let folder: string;

  before(() => (folder = mkdtempSync(path.join(tmpdir(), "sealwatt-cli-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("serves meters until Ctrl-C, which is its good end", async () => {
    const { child, ended, line } = start([
      "--port",
      "0",
      "--unit",
      "5-7",
      "--serial-number",
      "099",
    ]);
    const [, where] = /at (\S+):/.exec(await line(0))!;
    const client = await RawClient.open(where!);
    expect(await client.ask(READ_SERIAL, 13)).to.equal("000200000007070304" + "00000065");
    child.kill("SIGINT");
    expect(await ended).to.deep.equal({
      code: 0,
      stderr: "",
      stdout:
        `schneider-iem3155 over modbus-tcp at ${where}: unit 5 (serial number 099), ` +
        "unit 6 (serial number 100), unit 7 (serial number 101)\n",
    });
    client.close();
  });

  it("writes JSON lines, one for each fault too", async () => {
    const file = path.join(folder, "faults.yaml");
    writeFileSync(file, "faults:\n  - fault: exception\n    code: 6\n");
    const { child, ended, line } = start(
      ["--port", "0", "--unit", "7", "--faults", file, "--json"].concat("--load", "household:3"),
    );
    const listening = JSON.parse(await line(0)) as { where: string };
    expect(listening).to.deep.include({
      event: "listening",
      protocol: "modbus-tcp",
      profile: "schneider-iem3155",
      meters: [{ unit: "7", serialNumber: "1" }],
    });
    const client = await RawClient.open(listening.where);
    expect(await client.ask(READ_SERIAL, 9)).to.equal("000200000003078306");
    expect(JSON.parse(await line(1))).to.deep.include({
      event: "fault",
      unit: "7",
      fault: "exception",
      where: `${file}, line 2`,
    });
    child.kill("SIGTERM");
    expect(await ended).to.include({ code: 0, stderr: "" });
    client.close();
  });

  it("ends with a word when its serial port is gone", async function () {
    const ptys = await openPtyPair();
    if (ptys === undefined) this.skip();
    const { ended, line } = start(["--serial", ptys.far]);
    expect(await line(0)).to.contain(`over modbus-rtu at ${ptys.far}`);
    await ptys.close();
    const { code, stderr } = await ended;
    expect({ code, stderr }).to.deep.equal({
      code: 2,
      stderr: `sealwatt simulate-meter: ${ptys.far} is gone. Plug the adapter in again, then start anew.\n`,
    });
  });

  it("says that the port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const outcome = await start(["--port", String(port)]).ended;
    server.close();
    expect(outcome).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: `sealwatt simulate-meter: Port "127.0.0.1:${port}" is in use. Choose another, or 0 for any free one.\n`,
    });
  });

  it("names file, line, key, value and remedy of a wrong fault", async () => {
    const file = path.join(folder, "wrong.yaml");
    writeFileSync(file, "faults:\n  - fault: late\n    delayMs: soon\n");
    expect(await start(["--faults", file]).ended).to.deep.equal({
      code: 2,
      stdout: "",
      stderr:
        `sealwatt simulate-meter: ${file}, line 3: faults[0].delayMs is "soon". ` +
        "Give a whole number of ms from 1 to 600000.\n",
    });
  });

  const faults: [string[], string][] = [
    [["--profile", "schneider-iem3156"], "Did you mean schneider-iem3155?"],
    [["--faults", "/nonexistent"], "There is no such file: correct the path."],
    [["--port", "65536"], "Give a whole number from 0 to 65535."],
    [["--unit", "0-3"], "Give units from 1 to 247: 1 or 1,2,10-19;"],
    [["--unit", "248"], "Give units from 1 to 247: 1 or 1,2,10-19;"],
    [["--unit", "9-3"], "Give units from 1 to 247: 1 or 1,2,10-19;"],
    [["--protocol", "modbus-rtu-over-tcp", "--unit", "0"], "Give the device's own unit,"],
    [["--unit", "3,3"], "Unit 3 is given twice. Give each meter a unit of its own."],
    [["--load", "sun"], "Give constant:W with at most 10000000 W, or household:SEED."],
    [["--protocol", "modbus"], "Allowed choices are modbus-tcp, modbus-rtu,"],
    [["--protocol", "modbus-rtu"], "modbus-rtu is not for a TCP port. Name a serial port,"],
    [["--protocol", "dlt645"], "The device of schneider-iem3155 does not speak dlt645."],
    [["--address", "000000000001"], "Name its meters with --unit."],
    [["--profile", "dlt645-2007", "--unit", "1"], "Name its meters with --address."],
    [["--profile", "dlt645-2007", "--address", "1"], "Give the twelve digits on its nameplate"],
    [["--serial", "/nonexistent"], "Correct --serial, or close what has it open."],
  ];
  for (const [args, remedy] of faults)
    it(`exits with 2 and one line on ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await start(args).ended;
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
      expect(stderr).to.match(/^sealwatt simulate-meter: .*\n$/);
      expect(stderr).to.contain(remedy);
    });
});
