import { contextOf } from "../context.ts";
import type { PrivateAccount } from "../keys.ts";
import type { NoteDraft } from "../memoCode.ts";
import { attributesOf, commitmentOf, sideCode, type PlanNote } from "../notes.ts";
import { sealNote } from "../sealNote.ts";
import { ownPlanInputs } from "./ownPlan.ts";
import {
  ephemeralOf,
  ownerInputs,
  proofRequest,
  requireOwn,
  UnprovableError,
  type ProofRequest,
  type ProofSetting,
} from "./proofRequest.ts";

export interface RefundTerms {
  /** One's own, ended. */
  plan: PlanNote;
  /** What a sell plan's attributes were made of. Neither is asked of a buy plan. */
  gateway: bigint;
  features: bigint;
  /** How often it was not confirmed in time, from the plan book. */
  strikes: bigint;
  /** Of the pool. */
  bondNano: bigint;
  bondWh: bigint;
}

/** What an ended plan gives back. */
function refundOf({ plan, gateway, strikes, bondNano, bondWh }: RefundTerms): NoteDraft {
  const { owner, period, energyWh, priceMicroPerKwh } = plan;
  if (plan.side === "buy") {
    const keptBondNano = strikes === 0n ? bondNano : 0n;
    return { kind: "credit", owner, amountNano: energyWh * priceMicroPerKwh + keptBondNano };
  }
  const lostWh = strikes * bondWh;
  const restWh = lostWh < energyWh ? energyWh - lostWh : 0n;
  return { kind: "generation", owner, gateway, period, energyWh: restWh };
}

/** Circuit 12: an ended plan gives back what it locked, less what silence cost. @throws UnprovableError */
export function buildRefundInputs(
  account: PrivateAccount,
  setting: ProofSetting,
  terms: RefundTerms,
): ProofRequest {
  const { plan, gateway, features, strikes, bondNano, bondWh } = terms;
  requireOwn(account, plan);
  const isSale = plan.side === "sell";
  if (isSale && plan.attributes !== attributesOf(gateway, features)) {
    throw new UnprovableError(
      "The plan's attributes are not of this gateway and these features.",
      "Take both as they were when the plan was made.",
    );
  }
  const { pool, deadlineS, auditKey } = setting;
  const ephemeral = ephemeralOf(setting);
  const context = contextOf(pool, "Refund", deadlineS);
  const made = sealNote(refundOf(terms), {
    viewKey: account.viewKey,
    auditKey,
    ephemeral,
    outputIndex: 0,
    isLong: true,
  });
  const planCommitment = commitmentOf(plan);
  return proofRequest("Refund", {
    outputs: { note: made.commitment, memo: made.memo },
    publicInputs: {
      plan: planCommitment,
      side: sideCode(plan.side),
      strikes,
      bondNano,
      bondWh,
      auditKey,
      context,
    },
    privateInputs: {
      ...ownerInputs(account, "Refund", planCommitment, made.commitment, context),
      ...ownPlanInputs(plan),
      gateway: isSale ? gateway : 0n,
      features: isSale ? features : 0n,
      ephemeral,
    },
    created: [made],
  });
}
