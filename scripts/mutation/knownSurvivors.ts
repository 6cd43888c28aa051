/**
 * Why a mutant that no test can kill is no gap: by file, and by the line as mutated, trimmed; or `removed: `
 * and the line as it was.
 */
export const KNOWN_SURVIVORS: Record<string, Record<string, string>> = {
  "libraries/GreenDoubleAuction": {
    "return offerWh <= bidWh ? offerWh : bidWh;": "the same at equality",
  },
  "libraries/SortedLists": {
    "uint256 constant ORDER_SLOTS = 1 << 28;":
      "a larger array of slots, of which the rest stays empty",
    "uint256 constant ORDER_SLOTS = 2 << 27;":
      "a larger array of slots, of which the rest stays empty",
    "if (next == 0 || rank <= _headRank(orders, headRanks, list, next, order.period())) {":
      "no two orders of a list have the same rank, of which the participant is a part",
    "removed: rank = headRanks[list];": "costs gas alone: the head's rank is read again",
    "if (hint >= type(uint24).max) return false;":
      "costs gas alone: one hint, of the last account number, is not taken",
  },
  "core/OrderOpening": {
    "mandate.spendingLimitNano >= spentNano ? mandate.spendingLimitNano - spentNano : 0;":
      "the same at equality: nothing is left",
  },
  "core/Clearing": {
    "Order[5] heads;": "one more element of memory, which nobody uses",
    "bool[5] touched;": "one more element of memory, which nobody uses",
    "run.unpaidNano[list] = 1;": "loading the next order sets it again before it is read",
  },
  "core/Metering": {
    "run.taken = block.timestamp > run.endsAt && block.timestamp < run.closedAt;":
      "costs gas alone: at that second the slow path finds nothing wrong",
    "return run.period > meter.period() - 1 && block.timestamp < _skippedUntil(run);":
      "the slow path sees the very next period only where another error comes first",
    "if (most >= MAX_ENERGY_WH) most = MAX_ENERGY_WH;": "the same at equality",
  },
};
