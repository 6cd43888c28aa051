/**
 * Why a mutant that no test can kill is no gap: by file, and by the line as mutated, trimmed; or `removed: `
 * and the line as it was.
 */
export const KNOWN_SURVIVORS: Record<string, Record<string, string>> = {
  "libraries/SortedLists": {
    "uint256 constant ORDER_SLOTS = 1 << 28;":
      "a larger array of slots, of which the rest stays empty",
    "uint256 constant ORDER_SLOTS = 2 << 27;":
      "a larger array of slots, of which the rest stays empty",
    "removed: rank = headRanks[list];": "costs gas alone: the head's rank is read again",
    "if (hint >= type(uint24).max) return false;":
      "costs gas alone: one hint, of the last account number, is not taken",
  },
};
