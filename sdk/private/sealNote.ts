import { BASE_POINT, multiplyPoint, requirePublicKey, type Point } from "./babyJubjub.ts";
import { addInField, requireScalar } from "./field.ts";
import {
  memoKey,
  memoStream,
  wordsOfDraft,
  wrapKey,
  type NoteDraft,
  type SealedNote,
} from "./memoCode.ts";
import { commitmentOf, type OwnedNote } from "./notes.ts";

/** A note that one has made, and what is to be published of it. */
export interface MadeNote<N extends OwnedNote = OwnedNote> extends SealedNote {
  note: N;
}

/** The note that a draft becomes. */
export type NoteOf<D extends NoteDraft> = Extract<OwnedNote, { kind: D["kind"] }>;

export interface SealOptions {
  /** The owner's. */
  viewKey: Point;
  /** The regulator's current one. */
  auditKey: Point;
  /** A scalar that is used for no other note, see `randomScalar`. */
  ephemeral: bigint;
  /** The note's place among those that the proof creates. */
  outputIndex: number;
  /** Whether a credit note has the long memo that `Refund` makes. */
  isLong?: boolean;
}

/**
 * Makes a note with its memo, as the circuit does from the same numbers. The note's salt follows from them.
 * @throws OutOfRangeError, InvalidPointError
 */
export function sealNote<D extends NoteDraft>(
  draft: D,
  { viewKey, auditKey, ephemeral, outputIndex, isLong = false }: SealOptions,
): MadeNote<NoteOf<D>> {
  requireScalar("The ephemeral scalar", ephemeral);
  requirePublicKey("The viewing key", viewKey);
  requirePublicKey("The audit key", auditKey);
  const words = wordsOfDraft(draft, isLong);
  const ephemeralY = multiplyPoint(BASE_POINT, ephemeral)[1];
  const key = memoKey(multiplyPoint(viewKey, ephemeral)[1], ephemeralY);
  const wrapped = addInField(key, wrapKey(multiplyPoint(auditKey, ephemeral)[1], ephemeralY));
  const { salt, pads } = memoStream(key, outputIndex, words.length + 2);
  const note = { ...draft, salt } as unknown as NoteOf<D>;
  return {
    kind: draft.kind,
    note,
    commitment: commitmentOf(note),
    outputIndex,
    memo: [ephemeralY, ...words.map((word, i) => addInField(word, pads[i]!)), wrapped],
  };
}
