import { outcomeOf } from "../authorisation.ts";
import { contextOf } from "../context.ts";
import type { PrivateAccount } from "../keys.ts";
import { commitmentOf, type MatchNote, type PlanNote } from "../notes.ts";
import { sealNote } from "../sealNote.ts";
import {
  ephemeralOf,
  ownerInputs,
  proofRequest,
  UnprovableError,
  type ProofRequest,
  type ProofSetting,
} from "./proofRequest.ts";
import { ownPlanInputs, requireMatchOf } from "./ownPlan.ts";

export interface ConfirmTerms {
  /** One's own. */
  plan: PlanNote;
  match: MatchNote;
}

/**
 * Circuits 7 and 8: the owner of one of a match's plans agrees to it; what it leaves is a new plan.
 * @throws UnprovableError where the match does not keep to the plan
 */
export function buildConfirmInputs(
  account: PrivateAccount,
  setting: ProofSetting,
  { plan, match }: ConfirmTerms,
): ProofRequest {
  requireMatchOf(account, plan, match);
  requireKept(plan, match);
  const circuit = plan.side === "sell" ? "ConfirmSell" : "ConfirmBuy";
  const { pool, deadlineS, auditKey } = setting;
  const ephemeral = ephemeralOf(setting);
  const context = contextOf(pool, circuit, deadlineS);
  const { salt: _, ...terms } = plan;
  const rest = sealNote(
    { ...terms, energyWh: plan.energyWh - match.energyWh },
    { viewKey: account.viewKey, auditKey, ephemeral, outputIndex: 0 },
  );
  const matchCommitment = commitmentOf(match);
  const outcome = outcomeOf(rest.commitment, matchCommitment);
  return proofRequest(circuit, {
    outputs: { rest: rest.commitment, memo: rest.memo },
    publicInputs: {
      sellPlan: match.sellPlan,
      buyPlan: match.buyPlan,
      match: matchCommitment,
      auditKey,
      context,
    },
    privateInputs: {
      ...ownerInputs(account, circuit, commitmentOf(plan), outcome, context),
      ...ownPlanInputs(plan),
      matchEnergyWh: match.energyWh,
      matchPrice: match.priceMicroPerKwh,
      matchSalt: match.salt,
      ephemeral,
    },
    created: [rest],
  });
}

function requireKept(plan: PlanNote, match: MatchNote): void {
  if (match.energyWh === 0n || match.energyWh > plan.energyWh) {
    throw new UnprovableError(
      `The match is of ${match.energyWh} Wh, the plan of ${plan.energyWh} Wh.`,
      "Do not confirm it: a match is of some energy, and of no more than the plan has.",
    );
  }
  const isWorse =
    plan.side === "sell"
      ? match.priceMicroPerKwh < plan.priceMicroPerKwh
      : match.priceMicroPerKwh > plan.priceMicroPerKwh;
  if (isWorse) {
    throw new UnprovableError(
      `The match's price of ${match.priceMicroPerKwh} is worse than the plan's limit of ${plan.priceMicroPerKwh}.`,
      "Do not confirm it.",
    );
  }
}
