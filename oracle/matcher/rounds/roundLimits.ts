/** How many rounds a period has at most: the key holder opens no more. */
export const MATCHER_ROUNDS = 8;
