import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { network } from "hardhat";
import { endSnarkjsWorkers } from "../../../scripts/keys/snarkjsCurve.ts";
import { developmentVerifierKeys } from "../../../scripts/keys/verifierKeys.ts";
import { readVerificationKey } from "../../../scripts/keys/verificationKey.ts";
import { fixtureKeys } from "../../helpers/fixtureKeys.ts";
import { knownCeremony } from "../../helpers/knownCeremony.ts";
import { serveRpc, type RpcServer } from "../../helpers/rpcServer.ts";
import { keyBytes } from "../../helpers/verifierBytecode.ts";

const SCRIPT = path.resolve(import.meta.dirname, "../../../scripts/keys/checkVerifiers.ts");

function run(...args: string[]): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], (error, _stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stderr });
    });
  });
}

describe("checkVerifiers.ts on a chain", function () {
  // Each run is a process of its own.
  this.timeout(120_000);

  let server: RpcServer;
  let sound: string;
  let forgeable: string;

  before(async () => {
    const { ethers, provider } = await network.create();
    const deploy = async (key: string) =>
      (await ethers.deployContract("Groth16Verifier", [key])).getAddress();
    const addresses = Array.from({ length: 14 }, () => ZeroAddress);
    for (const { id, key } of await developmentVerifierKeys()) addresses[id] = await deploy(key);
    const pool = async () =>
      (await ethers.deployContract("VerifierBook", [addresses])).getAddress();
    sound = await pool();
    // A key of two signals whose phase 2 was skipped, in place of the one with two signals.
    const { power } = await fixtureKeys();
    const { initial } = await knownCeremony(power.r1cs);
    addresses[13] = await deploy(keyBytes(await readVerificationKey(await readFile(initial))));
    forgeable = await pool();
    server = await serveRpc(provider);
  });
  after(async () => {
    server.close();
    await endSnarkjsWorkers();
  });

  it("passes a pool's development keys save for a release", async () => {
    const pool = ["--rpc", server.url, "--pool", sound];
    expect(await run(...pool)).to.deep.equal({
      code: 0,
      stderr: `checkVerifiers: 13 verifiers of ${sound}\n`,
    });
    const { code, stderr } = await run(...pool, "--release");
    expect(code).to.equal(1);
    expect(stderr.match(/: a development key, whose secrets are published\n/g)).to.have.lengthOf(
      13,
    );
    expect(stderr).to.contain(`${sound}: Deposit: a development key`);
  });

  it("never passes a key of which gamma equals delta", async () => {
    const { code, stderr } = await run("--rpc", server.url, "--pool", forgeable);
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      `${forgeable}: Participant: gamma equals delta up to its sign, so that any proof can be forged\n` +
        `${forgeable}: Participant: delta is the generator, so that nobody has contributed to the key\n`,
    );
  });

  it("says what it is not told, and where there is no pool", async () => {
    for (const [args, message] of [
      [["--pool", sound], /--rpc and --pool both/],
      [["--rpc", server.url], /--rpc and --pool both/],
      [["somewhere", "--rpc", server.url, "--pool", sound], /--rpc and --pool both/],
      [["--ceremony", "somewhere"], /--rpc and --pool both/],
      [["--rpc", server.url, "--pool", "0x12"], /The pool "0x12" is no address/],
      [["--rpc", server.url, "--pool", ZeroAddress], /There is no private market at 0x0/],
      [["--rpc", "http://127.0.0.1:1", "--pool", sound], /No Ethereum node answers/],
      [
        ["--rpc", server.url, "--pool", sound, "--ceremony", "/nowhere"],
        /no ceremony in \/nowhere/,
      ],
    ] as const) {
      const { code, stderr } = await run(...args);
      expect({ code, stderr }).to.have.property("code", 2);
      expect(stderr)
        .to.match(/^checkVerifiers: /)
        .and.to.match(message);
    }
  });
});
