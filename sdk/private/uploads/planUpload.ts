import { Signature, verifyTypedData, type Signer } from "ethers";
import type { BookedPlan } from "../chain/poolState.ts";
import { FIELD_ORDER } from "../field.ts";
import type { Side } from "../notes.ts";
import { isBondSpent } from "../matcher/planOpening.ts";
import { poolDomain, type PoolId } from "../pool.ts";
import {
  address,
  bigint,
  hash,
  hexBytes,
  object,
  oneOf,
  uint,
  type Reader,
} from "../wire/readers.ts";
import { featuresHash } from "./featuresHash.ts";
import { UploadRefusedError } from "./uploadError.ts";

/** What the upload key of a plan signs for. */
export interface PlanUploadFields {
  /** The plan's commitment. */
  plan: bigint;
  period: bigint;
  side: Side;
  epoch: number;
  /** Of the ciphertext that travels with it. */
  contentHash: string;
  /**
   * Of the ciphertext that the chain's hash was made of: the same, but of a rest that of the plan which came with its
   * submission.
   */
  originContentHash: string;
  /** keccak256 of the envelope that travels with it. */
  envelopeHash: string;
}

/** What travels before a plan's ciphertext and envelope. */
export interface PlanUploadHeader extends PlanUploadFields {
  uploadAddress: string;
  signature: string;
}

const PLAN_UPLOAD_TYPES = {
  PlanUpload: [
    { name: "plan", type: "uint256" },
    { name: "epoch", type: "uint256" },
    { name: "contentHash", type: "bytes32" },
    { name: "envelopeHash", type: "bytes32" },
    { name: "originContentHash", type: "bytes32" },
  ],
};

/** Takes an upload's header out of what somebody sent. @throws MalformedMessageError */
export const readPlanUpload: Reader<PlanUploadHeader> = object({
  plan: bigint(FIELD_ORDER - 1n),
  period: bigint(2n ** 24n - 1n),
  side: oneOf("buy", "sell"),
  epoch: uint(2 ** 32 - 1),
  contentHash: hash,
  originContentHash: hash,
  envelopeHash: hash,
  uploadAddress: address,
  signature: hexBytes(65),
});

/** What signs uploads of one plan and its rests, and nothing else: a key of its own, so that uploads link to nothing. */
export type UploadSigner = Pick<Signer, "getAddress" | "signTypedData">;

export async function signPlanUpload(
  wallet: UploadSigner,
  pool: PoolId,
  fields: PlanUploadFields,
): Promise<PlanUploadHeader> {
  const signature = await wallet.signTypedData(
    poolDomain(pool),
    PLAN_UPLOAD_TYPES,
    signedFields(fields),
  );
  return { ...fields, uploadAddress: await wallet.getAddress(), signature };
}

function signedFields(fields: PlanUploadFields) {
  const { plan, epoch, contentHash, envelopeHash, originContentHash } = fields;
  return { plan, epoch, contentHash, envelopeHash, originContentHash };
}

/** What is needed of the chain's plan. */
export type UploadablePlan = Pick<BookedPlan, "side" | "period" | "state" | "strikes" | "features">;

/**
 * Whether an upload is for a plan of the chain that can be matched, by the only key that may upload for it.
 * @param booked the chain's plan; undefined where it has none
 * @param isRest whether it was left by a match, see {@link isRestPlan}
 * @throws UploadRefusedError
 */
export function checkPlanUpload(
  pool: PoolId,
  header: PlanUploadHeader,
  { booked, isRest }: { booked: UploadablePlan | undefined; isRest: boolean },
): void {
  requireUploadable(header, booked);
  if (!isRest && header.contentHash !== header.originContentHash) {
    throw new UploadRefusedError(
      409,
      `Plan ${header.plan} was submitted as it is, but another ciphertext is uploaded for it.`,
      "Upload the ciphertext that the plan was submitted with.",
    );
  }
  if (featuresHash(header.originContentHash, header.uploadAddress) !== booked.features) {
    throw new UploadRefusedError(
      409,
      `Plan ${header.plan} does not bind this ciphertext and upload key.`,
      "Upload what the plan was submitted with, by the key that it was submitted with.",
    );
  }
  if (signerOf(pool, header) !== header.uploadAddress) {
    throw new UploadRefusedError(
      401,
      `The upload for plan ${header.plan} is not signed by ${header.uploadAddress}.`,
      "Sign this very upload, for this pool, with the plan's upload key.",
    );
  }
}

/** Whether a plan is what a match left. */
export function isRestPlan({ log }: { log: Pick<BookedPlan["log"], "name"> }): boolean {
  return log.name !== "PlanAdded";
}

const NOT_OPEN: Record<Exclude<BookedPlan["state"], "open">, [fact: string, remedy: string]> = {
  proven: [
    "is what a side would have left of a match that is not agreed yet",
    "Upload it when both sides have confirmed.",
  ],
  matched: ["is in a match", "Upload what it leaves, or it again where the match lapses."],
  ended: ["has ended", "Upload what it left, if that is something."],
};

function requireUploadable(
  { plan, side, period }: PlanUploadHeader,
  booked: UploadablePlan | undefined,
): asserts booked is UploadablePlan {
  if (booked === undefined) {
    throw new UploadRefusedError(
      404,
      `The plan book has no plan ${plan}.`,
      "Submit the plan first, and upload when it is in a block.",
    );
  }
  if (booked.side !== side || booked.period !== period) {
    throw new UploadRefusedError(
      409,
      `The plan book has plan ${plan} as one to ${booked.side} in period ${booked.period}.`,
      "Upload it for its own side and period.",
    );
  }
  if (booked.state !== "open") {
    const [fact, remedy] = NOT_OPEN[booked.state];
    throw new UploadRefusedError(409, `Plan ${plan} ${fact}.`, remedy);
  }
  if (isBondSpent(booked)) {
    throw new UploadRefusedError(
      409,
      `Plan ${plan} was silent where its match was confirmed, and has no bond left.`,
      "Have it refunded, and make a new plan.",
    );
  }
}

function signerOf(pool: PoolId, header: PlanUploadHeader): string | undefined {
  try {
    const signature = Signature.from(header.signature);
    // One form for each signature: no other v, no upper s.
    if (signature.serialized !== header.signature) return undefined;
    return verifyTypedData(poolDomain(pool), PLAN_UPLOAD_TYPES, signedFields(header), signature);
  } catch {
    return undefined;
  }
}
