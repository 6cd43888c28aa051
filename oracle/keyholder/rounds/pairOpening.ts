import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import type { Side } from "../../../sdk/private/notes.ts";
import { positionLeaf } from "../../../sdk/private/rounds/positionLeaf.ts";
import type { RoundOpening } from "../../../sdk/private/rounds/roundOpening.ts";
import type { PlanUploadHeader } from "../../../sdk/private/uploads/planUpload.ts";

/** What the matcher opens a position with. */
export interface OpenedPosition {
  salt: string;
  plan: bigint;
  contentHash: string;
}

/** One side of a pair as the matcher has sent it. */
export interface SentEntry extends OpenedPosition {
  side: Side;
  position: number;
  envelope: Uint8Array;
  ciphertext: Uint8Array;
}

/** Both. */
export interface SentPair {
  bid: SentEntry;
  offer: SentEntry;
}

/**
 * Why what was sent of a position is not what the matcher committed to, if it is not.
 * @param header what the plan's owner signed; undefined where no such upload was judged
 */
export function entryFault(
  { bidLeaves, offerLeaves }: RoundOpening,
  { side, position, salt, plan, contentHash: content, envelope }: SentEntry,
  header: PlanUploadHeader | undefined,
): string | undefined {
  const leaf = positionLeaf({ salt, side, position, plan, contentHash: content });
  const leaves = side === "buy" ? bidLeaves : offerLeaves;
  if (leaf !== leaves[position]) {
    return `position ${position} of the plans to ${side} was opened as another plan than was committed to`;
  }
  if (header === undefined) {
    return `position ${position} of the plans to ${side} is an upload that was not judged`;
  }
  if (contentHash(envelope) !== header.envelopeHash) {
    return `the envelope of plan ${plan} is not the one that its owner signed`;
  }
  return undefined;
}
