import { verifyAttestation, type DeliveryAttestation } from "../attestation.ts";
import { contextOf } from "../context.ts";
import { sealDelivery } from "../deliverySecret.ts";
import { attributesOf, commitmentOf, type MatchNote, type PlanNote } from "../notes.ts";
import { gatewayTag } from "../owner.ts";
import { scopeOf } from "../pool.ts";
import { ownPlanInputs } from "./ownPlan.ts";
import {
  ephemeralOf,
  proofRequest,
  UnprovableError,
  type ProofRequest,
  type ProofSetting,
} from "./proofRequest.ts";

export interface ActualTerms {
  /** As it was when it was matched. */
  sellPlan: PlanNote;
  /** What its attributes were made of, beside the gateway. */
  features: bigint;
  match: MatchNote;
  /** Of the sell plan's gateway. */
  attestation: DeliveryAttestation;
}

/**
 * Circuit 9: what was delivered of a match, as its gateway attested it. No key is needed for it.
 * @throws UnprovableError
 */
export function buildActualInputs(setting: ProofSetting, terms: ActualTerms): ProofRequest {
  const { sellPlan, features, match, attestation } = terms;
  requireAttested(setting, terms);
  const { pool, deadlineS, auditKey } = setting;
  const ephemeral = ephemeralOf(setting);
  const { energyWh, gatewayKey, signature } = attestation;
  const made = sealDelivery(match, energyWh, { auditKey, ephemeral });
  return proofRequest("Actual", {
    outputs: { actual: made.actual, secret: made.secret },
    publicInputs: {
      sellPlan: match.sellPlan,
      buyPlan: match.buyPlan,
      match: made.match,
      scope: scopeOf(pool),
      auditKey,
      context: contextOf(pool, "Actual", deadlineS),
    },
    privateInputs: {
      ...planInputs(sellPlan),
      features,
      matchEnergyWh: match.energyWh,
      matchPrice: match.priceMicroPerKwh,
      matchSalt: match.salt,
      gatewayKey,
      signatureR: signature.r,
      signatureS: signature.s,
      actualEnergyWh: energyWh,
      ephemeral,
    },
    // The actual note is no leaf.
    created: [],
  });
}

/** Attributes are computed from the gateway. */
function planInputs(plan: PlanNote) {
  const { attributes: _, ...inputs } = ownPlanInputs(plan);
  return { owner: plan.owner, ...inputs };
}

function requireAttested({ pool }: ProofSetting, terms: ActualTerms): void {
  const { sellPlan, features, match, attestation } = terms;
  if (sellPlan.side !== "sell" || commitmentOf(sellPlan) !== match.sellPlan) {
    throw new UnprovableError(
      "The plan is not the match's sell plan.",
      "Take the plan as it was when it was matched.",
    );
  }
  if (sellPlan.attributes !== attributesOf(gatewayTag(attestation.gatewayKey), features)) {
    throw new UnprovableError(
      "The attestation is of another gateway than the plan's, or the features are not the plan's.",
      "Ask the gateway that issued the plan's energy.",
    );
  }
  if (attestation.match !== commitmentOf(match)) {
    throw new UnprovableError(
      "The attestation is of another match.",
      "Ask the gateway for the match's own.",
    );
  }
  if (!verifyAttestation(pool, attestation)) {
    throw new UnprovableError(
      "The attestation's signature is not of its gateway for this pool.",
      "Ask the gateway for another.",
    );
  }
}
