import type { MaskedBid } from "../../../sdk/private/matching/distanceMasker.ts";
import type { FeatureSchema } from "../../../sdk/private/matching/featureSchema.ts";

/** Where ciphertexts are, by the hash of their content. */
export interface BlobSource {
  /**
   * @returns bytes of the reader's own, which it may give away
   * @throws BaseError where it is missing or damaged
   */
  read(contentHash: string): Promise<Uint8Array>;
}

/** A ciphertext that cannot be matched, and why. It spoils nobody else's match. */
export interface BadCiphertext {
  contentHash: string;
  /** In words for who sent it or keeps it; it says nothing of what is encrypted. */
  message: string;
}

export type { MaskedBid };

/** What a round computes with. */
export interface RoundWork {
  schema: FeatureSchema;
  publicKey: Uint8Array;
  relinKeys: Uint8Array;
  /** The matcher's own secret. Every mask follows from it. */
  seed: Uint8Array;
  /** Content hashes by position. */
  offers: readonly string[];
  bids: readonly string[];
  /** Positions of bids that are left out: they were done before. */
  skip?: ReadonlySet<number>;
  blobs: BlobSource;
}

/** Who takes what was computed, in no order. An engine waits for what they return, and ends with what they throw. */
export interface RoundTaker {
  onBid(position: number, masked: MaskedBid): Promise<void>;
  /** Of a bid that cannot be matched; the others are. */
  onBad(bad: BadCiphertext, position: number): Promise<void>;
}

/**
 * Computes the masked distances of a round. However it spreads the work, and however often a part is done again, the
 * masked numbers, and so the ranks, are the same; only the noise around them is fresh each time.
 */
export interface DistanceEngine {
  /** Those of the stored ciphertexts that cannot be matched: asked before a round is opened with them. */
  check(
    blobs: BlobSource,
    contentHashes: readonly string[],
    signal?: AbortSignal,
  ): Promise<BadCiphertext[]>;

  /**
   * Where weights are private, the check of the offers' squares: a ciphertext a pack.
   * @throws BadOffersError
   */
  squares(work: RoundWork, signal?: AbortSignal): Promise<Uint8Array[]>;

  /**
   * Masks all bids that are not to be skipped.
   * @throws BadOffersError before any bid is masked
   */
  run(work: RoundWork, taker: RoundTaker, signal?: AbortSignal): Promise<void>;

  close(): Promise<void>;
}
