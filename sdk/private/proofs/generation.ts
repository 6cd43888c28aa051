import { addressWord, contextOf } from "../context.ts";
import { ownerOf } from "../owner.ts";
import type { PrivateAddress } from "../privateAddress.ts";
import { sealNote } from "../sealNote.ts";
import { ephemeralOf, proofRequest, type ProofRequest, type ProofSetting } from "./proofRequest.ts";

export interface GenerationTerms {
  /** Who generated. */
  to: PrivateAddress;
  period: bigint;
  energyWh: bigint;
  /** The tag of the gateway that vouches, see `gatewayTag`. */
  gateway: bigint;
  /** The address that it sends from. */
  gatewayAddress: string;
}

/** Circuit 2: a generation note, which a gateway vouches for. */
export function buildGenerationInputs(
  setting: ProofSetting,
  { to, period, energyWh, gateway, gatewayAddress }: GenerationTerms,
): ProofRequest {
  const { account, viewKey } = to;
  const { pool, deadlineS, auditKey } = setting;
  const ephemeral = ephemeralOf(setting);
  const made = sealNote(
    { kind: "generation", owner: ownerOf(account, viewKey), gateway, period, energyWh },
    { viewKey, auditKey, ephemeral, outputIndex: 0 },
  );
  return proofRequest("Generation", {
    outputs: { commitment: made.commitment, memo: made.memo },
    publicInputs: {
      period,
      gateway,
      auditKey,
      context: contextOf(pool, "Generation", deadlineS, [addressWord(gatewayAddress)]),
    },
    privateInputs: { account, viewKey, energyWh, ephemeral },
    created: [made],
  });
}
