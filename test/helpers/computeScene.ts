import { BaseError } from "../../sdk/errors.ts";
import type { MaskedBid } from "../../sdk/private/matching/distanceMasker.ts";
import type { FeatureValues } from "../../sdk/private/matching/encodePlan.ts";
import type { FeatureCode } from "../../sdk/private/matching/featureSchema.ts";
import { PlanCipher } from "../../sdk/private/matching/planCipher.ts";
import { ResultReader } from "../../sdk/private/matching/resultReader.ts";
import { seededRandom } from "../../sdk/seededRandom.ts";
import { digest } from "../../sdk/private/matching/digest.ts";
import type {
  BadCiphertext,
  BlobSource,
  DistanceEngine,
  RoundWork,
} from "../../oracle/matcher/compute/distanceEngine.ts";
import {
  matchingScheme,
  SEED,
  type KeyedScheme,
} from "../unit/sdk/private/matching/matchingScene.ts";

/** Ciphertexts in memory. */
export class MemoryBlobs implements BlobSource {
  readonly blobs = new Map<string, Uint8Array>();

  async read(contentHash: string): Promise<Uint8Array> {
    const bytes = this.blobs.get(contentHash);
    if (bytes === undefined) throw new BaseError(`There is no ${contentHash}.`);
    return bytes.slice();
  }

  add({ contentHash, bytes }: { contentHash: string; bytes: Uint8Array }): string {
    this.blobs.set(contentHash, bytes);
    return contentHash;
  }
}

/** A round to compute, and the key holder's eyes on what comes of it. */
export interface ComputeScene {
  keyed: KeyedScheme;
  blobs: MemoryBlobs;
  work: RoundWork;
  code: FeatureCode;
}

/** Encrypts a random book of the test features. */
export async function computeScene(
  code: FeatureCode,
  { bids, offers }: { bids: number; offers: number },
): Promise<ComputeScene> {
  const keyed = await matchingScheme();
  const blobs = new MemoryBlobs();
  const random = seededRandom(1, "compute");
  const values = (): FeatureValues => ({
    price: 300_000 + Math.floor(random.uniform() * 400_000),
    quantity: Math.floor(random.uniform() * 50_000),
    environment: Math.floor(random.uniform() * 100),
    reputation: Math.floor(random.uniform() * 100),
    energyType: random.uniform() < 0.5 ? "solar" : "wind",
  });
  const cipher = new PlanCipher(keyed.scheme, code, keyed.keys.publicKey);
  const work: RoundWork = {
    schema: code.schema,
    publicKey: keyed.keys.publicKey,
    relinKeys: keyed.keys.relinKeys,
    seed: SEED,
    offers: Array.from({ length: offers }, () => blobs.add(cipher.encryptOffer(values()))),
    bids: Array.from({ length: bids }, () => blobs.add(cipher.encryptBid(values()))),
    blobs,
  };
  cipher.close();
  return { keyed, blobs, work, code };
}

/** What an engine handed over. */
export interface Computed {
  masked: Map<number, MaskedBid>;
  bad: (BadCiphertext & { position: number })[];
}

export async function compute(
  engine: DistanceEngine,
  work: RoundWork,
  signal?: AbortSignal,
): Promise<Computed> {
  const computed: Computed = { masked: new Map(), bad: [] };
  await engine.run(
    work,
    {
      async onBid(position, masked) {
        if (computed.masked.has(position)) throw new Error(`${position} came twice.`);
        computed.masked.set(position, masked);
      },
      async onBad(bad, position) {
        computed.bad.push({ ...bad, position });
      },
    },
    signal,
  );
  return computed;
}

/** A short name of every masked number of every bid, as the key holder decrypts them. */
export function maskedNumbers(
  { keyed: { scheme, keys } }: ComputeScene,
  masked: ReadonlyMap<number, MaskedBid>,
): Record<number, string> {
  const reader = new ResultReader(scheme, keys.secretKey);
  try {
    const nameOf = (bytes: Uint8Array) =>
      digest(new Uint8Array(reader.read("result", bytes).slots.buffer));
    return Object.fromEntries(
      Array.from(masked, ([position, { distances, limits }]) => [
        position,
        [...distances, ...limits].map(nameOf).join(" "),
      ]),
    );
  } finally {
    reader.close();
  }
}
