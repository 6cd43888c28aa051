import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { checkVerifier } from "../checkVerifier.ts";
import { isDevelopmentKey } from "../isDevelopmentKey.ts";
import { solidityVerifier, verifierName } from "../solidityVerifier.ts";
import { readVerificationKey } from "../verificationKey.ts";
import { CeremonyError } from "./ceremonyError.ts";
import { hashFile } from "./powersOfTau.ts";
import {
  isClosed,
  keyFile,
  readTranscript,
  writeTranscript,
  type Transcript,
} from "./transcript.ts";
import { compiledWasm, verifyCeremony, type VerifyOptions } from "./verify.ts";

/** Checks a closed ceremony and writes what provers and contracts take from it. */
export async function finishCeremony(options: VerifyOptions): Promise<Transcript> {
  const { folder } = options;
  if (!isClosed(await readTranscript(folder)))
    throw new CeremonyError("The ceremony is not closed: its beacon is missing.", {
      metaMessages: ["Apply it with `npx sealwatt ceremony beacon`."],
    });
  const transcript = await verifyCeremony(options);
  const final = path.join(folder, "final");
  await mkdir(final, { recursive: true });
  const files: Record<string, string> = {};
  for (const circuit of Object.keys(transcript.circuits)) {
    const key = keyFile(folder, circuit, transcript.contributions.length);
    const verificationKey = await readVerificationKey(await readFile(key));
    await checkVerifier(verificationKey, circuit);
    if (await isDevelopmentKey(verificationKey))
      throw new CeremonyError(`The key of ${circuit} is a development key.`);
    const place = (file: string) => path.join(final, file);
    await copyFile(key, place(`${circuit}.zkey`));
    await copyFile(compiledWasm(folder, circuit), place(`${circuit}.wasm`));
    const json = `${JSON.stringify(verificationKey, undefined, 2)}\n`;
    await writeFile(place(`${circuit}.verification_key.json`), json);
    const contract = `${verifierName(circuit)}.sol`;
    await writeFile(place(contract), solidityVerifier(circuit, verificationKey, "ceremony"));
    for (const file of [
      `${circuit}.zkey`,
      `${circuit}.wasm`,
      `${circuit}.verification_key.json`,
      contract,
    ])
      files[file] = await hashFile(place(file), "sha256");
  }
  transcript.finished = { time: new Date().toISOString(), files };
  await writeTranscript(folder, transcript);
  return transcript;
}
