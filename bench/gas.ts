import { benchVerbs } from "./gas/verbs.ts";
import type { Bench } from "./types.ts";

/** Gas of each verb, per participant and period, in a running market. */
export const run: Bench = async (progress) => [await benchVerbs(progress)];
