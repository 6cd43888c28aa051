import { utf8ToBytes } from "@noble/hashes/utils.js";
import { bytesToBigint } from "./bytes.ts";

function tag(name: string): bigint {
  return bytesToBigint(utf8ToBytes(`sealwatt/${name}`));
}

/** The first input of every hash, by what it makes: no two kinds of thing can have one hash. */
export const TAGS = {
  account: tag("account"),
  actual: tag("actual"),
  attributes: tag("attributes"),
  authorise: tag("authorise"),
  credit: tag("credit"),
  delivery: tag("delivery"),
  gateway: tag("gateway"),
  generation: tag("generation"),
  match: tag("match"),
  memo: tag("memo"),
  nullifier: tag("nullifier"),
  nullifiers: tag("nullifiers"),
  outputs: tag("outputs"),
  owner: tag("owner"),
  plan: tag("plan"),
  secret: tag("secret"),
  stream: tag("stream"),
  wrap: tag("wrap"),
} as const;

/** Of hashes that no circuit makes, for the same reason. */
export const MESSAGE_TAGS = {
  metered: tag("metered"),
} as const;
