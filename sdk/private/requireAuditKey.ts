import { BaseError } from "../errors.ts";
import type { Point } from "./babyJubjub.ts";
import type { PoolFollower } from "./chain/poolFollower.ts";

/** There is nobody yet to whom a pool's notes could be shown. */
export class NoAuditKeyError extends BaseError {
  override name = "NoAuditKeyError";

  constructor(pool: string) {
    super(`The private market ${pool} has no audit key yet.`, {
      metaMessages: ["Wait until the regulator has set one: no proof is taken before."],
    });
  }
}

/** The regulator's current key, as far as the chain was read. @throws NoAuditKeyError */
export function requireAuditKey({ state, address }: PoolFollower): Point {
  const { auditKey } = state;
  if (auditKey === undefined) throw new NoAuditKeyError(address);
  return auditKey.key;
}
