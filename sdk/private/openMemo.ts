import { BaseError } from "../errors.ts";
import { isIdentity, isOfPrimeOrder, multiplyPoint, pointOfY, type Point } from "./babyJubjub.ts";
import { FIELD_ORDER, subtractInField } from "./field.ts";
import type { PrivateAccount } from "./keys.ts";
import {
  draftOfWords,
  LONG_MEMO_WORDS,
  memoKey,
  memoStream,
  SHORT_MEMO_WORDS,
  wrapKey,
  type SealedNote,
} from "./memoCode.ts";
import { commitsTo, type OwnedNote } from "./notes.ts";

/** A memo that no valid proof makes. Who meets one has been given something else than the chain's data. */
export class ForgedMemoError extends BaseError {
  override name = "ForgedMemoError";
  readonly commitment: bigint;

  constructor({ commitment }: SealedNote, fault: string) {
    super(`The memo of note ${commitment} ${fault}.`, {
      metaMessages: [
        "The circuits let no such memo pass: compare the events with another node's, and tell the regulator.",
      ],
    });
    this.commitment = commitment;
  }
}

/** What reads an owner's memos: an account or a viewing key. */
export type Reader = Pick<PrivateAccount, "viewScalar" | "owner">;

/**
 * Opens the memo of a note that may be one's own.
 * @returns undefined where it is not
 * @throws ForgedMemoError
 */
export function openMemoAsOwner(sealed: SealedNote, reader: Reader): OwnedNote | undefined {
  const ephemeral = ephemeralPoint(sealed);
  const key = memoKey(multiplyPoint(ephemeral, reader.viewScalar)[1], ephemeral[1]);
  // Whether the point is of order l is left for notes that are one's own: it takes as long as all the rest.
  if (unmaskWords(sealed, key).words[0] !== reader.owner) return undefined;
  return openWithKey(sealed, ephemeral, key);
}

/**
 * Opens the memo of any note with the audit key that was current when it was made. Other than an owner, the regulator
 * can read every note: one that does not open is a fault.
 * @throws ForgedMemoError
 */
export function openMemoAsAuditor(sealed: SealedNote, auditScalar: bigint): OwnedNote {
  const ephemeral = ephemeralPoint(sealed);
  const wrap = wrapKey(multiplyPoint(ephemeral, auditScalar)[1], ephemeral[1]);
  return openWithKey(sealed, ephemeral, subtractInField(sealed.memo.at(-1)!, wrap));
}

/** Either of the two points of R's y: their multiples have one y as well. */
function ephemeralPoint(sealed: SealedNote): Point {
  const { kind, memo } = sealed;
  const isRightLength =
    memo.length === LONG_MEMO_WORDS || (kind === "credit" && memo.length === SHORT_MEMO_WORDS);
  if (!isRightLength) throw new ForgedMemoError(sealed, `has ${memo.length} words`);
  if (memo.some((word) => typeof word !== "bigint" || word < 0n || word >= FIELD_ORDER)) {
    throw new ForgedMemoError(sealed, "has a word that is no field element");
  }
  const point = pointOfY(memo[0]!);
  if (point === undefined) throw new ForgedMemoError(sealed, "begins with no point");
  if (isIdentity(point)) throw new ForgedMemoError(sealed, "begins with the identity");
  return point;
}

function unmaskWords({ memo, outputIndex }: SealedNote, key: bigint) {
  const { salt, pads } = memoStream(key, outputIndex, memo.length);
  return { salt, words: memo.slice(1, -1).map((word, i) => subtractInField(word, pads[i]!)) };
}

function openWithKey(sealed: SealedNote, ephemeral: Point, key: bigint): OwnedNote {
  if (!isOfPrimeOrder(ephemeral)) {
    throw new ForgedMemoError(sealed, "begins with a point outside of the subgroup");
  }
  const { salt, words } = unmaskWords(sealed, key);
  const draft = draftOfWords(sealed.kind, words);
  const note = draft && { ...draft, salt };
  if (note === undefined || !commitsTo(note, sealed.commitment)) {
    throw new ForgedMemoError(sealed, "does not tell what the note commits to");
  }
  return note;
}
