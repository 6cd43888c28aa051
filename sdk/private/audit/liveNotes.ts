/** More cases than this are not followed one by one: then only the sum is known. */
const MOST_CASES = 64;

/** How many notes there are of each value. */
type Counts = ReadonlyMap<bigint, number>;

/**
 * The notes of one owner that may live, by their values. Nullifiers do not tell which note was spent, but each proof
 * tells what it left of it: what it spent, and so its value, follows. Which two notes a merger spent may not follow:
 * then every case that is possible is kept, until what is spent later leaves fewer.
 */
export class LiveNotes {
  /** Undefined where there are too many. */
  #cases: readonly Counts[] | undefined = [new Map()];
  #sum = 0n;

  /** What the live notes hold together, in every case. */
  get sum(): bigint {
    return this.#sum;
  }

  /** The live notes' values, ascending; undefined where more than one case is possible. */
  get values(): readonly bigint[] | undefined {
    if (this.#cases?.length !== 1) return undefined;
    return [...this.#cases[0]!]
      .flatMap(([value, count]) => Array<bigint>(count).fill(value))
      .sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  }

  add(value: bigint): void {
    this.#sum += value;
    this.#cases = this.#cases?.map((counts) => change(counts, value, 1));
  }

  /** Takes away a note that was spent. @returns false where there can be none of this value */
  spend(value: bigint): boolean {
    this.#sum -= value;
    if (this.#cases === undefined) return this.#sum >= 0n;
    return this.#take(
      this.#cases.filter((counts) => counts.has(value)).map((counts) => change(counts, value, -1)),
    );
  }

  /** Takes away two notes that were spent. @returns false where there can be no two of this sum */
  spendTwo(sum: bigint): boolean {
    this.#sum -= sum;
    if (this.#cases === undefined) return this.#sum >= 0n;
    const cases: Counts[] = [];
    for (const counts of this.#cases) {
      for (const value of counts.keys()) {
        const other = sum - value;
        if (other < value) continue;
        const rest = change(counts, value, -1);
        if (rest.has(other)) cases.push(change(rest, other, -1));
      }
    }
    return this.#take(cases);
  }

  #take(cases: readonly Counts[]): boolean {
    const distinct = new Map(cases.map((counts) => [keyOf(counts), counts]));
    const isPossible = distinct.size > 0;
    this.#cases = isPossible && distinct.size <= MOST_CASES ? [...distinct.values()] : undefined;
    return isPossible;
  }
}

function change(counts: Counts, value: bigint, by: number): Counts {
  const changed = new Map(counts);
  const count = (counts.get(value) ?? 0) + by;
  if (count === 0) changed.delete(value);
  else changed.set(value, count);
  return changed;
}

function keyOf(counts: Counts): string {
  return [...counts]
    .map(([value, count]) => `${value}:${count}`)
    .sort()
    .join();
}
