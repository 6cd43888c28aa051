import { keccak256, Wallet } from "ethers";
import type { PlanEnvelope } from "../../../../../sdk/private/uploads/planEnvelope.ts";
import { featuresHash } from "../../../../../sdk/private/uploads/featuresHash.ts";
import {
  signPlanUpload,
  type PlanUploadFields,
  type PlanUploadHeader,
  type UploadablePlan,
} from "../../../../../sdk/private/uploads/planUpload.ts";
import { openingOf } from "../matcher/matcherScene.ts";
import { ALICE, POOL } from "../scene.ts";

export const UPLOADER = new Wallet(`0x${"44".repeat(32)}`);
export const OTHER_UPLOADER = new Wallet(`0x${"55".repeat(32)}`);
export const hashOf = (text: string) => keccak256(Buffer.from(text));

export const FIELDS: PlanUploadFields = {
  plan: 12345n,
  period: 5n,
  side: "sell",
  epoch: 3,
  contentHash: hashOf("ciphertext"),
  originContentHash: hashOf("ciphertext"),
  envelopeHash: hashOf("envelope"),
};
/** The chain's plan that they are for. */
export const BOOKED: UploadablePlan = {
  side: "sell",
  period: 5n,
  state: "open",
  strikes: 0,
  features: featuresHash(FIELDS.originContentHash, UPLOADER.address),
};

/** A signed upload. */
export function upload(changes: Partial<PlanUploadFields> = {}): Promise<PlanUploadHeader> {
  return signPlanUpload(UPLOADER, POOL, { ...FIELDS, ...changes });
}

export const ENVELOPE: PlanEnvelope = {
  opening: openingOf(ALICE, "buy", 1_500n, 300_000n),
  features: { priceMicroPerKwh: 300_000, energyWh: 1_500, energyType: "solar", eastM: 12.5 },
  gateway: 0n,
  featuresOpening: 0n,
};
