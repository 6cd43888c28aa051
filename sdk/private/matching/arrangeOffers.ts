import { Keystream } from "./keystream.ts";

/**
 * The order in which a period's offers take their positions: secret, drawn from the seed, and independent of the
 * order in which they are given.
 * @param offers what each is known by, all different
 * @param purpose tells several orders from one seed apart
 * @returns the offers by position
 */
export function arrangeOffers(
  seed: Uint8Array,
  offers: readonly string[],
  ...purpose: readonly (string | number)[]
): string[] {
  const order = [...offers].sort((a, b) => (a < b ? -1 : 1));
  const stream = new Keystream(seed, "order", ...purpose);
  for (let i = order.length - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
