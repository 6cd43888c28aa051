import type { NoteDraft } from "../../../../../sdk/private/memoCode.ts";
import { nullifierOf } from "../../../../../sdk/private/nullifier.ts";
import { scopeOf } from "../../../../../sdk/private/pool.ts";
import { sealNote, type MadeNote, type NoteOf } from "../../../../../sdk/private/sealNote.ts";
import { NoteStore } from "../../../../../sdk/private/store/noteStore.ts";
import type { PoolEvent } from "../../../../../sdk/private/store/poolEvent.ts";
import { ALICE, AUDIT_KEY, POOL } from "../scene.ts";

let lastEphemeral = 5_000n;

/** A note for its owner with a fresh memo. */
export function made<D extends NoteDraft>(draft: D, { viewKey } = ALICE): MadeNote<NoteOf<D>> {
  return sealNote(draft, {
    viewKey,
    auditKey: AUDIT_KEY,
    ephemeral: ++lastEphemeral,
    outputIndex: 0,
  });
}

export function madeCredit(amountNano: bigint, to = ALICE): MadeNote<NoteOf<NoteDraft>> {
  return made({ kind: "credit", owner: to.owner, amountNano }, to);
}

/** The note comes to the tree. */
export function noteAdded(
  leafIndex: number,
  note: MadeNote,
  blockNumber = 1,
): PoolEvent & { type: "noteAdded" } {
  const { kind, commitment, outputIndex, memo } = note;
  if (kind === "plan") throw new TypeError("A plan is no leaf.");
  return {
    type: "noteAdded",
    leafIndex,
    note: { kind, commitment, outputIndex, memo },
    blockNumber,
  };
}

/** Alice spends the note at a leaf. */
export function spent(leafIndex: number, blockNumber: number): PoolEvent {
  const nullifier = nullifierOf(scopeOf(POOL), ALICE.nullifierKey, leafIndex);
  return { type: "nullifierSpent", nullifier, blockNumber };
}

/** Alice's store of credit notes with these amounts, at leaves 0, 1, … */
export function storeWith(...amountsNano: bigint[]): NoteStore {
  const store = new NoteStore(POOL, ALICE);
  store.scan(
    amountsNano.map((amountNano, i) => noteAdded(i, madeCredit(amountNano))),
    1,
  );
  return store;
}
