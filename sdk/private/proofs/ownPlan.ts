import type { PrivateAccount } from "../keys.ts";
import { commitmentOf, type MatchNote, type PlanNote } from "../notes.ts";
import { requireOwn, UnprovableError, type Signals } from "./proofRequest.ts";

/** The inputs that open a plan of one's own. */
export function ownPlanInputs(plan: PlanNote): Signals {
  const { period, energyWh, priceMicroPerKwh, attributes, salt } = plan;
  return { period, energyWh, price: priceMicroPerKwh, attributes, planSalt: salt };
}

/** @throws UnprovableError unless the plan is the account's and one of the match's two */
export function requireMatchOf(account: PrivateAccount, plan: PlanNote, match: MatchNote): void {
  requireOwn(account, plan);
  if (commitmentOf(plan) === (plan.side === "sell" ? match.sellPlan : match.buyPlan)) return;
  throw new UnprovableError(
    `The match is not of this ${plan.side} plan.`,
    "Take the plan as it was when it was matched.",
  );
}
