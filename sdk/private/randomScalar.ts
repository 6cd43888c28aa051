import { bytesToBigint } from "./bytes.ts";
import { SUBGROUP_ORDER } from "./field.ts";

/** A fresh scalar, for one note's memo. */
export function randomScalar(): bigint {
  const wide = bytesToBigint(crypto.getRandomValues(new Uint8Array(64)));
  return 1n + (wide % (SUBGROUP_ORDER - 1n));
}
