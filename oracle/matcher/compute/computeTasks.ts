import type { MaskedBid, MatcherKeys } from "../../../sdk/private/matching/distanceMasker.ts";
import type { FeatureSchema } from "../../../sdk/private/matching/featureSchema.ts";
import type { BadCiphertext } from "./distanceEngine.ts";

/** A ciphertext on its way to a thread. */
export interface Ciphertext {
  contentHash: string;
  bytes: Uint8Array;
}

export interface PlacedOffer extends Ciphertext {
  /** In its pack. */
  place: number;
}

/** What a thread needs for any bid of a round. */
export interface OpenRound {
  /** Names the round among threads and workers; nobody else knows it. */
  id: string;
  schema: FeatureSchema;
  keys: MatcherKeys;
  packs: readonly Uint8Array[];
  /** How many are in the packs. */
  offers: number;
}

/** What a bid came to. */
export interface MaskedCiphertext {
  contentHash: string;
  masked: MaskedBid;
}

/** What threads are asked, and what they answer. */
export interface ComputeTasks {
  /** The form of uploads. */
  check: { ask: { ciphertexts: readonly Ciphertext[] }; answer: { bad: BadCiphertext[] } };
  /** A part of one pack, none where no offer of it is good. */
  pack: {
    ask: { schema: FeatureSchema; offers: readonly PlacedOffer[] };
    answer: { part: Uint8Array | undefined; bad: BadCiphertext[] };
  };
  /** A pack out of its parts. */
  sum: { ask: { schema: FeatureSchema; parts: readonly Uint8Array[] }; answer: Uint8Array };
  /** The check of a pack's squares. */
  squares: {
    ask: {
      schema: FeatureSchema;
      keys: MatcherKeys;
      pack: Uint8Array;
      offers: readonly Uint8Array[];
    };
    answer: Uint8Array;
  };
  /** Gets a round's keys and packs ready. */
  open: { ask: OpenRound; answer: undefined };
  /** Bids of the round that was opened last. */
  mask: {
    ask: { bids: readonly Ciphertext[] };
    answer: { masked: MaskedCiphertext[]; bad: BadCiphertext[] };
  };
}

export type ComputeKind = keyof ComputeTasks;
export type Ask<K extends ComputeKind> = ComputeTasks[K]["ask"];
export type Answer<K extends ComputeKind> = ComputeTasks[K]["answer"];

/** A task as a thread is sent it. */
export interface ComputeTask<K extends ComputeKind = ComputeKind> {
  kind: K;
  ask: Ask<K>;
}

/** What a thread sends: first that it is ready, then one for each task. */
export type ThreadReply = { answer: Answer<ComputeKind> } | { refusal: string };
