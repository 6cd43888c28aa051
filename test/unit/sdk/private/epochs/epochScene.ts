import { BASE_POINT, multiplyPoint } from "../../../../../sdk/private/babyJubjub.ts";
import {
  MANIFEST_FORMAT,
  manifestHash,
  packEnvelopeKey,
  type EpochKeyName,
  type EpochManifest,
} from "../../../../../sdk/private/epochs/epochManifest.ts";
import { contentHash } from "../../../../../sdk/private/matching/contentHash.ts";
import { DEFAULT_FEATURES } from "../../../../../sdk/private/matching/defaultFeatures.ts";
import { ServiceClient } from "../../../../../sdk/private/wire/serviceClient.ts";
import { wireJson } from "../../../../../sdk/private/wire/wireJson.ts";
import { POOL } from "../scene.ts";

export const KEYS: Record<EpochKeyName, Uint8Array> = {
  "public-key": Buffer.from("public"),
  "relin-keys": Buffer.from("relin"),
  "delivery-key": Buffer.from("delivery"),
};
export const KEY = multiplyPoint(BASE_POINT, 424_243n);
export const MANIFEST: EpochManifest = {
  format: MANIFEST_FORMAT,
  epoch: 2,
  fromPeriod: 7n,
  schema: DEFAULT_FEATURES,
  publicKeyHash: contentHash(KEYS["public-key"]),
  relinKeysHash: contentHash(KEYS["relin-keys"]),
  deliveryKeyHash: contentHash(KEYS["delivery-key"]),
  envelopeKey: packEnvelopeKey(KEY),
};

export const sent = (changes: object = {}) =>
  JSON.parse(wireJson({ ...MANIFEST, ...changes })) as Record<string, unknown>;

/** A service that serves any manifest and keys, and counts what it was asked. */
export function serviceOf(manifest: object = MANIFEST, keys: Partial<typeof KEYS> = {}) {
  const asked: string[] = [];
  const client = new ServiceClient({
    url: "http://service",
    pool: POOL,
    fetch: (async (url: string) => {
      const path = new URL(url).pathname;
      asked.push(path);
      const name = path.split("/")[3] as EpochKeyName | undefined;
      const body = name === undefined ? wireJson(manifest) : { ...KEYS, ...keys }[name];
      return new Response(body as Uint8Array<ArrayBuffer>);
    }) as typeof fetch,
  });
  return { client, asked };
}

/** What the chain announced. */
export const recordOf = (manifest = MANIFEST) => ({
  epochOfPeriod: async (period: bigint) =>
    period < manifest.fromPeriod
      ? undefined
      : {
          epoch: manifest.epoch,
          fromPeriod: manifest.fromPeriod,
          manifestHash: manifestHash(manifest),
        },
});
