import { addressWord, contextOf } from "../context.ts";
import { ownerOf } from "../owner.ts";
import type { PrivateAddress } from "../privateAddress.ts";
import { sealNote } from "../sealNote.ts";
import { ephemeralOf, proofRequest, type ProofRequest, type ProofSetting } from "./proofRequest.ts";

export interface DepositTerms {
  /** Who gets the note; the payer needs no key of it. */
  to: PrivateAddress;
  amountNano: bigint;
  /** The address that pays. */
  payer: string;
}

/** Circuit 1: a credit note for what a payer sends to the pool. */
export function buildDepositInputs(
  setting: ProofSetting,
  { to, amountNano, payer }: DepositTerms,
): ProofRequest {
  const { account, viewKey } = to;
  const { pool, deadlineS, auditKey } = setting;
  const ephemeral = ephemeralOf(setting);
  const made = sealNote(
    { kind: "credit", owner: ownerOf(account, viewKey), amountNano },
    { viewKey, auditKey, ephemeral, outputIndex: 0 },
  );
  return proofRequest("Deposit", {
    outputs: { commitment: made.commitment, memo: made.memo },
    publicInputs: {
      amountNano,
      auditKey,
      context: contextOf(pool, "Deposit", deadlineS, [addressWord(payer)]),
    },
    privateInputs: { account, viewKey, ephemeral },
    created: [made],
  });
}
