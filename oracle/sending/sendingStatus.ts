import type { BaseError } from "../../sdk/errors.ts";
import type { Progress } from "./broadcaster.ts";
import type { EndpointStatus } from "./endpoint.ts";
import { isHeldBy, type SendAnswer } from "./endpoints.ts";
import type { StoredTransaction, TransactionState } from "./transactionStore.ts";

/** A transaction that is not final, for status pages. */
export interface OpenTransactionStatus {
  id: number;
  nonce: number;
  state: TransactionState;
  readings: number;
  hash: string;
  attempts: number;
  maxFeePerGas: bigint;
  block: number | undefined;
  /** It waits for too long, and the configured maximum forbids a higher fee. */
  isFeeCapped: boolean;
  /** Its nonce seems to be used by a transaction that is not ours. */
  isNonceTaken: boolean;
  /** What nodes said that did not take it. */
  refusals: SendAnswer[];
}

export interface SendingStatus {
  address: string;
  /** Why nothing is sent at all. */
  stopped: BaseError | undefined;
  height: number | undefined;
  /** Attempts with a higher fee since the start of the process. */
  replacements: number;
  transactions: OpenTransactionStatus[];
  endpoints: EndpointStatus[];
}

/** @param isNonceTaken whether its nonce seems to be used by another */
export function statusOfTransaction(
  { id, nonce, state, readingIds, attempts, includedHash, block }: StoredTransaction,
  progress: Progress | undefined,
  isNonceTaken: boolean,
): OpenTransactionStatus {
  const newest = attempts.at(-1)!;
  const isPending = state === "pending";
  return {
    id,
    nonce,
    state,
    readings: readingIds.length,
    hash: includedHash ?? newest.hash,
    attempts: attempts.length,
    maxFeePerGas: newest.maxFeePerGas,
    block: block?.number,
    isFeeCapped: isPending && progress?.capped === true,
    isNonceTaken: isPending && isNonceTaken,
    refusals:
      isPending && progress !== undefined
        ? progress.answers.filter((answer) => !isHeldBy(answer))
        : [],
  };
}
