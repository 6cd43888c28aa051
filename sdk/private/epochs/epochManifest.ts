import { keccak256 } from "ethers";
import type { Point } from "../babyJubjub.ts";
import { MAX_PERIOD } from "../field.ts";
import type { FeatureSchema } from "../matching/featureSchema.ts";
import { packedHex, unpackHex } from "../packedPoint.ts";
import { canonicalBytes } from "../wire/canonicalJson.ts";
import { bigint, hash, hexBytes, object, oneOf, uint } from "../wire/readers.ts";
import { readFeatureSchema } from "./readFeatureSchema.ts";

export const MANIFEST_FORMAT = "sealwatt epoch 1";

/** What an epoch's plans are encrypted with and matched by. Public; its hash is on chain. */
export interface EpochManifest {
  format: typeof MANIFEST_FORMAT;
  epoch: number;
  /** The epoch is for this period and all later ones before the next epoch's. */
  fromPeriod: bigint;
  schema: FeatureSchema;
  /** keccak256 of each key's bytes: the public and relinearisation key of distances, the public one of deliveries. */
  publicKeyHash: string;
  relinKeysHash: string;
  deliveryKeyHash: string;
  /** The key holder's Baby Jubjub key, packed, in hex. */
  envelopeKey: string;
}

/** Which hash a manifest has of each of its public keys, by what services call the key. */
const KEY_HASHES = {
  "public-key": "publicKeyHash",
  "relin-keys": "relinKeysHash",
  "delivery-key": "deliveryKeyHash",
} as const;
export type EpochKeyName = keyof typeof KEY_HASHES;
export const EPOCH_KEY_NAMES = Object.keys(KEY_HASHES) as EpochKeyName[];

/** What a key of an epoch must hash to. */
export function keyHashOf(manifest: EpochManifest, name: EpochKeyName): string {
  return manifest[KEY_HASHES[name]];
}

const readManifest = object({
  format: oneOf(MANIFEST_FORMAT),
  epoch: uint(2 ** 32 - 1),
  fromPeriod: bigint(MAX_PERIOD),
  schema: readFeatureSchema,
  publicKeyHash: hash,
  relinKeysHash: hash,
  deliveryKeyHash: hash,
  envelopeKey: hexBytes(32),
});

/**
 * Takes a manifest out of what somebody sent.
 * @param json parsed
 * @throws MalformedMessageError, InvalidPointError where the envelope key is none of order l
 */
export function parseManifest(json: unknown): EpochManifest {
  const manifest = readManifest(json, "manifest");
  envelopeKeyOf(manifest);
  return manifest;
}

/** A manifest as it is served: its canonical JSON (RFC 8785). */
export function encodeManifest(manifest: EpochManifest): Uint8Array {
  return canonicalBytes(manifest);
}

/** What the key holder announces on chain: keccak256 of the manifest's canonical JSON. */
export function manifestHash(manifest: EpochManifest): string {
  return keccak256(encodeManifest(manifest));
}

/** @throws InvalidPointError */
export function envelopeKeyOf({ envelopeKey }: Pick<EpochManifest, "envelopeKey">): Point {
  return unpackHex("The envelope key", envelopeKey);
}

/** A key as a manifest has it. */
export function packEnvelopeKey(key: Point): string {
  return packedHex(key);
}
