/** More cases than this are not followed one by one: then only the sum is known. */
const MOST_CASES = 64;

/** How many notes there are of each value. */
type Counts = Map<bigint, number>;

/**
 * The notes of one owner that may live, by their values. Nullifiers do not tell which note was spent, but each proof
 * tells what it left of it: what it spent, and so its value, follows. Which two notes a merger spent may not follow:
 * then every case that is possible is kept, until what is spent later leaves fewer.
 */
export class LiveNotes {
  /** Undefined where there are too many. */
  #cases: Counts[] | undefined = [new Map()];
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
    for (const counts of this.#cases ?? []) change(counts, value, 1);
  }

  /** Takes away a note that was spent. @returns false where there can be none of this value */
  spend(value: bigint): boolean {
    this.#sum -= value;
    if (this.#cases === undefined) return this.#sum >= 0n;
    const cases = this.#cases.filter((counts) => counts.has(value));
    for (const counts of cases) change(counts, value, -1);
    return this.#keep(cases);
  }

  /** Takes away two notes that were spent. @returns false where there can be no two of this sum */
  spendTwo(sum: bigint): boolean {
    this.#sum -= sum;
    if (this.#cases === undefined) return this.#sum >= 0n;
    const pairs = this.#cases.flatMap((counts) =>
      smallerOfPairs(counts, sum).map((value) => ({ counts, value })),
    );
    // Before they are made: a merger of many notes may have as many cases as there are notes.
    if (pairs.length > MOST_CASES) {
      this.#cases = undefined;
      return true;
    }
    return this.#keep(
      pairs.map(({ counts, value }) => {
        const rest = new Map(counts);
        change(rest, value, -1);
        change(rest, sum - value, -1);
        return rest;
      }),
    );
  }

  #keep(cases: Counts[]): boolean {
    const isPossible = cases.length > 0;
    if (!isPossible) this.#cases = undefined;
    else if (cases.length === 1) this.#cases = cases;
    else this.#cases = [...new Map(cases.map((counts) => [keyOf(counts), counts])).values()];
    return isPossible;
  }
}

/** The smaller values of all pairs of notes that have a sum together. */
function smallerOfPairs(counts: Counts, sum: bigint): bigint[] {
  return [...counts.keys()].filter((value) => {
    const other = sum - value;
    return other > value ? counts.has(other) : other === value && counts.get(value)! > 1;
  });
}

function change(counts: Counts, value: bigint, by: number): void {
  const count = (counts.get(value) ?? 0) + by;
  if (count === 0) counts.delete(value);
  else counts.set(value, count);
}

function keyOf(counts: Counts): string {
  return [...counts]
    .map(([value, count]) => `${value}:${count}`)
    .sort()
    .join();
}
