import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { FIELD_BYTES } from "../wasmCurve.ts";
import { CeremonyError } from "./ceremonyError.ts";
import { HERMEZ_HASHES, hermezFile } from "./hermez.ts";

/** The outcome of phase 1 that keys are made from. */
export interface PowersOfTau {
  /** Circuits may have up to 2^power constraints and public signals. */
  power: number;
  blake2b512: string;
  /** The published file that it is; none where the hash was given by hand. */
  published: string | null;
}

export async function hashFile(file: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    throw new CeremonyError(`${file} cannot be read.`, { details: (error as Error).message });
  }
  return hash.digest("hex");
}

/**
 * Phase 1 decides whether anybody can forge proofs, and nothing in the file itself tells: so it must be a
 * published one, or one whose hash somebody vouches for.
 * @param expectedHash BLAKE2b-512 in hexadecimal digits
 */
export async function checkPowersOfTau(file: string, expectedHash?: string): Promise<PowersOfTau> {
  const blake2b512 = await hashFile(file, "blake2b512");
  if (expectedHash !== undefined && expectedHash.toLowerCase() !== blake2b512)
    throw new CeremonyError(
      `${file} has the BLAKE2b-512 hash ${blake2b512}, not the expected one.`,
      {
        metaMessages: [`It is to be ${expectedHash}.`, "Fetch the file again."],
      },
    );
  const known = [...HERMEZ_HASHES].find(([, hash]) => hash === blake2b512);
  if (known === undefined && expectedHash === undefined)
    throw new CeremonyError(
      `${file} has the BLAKE2b-512 hash ${blake2b512}, which is none of the Hermez ceremony's.`,
      {
        metaMessages: [
          "Fetch one of the files that snarkjs's README lists under Prepare phase 2,",
          "or give the hash with --powers-of-tau-hash where you know the file's ceremony and trust it.",
        ],
      },
    );
  const power = await readPower(file);
  return { power, blake2b512, published: known === undefined ? null : hermezFile(known[0]) };
}

/** Behind the file's and the section's header come the field's order and two powers. */
const POWER_AT = 12 + 12 + 4 + FIELD_BYTES;

async function readPower(file: string): Promise<number> {
  const handle = await open(file);
  try {
    const start = Buffer.alloc(POWER_AT + 4);
    const { bytesRead } = await handle.read(start, 0, start.length, 0);
    if (bytesRead < start.length || start.toString("latin1", 0, 4) !== "ptau")
      throw new CeremonyError(`${file} is no file of powers of tau.`);
    return start.readUInt32LE(POWER_AT);
  } finally {
    await handle.close();
  }
}
