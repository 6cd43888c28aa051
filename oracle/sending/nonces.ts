/**
 * The nonce for a new transaction: the lowest that is free. A hole among our own is filled before anything is added
 * behind it.
 * @param next the account's next nonce, as far as nodes and our own mined transactions show
 * @param open nonces of transactions that are not final
 */
export function freeNonce(next: number, open: readonly number[]): number {
  const taken = new Set(open);
  let nonce = next;
  while (taken.has(nonce)) ++nonce;
  return nonce;
}

/** The nonces that hold up pending transactions, as no transaction has them. */
export function missingNonces(
  next: number,
  pending: readonly number[],
  open: readonly number[],
): number[] {
  const taken = new Set(open);
  const highest = Math.max(next - 1, ...pending);
  return Array.from({ length: highest - next + 1 }, (_, i) => next + i).filter(
    (nonce) => !taken.has(nonce),
  );
}
