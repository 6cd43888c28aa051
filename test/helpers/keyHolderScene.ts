// A key holder's service on an embedded chain whose proofs are trivial, with real SEAL and HTTP.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Wallet } from "ethers";
import {
  KeyHolderService,
  type KeyHolderOptions,
} from "../../oracle/keyholder/keyHolderService.ts";
import { Log } from "../../oracle/operations/log.ts";
import { walletSender } from "../../sdk/private/client/poolSender.ts";
import { planFeatures } from "../../sdk/private/client/planFeatures.ts";
import {
  envelopeKeyOf,
  manifestHash,
  type EpochManifest,
} from "../../sdk/private/epochs/epochManifest.ts";
import { fetchEpoch, fetchEpochKey } from "../../sdk/private/epochs/fetchEpoch.ts";
import { MatchingRecordReads } from "../../sdk/private/epochs/matchingRecordReads.ts";
import { accountOfSeed, type PrivateAccount } from "../../sdk/private/keys.ts";
import { contentHash } from "../../sdk/private/matching/contentHash.ts";
import { DEFAULT_FEATURES } from "../../sdk/private/matching/defaultFeatures.ts";
import type { FeatureValues, PrivateWeights } from "../../sdk/private/matching/encodePlan.ts";
import type { FeatureCode } from "../../sdk/private/matching/featureSchema.ts";
import { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { MATCHING_PARAMETERS } from "../../sdk/private/matching/parameters.ts";
import { PlanCipher } from "../../sdk/private/matching/planCipher.ts";
import { attributesOf, commitmentOf, type PlanNote, type Side } from "../../sdk/private/notes.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import { randomScalar } from "../../sdk/private/randomScalar.ts";
import { sealEnvelope } from "../../sdk/private/uploads/envelope.ts";
import { planEnvelopePlace } from "../../sdk/private/uploads/envelopePlace.ts";
import { featuresHash } from "../../sdk/private/uploads/featuresHash.ts";
import { encodePlanEnvelope, type PlanEnvelope } from "../../sdk/private/uploads/planEnvelope.ts";
import { signPlanUpload, type PlanUploadHeader } from "../../sdk/private/uploads/planUpload.ts";
import { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";
import type { PoolFixture } from "./privateMarket.ts";
import { attestingTag } from "./privateTraders.ts";
import { submitBuyPlan, submitSellPlan } from "./privateVerbs.ts";

export const PASSWORD = "the key holder's password";

/** An epoch with its keys, as everybody can fetch it. */
export interface OpenEpoch {
  pool: PoolId;
  manifest: EpochManifest;
  manifestHash: string;
  code: FeatureCode;
  scheme: HeScheme;
  publicKey: Uint8Array;
  relinKeys: Uint8Array;
}

/** A plan on the chain with what its owner uploads. */
export interface MadeUpload {
  note: PlanNote;
  account: PrivateAccount;
  header: PlanUploadHeader;
  envelope: Uint8Array;
  ciphertext: Uint8Array;
}

/** What a plan says, and what its owner may lie about. */
export interface MadePlan {
  side: Side;
  period?: bigint;
  /** Determines its owner. */
  owner?: number;
  energyWh?: bigint;
  priceMicroPerKwh?: bigint;
  features?: FeatureValues;
  ownWeights?: PrivateWeights;
  /** What is encrypted instead. */
  encrypted?: FeatureValues;
  /** What the envelope says instead. */
  said?: Partial<PlanEnvelope>;
  saidFeatures?: FeatureValues;
  /** What is sent instead of it. */
  envelope?: Uint8Array;
}

/** A running key holder. */
export interface RunningKeyHolder {
  service: KeyHolderService;
  url: string;
  lines: string[];
}

const FEATURES: FeatureValues = {
  environmentalIndex: 50,
  reputation: 50,
  eastM: 5_000,
  northM: 5_000,
  energyType: "solar",
};

let shared: Promise<HeScheme> | undefined;

/** Starts key holders on one fixture, and lets go of all of them in the end. */
export class KeyHolderScene {
  readonly scene: PoolFixture;
  readonly folder = mkdtempSync(path.join(tmpdir(), "sealwatt-keyholder-"));
  readonly #running = new Set<KeyHolderService>();

  constructor(scene: PoolFixture) {
    this.scene = scene;
  }

  async start(options: Partial<KeyHolderOptions> = {}): Promise<RunningKeyHolder> {
    const { ethers, poolId, record, actors } = this.scene;
    const lines: string[] = [];
    const service = await KeyHolderService.open({
      provider: ethers.provider,
      pool: poolId,
      record: await record.getAddress(),
      signer: actors.keyHolder,
      sender: walletSender(actors.keyHolder),
      matcher: actors.matcher.address,
      folder: path.join(this.folder, "data"),
      password: PASSWORD,
      schema: DEFAULT_FEATURES,
      port: 0,
      costLog2: 10,
      pollMs: 100,
      log: new Log({ write: (line) => lines.push(line) }),
      ...options,
    });
    this.#running.add(service);
    return { service, url: await service.start(), lines };
  }

  async stop(service: KeyHolderService): Promise<void> {
    if (this.#running.delete(service)) await service.stop();
  }

  async close(): Promise<void> {
    for (const service of [...this.#running]) await this.stop(service);
    rmSync(this.folder, { recursive: true, force: true });
  }

  client({ url, service }: RunningKeyHolder, signer = this.scene.actors.matcher): ServiceClient {
    return new ServiceClient({ url, pool: this.scene.poolId, signer, peer: service.address });
  }

  async epoch(client: ServiceClient, period = 1n): Promise<OpenEpoch> {
    const { ethers, record, poolId: pool } = this.scene;
    const reads = new MatchingRecordReads(ethers.provider, await record.getAddress());
    const { manifest, code } = await fetchEpoch(client, reads, period);
    // One for all tests: making it takes a while.
    shared ??= HeScheme.create(MATCHING_PARAMETERS);
    return {
      pool,
      manifest,
      manifestHash: manifestHash(manifest),
      code,
      scheme: await shared,
      publicKey: await fetchEpochKey(client, manifest, "public-key"),
      relinKeys: await fetchEpochKey(client, manifest, "relin-keys"),
    };
  }

  /** Submits a plan, and makes what is uploaded for it. */
  async plan(epoch: OpenEpoch, made: MadePlan): Promise<MadeUpload> {
    const { side, period = 1n, owner = 1, energyWh = 1_000n } = made;
    const { priceMicroPerKwh = side === "buy" ? 300_000n : 200_000n } = made;
    const account = accountOfSeed(new Uint8Array(32).fill(owner));
    const gateway = side === "sell" ? attestingTag() : 0n;
    const note: PlanNote = {
      kind: "plan",
      owner: account.owner,
      side,
      period,
      energyWh,
      priceMicroPerKwh,
      attributes: attributesOf(gateway, 0n),
      salt: randomScalar(),
    };
    const features = planFeatures(epoch.code, {
      ...note,
      features: { ...FEATURES, ...made.features },
    });
    const ciphertext = this.encrypt(
      epoch,
      side,
      { ...features, ...made.encrypted },
      made.ownWeights,
    );
    const content = contentHash(ciphertext);
    const upload = Wallet.createRandom();
    const plan = commitmentOf(note);
    const submit = side === "sell" ? submitSellPlan : submitBuyPlan;
    await submit(this.scene, { plan, period, features: featuresHash(content, upload.address) });
    const sealed = await sealEnvelope(
      envelopeKeyOf(epoch.manifest),
      encodePlanEnvelope({
        opening: { plan: note, to: account },
        features: { ...features, ...made.saidFeatures },
        ...(made.ownWeights === undefined ? {} : { ownWeights: made.ownWeights }),
        gateway,
        featuresOpening: 0n,
        ...made.said,
      }),
      planEnvelopePlace(epoch.pool, { plan, contentHash: content }),
    );
    const envelope = made.envelope ?? sealed;
    const header = await signPlanUpload(upload, epoch.pool, {
      plan,
      period,
      side,
      epoch: epoch.manifest.epoch,
      contentHash: content,
      originContentHash: content,
      envelopeHash: contentHash(envelope),
    });
    return { note, account, header, envelope, ciphertext };
  }

  /** @param features those that differ from everybody's */
  encrypt(
    { scheme, code, publicKey }: OpenEpoch,
    side: Side,
    features: FeatureValues,
    ownWeights?: PrivateWeights,
  ): Uint8Array {
    const values = { ...FEATURES, energyWh: 1_000, ...features };
    const cipher = new PlanCipher(scheme, code, publicKey);
    try {
      const { bytes } =
        side === "buy" ? cipher.encryptBid(values, ownWeights) : cipher.encryptOffer(values);
      return bytes;
    } finally {
      cipher.close();
    }
  }
}
