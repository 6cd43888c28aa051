import { BaseError } from "../errors.ts";

/** One account's settlement of one period, as `AccountsSettled` reports it. */
export interface SettledAccount {
  participant: number;
  /** Its order was an offer; false for a bid and for no order. */
  sell: boolean;
  /** `imbalanceWh` was missing; false where it was too much, or zero. */
  short: boolean;
  /** No reading came within the grace periods: settled as undelivered. */
  unread: boolean;
  /** `chargeNano` is due, for an order that was not opened. */
  charged: boolean;
  /** A trade was kept, for reputation. */
  kept: boolean;
  /** An order was missed or not opened, for reputation. */
  broken: boolean;
  /** After this settlement, 0 to 100. */
  reputation: number;
  imbalanceWh: number;
  importWh: number;
  exportWh: number;
  chargeNano: bigint;
  /** Received where `sell`; else paid already, when the period was cleared. */
  tradeNano: bigint;
  /** Due to the grid where `short`, else due from it. */
  imbalanceNano: bigint;
  rewardNano: bigint;
  penaltyNano: bigint;
}

/** The number of words that one account takes in `AccountsSettled`. */
const WORDS_PER_ACCOUNT = 2;

/** The words of an `AccountsSettled` event are not in pairs. */
export class OddSettlementWordsError extends BaseError {
  override name = "OddSettlementWordsError";

  constructor(words: number) {
    super(`AccountsSettled has ${words} words, and an account takes ${WORDS_PER_ACCOUNT}.`, {
      metaMessages: ["Check that the event comes from a market of this version."],
    });
  }
}

const bit = (word: bigint, index: bigint) => ((word >> index) & 1n) !== 0n;
const field = (word: bigint, shift: bigint, bits: bigint) => (word >> shift) & ((1n << bits) - 1n);

/** The settlement of two words of `AccountsSettled`. */
export function unpackSettlement(first: bigint, second: bigint): SettledAccount {
  return {
    participant: Number(field(first, 0n, 24n)),
    sell: bit(first, 24n),
    short: bit(first, 25n),
    unread: bit(first, 26n),
    charged: bit(first, 27n),
    kept: bit(first, 28n),
    broken: bit(first, 29n),
    reputation: Number(field(first, 32n, 8n)),
    imbalanceWh: Number(field(first, 40n, 32n)),
    importWh: Number(field(first, 72n, 32n)),
    exportWh: Number(field(first, 104n, 32n)),
    chargeNano: field(first, 136n, 64n),
    tradeNano: field(second, 0n, 64n),
    imbalanceNano: field(second, 64n, 64n),
    rewardNano: field(second, 128n, 64n),
    penaltyNano: field(second, 192n, 64n),
  };
}

/** The inverse of {@link unpackSettlement}. */
export function packSettlement(account: SettledAccount): [first: bigint, second: bigint] {
  const flags = [
    account.sell,
    account.short,
    account.unread,
    account.charged,
    account.kept,
    account.broken,
  ];
  const flagBits = flags.reduce(
    (word, flag, index) => word | (flag ? 1n << BigInt(24 + index) : 0n),
    0n,
  );
  return [
    BigInt(account.participant) |
      flagBits |
      (BigInt(account.reputation) << 32n) |
      (BigInt(account.imbalanceWh) << 40n) |
      (BigInt(account.importWh) << 72n) |
      (BigInt(account.exportWh) << 104n) |
      (account.chargeNano << 136n),
    account.tradeNano |
      (account.imbalanceNano << 64n) |
      (account.rewardNano << 128n) |
      (account.penaltyNano << 192n),
  ];
}

/**
 * The accounts of one `AccountsSettled` event, in the order of their numbers.
 * @throws OddSettlementWordsError
 */
export function decodeAccountsSettled(words: readonly bigint[]): SettledAccount[] {
  if (words.length % WORDS_PER_ACCOUNT !== 0) throw new OddSettlementWordsError(words.length);
  return Array.from({ length: words.length / WORDS_PER_ACCOUNT }, (_, index) =>
    unpackSettlement(words[2 * index]!, words[2 * index + 1]!),
  );
}
