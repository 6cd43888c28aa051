import { outcomeOf } from "../authorisation.ts";
import { contextOf } from "../context.ts";
import { deliveredWh } from "../delivered.ts";
import type { PrivateAccount } from "../keys.ts";
import { commitmentOf, type ActualNote, type MatchNote, type PlanNote } from "../notes.ts";
import { sealNote } from "../sealNote.ts";
import { ownPlanInputs, requireMatchOf } from "./ownPlan.ts";
import {
  ephemeralOf,
  ownerInputs,
  proofRequest,
  UnprovableError,
  type ProofRequest,
  type ProofSetting,
} from "./proofRequest.ts";

export interface SettleTerms {
  /** One's own, as it was when it was matched. */
  plan: PlanNote;
  match: MatchNote;
  /** Undefined where none came by its deadline, which counts as nothing delivered. */
  actual: ActualNote | undefined;
  /** Of the pool. */
  toleranceBps: bigint;
}

/** What a side gets of a match: the seller its price, the buyer what its lock exceeds that by. */
export function settledNano({ plan, match, actual, toleranceBps }: SettleTerms): bigint {
  const delivered = deliveredWh(match.energyWh, actual?.energyWh ?? 0n, toleranceBps);
  const paid = delivered * match.priceMicroPerKwh;
  return plan.side === "sell" ? paid : match.energyWh * plan.priceMicroPerKwh - paid;
}

/** Circuits 10 and 11: one side's credit of a match, by what was delivered. @throws UnprovableError */
export function buildSettleInputs(
  account: PrivateAccount,
  setting: ProofSetting,
  terms: SettleTerms,
): ProofRequest {
  const { plan, match, actual, toleranceBps } = terms;
  requireMatchOf(account, plan, match);
  const matchCommitment = commitmentOf(match);
  if (actual !== undefined && actual.match !== matchCommitment) {
    throw new UnprovableError("The actual note is of another match.", "Take the match's own.");
  }
  const isSale = plan.side === "sell";
  const circuit = isSale ? "SettleSell" : "SettleBuy";
  const { pool, deadlineS, auditKey } = setting;
  const { owner, viewKey } = account;
  const ephemeral = ephemeralOf(setting);
  const context = contextOf(pool, circuit, deadlineS);
  const credit = sealNote(
    { kind: "credit", owner, amountNano: settledNano(terms) },
    { viewKey, auditKey, ephemeral, outputIndex: 0 },
  );
  const planCommitment = commitmentOf(plan);
  const outcome = outcomeOf(credit.commitment, matchCommitment);
  return proofRequest(circuit, {
    outputs: { credit: credit.commitment, memo: credit.memo },
    publicInputs: {
      plan: planCommitment,
      match: matchCommitment,
      actual: actual === undefined ? 0n : commitmentOf(actual),
      toleranceBps,
      auditKey,
      context,
    },
    privateInputs: {
      ...ownerInputs(account, circuit, planCommitment, outcome, context),
      ...ownPlanInputs(plan),
      otherPlan: isSale ? match.buyPlan : match.sellPlan,
      matchEnergyWh: match.energyWh,
      matchPrice: match.priceMicroPerKwh,
      matchSalt: match.salt,
      actualEnergyWh: actual?.energyWh ?? 0n,
      actualSalt: actual?.salt ?? 0n,
      ephemeral,
    },
    created: [credit],
  });
}
