import type { EddsaKeys } from "../eddsa.ts";
import { signMessage } from "../eddsa.ts";
import { envelopeKeyOf, type EpochManifest } from "../epochs/epochManifest.ts";
import { contentHash } from "../matching/contentHash.ts";
import type { EnergyCipher } from "../matching/energyCipher.ts";
import { scopeOf, type PoolId } from "../pool.ts";
import {
  encodeDeliveryEnvelope,
  meteredMessage,
  type DeliveryUploadHeader,
} from "../uploads/deliveryUpload.ts";
import { sealEnvelope } from "../uploads/envelope.ts";
import { deliveryEnvelopePlace } from "../uploads/envelopePlace.ts";
import { encodeFrame } from "../wire/frame.ts";

/** What a gateway has attested of a match. */
export interface MeteredDelivery {
  /** The commitment of the match. */
  record: bigint;
  period: bigint;
  energyWh: bigint;
}

/** A metered energy that only the epoch's keys open, with who vouches for it. */
export interface EncryptedDelivery {
  header: DeliveryUploadHeader;
  envelope: Uint8Array;
  ciphertext: Uint8Array;
}

export interface DeliverySealing {
  pool: PoolId;
  /** The gateway's. */
  keys: EddsaKeys;
  /** Of the delivery's period. */
  manifest: EpochManifest;
  /** Under the epoch's delivery key. */
  cipher: Pick<EnergyCipher, "encrypt">;
}

/**
 * Encrypts what was delivered of a match. Every call gives another ciphertext: whoever sends one keeps it, and sends the
 * same again.
 * @throws OutOfRangeError, InvalidPointError
 */
export async function encryptDelivery(
  { record, period, energyWh }: MeteredDelivery,
  { pool, keys, manifest, cipher }: DeliverySealing,
): Promise<EncryptedDelivery> {
  const ciphertext = cipher.encrypt(energyWh);
  const hash = contentHash(ciphertext);
  const signature = signMessage(keys, meteredMessage(scopeOf(pool), record, hash));
  const envelope = await sealEnvelope(
    envelopeKeyOf(manifest),
    encodeDeliveryEnvelope({ gatewayKey: keys.spendKey, signature }),
    deliveryEnvelopePlace(pool, { record, contentHash: hash }),
  );
  const { epoch } = manifest;
  const hashes = { contentHash: hash, envelopeHash: contentHash(envelope) };
  return { header: { record, period, epoch, ...hashes }, envelope, ciphertext };
}

/** The body of the matcher's `POST /deliveries`. */
export function deliveryFrame({ header, envelope, ciphertext }: EncryptedDelivery): Uint8Array {
  return encodeFrame(header, [envelope, ciphertext]);
}
