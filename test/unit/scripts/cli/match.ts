import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import packageJson from "../../../../package.json" with { type: "json" };
import { supplyExceedsDemand } from "../../../fixtures/greenDoubleAuctionCases.ts";

const binary = fileURLToPath(new URL(`../../../../${packageJson.bin.sealwatt}`, import.meta.url));
const MATCH = ["match", "--mechanism", "green-double-auction"];

/** As a user's shell has it: without what the test runner sets for itself. */
const { NODE_OPTIONS: _nodeOptions, ...env } = process.env;

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

function start(args: readonly string[], node = process.execPath) {
  return spawn(node, [binary, ...args], { env, stdio: ["pipe", "pipe", "pipe"] });
}

async function sealwatt(
  args: readonly string[],
  input: string | Buffer = "",
  node?: string,
): Promise<Outcome> {
  const child = start(args, node);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  // The program may end before it has read everything.
  child.stdin.on("error", () => undefined).end(input);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

/** An orders document of so many crossing pairs. */
function pairs(count: number): string {
  const orders = Array.from({ length: 2 * count }, (_, index) => ({
    id: `p${index}`,
    side: index % 2 === 0 ? "sell" : "buy",
    green: false,
    energyWh: 1 + index,
    priceMicroPerKwh: 100,
  }));
  return JSON.stringify({ orders });
}

describe("sealwatt match", function () {
  this.timeout(20_000);
  let directory: string;

  before(() => (directory = mkdtempSync(path.join(tmpdir(), "sealwatt-"))));
  after(() => rmSync(directory, { recursive: true }));

  const document = JSON.stringify({ orders: supplyExceedsDemand.orders });

  it("reads orders from standard input and writes the paper's trades", async () => {
    const { code, stdout, stderr } = await sealwatt(MATCH, document);
    expect(stderr).to.equal("");
    expect(code).to.equal(0);
    const { trades, remaining } = JSON.parse(stdout) as { trades: unknown; remaining: unknown };
    expect(trades).to.have.deep.members(supplyExceedsDemand.trades);
    expect(remaining).to.deep.equal([{ id: "controllable", energyWh: 490 }]);
  });

  it("reads a file, with a byte order mark too", async () => {
    const file = path.join(directory, "orders.json");
    writeFileSync(file, `\uFEFF${document}`);
    expect(await sealwatt([...MATCH, "--input", file])).to.deep.equal(
      await sealwatt(MATCH, document),
    );
  });

  it("writes many chunks as one document", async () => {
    const { code, stdout } = await sealwatt(MATCH, pairs(25_000));
    expect(code).to.equal(0);
    const { trades, remaining } = JSON.parse(stdout) as { trades: unknown[]; remaining: unknown[] };
    expect(trades.length).to.be.at.least(25_000);
    expect(remaining.length).to.be.at.least(1);
  });

  it("shows its options", async () => {
    const { code, stdout, stderr } = await sealwatt(["match", "--help"]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout)
      .to.include("--mechanism <name>")
      .and.to.include("green-double-auction")
      .and.to.include("--input <file>");
  });

  const faults: [string, string[], string | Buffer, string][] = [
    ["no command", [], "", "sealwatt: name a command. See sealwatt --help."],
    [
      "an unknown command",
      ["mtach"],
      "",
      "sealwatt: unknown command 'mtach' (Did you mean match?). See sealwatt --help.",
    ],
    [
      "an unknown global option",
      ["--frobnicate"],
      "",
      "sealwatt: unknown option '--frobnicate'. See sealwatt --help.",
    ],
    [
      "no mechanism",
      ["match"],
      document,
      "sealwatt match: No mechanism is named. Add --mechanism NAME. Known mechanisms: green-double-auction.",
    ],
    [
      "an unknown mechanism",
      ["match", "-m", "double-auction"],
      document,
      'sealwatt match: There is no mechanism "double-auction". Did you mean green-double-auction? ' +
        "Known mechanisms: green-double-auction.",
    ],
    [
      "an unknown option",
      ["match", "--mechanisms", "x"],
      document,
      "sealwatt match: unknown option '--mechanisms' (Did you mean --mechanism?). See sealwatt match --help.",
    ],
    [
      "an argument too many",
      [...MATCH, "orders.json"],
      document,
      "sealwatt match: too many arguments for 'match'. Expected 0 arguments but got 1: orders.json. " +
        "See sealwatt match --help.",
    ],
    [
      "an empty input",
      MATCH,
      "",
      "sealwatt match: Malformed JSON at line 1, column 1: the end where a value should be. " +
        "Check that the input is complete.",
    ],
    [
      "malformed JSON",
      MATCH,
      '{"orders":[\n  {"id":"a" "side":"sell"}\n]}',
      'sealwatt match: Malformed JSON at line 2, column 13: "\\"" where "," or "}" should be. Correct it there.',
    ],
    [
      "a field out of range",
      MATCH,
      document.replace("690", "0"),
      "sealwatt match: orders[1].energyWh is 0. Give a whole number of Wh from 1 to 4294967295.",
    ],
    [
      "an unknown key with a line break",
      MATCH,
      '{"orders":[],"a\\nb":1}',
      'sealwatt match: The document has the unknown key "a\\nb". Remove or rename it. Known keys: orders.',
    ],
    [
      "bytes that are no text",
      MATCH,
      Buffer.of(0xff, 0xfe),
      "sealwatt match: Standard input is not UTF-8 text. Save it as UTF-8.",
    ],
    [
      "a file that does not exist",
      [...MATCH, "--input", "/nonexistent/orders.json"],
      "",
      'sealwatt match: Cannot read "/nonexistent/orders.json". There is no such file: correct the path.',
    ],
    [
      "a directory for a file",
      [...MATCH, "--input", "/"],
      "",
      'sealwatt match: Cannot read "/". It is a directory: name a file.',
    ],
  ];
  for (const [condition, args, input, line] of faults) {
    it(`exits with 2 and one line on ${condition}`, async () => {
      expect(await sealwatt(args, input)).to.deep.equal({
        code: 2,
        signal: null,
        stdout: "",
        stderr: `${line}\n`,
      });
    });
  }

  it("ends quietly when its reader has seen enough", async () => {
    const child = start(MATCH);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.stdout.once("data", () => child.stdout.destroy());
    child.stdin.end(pairs(50_000));
    const [code] = (await once(child, "close")) as [number | null];
    expect([code, stderr]).to.deep.equal([0, ""]);
  });

  it("exits with 2 when the disk is full", async function () {
    if (!existsSync("/dev/full")) this.skip();
    const child = spawn(process.execPath, [binary, ...MATCH], {
      env,
      stdio: ["pipe", openSync("/dev/full", "w"), "pipe"],
    });
    let stderr = "";
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.stdin!.end(document);
    const [code] = (await once(child, "close")) as [number | null];
    expect(code).to.equal(2);
    expect(stderr).to.match(/^sealwatt match: Cannot write to standard output\. \(ENOSPC.*\)\n$/);
  });

  it("ends on Ctrl-C without a word", async () => {
    const child = start(MATCH);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    // It waits for its input: half a document is not the end.
    child.stdin.write(document.slice(0, 10));
    setTimeout(() => child.kill("SIGINT"), 300);
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    expect({ code, signal, output }).to.deep.equal({ code: null, signal: "SIGINT", output: "" });
  });
});
