import { createRequire } from "node:module";
import { expect } from "chai";
import { ContractFactory, type BaseContract } from "ethers";
import { network } from "hardhat";
import * as snarkjs from "snarkjs";
import { SCALAR_FIELD_ORDER } from "../../../scripts/keys/bn254.ts";
import { isDevelopmentBytecode } from "../../../scripts/keys/isDevelopmentKey.ts";
import { endSnarkjsWorkers } from "../../../scripts/keys/snarkjsCurve.ts";
import { solidityVerifier } from "../../../scripts/keys/solidityVerifier.ts";
import { fixtureKeys } from "../../helpers/fixtureKeys.ts";

interface Compiler {
  compile(input: string): string;
}

/** The verifier that a circuit's build would add to the contracts. */
async function compileVerifier(circuit: string, zkey: string) {
  const solc = createRequire(import.meta.url)("solc") as Compiler;
  const file = "Verifier.sol";
  const input = {
    language: "Solidity",
    sources: { [file]: { content: await solidityVerifier(circuit, zkey) } },
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 800 },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as {
    contracts: Record<
      string,
      Record<string, { abi: never[]; evm: { bytecode: { object: string } } }>
    >;
  };
  const contracts = output.contracts[file]!;
  const { abi, evm } = contracts[`Groth16${circuit}Verifier`]!;
  return { abi, bytecode: evm.bytecode.object };
}

describe("a verifier contract of a development key", () => {
  type Calldata = [a: string[], b: string[][], c: string[], signals: string[]];
  let verify: (...calldata: Calldata) => Promise<boolean>;
  let calldata: Calldata;
  let bytecode: string;

  before(async () => {
    const { highPower } = await fixtureKeys();
    const compiled = await compileVerifier("HighPower", highPower.zkey);
    ({ bytecode } = compiled);
    const { ethers } = await network.create();
    const [signer] = await ethers.getSigners();
    const contract: BaseContract = await new ContractFactory(
      compiled.abi,
      bytecode,
      signer,
    ).deploy();
    verify = (...parameters) =>
      contract.getFunction("verifyProof").staticCall(...parameters) as Promise<boolean>;
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(
      { base: 3, unused: 7 },
      highPower.wasm,
      highPower.zkey,
      undefined,
      undefined,
      { singleThread: true },
    );
    const text = await snarkjs.groth16.exportSolidityCallData(proof, publicSignals);
    calldata = JSON.parse(`[${text}]`) as Calldata;
  });
  after(endSnarkjsWorkers);

  it("takes a proof", async () => {
    expect(await verify(...calldata)).to.equal(true);
  });

  it("refuses a proof with any one number changed", async () => {
    const [a, b, c, signals] = calldata;
    const changed = (value: string) => `0x${(BigInt(value) ^ 1n).toString(16).padStart(64, "0")}`;
    const forged: Calldata[] = [
      [a.with(0, c[0]!).with(1, c[1]!), b, c, signals],
      [a, b, a, signals],
      [a.with(1, changed(a[1]!)), b, c, signals],
      [a, b.toReversed(), c, signals],
      ...signals.map((signal, i): Calldata => [a, b, c, signals.with(i, changed(signal))]),
    ];
    for (const [i, parameters] of forged.entries())
      expect(await verify(...parameters), `forgery ${i}`).to.equal(false);
  });

  it("refuses a public signal that is a true one plus the field's order", async () => {
    const [a, b, c, signals] = calldata;
    const alias = `0x${(BigInt(signals[1]!) + SCALAR_FIELD_ORDER).toString(16)}`;
    expect(await verify(a, b, c, signals.with(1, alias))).to.equal(false);
  });

  it("is recognised by its bytecode", async () => {
    expect(await isDevelopmentBytecode(bytecode)).to.equal(true);
  });
});
