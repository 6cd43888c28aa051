import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import * as snarkjs from "snarkjs";
import { endSnarkjsWorkers } from "./snarkjsCurve.ts";

const SNARKJS = path.dirname(path.dirname(createRequire(import.meta.url).resolve("snarkjs")));
const TEMPLATE = path.join(SNARKJS, "templates", "verifier_groth16.sol.ejs");
const CONTRACT = "contract Groth16Verifier {";

/** The name of a circuit's verifier contract, and of its file. */
export function verifierName(circuit: string): string {
  return `Groth16${circuit}Verifier`;
}

/** The Solidity verifier that snarkjs makes of a proving key, under a circuit's name. */
export async function solidityVerifier(circuit: string, zkey: string): Promise<string> {
  const groth16 = await readFile(TEMPLATE, "utf8");
  if (!groth16.includes(CONTRACT)) throw new Error(`${TEMPLATE} names its contract otherwise`);
  const template = groth16.replace(CONTRACT, `contract ${verifierName(circuit)} {`);
  const source: unknown = await snarkjs.zKey.exportSolidityVerifier(zkey, { groth16: template });
  await endSnarkjsWorkers();
  return String(source);
}
