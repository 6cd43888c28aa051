import type { MaskedBid } from "../../../sdk/private/matching/distanceMasker.ts";
import { FIELD_ORDER, MAX_PERIOD } from "../../../sdk/private/field.ts";
import { decodeFrame } from "../../../sdk/private/wire/frame.ts";
import { MalformedMessageError } from "../../../sdk/private/wire/messageError.ts";
import {
  array,
  bigint,
  hash,
  object,
  uint,
  type Reader,
} from "../../../sdk/private/wire/readers.ts";
import { parseWireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { RoundPair } from "../../../sdk/private/rounds/pairByRanks.ts";
import { MOST_PLANS } from "../../../sdk/private/rounds/roundLimits.ts";
import { readPlanUpload, type PlanUploadHeader } from "../../../sdk/private/uploads/planUpload.ts";
import type { AskedDelivery } from "../deliveries/verdictDesk.ts";
import type { OpenedPosition, SentPair } from "../rounds/pairOpening.ts";

/** Of a ciphertext at most; the largest is a participant's, of 393,329 bytes. */
export const MOST_PART_BYTES = 400_000;
/** Packs of a round: 2^17 offers of 341 a pack. */
const MOST_PACKS = 400;
export const MOST_DELIVERIES = 16;

const period = bigint(MAX_PERIOD);

function partsError(fact: string): MalformedMessageError {
  return new MalformedMessageError(fact, { metaMessages: ["Send one part for each."] });
}

/** @throws MalformedMessageError */
export function readUpload(body: Uint8Array): { header: PlanUploadHeader; blinded: Uint8Array } {
  const frame = decodeFrame(body, { mostParts: 1, mostPartBytes: MOST_PART_BYTES });
  const { header } = object({ header: readPlanUpload })(frame.header, "frame");
  const [blinded] = frame.parts;
  if (blinded === undefined) throw partsError("The blinded upload is missing.");
  return { header, blinded };
}

/** @throws MalformedMessageError */
export function readPeriod(body: Uint8Array): bigint {
  return object({ period })(parseWireJson(body), "beacon").period;
}

/** @throws MalformedMessageError */
export function readSquares(body: Uint8Array): Uint8Array[] {
  const limits = { mostParts: MOST_PACKS, mostPartBytes: MOST_PART_BYTES };
  const { header, parts } = decodeFrame(body, limits);
  object({})(header, "frame");
  return parts;
}

/** @throws MalformedMessageError */
export function readMaskedBid(body: Uint8Array): MaskedBid {
  const limits = { mostParts: 2 * MOST_PACKS, mostPartBytes: MOST_PART_BYTES };
  const { header, parts } = decodeFrame(body, limits);
  const counts = object({ distances: uint(MOST_PACKS), limits: uint(MOST_PACKS) });
  const { distances, limits: ofLimits } = counts(header, "frame");
  if (distances + ofLimits !== parts.length) {
    throw partsError(`The frame has ${parts.length} parts, not ${distances} and ${ofLimits}.`);
  }
  return { distances: parts.slice(0, distances), limits: parts.slice(distances) };
}

/** A place in a path. @throws MalformedMessageError */
export function readPosition(text: string | undefined): number {
  if (/^(?:0|[1-9]\d{0,5})$/.test(text ?? "")) return Number(text);
  throw new MalformedMessageError("The position in the path is no whole number.", {
    metaMessages: ["Name a bid by its position, from 0."],
  });
}

/** A match in a path. @throws MalformedMessageError */
export function readRecord(text: string | undefined): bigint {
  return bigint(FIELD_ORDER - 1n)(text, "record");
}

const placedPair: Reader<RoundPair> = (value, path) => {
  const [bid, offer, ...others] = array(uint(MOST_PLANS), 2)(value, path);
  if (bid !== undefined && offer !== undefined && others.length === 0) return { bid, offer };
  throw new MalformedMessageError(`${path} is no pair of positions.`, {
    metaMessages: ["Send [bid, offer] of each pair."],
  });
};

/** @throws MalformedMessageError */
export function readPairs(body: Uint8Array): RoundPair[] {
  const pairs = array(placedPair, MOST_PLANS);
  return object({ pairs })(parseWireJson(body), "body").pairs;
}

const openedPosition: Reader<OpenedPosition> = object({
  salt: hash,
  plan: bigint(FIELD_ORDER - 1n),
  contentHash: hash,
});
const PAIR_PARTS = 4;

/** @param bid its position. @throws MalformedMessageError */
export function readPair(body: Uint8Array, bid: number): SentPair {
  const limits = { mostParts: PAIR_PARTS, mostPartBytes: MOST_PART_BYTES };
  const { header, parts } = decodeFrame(body, limits);
  const opened = object({ bid: openedPosition, offer: openedPosition })(header, "frame");
  if (parts.length !== PAIR_PARTS) {
    throw partsError(
      `The frame has ${parts.length} parts, not an envelope and a ciphertext of each.`,
    );
  }
  const [bidEnvelope, bidCiphertext, offerEnvelope, offerCiphertext] = parts;
  const ofBid = { envelope: bidEnvelope!, ciphertext: bidCiphertext! };
  const ofOffer = { envelope: offerEnvelope!, ciphertext: offerCiphertext! };
  return {
    bid: { ...opened.bid, ...ofBid, side: "buy", position: bid },
    // Its position is that of the pair, which the key holder knows.
    offer: { ...opened.offer, ...ofOffer, side: "sell", position: -1 },
  };
}

/** What is asked about deliveries. */
export interface AskedDeliveries {
  period: bigint;
  epoch: number;
  deliveries: AskedDelivery[];
}

/** @throws MalformedMessageError */
export function readDeliveries(body: Uint8Array): AskedDeliveries {
  const limits = { mostParts: 2 * MOST_DELIVERIES, mostPartBytes: MOST_PART_BYTES };
  const { header, parts } = decodeFrame(body, limits);
  const delivery = object({ record: bigint(FIELD_ORDER - 1n), contentHash: hash });
  const asked = object({
    period,
    epoch: uint(2 ** 32 - 1),
    deliveries: array(delivery, MOST_DELIVERIES),
  })(header, "frame");
  if (parts.length !== 2 * asked.deliveries.length) {
    throw partsError(
      `The frame has ${parts.length} parts, not a masked delivery and an envelope of each of ${asked.deliveries.length}.`,
    );
  }
  const deliveries = asked.deliveries.map((one, i) => {
    return { ...one, masked: parts[2 * i]!, envelope: parts[2 * i + 1]! };
  });
  return { ...asked, deliveries };
}
