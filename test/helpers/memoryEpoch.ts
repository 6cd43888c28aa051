import { BASE_POINT, multiplyPoint } from "../../sdk/private/babyJubjub.ts";
import {
  encodeManifest,
  MANIFEST_FORMAT,
  manifestHash,
  packEnvelopeKey,
  type EpochKeyName,
  type EpochManifest,
} from "../../sdk/private/epochs/epochManifest.ts";
import type { EpochSource } from "../../sdk/private/epochs/fetchEpoch.ts";
import { contentHash } from "../../sdk/private/matching/contentHash.ts";
import {
  compileFeatures,
  type FeatureCode,
  type FeatureSchema,
} from "../../sdk/private/matching/featureSchema.ts";
import { createHeKeys, type HeKeys } from "../../sdk/private/matching/heKeys.ts";
import { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { DELIVERY_PARAMETERS, MATCHING_PARAMETERS } from "../../sdk/private/matching/parameters.ts";

/** An epoch with all of its keys, the key holder's too. */
export interface MemoryEpoch {
  manifest: EpochManifest;
  code: FeatureCode;
  scheme: HeScheme;
  keys: HeKeys;
  deliveryKeys: HeKeys;
  envelopeScalar: bigint;
  /** What the chain says of it. */
  record: EpochSource;
  /** What a service answers to a path of the epoch's; undefined where that is none. */
  serve(path: string): Uint8Array | undefined;
}

const ENVELOPE_SCALAR = 77_000_001n;

/** Makes an epoch's keys, which takes some tenths of a second. */
export async function createMemoryEpoch(
  schema: FeatureSchema,
  { epoch = 1, fromPeriod = 0n } = {},
): Promise<MemoryEpoch> {
  const scheme = await HeScheme.create(MATCHING_PARAMETERS);
  const keys = createHeKeys(scheme);
  const deliveryScheme = await HeScheme.create(DELIVERY_PARAMETERS);
  const deliveryKeys = createHeKeys(deliveryScheme);
  deliveryScheme.close();
  const manifest: EpochManifest = {
    format: MANIFEST_FORMAT,
    epoch,
    fromPeriod,
    schema,
    publicKeyHash: contentHash(keys.publicKey),
    relinKeysHash: contentHash(keys.relinKeys),
    deliveryKeyHash: contentHash(deliveryKeys.publicKey),
    envelopeKey: packEnvelopeKey(multiplyPoint(BASE_POINT, ENVELOPE_SCALAR)),
  };
  const served: Record<EpochKeyName, Uint8Array> = {
    "public-key": keys.publicKey,
    "relin-keys": keys.relinKeys,
    "delivery-key": deliveryKeys.publicKey,
  };
  const announced = { epoch, fromPeriod, manifestHash: manifestHash(manifest) };
  return {
    manifest,
    code: compileFeatures(schema),
    scheme,
    keys,
    deliveryKeys,
    envelopeScalar: ENVELOPE_SCALAR,
    record: { epochOfPeriod: async (period) => (period < fromPeriod ? undefined : announced) },
    serve(path) {
      if (path === `/epochs/${epoch}`) return encodeManifest(manifest);
      const [, , , name] = path.split("/");
      return path === `/epochs/${epoch}/${name}` ? served[name as EpochKeyName] : undefined;
    },
  };
}
