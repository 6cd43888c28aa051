import { MASKED_BOUND } from "./distanceMasks.ts";
import type { FeatureCode } from "./featureSchema.ts";
import type { HeScheme } from "./heScheme.ts";
import { MalformedCiphertextError } from "./matchingError.ts";
import { SlotLayout } from "./slotLayout.ts";
import { SumReader } from "./sumReader.ts";

/** What the key holder says of a bid: positions of offers, and no distance. */
export interface Ranking {
  /** Positions from the nearest offer on, over all packs: position p of pack k is `k · packSize + p`. */
  nearest: number[];
  /** Positions whose masked distance no two plans have that keep to the ranges: one of them does not. */
  outOfRange: number[];
}

/** A masked distance of 36 bits and a position of 17 fit into one number. */
const MAX_OFFERS = 2 ** 17 - 1;

/** The key holder's part: it opens masked distances and answers with ranks. */
export class RankReader {
  readonly #layout: SlotLayout;
  readonly #reader: SumReader;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, code: FeatureCode, secretKey: Uint8Array) {
    this.#layout = new SlotLayout(code, scheme.slots);
    this.#reader = new SumReader(scheme, this.#layout, secretKey);
  }

  /**
   * Ranks the offers of one bid.
   * @param masked one ciphertext a pack
   * @param offers how many there are
   * @param most how many ranks are told at most; the fewer, the less the matcher learns
   * @throws CiphertextError where the bytes are no masked distances, so also for a participant's own ciphertext
   */
  rank(masked: readonly Uint8Array[], offers: number, most = offers): Ranking {
    if (offers > MAX_OFFERS) throw new RangeError(`${offers} offers are above ${MAX_OFFERS}.`);
    if (masked.length !== this.#layout.packsFor(offers)) {
      throw new MalformedCiphertextError(
        "set of masked distances",
        `has ${masked.length} ciphertexts for ${offers} offers`,
      );
    }
    const outOfRange: number[] = [];
    const keys = new Float64Array(offers);
    const base = 2 ** Math.ceil(Math.log2(offers + 1));
    let count = 0;
    masked.forEach((bytes, pack) => {
      const distances = this.#reader.read(
        "masked distances",
        bytes,
        this.#layout.takenIn(pack, offers),
      );
      distances.forEach((distance, place) => {
        const position = pack * this.#layout.packSize + place;
        // A number for both, 36 and at most 17 bits: equal distances are in the order of positions.
        if (distance < MASKED_BOUND) keys[count++] = distance * base + position;
        else outOfRange.push(position);
      });
    });
    const sorted = keys.subarray(0, count).sort().subarray(0, most);
    return { nearest: Array.from(sorted, (key) => key % base), outOfRange };
  }

  /** Frees what it holds. */
  close(): void {
    this.#reader.close();
  }
}
