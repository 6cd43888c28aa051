import { utf8ToBytes } from "@noble/hashes/utils.js";
import { wireJson } from "../wire/wireJson.ts";

const STEP_BYTES = 2_048;

/** A value as JSON with spaces behind it up to a whole number of steps: its length tells nothing of what is in it. */
export function paddedJson(value: unknown): Uint8Array {
  const json = utf8ToBytes(wireJson(value));
  const padded = new Uint8Array(STEP_BYTES * Math.ceil(json.length / STEP_BYTES)).fill(0x20);
  padded.set(json);
  return padded;
}
