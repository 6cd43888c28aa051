import { ThreadDiedError } from "./computeErrors.ts";

/** What a share came to: an answer for each part in which it was done, and what no thread survives. */
export interface Survivors<I, A> {
  answers: A[];
  fatal: { item: I; reason: string }[];
}

/**
 * Has a share done. Where a thread dies of it, each half is done again, until the one item is found that kills a
 * thread twice: it is left out, and no other one with it.
 * @param items at least one
 */
export async function withoutFatal<I, A>(
  items: readonly I[],
  work: (items: readonly I[]) => Promise<A>,
  tries = items.length === 1 ? 2 : 1,
): Promise<Survivors<I, A>> {
  try {
    return { answers: [await work(items)], fatal: [] };
  } catch (error) {
    if (!(error instanceof ThreadDiedError)) throw error;
    if (tries > 1) return withoutFatal(items, work, tries - 1);
    if (items.length === 1) {
      return { answers: [], fatal: [{ item: items[0]!, reason: error.details ?? "" }] };
    }
  }
  const middle = items.length >> 1;
  const halves = [items.slice(0, middle), items.slice(middle)];
  const done = await Promise.all(halves.map((half) => withoutFatal(half, work)));
  return {
    answers: done.flatMap(({ answers }) => answers),
    fatal: done.flatMap(({ fatal }) => fatal),
  };
}
