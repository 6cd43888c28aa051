/** What a transaction offers for its gas, in wei. */
export interface Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

/** What a chain asks for now. */
export interface FeeMarket {
  /** Zero on a chain without one. */
  baseFeePerGas: bigint;
  /** What a node recommends as tip; zero where it names none. */
  priorityFeePerGas: bigint;
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);
const most = (a: bigint, b: bigint) => (a > b ? a : b);

/** Room for a base fee that doubles, up to the cap. On a chain without a base fee that is the tip alone. */
export function firstFees({ baseFeePerGas, priorityFeePerGas }: FeeMarket, cap: bigint): Fees {
  const maxFeePerGas = least(2n * baseFeePerGas + priorityFeePerGas, cap);
  return { maxFeePerGas, maxPriorityFeePerGas: least(priorityFeePerGas, maxFeePerGas) };
}

/** An eighth more, rounded up, and at least one wei: nodes ask for a tenth, and for more than nothing. */
const raised = (fee: bigint) => most((fee * 9n + 7n) / 8n, fee + 1n);

/**
 * The fees of a replacement: both an eighth higher, as every node asks, or what a new transaction would offer.
 * @returns undefined where the cap leaves no room for one
 */
export function raisedFees(before: Fees, market: FeeMarket, cap: bigint): Fees | undefined {
  const fresh = firstFees(market, cap);
  const maxPriorityFeePerGas = most(
    raised(before.maxPriorityFeePerGas),
    fresh.maxPriorityFeePerGas,
  );
  const maxFeePerGas = most(
    most(raised(before.maxFeePerGas), fresh.maxFeePerGas),
    maxPriorityFeePerGas,
  );
  return maxFeePerGas > cap ? undefined : { maxFeePerGas, maxPriorityFeePerGas };
}
