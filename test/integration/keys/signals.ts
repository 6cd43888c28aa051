import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { ContractFactory } from "ethers";
import { network } from "hardhat";
import { readCircuitManifest, type CircuitEntry } from "../../../scripts/keys/circuitManifest.ts";
import { gettersName, solidityGetters } from "../../../scripts/keys/solidityGetters.ts";
import { VERIFIERS } from "../../../scripts/keys/solidityVerifier.ts";
import { compileSolidity } from "../../helpers/compileSolidity.ts";

const readLibrary = (name: string) =>
  readFile(path.join(VERIFIERS, `${gettersName(name)}.sol`), "utf8");

/** What a getter must give for the signals 100, 101, …, read from the manifest alone. */
function expectedValues({ signals }: CircuitEntry): Map<string, bigint | bigint[]> {
  const values = new Map<string, bigint | bigint[]>();
  for (const [index, signal] of signals.entries()) {
    const value = BigInt(100 + index);
    const [name, isArray] = [signal.split("[")[0]!, signal.includes("[")];
    const getter = name === "match" ? "record" : name;
    values.set(
      getter,
      isArray ? [...((values.get(getter) as bigint[] | undefined) ?? []), value] : value,
    );
  }
  return values;
}

/** A contract through which all of a library's functions can be called. */
function caller({ name }: CircuitEntry, values: ReadonlyMap<string, bigint | bigint[]>): string {
  const library = gettersName(name);
  const functions = [...values].map(([getter, value]) => {
    const type = Array.isArray(value) ? "uint256[] memory" : "uint256";
    return `function ${getter}(uint256[] calldata s) external pure returns (${type}) { return ${library}.${getter}(s); }`;
  });
  return `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
import {${library}} from "./${library}.sol";
contract ${name}Caller {
  uint256 public constant COUNT = ${library}.COUNT;
  ${functions.join("\n  ")}
}`;
}

describe("the names of public signals", () => {
  it("are those of the manifest, at its places, for every circuit", async () => {
    const { circuits } = await readCircuitManifest();
    const sources: Record<string, string> = {};
    for (const circuit of circuits) {
      sources[`${gettersName(circuit.name)}.sol`] = await readLibrary(circuit.name);
      sources[`${circuit.name}Caller.sol`] = caller(circuit, expectedValues(circuit));
    }
    const compiled = compileSolidity(sources);
    const { ethers } = await network.create();
    const [signer] = await ethers.getSigners();
    for (const circuit of circuits) {
      const { abi, bytecode } = compiled[`${circuit.name}Caller`]!;
      const contract = await new ContractFactory(abi, bytecode, signer).deploy();
      const signals = circuit.signals.map((_, index) => BigInt(100 + index));
      expect(await contract.getFunction("COUNT").staticCall()).to.equal(BigInt(signals.length));
      for (const [getter, value] of expectedValues(circuit)) {
        const given = (await contract.getFunction(getter).staticCall(signals)) as bigint | bigint[];
        const plain = Array.isArray(value) ? [...(given as bigint[])] : given;
        expect(plain, `${circuit.name}: ${getter}`).to.deep.equal(value);
      }
      const last = [...expectedValues(circuit).keys()].at(-1)!;
      const short = contract.getFunction(last).staticCall(signals.slice(0, -1)) as Promise<unknown>;
      expect(await short.catch((error: unknown) => error)).to.be.instanceOf(Error);
    }
  });

  it("are in libraries that nobody has changed by hand", async () => {
    for (const circuit of (await readCircuitManifest()).circuits)
      expect(await readLibrary(circuit.name), circuit.name).to.equal(solidityGetters(circuit));
  });
});
