import { BaseError } from "../../errors.ts";
import { BASE_POINT, multiplyPoint } from "../babyJubjub.ts";
import type { PoolLog } from "../chain/poolLog.ts";
import type { AuditKeyVersion, PoolMatch } from "../chain/poolState.ts";
import { openDeliveryAsAuditor, openDeliveryAsSide } from "../deliverySecret.ts";
import { ForgedOpeningError, openMatch } from "../matches/openMatch.ts";
import type { SealedNote } from "../memoCode.ts";
import type { ActualNote, MatchNote, OwnedNote, Side } from "../notes.ts";
import { openMemoAsAuditor, openMemoAsOwner } from "../openMemo.ts";
import type { ViewingKey } from "../viewingKey.ts";

/**
 * What opens a pool's notes for an audit. Each gives undefined for what is not the reader's to read.
 * @throws ForgedMemoError, ForgedOpeningError, ForgedDeliveryError for what should open and does not
 */
export interface PoolReader {
  /** Whose notes are read; undefined for everybody's. */
  owner: bigint | undefined;
  note(sealed: SealedNote, log: PoolLog): OwnedNote | undefined;
  /** @param sides those whose plans the reader has opened */
  match(match: PoolMatch, sides: readonly Side[]): MatchNote | undefined;
  /** @param opened the match, where the reader could open it */
  delivery(match: PoolMatch, opened: MatchNote | undefined, log: PoolLog): ActualNote | undefined;
}

/** Notes were sealed to a key of which the secret was not given. */
export class AuditKeyMissingError extends BaseError {
  override name = "AuditKeyMissingError";

  constructor(versions: readonly number[]) {
    const shown =
      versions.length === 1 ? `version ${versions[0]}` : `versions ${versions.join(", ")}`;
    super(`The audit key's ${shown} is needed to read this private market, and was not given.`, {
      metaMessages: ["Name the file of each version's secret with --audit-key-file."],
    });
  }
}

/** A key was given that the pool never had. */
export class ForeignAuditKeyError extends BaseError {
  override name = "ForeignAuditKeyError";

  constructor() {
    super("An audit key was given that this private market never had.", {
      metaMessages: ["Check --audit-key-file and --pool: each pool may have keys of its own."],
    });
  }
}

/**
 * The regulator, who reads everything.
 * @param scalars the audit keys' secrets, in any order
 * @param versions all that the pool has had
 * @throws AuditKeyMissingError, ForeignAuditKeyError
 */
export function regulatorReader(
  scalars: readonly bigint[],
  versions: readonly AuditKeyVersion[],
): PoolReader {
  const given = scalars.map((scalar) => ({ scalar, key: multiplyPoint(BASE_POINT, scalar) }));
  const isOf =
    ({ key: [x, y] }: Pick<AuditKeyVersion, "key">) =>
    (each: (typeof given)[number]) =>
      each.key[0] === x && each.key[1] === y;
  const missing = versions.filter((version) => !given.some(isOf(version)));
  if (missing.length > 0) throw new AuditKeyMissingError(missing.map(({ version }) => version));
  if (given.some((each) => !versions.some((version) => isOf(version)(each)))) {
    throw new ForeignAuditKeyError();
  }
  /** The secret of the key that was current at a log: the contract takes no proof for another. */
  const scalarAt = ({ blockNumber, logIndex }: PoolLog): bigint | undefined => {
    const version = versions.findLast(
      ({ log }) =>
        log.blockNumber < blockNumber ||
        (log.blockNumber === blockNumber && log.logIndex < logIndex),
    );
    return version && given.find(isOf(version))!.scalar;
  };
  return {
    owner: undefined,
    note(sealed, log) {
      const scalar = scalarAt(log);
      return scalar === undefined ? undefined : openMemoAsAuditor(sealed, scalar);
    },
    match(match) {
      // The matcher may have sealed it to the key before: no proof is made of openings.
      for (const { scalar } of given.slice(1)) {
        const note = tryToOpen(match, scalar);
        if (note !== undefined) return note;
      }
      return openMatch(match, "regulator", given[0]!.scalar);
    },
    delivery({ actual }, _opened, log) {
      const scalar = scalarAt(log);
      return scalar === undefined ? undefined : openDeliveryAsAuditor(actual!, scalar);
    },
  };
}

function tryToOpen(match: PoolMatch, scalar: bigint): MatchNote | undefined {
  try {
    return openMatch(match, "regulator", scalar);
  } catch (error) {
    if (error instanceof ForgedOpeningError) return undefined;
    throw error;
  }
}

/** One participant, or whom it gave its viewing key: what is its own, and nothing of anybody else. */
export function participantReader(key: ViewingKey): PoolReader {
  return {
    owner: key.owner,
    note: (sealed) => openMemoAsOwner(sealed, key),
    match(match, sides) {
      const side = sides[0];
      if (side === undefined) return undefined;
      return openMatch(match, side === "sell" ? "seller" : "buyer", key.viewScalar);
    },
    delivery: ({ actual }, opened) => opened && openDeliveryAsSide(actual!, opened),
  };
}
