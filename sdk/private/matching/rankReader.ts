import type { MaskedBid } from "./distanceMasker.ts";
import { MASKED_BOUND } from "./distanceMasks.ts";
import type { FeatureCode } from "./featureSchema.ts";
import type { HeScheme } from "./heScheme.ts";
import { LimitReader } from "./limitReader.ts";
import { MalformedCiphertextError } from "./matchingError.ts";
import { SlotLayout } from "./slotLayout.ts";
import { SumReader } from "./sumReader.ts";

/** What the key holder says of a bid: positions of offers, and no distance. */
export interface Ranking {
  /**
   * Positions of the offers that the bid meets from the nearest on, over all packs: position p of pack k is
   * `k · packSize + p`.
   */
  nearest: number[];
  /** Positions whose masked distance no two plans have that keep to the ranges: one of them does not. */
  outOfRange: number[];
}

/** A masked distance of 36 bits and a position of 17 fit into one number. */
const MAX_OFFERS = 2 ** 17 - 1;

/** The key holder's part: it opens masked distances and limits, and answers with ranks. */
export class RankReader {
  readonly #layout: SlotLayout;
  readonly #distances: SumReader;
  readonly #limits: LimitReader | undefined;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, code: FeatureCode, secretKey: Uint8Array) {
    this.#layout = new SlotLayout(code, scheme.slots);
    this.#distances = new SumReader(scheme, this.#layout, secretKey);
    if (code.limit !== undefined) {
      this.#limits = new LimitReader(scheme, this.#layout, code.limit, secretKey);
    }
  }

  /**
   * Ranks the offers that one bid meets.
   * @param masked of each pack a ciphertext of distances, and where the schema has a limit one of limits
   * @param offers how many there are
   * @param most how many ranks are told at most; the fewer, the less the matcher learns
   * @throws CiphertextError where the bytes are no results, so also for a participant's own ciphertext
   */
  rank({ distances, limits }: Readonly<MaskedBid>, offers: number, most = offers): Ranking {
    if (offers > MAX_OFFERS) throw new RangeError(`${offers} offers are above ${MAX_OFFERS}.`);
    const packs = this.#layout.packsFor(offers);
    requireCount("distances", distances, packs, offers);
    requireCount("limits", limits, this.#limits === undefined ? 0 : packs, offers);
    const outOfRange: number[] = [];
    const keys = new Float64Array(offers);
    const base = 2 ** Math.ceil(Math.log2(offers + 1));
    let count = 0;
    distances.forEach((bytes, pack) => {
      const taken = this.#layout.takenIn(pack, offers);
      const sums = this.#distances.read("masked distances", bytes, taken);
      const isMet = this.#limits?.read(limits[pack]!, taken);
      sums.forEach((distance, place) => {
        const position = pack * this.#layout.packSize + place;
        if (distance >= MASKED_BOUND) outOfRange.push(position);
        // A number for both, 36 and at most 17 bits: equal distances are in the order of positions.
        else if (isMet?.[place] ?? true) keys[count++] = distance * base + position;
      });
    });
    const sorted = keys.subarray(0, count).sort().subarray(0, most);
    return { nearest: Array.from(sorted, (key) => key % base), outOfRange };
  }

  /** Frees what it holds. */
  close(): void {
    this.#distances.close();
    this.#limits?.close();
  }
}

function requireCount(
  what: string,
  ciphertexts: readonly Uint8Array[],
  count: number,
  offers: number,
): void {
  if (ciphertexts.length === count) return;
  throw new MalformedCiphertextError(
    `set of masked ${what}`,
    `has ${ciphertexts.length} ciphertexts for ${offers} offers, not ${count}`,
  );
}
