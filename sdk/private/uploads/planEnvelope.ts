import type { FeatureValues, PrivateWeights } from "../matching/encodePlan.ts";
import { MAX_PRIVATE_WEIGHT } from "../matching/featureSchema.ts";
import type { PlanOpening } from "../matcher/planOpening.ts";
import { packedHex, unpackHex } from "../packedPoint.ts";
import {
  bigint,
  finite,
  hexBytes,
  object,
  oneOf,
  optional,
  record,
  text,
  uint,
  type Reader,
} from "../wire/readers.ts";
import { parseWireJson } from "../wire/wireJson.ts";
import { paddedJson } from "./padded.ts";
import { EnvelopeError } from "./uploadError.ts";

/** What a participant tells the key holder of its plan, which it opens only where the plan is matched. */
export interface PlanEnvelope {
  opening: PlanOpening;
  /** What was encrypted. */
  features: FeatureValues;
  /** Of a buyer, where weights are private. */
  ownWeights?: PrivateWeights;
  /** What the plan's attributes are made of: the gateway's tag, 0 of a buy plan, and the commitment to features. */
  gateway: bigint;
  featuresOpening: bigint;
}

const FORMAT = "sealwatt plan envelope 1";
const MOST_FEATURES = 64;
const MOST_CHARACTERS = 64;

const featureValue: Reader<number | string> = (value, path) =>
  typeof value === "string" ? text(MOST_CHARACTERS)(value, path) : finite(value, path);

const readEnvelope = object({
  format: oneOf(FORMAT),
  plan: object({
    owner: bigint(),
    side: oneOf("buy", "sell"),
    period: bigint(),
    energyWh: bigint(),
    priceMicroPerKwh: bigint(),
    attributes: bigint(),
    salt: bigint(),
  }),
  account: bigint(),
  viewKey: hexBytes(32),
  features: record(featureValue, MOST_FEATURES),
  ownWeights: optional(record(uint(MAX_PRIVATE_WEIGHT), MOST_FEATURES)),
  gateway: bigint(),
  featuresOpening: bigint(),
});

export function encodePlanEnvelope(envelope: PlanEnvelope): Uint8Array {
  const { opening, features, ownWeights, gateway, featuresOpening } = envelope;
  const { kind: _, ...plan } = opening.plan;
  return paddedJson({
    format: FORMAT,
    plan,
    account: opening.to.account,
    viewKey: packedHex(opening.to.viewKey),
    features,
    ownWeights,
    gateway,
    featuresOpening,
  });
}

/**
 * Reads an envelope's content. Whether it opens the plan is not known by that.
 * @throws EnvelopeError
 */
export function decodePlanEnvelope(plain: Uint8Array): PlanEnvelope {
  try {
    const {
      plan,
      account,
      viewKey,
      format: _,
      ...rest
    } = readEnvelope(parseWireJson(plain), "envelope");
    const key = unpackHex("The viewing key", viewKey);
    return { opening: { plan: { kind: "plan", ...plan }, to: { account, viewKey: key } }, ...rest };
  } catch {
    // What stands in it is nobody else's: no message repeats it.
    throw new EnvelopeError("plan's envelope", "does not hold a plan's opening and features");
  }
}
