import { BASE_POINT, multiplyPoint, requirePublicKey, type Point } from "./babyJubjub.ts";
import { SUBGROUP_ORDER } from "./field.ts";

/** What `setAuditKey` takes. */
export interface PublishedAuditKey {
  key: Point;
  /** A point of which the key is eight times: it shows the contract that the key is of order l. */
  eighth: Point;
}

/** 1/8 modulo l, which is 1 modulo 8. */
const EIGHTH = SUBGROUP_ORDER - (SUBGROUP_ORDER - 1n) / 8n;

/** The key of an audit scalar. */
export function auditKeyOf(scalar: bigint): PublishedAuditKey {
  return publishedAuditKey(multiplyPoint(BASE_POINT, scalar));
}

/** An audit key as it is published; its scalar is not needed. @throws InvalidPointError */
export function publishedAuditKey(key: Point): PublishedAuditKey {
  return {
    key: requirePublicKey("The audit key", key),
    eighth: multiplyPoint(key, EIGHTH),
  };
}
