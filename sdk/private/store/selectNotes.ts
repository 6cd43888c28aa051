import { BaseError } from "../../errors.ts";
import { formatNano } from "../../formatNano.ts";
import type { CreditNote } from "../notes.ts";
import type { StoredNote } from "./noteStore.ts";

type StoredCredit = StoredNote<CreditNote>;

const SHOWN_NOTES = 10;

function listNotes(notes: readonly StoredCredit[]): string {
  const shown = notes
    .slice(0, SHOWN_NOTES)
    .map(({ leafIndex, note }) => `${formatNano(note.amountNano)} in note ${leafIndex}`);
  const others = notes.length - shown.length;
  return shown.join(", ") + (others > 0 ? ` and ${others} smaller notes` : "");
}

function sumOf(notes: readonly StoredCredit[]): bigint {
  return notes.reduce((sum, { note }) => sum + note.amountNano, 0n);
}

/** All notes together hold less than is wanted. */
export class NotEnoughPrivateBalanceError extends BaseError {
  override name = "NotEnoughPrivateBalanceError";

  constructor(wantedNano: bigint, notes: readonly StoredCredit[]) {
    const held = notes.length === 0 ? "there are no notes" : listNotes(notes);
    super(
      `The private balance is ${formatNano(sumOf(notes))}, and ${formatNano(wantedNano)} are wanted: ${held}.`,
      { metaMessages: ["Deposit the difference, or choose a smaller amount."] },
    );
  }
}

/** The balance is enough, but no single note is: a proof spends one. */
export class NotesToMergeError extends BaseError {
  override name = "NotesToMergeError";
  /** The fewest that are enough together, the largest first. */
  readonly notes: readonly StoredCredit[];

  constructor(wantedNano: bigint, notes: readonly StoredCredit[]) {
    const merges = notes.length - 1;
    super(`No single note holds ${formatNano(wantedNano)}: the largest are ${listNotes(notes)}.`, {
      metaMessages: [
        `Merge these ${notes.length} notes first: ${merges} ${merges === 1 ? "proof makes" : "proofs make"} one note of ${formatNano(sumOf(notes))}.`,
      ],
    });
    this.notes = notes;
  }
}

/**
 * The fewest notes that hold an amount together. One that does alone is the smallest such, so that large notes stay
 * whole; several are the largest.
 * @throws NotEnoughPrivateBalanceError
 */
export function selectNotes(
  notes: readonly StoredCredit[],
  amountNano: bigint,
): readonly StoredCredit[] {
  const descending = notes.toSorted(({ note: { amountNano: a } }, { note: { amountNano: b } }) =>
    a < b ? 1 : a > b ? -1 : 0,
  );
  const single = descending.findLast(({ note }) => note.amountNano >= amountNano);
  if (single !== undefined) return [single];
  const chosen: StoredCredit[] = [];
  let sum = 0n;
  for (const stored of descending) {
    chosen.push(stored);
    sum += stored.note.amountNano;
    if (sum >= amountNano) return chosen;
  }
  throw new NotEnoughPrivateBalanceError(amountNano, descending);
}

/**
 * The one note to spend for an amount.
 * @throws NotEnoughPrivateBalanceError, NotesToMergeError
 */
export function selectNote(notes: readonly StoredCredit[], amountNano: bigint): StoredCredit {
  const chosen = selectNotes(notes, amountNano);
  if (chosen.length > 1) throw new NotesToMergeError(amountNano, chosen);
  return chosen[0]!;
}
