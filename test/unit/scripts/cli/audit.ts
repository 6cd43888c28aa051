import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import hre from "hardhat";
import type { AuditReport } from "../../../../sdk/audit/report.ts";
import { deployMarket, join } from "../../../helpers/market.ts";
import { serveRpc, type RpcServer } from "../../../helpers/rpcServer.ts";

const binary = fileURLToPath(new URL("../../../../scripts/sealwatt.mjs", import.meta.url));
const { NODE_OPTIONS: _nodeOptions, ...env } = process.env;

async function sealwattAudit(args: readonly string[]) {
  const child = spawn(process.execPath, [binary, "audit", ...args], { env });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

describe("sealwatt audit", function () {
  this.timeout(30_000);
  let node: RpcServer;
  let url: string;
  let market: string;
  let directory: string;
  let close: () => Promise<void>;

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
    const fixture = await deployMarket({ accounts: 12 });
    await join(fixture, fixture.actors.people[0]!);
    market = fixture.marketAddress;
    node = await serveRpc(fixture.connection.provider);
    ({ url } = node);
    close = async () => {
      node.close();
      await fixture.connection.close();
    };
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    await close();
  });
  afterEach(() => node.lies.clear());

  it("exits with 0 where every figure agrees", async () => {
    const { code, stdout, stderr } = await sealwattAudit(["--rpc", url, "--market", market]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout.trimEnd().split("\n").at(-1)).to.equal("Clean: every figure agrees.");
  });

  it("exits with 1 and both values where the chain holds another figure", async () => {
    const { ethers } = await hre.network.getOrCreate();
    const vault = ethers.id("vaultNano()").slice(0, 10);
    const provider = new ethers.JsonRpcProvider(url);
    const truth = await provider.call({ to: market, data: vault });
    provider.destroy();
    const lie = ethers.toBeHex(BigInt(truth) - 1n, 32);
    node.lies.set("eth_call", (result) => (result === truth ? lie : result));
    const { code, stdout } = await sealwattAudit(["--rpc", url, "--market", market, "--json"]);
    expect(code).to.equal(1);
    const { clean, differences } = JSON.parse(stdout) as AuditReport;
    expect(clean).to.equal(false);
    expect(differences).to.deep.include({
      figure: "vaultNano",
      expected: BigInt(truth).toString(),
      found: BigInt(lie).toString(),
    });
  });

  const faults: [string, () => string[], RegExp][] = [
    ["no node", () => ["--rpc", "http://127.0.0.1:9"], /No Ethereum node answers at "http:/],
    ["a URL that is none", () => ["--rpc", "chain"], /the URL does not begin with http:/],
    ["no address book", () => ["--rpc", url, "--deployment", "none.json"], /no address book/],
    [
      "a malformed address book",
      () => {
        const file = path.join(directory, "book.json");
        writeFileSync(file, "{\n}}");
        return ["--rpc", url, "--deployment", file];
      },
      /Malformed JSON at line 2, column 2/,
    ],
    ["an address that is none", () => ["--market", "0x12"], /Give an address of 40 hex/],
    ["a period that is none", () => ["--period", "first"], /Give a whole number/],
    ["a period and all", () => ["--period", "1", "--all"], /cannot be used with option/],
    [
      "an address without a market",
      () => ["--rpc", url, "--market", `0x${"11".repeat(20)}`],
      /has no event from block 0/,
    ],
  ];
  for (const [condition, args, line] of faults) {
    // A node may be there the next time.
    const exitCode = condition === "no node" ? 3 : 2;
    it(`exits with ${exitCode} and one line on ${condition}`, async () => {
      const { code, stdout, stderr } = await sealwattAudit(args());
      expect([code, stdout]).to.deep.equal([exitCode, ""]);
      expect(stderr).to.match(/^sealwatt audit: .*\n$/);
      expect(stderr).to.match(line);
    });
  }
});
