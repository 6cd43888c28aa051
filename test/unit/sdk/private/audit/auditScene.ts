import {
  replayPool,
  readerOf,
  type AuditSecrets,
} from "../../../../../sdk/private/audit/auditPool.ts";
import type { PoolDifference } from "../../../../../sdk/private/audit/poolDifferences.ts";
import type { PoolReplay } from "../../../../../sdk/private/audit/poolReplay.ts";
import type { PoolLog, PoolLogOf } from "../../../../../sdk/private/chain/poolLog.ts";
import type { PrivateAccount } from "../../../../../sdk/private/keys.ts";
import { SYNTHETIC_TERMS } from "../../../../helpers/syntheticPool.ts";
import { NEXT_AUDIT_SCALAR } from "../chain/poolScene.ts";
import { AUDIT_SCALAR } from "../scene.ts";

export const AUDIT_SCALARS = [AUDIT_SCALAR, NEXT_AUDIT_SCALAR];

/** The replay of who has these secrets. */
export function auditFor(logs: readonly PoolLog[], secrets: AuditSecrets): PoolReplay {
  return replayPool(logs, readerOf(secrets, logs), SYNTHETIC_TERMS);
}

/** The regulator's replay. */
export function auditAll(logs: readonly PoolLog[]): PoolReplay {
  return auditFor(logs, { auditScalars: AUDIT_SCALARS });
}

/** The replay of one participant, with its viewing key. */
export function auditOne(logs: readonly PoolLog[], viewingKey: PrivateAccount): PoolReplay {
  return auditFor(logs, { viewingKey });
}

export const figuresOf = ({ differences }: PoolReplay): string[] => [
  ...new Set(differences.list.map(({ figure }: PoolDifference) => figure)),
];

/** A history in which one log of a name says something else, or nothing. */
export function falsify<N extends PoolLog["name"]>(
  logs: readonly PoolLog[],
  name: N,
  change: (log: PoolLogOf<N>) => PoolLog[],
  place = 0,
): PoolLog[] {
  const found = logs.filter((log): log is PoolLogOf<N> => log.name === name)[place];
  if (found === undefined) throw new Error(`The history has no ${name} ${place}.`);
  return logs.flatMap((log) => (log === found ? change(found) : [log]));
}
