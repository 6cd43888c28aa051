import type { HeScheme } from "./heScheme.ts";

/** Uniform numbers below the plain modulus, one a slot: what does not divide into it evenly is drawn again. */
export function randomSlots({ slots, parameters: { plainModulus } }: HeScheme): BigUint64Array {
  const numbers = crypto.getRandomValues(new BigUint64Array(slots));
  const end = (2n ** 64n / plainModulus) * plainModulus;
  const spare = new BigUint64Array(1);
  return numbers.map((number) => {
    let drawn = number;
    while (drawn >= end) drawn = crypto.getRandomValues(spare)[0]!;
    return drawn % plainModulus;
  });
}
