import { outcomeOf } from "../authorisation.ts";
import { contextOf } from "../context.ts";
import type { PrivateAccount } from "../keys.ts";
import { attributesOf, type CreditNote } from "../notes.ts";
import { nullifierOf } from "../nullifier.ts";
import { scopeOf } from "../pool.ts";
import { sealNote } from "../sealNote.ts";
import {
  ephemeralOf,
  ownerInputs,
  proofRequest,
  requireInTree,
  requirePath,
  UnprovableError,
  type ProofRequest,
  type ProofSetting,
  type SpendableNote,
} from "./proofRequest.ts";
import type { PlanTerms } from "./sellPlan.ts";

export interface BuyPlanTerms extends PlanTerms {
  from: SpendableNote<CreditNote>;
  period: bigint;
  /** Of the pool: what a buyer who does not confirm loses. */
  bondNano: bigint;
}

/** What a buy plan takes out of a note. */
export function lockNano(energyWh: bigint, priceMicroPerKwh: bigint, bondNano: bigint): bigint {
  return energyWh * priceMicroPerKwh + bondNano;
}

/** Circuit 6: energy is bid for, what it can cost and a bond are locked. @throws UnprovableError */
export function buildBuyPlanInputs(
  account: PrivateAccount,
  setting: ProofSetting,
  terms: BuyPlanTerms,
): ProofRequest {
  const { from, participant, period, energyWh, priceMicroPerKwh, features, bondNano } = terms;
  requireInTree(account, from);
  requirePath("The owner among the participants", account.owner, participant);
  const { note, path } = from;
  const lock = lockNano(energyWh, priceMicroPerKwh, bondNano);
  if (lock > note.amountNano) {
    throw new UnprovableError(
      `The plan locks ${lock} nano, and the note holds ${note.amountNano}.`,
      "Choose a larger note, or merge notes first.",
    );
  }
  const { pool, deadlineS, auditKey } = setting;
  const { owner, viewKey } = account;
  const ephemeral = [ephemeralOf(setting), ephemeralOf(setting)] as const;
  const scope = scopeOf(pool);
  const context = contextOf(pool, "BuyPlan", deadlineS, [terms.encryptedFeaturesHash]);
  const nullifier = nullifierOf(scope, account.nullifierKey, path.index);
  const attributes = attributesOf(0n, features);
  const plan = sealNote(
    { kind: "plan", owner, side: "buy", period, energyWh, priceMicroPerKwh, attributes },
    { viewKey, auditKey, ephemeral: ephemeral[0], outputIndex: 0 },
  );
  const change = sealNote(
    { kind: "credit", owner, amountNano: note.amountNano - lock },
    { viewKey, auditKey, ephemeral: ephemeral[1], outputIndex: 1 },
  );
  const outcome = outcomeOf(plan.commitment, change.commitment);
  return proofRequest("BuyPlan", {
    outputs: {
      nullifier,
      plan: plan.commitment,
      planMemo: plan.memo,
      change: change.commitment,
      changeMemo: change.memo,
    },
    publicInputs: {
      root: path.root,
      size: BigInt(path.size),
      scope,
      participantsRoot: participant.root,
      participantsSize: BigInt(participant.size),
      period,
      bondNano,
      auditKey,
      context,
    },
    privateInputs: {
      ...ownerInputs(account, "BuyPlan", nullifier, outcome, context),
      noteAmountNano: note.amountNano,
      noteSalt: note.salt,
      noteIndex: BigInt(path.index),
      noteSiblings: path.siblings,
      participantIndex: BigInt(participant.index),
      participantSiblings: participant.siblings,
      energyWh,
      price: priceMicroPerKwh,
      features,
      ephemeral,
    },
    created: [plan, change],
  });
}
