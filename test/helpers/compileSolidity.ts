import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type { JsonFragment } from "ethers";
import hre from "hardhat";

const ROOT = path.resolve(import.meta.dirname, "../..");

interface Output {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<
    string,
    Record<string, { abi: JsonFragment[]; evm: { bytecode: { object: string } } }>
  >;
}

/** Reads a contract of the repository. */
export function readContract(file: string): Promise<string> {
  return readFile(path.join(ROOT, file), "utf8");
}

/**
 * Compiles sources that are no contracts of the repository, as those are compiled.
 * @param sources by their paths, with all that they import
 * @returns contracts by their names
 */
export function compileSolidity(
  sources: Readonly<Record<string, string>>,
): Record<string, { abi: JsonFragment[]; bytecode: string }> {
  const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const compiler = hre.config.solidity.profiles.default!.compilers[0]!;
  const settings = compiler.settings as Record<string, unknown>;
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(
      Object.entries(sources).map(([file, content]) => [file, { content }]),
    ),
    settings: { ...settings, outputSelection: { "*": { "*": ["abi", "evm.bytecode"] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as Output;
  const errors = output.errors?.filter(({ severity }) => severity === "error") ?? [];
  if (errors.length > 0)
    throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return Object.fromEntries(
    Object.values(output.contracts).flatMap((contracts) =>
      Object.entries(contracts).map(([name, { abi, evm }]) => [
        name,
        { abi, bytecode: `0x${evm.bytecode.object}` },
      ]),
    ),
  );
}
