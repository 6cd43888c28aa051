import { randomBytes } from "node:crypto";
import { BASE_POINT, multiplyPoint } from "../../../sdk/private/babyJubjub.ts";
import {
  encodeManifest,
  MANIFEST_FORMAT,
  manifestHash,
  packEnvelopeKey,
  type EpochManifest,
} from "../../../sdk/private/epochs/epochManifest.ts";
import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import type { FeatureSchema } from "../../../sdk/private/matching/featureSchema.ts";
import { randomScalar } from "../../../sdk/private/randomScalar.ts";
import type { MadeKeys } from "../decryption/decryptionTasks.ts";
import type { EpochPublicKeys, EpochSecrets } from "../keys/epochKeys.ts";

const BEACON_SECRET_BYTES = 32;

/** An epoch's keys with what is announced of them. */
export interface MadeEpoch {
  manifestHash: string;
  manifest: string;
  fromPeriod: bigint;
  secrets: EpochSecrets;
  publics: EpochPublicKeys;
}

/** Makes what an epoch needs of fresh keys of both schemes. */
export function makeEpoch(
  { epoch, fromPeriod, schema }: { epoch: number; fromPeriod: bigint; schema: FeatureSchema },
  { matching, delivery }: MadeKeys,
): MadeEpoch {
  const envelopeScalar = randomScalar();
  const manifest: EpochManifest = {
    format: MANIFEST_FORMAT,
    epoch,
    fromPeriod,
    schema,
    publicKeyHash: contentHash(matching.publicKey),
    relinKeysHash: contentHash(matching.relinKeys),
    deliveryKeyHash: contentHash(delivery.publicKey),
    envelopeKey: packEnvelopeKey(multiplyPoint(BASE_POINT, envelopeScalar)),
  };
  return {
    manifestHash: manifestHash(manifest),
    manifest: new TextDecoder().decode(encodeManifest(manifest)),
    fromPeriod,
    secrets: {
      matchingKey: matching.secretKey,
      deliveryKey: delivery.secretKey,
      envelopeScalar,
      beaconSecret: new Uint8Array(randomBytes(BEACON_SECRET_BYTES)),
    },
    publics: {
      "public-key": matching.publicKey,
      "relin-keys": matching.relinKeys,
      "delivery-key": delivery.publicKey,
    },
  };
}
