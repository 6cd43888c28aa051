import { readFile } from "node:fs/promises";
import path from "node:path";
import { readCircuitManifest, type CircuitManifest } from "./circuitManifest.ts";
import { hashFile } from "./ceremony/powersOfTau.ts";
import { CeremonyError } from "./ceremony/ceremonyError.ts";
import { readTranscript } from "./ceremony/transcript.ts";
import { keyWords, wordHex } from "./keyWords.ts";
import { verifierName, VERIFIERS } from "./solidityVerifier.ts";
import type { VerificationKey } from "./verificationKey.ts";
import { verifierPoints, type VerifierPoints } from "./verifierPoints.ts";

/** What a circuit's verifier is deployed with. */
export interface VerifierKey {
  circuit: string;
  id: number;
  points: VerifierPoints;
  /** The argument of the constructor of `Groth16Verifier`, as hexadecimal digits after 0x. */
  key: string;
}

/** The verifier keys of all circuits, in the manifest's order: development keys, as in contracts/verifiers. */
export function developmentVerifierKeys(): Promise<VerifierKey[]> {
  return readKeys((circuit) =>
    readFile(path.join(VERIFIERS, `${verifierName(circuit)}.sol`), "utf8"),
  );
}

/**
 * The verifier keys of all circuits from a finished ceremony.
 * @param folder the ceremony's, with its transcript and the folder `final`
 */
export async function ceremonyVerifierKeys(
  folder: string,
  manifest?: CircuitManifest,
): Promise<VerifierKey[]> {
  return readKeys(async (circuit) => {
    const file = await finishedFile(folder, `${circuit}.verification_key.json`);
    return JSON.parse(await readFile(file, "utf8")) as VerificationKey;
  }, manifest);
}

/** Where a finished ceremony has what proves and verifies for a circuit. */
export async function ceremonyProvingKey(
  folder: string,
  circuit: string,
): Promise<{ name: string; wasm: string; zkey: string; verificationKey: string }> {
  return {
    name: circuit,
    wasm: await finishedFile(folder, `${circuit}.wasm`),
    zkey: await finishedFile(folder, `${circuit}.zkey`),
    verificationKey: await finishedFile(folder, `${circuit}.verification_key.json`),
  };
}

/** A file that a ceremony came to, after a look at its hash. */
async function finishedFile(folder: string, name: string): Promise<string> {
  const { finished } = await readTranscript(folder);
  if (finished === null)
    throw new CeremonyError(`The ceremony in ${folder} is not finished.`, {
      metaMessages: ["Finish it with `npx sealwatt ceremony finish`."],
    });
  const file = path.join(folder, "final", name);
  const expected = finished.files[name];
  if (expected === undefined)
    throw new CeremonyError(`The ceremony in ${folder} came to no ${name}.`, {
      metaMessages: ["A deployment needs a ceremony for all circuits."],
    });
  if ((await hashFile(file, "sha256")) !== expected)
    throw new CeremonyError(`${file} is not the file that the transcript tells of.`, {
      metaMessages: ["Fetch it again, or finish the ceremony again."],
    });
  return file;
}

async function readKeys(
  read: (circuit: string) => Promise<VerificationKey | string>,
  manifest?: CircuitManifest,
): Promise<VerifierKey[]> {
  const { circuits } = manifest ?? (await readCircuitManifest());
  const keys: VerifierKey[] = [];
  for (const { name, id } of circuits) {
    const points = verifierPoints(await read(name));
    keys.push({ circuit: name, id, points, key: `0x${keyWords(points).map(wordHex).join("")}` });
  }
  return keys;
}

/** Keys as the parameters of ignition/modules/PrivateMarket.ts. */
export function verifierParameters(keys: readonly VerifierKey[]): Record<string, string> {
  return Object.fromEntries(keys.map(({ circuit, key }) => [`${circuit}Key`, key]));
}
