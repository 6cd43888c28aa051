import { readFeatureSchema } from "../../../../sdk/private/epochs/readFeatureSchema.ts";
import type { MaskedBid } from "../../../../sdk/private/matching/distanceMasker.ts";
import { decodeFrame, encodeFrameHead, type Frame } from "../../../../sdk/private/wire/frame.ts";
import { array, hash, object, text, uint } from "../../../../sdk/private/wire/readers.ts";
import type { Ciphertext, OpenRound } from "../computeTasks.ts";
import { WrongResultError } from "./spreadErrors.ts";

/** A bid of a batch, for a worker. */
export interface BatchBid extends Ciphertext {
  position: number;
}

/** What a worker made of a batch. */
export interface BatchResult {
  masked: { position: number; masked: MaskedBid }[];
  /** Positions of bids that it could not mask. The matcher tries them itself. */
  bad: { position: number; message: string }[];
}

/** A frame as it is sent: joining megabytes takes time. */
export interface SentFrame {
  head: Uint8Array;
  parts: readonly Uint8Array[];
}

/** More than a key, a pack or a ciphertext has. */
const LIMITS = { mostParts: 2 ** 12, mostPartBytes: 2 ** 22 };
const MOST_POSITIONS = 2 ** 17;
const MOST_BIDS = 2 ** 10;

const position = uint(MOST_POSITIONS);
const count = uint(LIMITS.mostParts);

const roundHeader = object({ schema: readFeatureSchema, offers: position });
const batchHeader = object({
  bids: array(object({ position, contentHash: hash }), MOST_BIDS),
});
const resultHeader = object({
  masked: array(object({ position, distances: count, limits: count }), MOST_BIDS),
  bad: array(object({ position, message: text(2_000) }), MOST_BIDS),
});

export function encodeRound({ schema, keys, packs, offers }: OpenRound): SentFrame {
  return sentFrame({ schema, offers }, [keys.publicKey, keys.relinKeys, keys.seed, ...packs]);
}

/** @throws MalformedMessageError */
export function decodeRound(id: string, bytes: Uint8Array): OpenRound {
  const { header, parts } = decodeFrame(bytes, LIMITS);
  const { schema, offers } = roundHeader(header, "round");
  const [publicKey, relinKeys, seed, ...packs] = take(parts, 3);
  return {
    id,
    schema,
    keys: { publicKey: publicKey!, relinKeys: relinKeys!, seed: seed! },
    packs,
    offers,
  };
}

export function encodeBatch(bids: readonly BatchBid[]): SentFrame {
  const header = { bids: bids.map(({ position, contentHash }) => ({ position, contentHash })) };
  return sentFrame(
    header,
    bids.map(({ bytes }) => bytes),
  );
}

/** @throws MalformedMessageError, WrongResultError */
export function decodeBatch(bytes: Uint8Array): BatchBid[] {
  const { header, parts } = decodeFrame(bytes, LIMITS);
  const { bids } = batchHeader(header, "batch");
  requireParts({ header, parts }, bids.length);
  return bids.map((bid, i) => ({ ...bid, bytes: parts[i]! }));
}

export function encodeResult({ masked, bad }: BatchResult): SentFrame {
  const counts = masked.map(({ position, masked: { distances, limits } }) => ({
    position,
    distances: distances.length,
    limits: limits.length,
  }));
  const parts = masked.flatMap(({ masked: { distances, limits } }) => [...distances, ...limits]);
  return sentFrame({ masked: counts, bad }, parts);
}

/** @throws MalformedMessageError, WrongResultError */
export function decodeResult(bytes: Uint8Array): BatchResult {
  const { header, parts } = decodeFrame(bytes, LIMITS);
  const { masked, bad } = resultHeader(header, "result");
  requireParts(
    { header, parts },
    masked.reduce((sum, { distances, limits }) => sum + distances + limits, 0),
  );
  const rest = [...parts];
  return {
    masked: masked.map(({ position, distances, limits }) => ({
      position,
      masked: { distances: rest.splice(0, distances), limits: rest.splice(0, limits) },
    })),
    bad,
  };
}

function sentFrame(header: object, parts: readonly Uint8Array[]): SentFrame {
  return { head: encodeFrameHead(header, parts), parts };
}

function requireParts({ parts }: Frame, expected: number): void {
  if (parts.length !== expected)
    throw new WrongResultError(`has not ${expected} parts`, parts.length);
}

function take(parts: readonly Uint8Array[], least: number): readonly Uint8Array[] {
  if (parts.length < least) throw new WrongResultError(`has not ${least} parts`, parts.length);
  return parts;
}
