import { addressWord, contextOf } from "../context.ts";
import type { PrivateAccount } from "../keys.ts";
import { ownerInputs, proofRequest, type ProofRequest, type ProofSetting } from "./proofRequest.ts";

export interface ParticipantTerms {
  /** The address that joins. */
  participant: string;
}

/** Circuit 13: an owner is who joins with it. Nothing is created, and the audit key is not asked for. */
export function buildParticipantInputs(
  account: PrivateAccount,
  { pool, deadlineS }: Pick<ProofSetting, "pool" | "deadlineS">,
  { participant }: ParticipantTerms,
): ProofRequest {
  const context = contextOf(pool, "Participant", deadlineS, [addressWord(participant)]);
  return proofRequest("Participant", {
    outputs: { owner: account.owner },
    publicInputs: { context },
    privateInputs: ownerInputs(account, "Participant", account.owner, 0n, context),
    created: [],
  });
}
