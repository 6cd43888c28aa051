/** A trade as `TradesFormed` reports it. */
export interface FormedTrade {
  /** Account number of the offer's owner. */
  seller: number;
  /** Account number of the bid's owner. */
  buyer: number;
  energyWh: number;
  priceMicroPerKwh: number;
}

/** The trade of one word of `TradesFormed`. */
export function unpackTrade(word: bigint): FormedTrade {
  return {
    seller: Number(word & 0xffffffn),
    buyer: Number((word >> 24n) & 0xffffffn),
    energyWh: Number((word >> 48n) & 0xffffffffn),
    priceMicroPerKwh: Number((word >> 80n) & 0xffffffffn),
  };
}

/** The inverse of {@link unpackTrade}. */
export function packTrade(trade: FormedTrade): bigint {
  return (
    BigInt(trade.seller) |
    (BigInt(trade.buyer) << 24n) |
    (BigInt(trade.energyWh) << 48n) |
    (BigInt(trade.priceMicroPerKwh) << 80n)
  );
}

/** The trades of one `TradesFormed` event, in the order in which they were formed. */
export function decodeTradesFormed(words: readonly bigint[]): FormedTrade[] {
  return words.map(unpackTrade);
}
