import type { Receipt } from "./rpc.ts";
import type { Attempt, StoredTransaction } from "./transactionStore.ts";

/**
 * What happened to a transaction. It is told before it is stored, so that a process that dies in between tells it again:
 * perhaps twice, never not at all.
 */
export type SendingEvent =
  /** It is in a block and did not revert; the logs say what became of its readings. */
  | { type: "included"; transaction: StoredTransaction; receipt: Receipt }
  /** Its block is deep enough. The receipt is that of the final block. */
  | { type: "final"; transaction: StoredTransaction; receipt: Receipt }
  /** Its block is gone: it is sent again, and what was said of its readings does not hold. */
  | { type: "reorganised"; transaction: StoredTransaction }
  /** It was mined and did nothing: its readings are to be submitted anew. */
  | { type: "reverted"; transaction: StoredTransaction; receipt: Receipt; reason: string }
  /** It will not be mined: its readings are to be submitted anew. */
  | { type: "abandoned"; transaction: StoredTransaction; reason: string }
  /** It waits for too long and is offered with a higher fee. */
  | { type: "replaced"; transaction: StoredTransaction; attempt: Attempt }
  /** It waits for too long, and a higher fee is not allowed. */
  | { type: "capped"; transaction: StoredTransaction }
  /** A nonce that nobody uses held up the later ones: a transfer of nothing to ourselves takes it. */
  | { type: "filled"; transaction: StoredTransaction };
