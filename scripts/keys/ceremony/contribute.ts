import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import * as snarkjs from "snarkjs";
import { CeremonyError } from "./ceremonyError.ts";
import { hashFile } from "./powersOfTau.ts";
import { SnarkjsLog } from "./snarkjsLog.ts";
import {
  isClosed,
  keyFile,
  readTranscript,
  writeTranscript,
  type ContributionRecord,
  type KeyRecord,
  type Transcript,
} from "./transcript.ts";

/** Where the contributor's name is kept in a key. */
const MOST_NAME_BYTES = 64;

/** Mixes a secret that only this process ever knew into every circuit's key. */
export async function contribute(
  folder: string,
  contributor: string,
  entropyFile: string | undefined,
  onStep: (line: string) => void,
): Promise<ContributionRecord> {
  const bytes = Buffer.byteLength(contributor);
  if (bytes === 0 || bytes > MOST_NAME_BYTES)
    throw new CeremonyError(`The contributor's name has ${bytes} bytes, not 1 to 64.`);
  // What the system gives is enough; a file of one's own helps where the system is not trusted.
  const own = entropyFile === undefined ? "" : await hashFile(entropyFile, "sha512");
  return addContribution(folder, { contributor, beacon: null, onStep }, (from, to, log) =>
    snarkjs.zKey.contribute(from, to, contributor, randomBytes(64).toString("hex") + own, log),
  );
}

export interface Beacon {
  hash: string;
  iterationsExponent: number;
  source: string;
}

/** Closes the contributions with a number that nobody could know when the last one was made. */
export async function applyBeacon(
  folder: string,
  beacon: Beacon,
  onStep: (line: string) => void,
): Promise<ContributionRecord> {
  const { hash, iterationsExponent } = beacon;
  if (!/^([0-9a-f]{2}){16,255}$/.test(hash))
    throw new CeremonyError("The beacon is no number of 16 to 255 bytes in hexadecimal digits.", {
      metaMessages: ["Give it in lower case without 0x, such as the hash of a later block."],
    });
  const { contributions } = await readTranscript(folder);
  if (contributions.length === 0)
    throw new CeremonyError("Nobody has contributed yet: a beacon alone is known to everybody.", {
      metaMessages: ["Contribute first with `npx sealwatt ceremony contribute`."],
    });
  return addContribution(folder, { contributor: "beacon", beacon, onStep }, (from, to, log) =>
    snarkjs.zKey.beacon(from, to, "beacon", hash, iterationsExponent, log),
  );
}

interface Step {
  contributor: string;
  beacon: Beacon | null;
  onStep: (line: string) => void;
}

async function addContribution(
  folder: string,
  { contributor, beacon, onStep }: Step,
  mix: (from: string, to: string, log: SnarkjsLog) => Promise<unknown>,
): Promise<ContributionRecord> {
  const transcript = await readTranscript(folder);
  const number = transcript.contributions.length;
  if (isClosed(transcript))
    throw new CeremonyError("The ceremony is closed: its beacon has been applied.", {
      metaMessages: ["Check it with `npx sealwatt ceremony verify`, then finish it."],
    });
  const circuits = Object.keys(transcript.circuits);
  for (const circuit of circuits) await checkKey(folder, transcript, circuit);

  const keys: Record<string, KeyRecord> = {};
  const made: string[] = [];
  try {
    for (const circuit of circuits) {
      const target = `${keyFile(folder, circuit, number + 1)}.new`;
      made.push(target);
      const log = new SnarkjsLog();
      const hash: unknown = await mix(keyFile(folder, circuit, number), target, log);
      if (!(hash instanceof Uint8Array))
        throw log.failure(`snarkjs made no new key of ${circuit}.`, []);
      keys[circuit] = {
        sha256: await hashFile(target, "sha256"),
        contributionHash: Buffer.from(hash).toString("hex"),
      };
      onStep(`${circuit}: ${keys[circuit].contributionHash}`);
    }
    for (const target of made) await rename(target, target.slice(0, -".new".length));
  } catch (error) {
    for (const target of made) await rm(target, { force: true });
    throw error;
  }
  const record = { contributor, time: new Date().toISOString(), beacon, keys };
  transcript.contributions.push(record);
  await writeTranscript(folder, transcript);
  return record;
}

/** Whether the newest key of a circuit is the one that the transcript tells of. */
export async function checkKey(
  folder: string,
  { circuits, contributions }: Transcript,
  circuit: string,
): Promise<void> {
  const file = keyFile(folder, circuit, contributions.length);
  const recorded =
    contributions.at(-1)?.keys[circuit]?.sha256 ?? circuits[circuit]!.initialKeySha256;
  if (!existsSync(file))
    throw new CeremonyError(`${file} is missing.`, {
      metaMessages: ["Copy the newest key of each circuit along with the transcript."],
    });
  if ((await hashFile(file, "sha256")) !== recorded)
    throw new CeremonyError(`${file} is not the key that the transcript tells of.`, {
      metaMessages: [
        "Copy it again from whoever contributed last, and compare the hash with them.",
      ],
    });
}
