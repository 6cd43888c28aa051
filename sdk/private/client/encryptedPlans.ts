import { BaseError } from "../../errors.ts";
import { EpochShelf } from "../epochs/epochShelf.ts";
import { envelopeKeyOf } from "../epochs/epochManifest.ts";
import type { EpochSource } from "../epochs/fetchEpoch.ts";
import type { PrivateAccount } from "../keys.ts";
import { contentHash } from "../matching/contentHash.ts";
import type { FeatureValues, PrivateWeights } from "../matching/encodePlan.ts";
import { HeScheme } from "../matching/heScheme.ts";
import { MATCHING_PARAMETERS } from "../matching/parameters.ts";
import { PlanCipher } from "../matching/planCipher.ts";
import { commitmentOf, type PlanNote, type Side } from "../notes.ts";
import type { PoolId } from "../pool.ts";
import { sealEnvelope } from "../uploads/envelope.ts";
import { planEnvelopePlace } from "../uploads/envelopePlace.ts";
import { featuresHash } from "../uploads/featuresHash.ts";
import { encodePlanEnvelope } from "../uploads/planEnvelope.ts";
import { signPlanUpload } from "../uploads/planUpload.ts";
import { readReceipt, verifyReceipt, type UploadReceipt } from "../uploads/receipt.ts";
import { uploadKeyOf } from "../uploads/uploadKey.ts";
import { encodeFrame } from "../wire/frame.ts";
import { bigint, hash, object, optional, text } from "../wire/readers.ts";
import type { ServiceClient } from "../wire/serviceClient.ts";
import { ServiceRefusedError } from "../wire/serviceError.ts";
import { limitRounding, type LimitRounding } from "./limitRounding.ts";
import { planFeatures } from "./planFeatures.ts";

export interface EncryptedPlansOptions {
  pool: PoolId;
  account: PrivateAccount;
  /** Takes uploads. */
  matcher: ServiceClient;
  /** Whose receipts are believed. */
  matcherAddress: string;
  /** Where epochs are announced. */
  record: EpochSource;
  /** Gives epochs and their keys; the matcher where nobody else is named. Neither is believed. */
  epochs?: Pick<ServiceClient, "get">;
  /**
   * The key holder's address, as the regulator published it elsewhere than on the chain. Without it the node that is read
   * and whoever serves epochs decide together who can read the plans.
   */
  keyHolderAddress?: string;
}

/** A plan before it is submitted. */
export interface PlanOrder {
  side: Side;
  period: bigint;
  energyWh: bigint;
  priceMicroPerKwh: bigint;
  /** What else the market matches by, by name. */
  features: FeatureValues;
  /** Of a buyer, where weights are private. */
  ownWeights?: PrivateWeights;
}

/**
 * A plan that was encrypted. Keep it until it was uploaded: encrypted again it is another one, and not the plan's that the
 * chain has. It tells what the plan says, and no key.
 */
export interface PreparedPlan {
  side: Side;
  period: bigint;
  epoch: number;
  ciphertext: Uint8Array;
  contentHash: string;
  /** Of the ciphertext that the plan was submitted with, or that which this one is the rest of. */
  originContentHash: string;
  /** What the plan is submitted with. */
  encryptedFeaturesHash: bigint;
  /** All that was encrypted, price and energy too. */
  features: FeatureValues;
  ownWeights?: PrivateWeights;
  /** What becomes of its price; undefined where the market matches by no limit. */
  limit: LimitRounding | undefined;
}

/** What the chain has of a prepared plan. */
export interface SubmittedPlan {
  plan: PlanNote;
  /** What the plan's attributes are made of: the gateway's tag, 0 of a buy plan, and features, 0 for none. */
  gateway: bigint;
  features?: bigint;
}

/** The matcher answered with something that is no receipt of what it was sent. */
export class ForeignReceiptError extends BaseError {
  override name = "ForeignReceiptError";

  constructor(plan: bigint, matcher: string) {
    super(`What came for the upload of plan ${plan} is no receipt of ${matcher}.`, {
      metaMessages: [
        "Check the matcher's URL and address. Who answers there may have the upload, and can read nothing in it.",
      ],
    });
  }
}

const readState = object({
  plan: bigint(),
  period: bigint(),
  contentHash: hash,
  state: text(20),
  reason: optional(text(2_000)),
});

/**
 * What a participant does so that its plans are matched without being seen: encrypts them before they are submitted, and
 * uploads them afterwards. In Node, and in a browser's worker: encryption keeps its thread busy for some hundredths of a
 * second.
 */
export class EncryptedPlans {
  readonly #options: EncryptedPlansOptions;
  readonly #epochs: EpochShelf;
  #scheme: Promise<HeScheme> | undefined;

  constructor(options: EncryptedPlansOptions) {
    this.#options = options;
    this.#epochs = new EpochShelf(
      options.epochs ?? options.matcher,
      options.record,
      options.keyHolderAddress,
    );
  }

  /**
   * Encrypts a plan that is about to be submitted with the hash of this.
   * @throws NoEpochError, ForeignEpochError, ServiceError, FeatureValueError
   */
  prepare({ ownWeights, ...order }: PlanOrder): Promise<PreparedPlan> {
    return this.#encrypt(order, ownWeights);
  }

  /**
   * Encrypts what a match left of a plan. It inherits the plan's hash on chain, and is uploaded by the same key.
   * @param origin as the plan was prepared, or a rest of it
   * @param plan the rest, as the store has it
   * @throws as {@link prepare}
   */
  prepareRest(
    origin: Pick<PreparedPlan, "features" | "ownWeights" | "originContentHash">,
    { side, period, energyWh, priceMicroPerKwh }: PlanNote,
  ): Promise<PreparedPlan> {
    const { features, ownWeights, originContentHash } = origin;
    const order = { side, period, energyWh, priceMicroPerKwh, features };
    return this.#encrypt(order, ownWeights, originContentHash);
  }

  /**
   * Uploads a plan that the chain has. Asked again with the same, the matcher answers the same.
   * @throws ServiceError, ForeignReceiptError, InvalidPointError
   */
  async upload(
    prepared: PreparedPlan,
    { plan, gateway, features = 0n }: SubmittedPlan,
    signal?: AbortSignal,
  ): Promise<UploadReceipt> {
    const { pool, account, matcher, matcherAddress } = this.#options;
    const { manifest } = await this.#epochs.ofPeriod(prepared.period);
    const commitment = commitmentOf(plan);
    const { account: hidden, viewKey } = account;
    const envelope = await sealEnvelope(
      envelopeKeyOf(manifest),
      encodePlanEnvelope({
        opening: { plan, to: { account: hidden, viewKey } },
        features: prepared.features,
        ...(prepared.ownWeights === undefined ? {} : { ownWeights: prepared.ownWeights }),
        gateway,
        featuresOpening: features,
      }),
      planEnvelopePlace(pool, { plan: commitment, contentHash: prepared.contentHash }),
    );
    const { side, period, epoch, originContentHash } = prepared;
    const header = await signPlanUpload(uploadKeyOf(account, originContentHash), pool, {
      plan: commitment,
      period,
      side,
      epoch,
      contentHash: prepared.contentHash,
      originContentHash,
      envelopeHash: contentHash(envelope),
    });
    const frame = encodeFrame(header, [envelope, prepared.ciphertext]);
    const receipt = readReceipt((await matcher.post("/plans", frame, signal)).json(), "receipt");
    const isOfThis = receipt.plan === commitment && receipt.contentHash === prepared.contentHash;
    if (isOfThis && verifyReceipt(pool, receipt, matcherAddress)) return receipt;
    throw new ForeignReceiptError(commitment, matcherAddress);
  }

  /**
   * Finds again what a plan's rests are prepared with, where what was prepared is lost: the matcher knows the ciphertext's
   * hash, and that it is the right one the chain's hash shows. Which features the plan had the caller must know.
   * @param features the hash that the chain has of the plan, `BookedPlan.features`
   * @param plans with this hash, as the chain has them: the plan and its rests, one of which was uploaded as submitted
   * @returns undefined where the matcher has no upload of the first one
   * @throws ServiceError
   */
  async findOrigin(features: string, plans: readonly bigint[]): Promise<string | undefined> {
    for (const plan of plans) {
      const content = await this.#uploadedContent(plan);
      if (content === undefined) continue;
      const { address } = uploadKeyOf(this.#options.account, content);
      if (featuresHash(content, address) === features) return content;
    }
    return undefined;
  }

  async #uploadedContent(plan: bigint): Promise<string | undefined> {
    try {
      return readState((await this.#options.matcher.get(`/plans/${plan}`)).json(), "plan")
        .contentHash;
    } catch (error) {
      if (error instanceof ServiceRefusedError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Frees what encryption holds. */
  async close(): Promise<void> {
    const scheme = this.#scheme;
    this.#scheme = undefined;
    (await scheme)?.close();
  }

  async #encrypt(
    order: Omit<PlanOrder, "ownWeights">,
    ownWeights: PrivateWeights | undefined,
    origin?: string,
  ): Promise<PreparedPlan> {
    const { side, period } = order;
    const { manifest, code, publicKey } = await this.#epochs.ofPeriod(period);
    const features = planFeatures(code, order);
    this.#scheme ??= HeScheme.create(MATCHING_PARAMETERS);
    const cipher = new PlanCipher(await this.#scheme, code, publicKey);
    try {
      const { bytes, contentHash: made } =
        side === "buy" ? cipher.encryptBid(features, ownWeights) : cipher.encryptOffer(features);
      const originContentHash = origin ?? made;
      const { address } = uploadKeyOf(this.#options.account, originContentHash);
      return {
        side,
        period,
        epoch: manifest.epoch,
        ciphertext: bytes,
        contentHash: made,
        originContentHash,
        encryptedFeaturesHash: BigInt(featuresHash(originContentHash, address)),
        features,
        ...(ownWeights === undefined ? {} : { ownWeights }),
        limit: limitRounding(code, side, Number(order.priceMicroPerKwh)),
      };
    } finally {
      cipher.close();
    }
  }
}
