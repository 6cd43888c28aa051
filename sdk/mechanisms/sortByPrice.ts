// A key is one 64-bit number, price above position. Its halves are written as 32-bit words, so that
// only the native sort ever handles 64 bits, and a bigint is never made.
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const POSITION_WORD = IS_LITTLE_ENDIAN ? 0 : 1;
const PRICE_WORD = 1 - POSITION_WORD;

/**
 * Sorts orders by price; equal prices keep the sequence of `orderIndices`. Without a comparison
 * function, several times as fast as a sort with one, and on its first call too.
 * @param orderIndices indices into `priceMicroPerKwh`
 * @param priceMicroPerKwh price of every order, by index
 * @param direction `ascending` for offers, `descending` for bids
 * @returns the indices in price order; the arguments stay as they are
 */
export function sortByPrice(
  orderIndices: Uint32Array,
  priceMicroPerKwh: Uint32Array,
  direction: "ascending" | "descending",
): Uint32Array {
  // Inverting the bits of a price reverses the sequence of prices and leaves that of ties.
  const inversion = direction === "ascending" ? 0 : -1;
  const count = orderIndices.length;
  const keys = new BigUint64Array(count);
  const words = new Uint32Array(keys.buffer);
  for (let position = 0; position < count; position++) {
    words[2 * position + POSITION_WORD] = position;
    words[2 * position + PRICE_WORD] = priceMicroPerKwh[orderIndices[position]!]! ^ inversion;
  }
  keys.sort();
  const sorted = new Uint32Array(count);
  for (let rank = 0; rank < count; rank++) {
    sorted[rank] = orderIndices[words[2 * rank + POSITION_WORD]!]!;
  }
  return sorted;
}
