import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { ContractFactory, toBeHex } from "ethers";
import { network } from "hardhat";
import * as snarkjs from "snarkjs";
import { endSnarkjsWorkers } from "../../../scripts/keys/snarkjsCurve.ts";
import type { VerificationKey } from "../../../scripts/keys/verificationKey.ts";
import { compileSolidity, readContract } from "../../helpers/compileSolidity.ts";
import { fixtureKeys } from "../../helpers/fixtureKeys.ts";
import { keyBytes } from "../../helpers/verifierBytecode.ts";

const ADD = 6;
const MULTIPLY = 7;
const PAIRING = 8;
/** Where the calls go instead, so that a contract of ours can answer. */
const moved = (address: number) => 0x1000 + address;

/** Code that answers `bytes` bytes, the first word of which is `word`, or fails with them. */
const answering = (word: number, bytes: number, fails = false) =>
  `0x60${toBeHex(word, 1).slice(2)}60005260${toBeHex(bytes, 1).slice(2)}6000${fails ? "fd" : "f3"}`;
/** Code that asks the precompiled contract itself. */
const forwarding = (address: number) =>
  `0x365f5f375f5f365f60${toBeHex(address, 1).slice(2)}5afa3d5f5f3e3d5ff3`;

const FAULTS = {
  "is not there": "0x",
  "answers nothing": "0x00",
  "fails with a yes": answering(1, 32, true),
  "fails with a point": answering(1, 64, true),
  "fails at once": "0xfe",
};

describe("a verifier contract whose precompiled contract", () => {
  let signals: bigint[];
  let points: bigint[];
  let verifyWith: (codes: Record<number, string>, proof?: bigint[]) => Promise<boolean>;

  before(async () => {
    const { power } = await fixtureKeys();
    const key = JSON.parse(await readFile(power.verificationKey, "utf8")) as VerificationKey;
    const files = [
      "contracts/interfaces/IGroth16Verifier.sol",
      "contracts/libraries/Groth16.sol",
      "contracts/libraries/Groth16Verifier.sol",
    ];
    let calls = 0;
    const sources: Record<string, string> = {};
    for (const file of files)
      sources[file] = (await readContract(file)).replace(
        /staticcall\(gas\(\), ([678]),/g,
        (_, address: string) => {
          calls++;
          return `staticcall(gas(), ${moved(Number(address))},`;
        },
      );
    expect(calls).to.equal(3);
    const { Groth16Verifier } = compileSolidity(sources);
    const { ethers, provider } = await network.create();
    const [signer] = await ethers.getSigners();
    const contract = await new ContractFactory(
      Groth16Verifier!.abi,
      Groth16Verifier!.bytecode,
      signer,
    ).deploy(keyBytes(key));
    verifyWith = async (codes, proof = points) => {
      for (const address of [ADD, MULTIPLY, PAIRING])
        await provider.request({
          method: "hardhat_setCode",
          params: [toBeHex(moved(address), 20), codes[address] ?? forwarding(address)],
        });
      return contract.getFunction("verify").staticCall(proof, signals) as Promise<boolean>;
    };
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(
      { base: 3, unused: 7 },
      power.wasm,
      power.zkey,
      undefined,
      undefined,
      { singleThread: true },
    );
    const text = await snarkjs.groth16.exportSolidityCallData(proof, publicSignals);
    const [a, b, c, s] = JSON.parse(`[${text}]`) as [string[], string[][], string[], string[]];
    points = [a, b, c].flat(2).map(BigInt);
    signals = s.map(BigInt);
  });
  after(endSnarkjsWorkers);

  it("is the true one takes a proof and refuses another", async () => {
    expect(await verifyWith({})).to.equal(true);
    expect(await verifyWith({}, points.with(6, 1n).with(7, 2n))).to.equal(false);
  });

  it("says yes in one word is believed, so that a refusal below is due to its fault", async () => {
    expect(await verifyWith({ [PAIRING]: answering(1, 32) })).to.equal(true);
    const forged = points.with(6, 1n).with(7, 2n);
    expect(await verifyWith({ [PAIRING]: answering(1, 32) }, forged)).to.equal(true);
  });

  for (const [fault, code] of Object.entries({
    ...FAULTS,
    "says no": answering(0, 32),
    "says two": answering(2, 32),
    "says yes in 31 bytes": answering(1, 31),
    "says yes in 64 bytes": answering(1, 64),
  }))
    it(`${fault} for the pairing is no reason to accept`, async () => {
      expect(await verifyWith({ [PAIRING]: code })).to.equal(false);
    });

  for (const [name, address] of Object.entries({ multiplication: MULTIPLY, addition: ADD }))
    for (const [fault, code] of Object.entries({
      ...FAULTS,
      "answers half a point": answering(1, 32),
      "answers more than a point": answering(1, 96),
    }))
      it(`${fault} for the ${name} is no reason to accept, whatever the pairing says`, async () => {
        const codes = { [address]: code, [PAIRING]: answering(1, 32) };
        expect(await verifyWith(codes)).to.equal(false);
      });
});
