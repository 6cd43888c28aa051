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

/** The node tells of an audit key that the regulator did not publish: who has its scalar reads what is sealed to it. */
export class UnpublishedAuditKeyError extends BaseError {
  override name = "UnpublishedAuditKeyError";

  constructor(pool: string, [x]: Point) {
    super(
      `The node says that the audit key of the private market ${pool} begins with ${x}, which is none of those that were published.`,
      {
        metaMessages: [
          "Nothing was proven. Ask the regulator whether it has a new key; else the node lies: use another one.",
        ],
      },
    );
  }
}

/**
 * The regulator's current key, as far as the chain was read.
 * @param published the keys that the regulator made known elsewhere than on the chain; without them the node is believed
 * @throws NoAuditKeyError, UnpublishedAuditKeyError
 */
export function requireAuditKey(
  {
    state,
    address,
  }: Pick<PoolFollower, "address"> & {
    state: Pick<PoolFollower["state"], "auditKey">;
  },
  published?: readonly Point[],
): Point {
  const { auditKey } = state;
  if (auditKey === undefined) throw new NoAuditKeyError(address);
  const { key } = auditKey;
  if (published === undefined || published.some(([x, y]) => x === key[0] && y === key[1])) {
    return key;
  }
  throw new UnpublishedAuditKeyError(address, key);
}
