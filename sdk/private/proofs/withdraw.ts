import { addressWord, contextOf } from "../context.ts";
import type { PrivateAccount } from "../keys.ts";
import type { CreditNote } from "../notes.ts";
import { nullifierOf } from "../nullifier.ts";
import { scopeOf } from "../pool.ts";
import { sealNote } from "../sealNote.ts";
import {
  ephemeralOf,
  ownerInputs,
  proofRequest,
  requireInTree,
  UnprovableError,
  type ProofRequest,
  type ProofSetting,
  type SpendableNote,
} from "./proofRequest.ts";

export interface WithdrawTerms {
  from: SpendableNote<CreditNote>;
  amountNano: bigint;
  recipient: string;
  /** Who sends the transaction, and what it gets of the amount. */
  relayer: string;
  feeNano: bigint;
}

/** Circuit 3: part of a credit note leaves the pool, the rest is a new note. @throws UnprovableError */
export function buildWithdrawInputs(
  account: PrivateAccount,
  setting: ProofSetting,
  { from, amountNano, recipient, relayer, feeNano }: WithdrawTerms,
): ProofRequest {
  requireInTree(account, from);
  const { note, path } = from;
  if (amountNano < 0n || amountNano > note.amountNano) {
    throw new UnprovableError(
      `The note holds ${note.amountNano} nano, and ${amountNano} are to be withdrawn.`,
      "Choose a larger note, or merge notes first.",
    );
  }
  const { pool, deadlineS, auditKey } = setting;
  const { owner, viewKey } = account;
  const ephemeral = ephemeralOf(setting);
  const scope = scopeOf(pool);
  const bound = [addressWord(recipient), addressWord(relayer), feeNano];
  const context = contextOf(pool, "Withdraw", deadlineS, bound);
  const nullifier = nullifierOf(scope, account.nullifierKey, path.index);
  const change = sealNote(
    { kind: "credit", owner, amountNano: note.amountNano - amountNano },
    { viewKey, auditKey, ephemeral, outputIndex: 0 },
  );
  return proofRequest("Withdraw", {
    outputs: { nullifier, change: change.commitment, memo: change.memo },
    publicInputs: {
      root: path.root,
      size: BigInt(path.size),
      scope,
      amountNano,
      auditKey,
      context,
    },
    privateInputs: {
      ...ownerInputs(account, "Withdraw", nullifier, change.commitment, context),
      noteAmountNano: note.amountNano,
      noteSalt: note.salt,
      noteIndex: BigInt(path.index),
      noteSiblings: path.siblings,
      ephemeral,
    },
    created: [change],
  });
}
