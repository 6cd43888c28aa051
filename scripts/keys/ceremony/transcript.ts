import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { CeremonyError } from "./ceremonyError.ts";
import type { PowersOfTau } from "./powersOfTau.ts";

/** A circuit's key after a step. */
export interface KeyRecord {
  /** Of the proving key's file. */
  sha256: string;
  /** What snarkjs shows of the contribution. */
  contributionHash: string;
}

export interface ContributionRecord {
  contributor: string;
  time: string;
  /** The public number that nobody could choose, and where it is from. */
  beacon: { hash: string; iterationsExponent: number; source: string } | null;
  keys: Record<string, KeyRecord>;
}

/** Everything that somebody else needs to check a ceremony, beside its files. */
export interface Transcript {
  version: 1;
  started: string;
  compiler: string;
  powersOfTau: PowersOfTau;
  circuits: Record<
    string,
    {
      r1csSha256: string;
      constraints: number;
      publicSignals: number;
      /** What snarkjs shows of the key before all contributions. */
      circuitHash: string;
      initialKeySha256: string;
    }
  >;
  contributions: ContributionRecord[];
  /** The hashes of what the ceremony came to. */
  finished: {
    time: string;
    files: Record<string, string>;
  } | null;
}

const FILE = "transcript.json";

export async function readTranscript(folder: string): Promise<Transcript> {
  const file = path.join(folder, FILE);
  let transcript: Transcript;
  try {
    transcript = JSON.parse(await readFile(file, "utf8")) as Transcript;
  } catch (error) {
    throw new CeremonyError(`There is no ceremony in ${folder}: ${FILE} cannot be read.`, {
      details: (error as Error).message,
      metaMessages: [
        "Name its folder with --folder, or begin one with `npx sealwatt ceremony start`.",
      ],
    });
  }
  // Written by another release, whose fields mean something else.
  if ((transcript.version as number) !== 1)
    throw new CeremonyError(`${file} has version ${transcript.version}; this program knows 1.`);
  return transcript;
}

export async function writeTranscript(folder: string, transcript: Transcript): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(transcript, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

export function circuitFolder(folder: string, circuit: string): string {
  return path.join(folder, circuit);
}

/** Whether the beacon was applied, behind which nobody may contribute. */
export function isClosed({ contributions }: Transcript): boolean {
  return contributions.some(({ beacon }) => beacon !== null);
}

/** The key of a circuit after so many contributions. */
export function keyFile(folder: string, circuit: string, contributions: number): string {
  const number = String(contributions).padStart(4, "0");
  return path.join(circuitFolder(folder, circuit), `${number}.zkey`);
}
