import { ContractRevertedError } from "../../clients/revertError.ts";
import type { PoolFollower } from "../chain/poolFollower.ts";
import type { CreditNote, GenerationNote, LeafNote } from "../notes.ts";
import type { SpendableNote } from "../proofs/proofRequest.ts";
import type { NoteStore, StoredNote } from "../store/noteStore.ts";
import { NotPossibleError } from "./clientErrors.ts";
import { LEAVES_AT_ONCE } from "./leavesAtOnce.ts";
import { mayBeMined, type PoolSender } from "./poolSender.ts";
import type { PoolWriter } from "./poolWriter.ts";

const MOST_INSERTIONS = 8;

/** Puts a note where it can be spent: in the tree, with its path. */
export class Spending {
  readonly #writer: PoolWriter;
  readonly #follower: PoolFollower;
  readonly #senders: readonly PoolSender[];

  /** @param senders of `insertLeaves`, which is nobody's */
  constructor(writer: PoolWriter, follower: PoolFollower, senders: readonly PoolSender[]) {
    this.#writer = writer;
    this.#follower = follower;
    this.#senders = senders;
  }

  /**
   * Inserts whatever waits, and all of it. Before every spending, whether the note that is spent is among it or not: to
   * insert only where it is would tell that it is, and to stop at it, which one.
   */
  async #insertWaiting(): Promise<void> {
    const known = this.#follower.state.leaves.length;
    // Fewer where the chain was reorganised.
    const isDone = () => {
      const { leaves, insertedLeaves } = this.#follower.state;
      return insertedLeaves >= Math.min(known, leaves.length);
    };
    let failure: Error | undefined;
    for (let tries = 0; !isDone(); tries++) {
      if (tries === MOST_INSERTIONS) throw failure ?? notInserted(known - 1);
      try {
        await this.#writer.send(this.#senders, "insertLeaves", [LEAVES_AT_ONCE], isDone);
      } catch (error) {
        // Somebody else was faster, or the answer was lost: to insert twice does no harm.
        const isInserted =
          error instanceof ContractRevertedError && error.reason.name === "NothingToInsert";
        if (!isInserted && !mayBeMined(error)) throw error;
        failure = error instanceof Error ? error : new Error(String(error));
        await this.#writer.sync();
      }
    }
  }

  /** A note with its path as the tree is now. */
  async spendable<N extends LeafNote>({
    note,
    leafIndex,
  }: StoredNote<N>): Promise<SpendableNote<N>> {
    await this.#insertWaiting();
    return { note, path: this.#follower.pathOf(leafIndex) };
  }

  /** Two notes with paths of one tree. */
  async bothSpendable(
    first: StoredNote<CreditNote>,
    second: StoredNote<CreditNote>,
  ): Promise<[SpendableNote<CreditNote>, SpendableNote<CreditNote>]> {
    await this.#insertWaiting();
    const spendable = ({ note, leafIndex }: StoredNote<CreditNote>) => ({
      note,
      path: this.#follower.pathOf(leafIndex),
    });
    return [spendable(first), spendable(second)];
  }
}

function notInserted(leafIndex: number): NotPossibleError {
  return new NotPossibleError(
    `Leaf ${leafIndex} was not inserted into the tree by ${MOST_INSERTIONS} transactions.`,
    "Use another sender: the one that is used does not bring insertLeaves to the chain.",
  );
}

/**
 * The generation note to sell energy of: the smallest that holds it, so that large ones stay whole.
 * @throws NotPossibleError
 */
export function selectGeneration(
  store: NoteStore,
  period: bigint,
  energyWh: bigint,
): StoredNote<GenerationNote> {
  const notes = store
    .generation(period)
    .toSorted((a, b) => Number(a.note.energyWh - b.note.energyWh));
  const chosen = notes.find(({ note }) => note.energyWh >= energyWh);
  if (chosen !== undefined) return chosen;
  const held = notes.map(({ note, leafIndex }) => `${note.energyWh} Wh in note ${leafIndex}`);
  throw new NotPossibleError(
    `No generation note of period ${period} holds ${energyWh} Wh: ${held.length === 0 ? "there is none" : held.join(", ")}.`,
    "Offer what one note holds; several notes are several plans.",
  );
}
