/** How many rounds a period has at most: the key holder opens no more. */
export const MOST_ROUNDS = 8;
/** More plans of one period than a market of this design has. */
export const MOST_PLANS = 2 ** 17;
