import type { EpochKeyName } from "../../../sdk/private/epochs/epochManifest.ts";

/** What an epoch's key holder must tell nobody. */
export interface EpochSecrets {
  /** Of the distances' scheme. */
  matchingKey: Uint8Array;
  /** Of the deviations' scheme. */
  deliveryKey: Uint8Array;
  /** Opens envelopes. */
  envelopeScalar: bigint;
  /** What the beacons of its periods follow from, 32 bytes. */
  beaconSecret: Uint8Array;
}

/** What an epoch publishes beside its manifest: octets that the manifest has the hashes of. */
export type EpochPublicKeys = Record<EpochKeyName, Uint8Array>;

export function encodeSecrets(secrets: EpochSecrets): Buffer {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return Buffer.from(
    JSON.stringify({
      matchingKey: text(secrets.matchingKey),
      deliveryKey: text(secrets.deliveryKey),
      envelopeScalar: secrets.envelopeScalar.toString(),
      beaconSecret: text(secrets.beaconSecret),
    }),
  );
}

/** Of bytes that {@link encodeSecrets} has made: they were authenticated. */
export function decodeSecrets(plain: Buffer): EpochSecrets {
  const held = JSON.parse(plain.toString()) as Record<keyof EpochSecrets, string>;
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
  return {
    matchingKey: bytes(held.matchingKey),
    deliveryKey: bytes(held.deliveryKey),
    envelopeScalar: BigInt(held.envelopeScalar),
    beaconSecret: bytes(held.beaconSecret),
  };
}
