import { benchOffChain } from "./clearing/offChain.ts";
import { benchOnChain } from "./clearing/onChain.ts";
import { benchRivals } from "./clearing/rivals.ts";
import type { Bench } from "./types.ts";

/** Clearing one delivery period with the green double auction. */
export const run: Bench = async (progress) => [
  await benchOffChain(progress),
  await benchRivals(progress),
  await benchOnChain(progress),
];
