import { outcomeOf } from "../authorisation.ts";
import { contextOf } from "../context.ts";
import type { PrivateAccount } from "../keys.ts";
import type { MerklePath } from "../merkleTree.ts";
import { attributesOf, type GenerationNote } from "../notes.ts";
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

/** What a new plan of either side says. */
export interface PlanTerms {
  energyWh: bigint;
  /** The least that a seller takes, the most that a buyer gives. */
  priceMicroPerKwh: bigint;
  /** A commitment to what is matched by; 0 for none. */
  features: bigint;
  /** keccak256 of the encrypted features. */
  encryptedFeaturesHash: bigint;
  /** Of the account's owner in the tree of participants. */
  participant: MerklePath;
}

export interface SellPlanTerms extends PlanTerms {
  from: SpendableNote<GenerationNote>;
  /** Of the pool: the least that a plan offers. */
  bondWh: bigint;
}

/** Circuit 5: energy of a generation note is offered, the rest is a new note. @throws UnprovableError */
export function buildSellPlanInputs(
  account: PrivateAccount,
  setting: ProofSetting,
  terms: SellPlanTerms,
): ProofRequest {
  const { from, participant, energyWh, priceMicroPerKwh, features, bondWh } = terms;
  requireInTree(account, from);
  requirePath("The owner among the participants", account.owner, participant);
  const { note, path } = from;
  if (energyWh < bondWh || energyWh > note.energyWh) {
    throw new UnprovableError(
      `${energyWh} Wh are to be sold; the note has ${note.energyWh} Wh, and a plan offers at least ${bondWh} Wh.`,
      "Offer an energy between both, or take another note.",
    );
  }
  const { pool, deadlineS, auditKey } = setting;
  const { owner, viewKey } = account;
  const { gateway, period } = note;
  const ephemeral = [ephemeralOf(setting), ephemeralOf(setting)] as const;
  const scope = scopeOf(pool);
  const context = contextOf(pool, "SellPlan", deadlineS, [terms.encryptedFeaturesHash]);
  const nullifier = nullifierOf(scope, account.nullifierKey, path.index);
  const attributes = attributesOf(gateway, features);
  const plan = sealNote(
    { kind: "plan", owner, side: "sell", period, energyWh, priceMicroPerKwh, attributes },
    { viewKey, auditKey, ephemeral: ephemeral[0], outputIndex: 0 },
  );
  const rest = sealNote(
    { kind: "generation", owner, gateway, period, energyWh: note.energyWh - energyWh },
    { viewKey, auditKey, ephemeral: ephemeral[1], outputIndex: 1 },
  );
  const outcome = outcomeOf(plan.commitment, rest.commitment);
  return proofRequest("SellPlan", {
    outputs: {
      nullifier,
      plan: plan.commitment,
      planMemo: plan.memo,
      rest: rest.commitment,
      restMemo: rest.memo,
    },
    publicInputs: {
      root: path.root,
      size: BigInt(path.size),
      scope,
      participantsRoot: participant.root,
      participantsSize: BigInt(participant.size),
      period,
      bondWh,
      auditKey,
      context,
    },
    privateInputs: {
      ...ownerInputs(account, "SellPlan", nullifier, outcome, context),
      gateway,
      noteEnergyWh: note.energyWh,
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
    created: [plan, rest],
  });
}
