import { attributesOf, type PlanNote } from "../../../sdk/private/notes.ts";
import { PLAN_FEATURES, planFeatures } from "../../../sdk/private/client/planFeatures.ts";
import { OpeningRefusedError, planOfOpening } from "../../../sdk/private/matcher/planOpening.ts";
import {
  encodeBid,
  encodeOffer,
  type FeatureValues,
} from "../../../sdk/private/matching/encodePlan.ts";
import type { FeatureCode } from "../../../sdk/private/matching/featureSchema.ts";
import { FeatureValueError } from "../../../sdk/private/matching/matchingError.ts";
import type { PlanEnvelope } from "../../../sdk/private/uploads/planEnvelope.ts";

/** A plan of a pair with all that its owner said of it. */
export interface OpenedEntry {
  plan: bigint;
  side: PlanNote["side"];
  period: bigint;
  envelope: PlanEnvelope;
  /** What its ciphertext was found to hold, a number a block. */
  numbers: readonly number[];
}

/** What an entry is compared with. */
export interface EntryRules {
  code: FeatureCode;
  /** The reputations that its owner has had lately. */
  reputations: readonly number[];
}

const REPUTATION_FEATURE = "reputation";

/**
 * What a participant has lied about, if it has: its envelope must open its plan, its features be those of the plan and of
 * its reputation, and its ciphertext hold them and nothing else.
 * @returns in words, without any of the plan's terms; undefined of who is honest
 */
export function planLie(entry: OpenedEntry, { code, reputations }: EntryRules): string | undefined {
  const { envelope } = entry;
  return (
    openingLie(entry) ??
    planFeatureLie(code, envelope) ??
    reputationLie(code, envelope.features, reputations) ??
    ciphertextLie(code, entry)
  );
}

function openingLie({ plan, side, period, envelope }: OpenedEntry): string | undefined {
  const { opening, gateway, featuresOpening } = envelope;
  try {
    if (planOfOpening(opening) !== plan) return "its envelope does not open the plan";
    if (attributesOf(gateway, featuresOpening) !== opening.plan.attributes) {
      return "its envelope does not open the plan's attributes";
    }
  } catch (error) {
    if (error instanceof OpeningRefusedError) return "its envelope does not open the plan";
    // A number of it is none that a circuit takes.
    return "its envelope holds what no plan is made of";
  }
  // The commitment binds both, so that only a chain that contradicts itself comes here.
  const { plan: note } = opening;
  return note.side === side && note.period === period ? undefined : "its plan is of another period";
}

function planFeatureLie(
  code: FeatureCode,
  { features, opening: { plan } }: PlanEnvelope,
): string | undefined {
  const { energyWh, priceMicroPerKwh } = plan;
  const fitting = planFeatures(code, { energyWh, priceMicroPerKwh, features });
  const name = Object.values(PLAN_FEATURES).find((one) => fitting[one] !== features[one]);
  return name === undefined ? undefined : `its feature ${name} is not that of the plan`;
}

function reputationLie(
  { schema }: FeatureCode,
  features: FeatureValues,
  reputations: readonly number[],
): string | undefined {
  if (!schema.features.some(({ name }) => name === REPUTATION_FEATURE)) return undefined;
  const said = features[REPUTATION_FEATURE];
  if (typeof said === "number" && reputations.includes(said)) return undefined;
  return "its feature reputation is not what its owner has";
}

function ciphertextLie(
  code: FeatureCode,
  { side, envelope: { features, ownWeights }, numbers: found }: OpenedEntry,
): string | undefined {
  let numbers: number[];
  try {
    numbers = side === "buy" ? encodeBid(code, features, ownWeights) : encodeOffer(code, features);
  } catch (error) {
    if (!(error instanceof FeatureValueError)) throw error;
    return `its features are none of the market's: ${error.shortMessage}`;
  }
  const isSame =
    found.length === numbers.length && numbers.every((number, i) => number === found[i]);
  return isSame ? undefined : "its ciphertext does not hold the features that its envelope says";
}
