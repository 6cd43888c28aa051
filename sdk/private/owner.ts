import type { Point } from "./babyJubjub.ts";
import { hash } from "./poseidon.ts";
import { TAGS } from "./tags.ts";

/** The hidden half of an owner, which a payer is told: commits to the spending key and the nullifier key. */
export function accountOf([x, y]: Point, nullifierKey: bigint): bigint {
  return hash(TAGS.account, x, y, nullifierKey);
}

/** To whom notes belong. That the viewing key is part of it lets a circuit prove that the owner can read its note. */
export function ownerOf(account: bigint, [x, y]: Point): bigint {
  return hash(TAGS.owner, account, x, y);
}

/** What notes call a gateway, from its Baby Jubjub key. */
export function gatewayTag([x, y]: Point): bigint {
  return hash(TAGS.gateway, x, y);
}
