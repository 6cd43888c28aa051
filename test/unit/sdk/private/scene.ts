import {
  addPoints,
  BASE_POINT,
  isIdentity,
  multiplyPoint,
  pointOfY,
  type Point,
} from "../../../../sdk/private/babyJubjub.ts";
import { SUBGROUP_ORDER } from "../../../../sdk/private/field.ts";
import { accountOfSeed, type PrivateAccount } from "../../../../sdk/private/keys.ts";
import type { PoolId } from "../../../../sdk/private/pool.ts";
import type { ProofSetting } from "../../../../sdk/private/proofs/proofRequest.ts";

/** The pool of all these tests. */
export const POOL: PoolId = {
  chainId: 31337n,
  pool: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
};
export const ALICE = account(1);
export const BOB = account(2);
export const AUDIT_SCALAR = 424242n;
export const AUDIT_KEY = multiplyPoint(BASE_POINT, AUDIT_SCALAR);

/** An account that a number determines. */
export function account(seed: number): PrivateAccount {
  return accountOfSeed(new Uint8Array(32).fill(seed));
}

/** The setting of a proof whose memos' scalars are 1001, 1002, … */
export function setting(): ProofSetting {
  let last = 1000n;
  return {
    pool: POOL,
    deadlineS: 2_000_000_000n,
    auditKey: AUDIT_KEY,
    nextEphemeral: () => ++last,
  };
}

/** All eight points whose order divides 8. */
export function lowOrderPoints(): Point[] {
  for (let y = 2n; ; y++) {
    const point = pointOfY(y);
    if (point === undefined) continue;
    const low = multiplyPoint(point, SUBGROUP_ORDER);
    // Its order is 8 where four times it is not the identity.
    if (isIdentity(multiplyPoint(low, 4n))) continue;
    const points = [low];
    while (points.length < 8) points.push(addPoints(points.at(-1)!, low));
    return points;
  }
}
