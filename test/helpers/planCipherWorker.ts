import type { FeatureValues } from "../../sdk/private/matching/encodePlan.ts";
import { compileFeatures, type FeatureSchema } from "../../sdk/private/matching/featureSchema.ts";
import { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { MATCHING_PARAMETERS } from "../../sdk/private/matching/parameters.ts";
import { PlanCipher } from "../../sdk/private/matching/planCipher.ts";

/** What a page asks its worker for. */
export interface PlanRequest {
  schema: FeatureSchema;
  publicKey: Uint8Array;
  offers: FeatureValues[];
}

export interface PlanReply {
  bytes?: Uint8Array[];
  hashes?: string[];
  durationsMs?: number[];
  message?: string;
}

// A worker of a browser: encrypts plans, and says how long each took.
const worker = globalThis as unknown as {
  onmessage: (event: { data: PlanRequest }) => void;
  postMessage(reply: PlanReply): void;
};

async function encrypt({ schema, publicKey, offers }: PlanRequest): Promise<PlanReply> {
  const scheme = await HeScheme.create(MATCHING_PARAMETERS);
  const cipher = new PlanCipher(scheme, compileFeatures(schema), publicKey);
  const durationsMs: number[] = [];
  const plans = offers.map((values) => {
    const start = performance.now();
    const plan = cipher.encryptOffer(values);
    durationsMs.push(performance.now() - start);
    return plan;
  });
  scheme.close();
  return {
    bytes: plans.map(({ bytes }) => bytes),
    hashes: plans.map(({ contentHash }) => contentHash),
    durationsMs,
  };
}

worker.onmessage = ({ data }) => {
  encrypt(data).then(
    (reply) => worker.postMessage(reply),
    (error: unknown) => worker.postMessage({ message: String(error) }),
  );
};
