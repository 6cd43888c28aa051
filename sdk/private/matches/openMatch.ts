import { BaseError } from "../../errors.ts";
import { isOfPrimeOrder, multiplyPoint, pointOfY, type Point } from "../babyJubjub.ts";
import { FIELD_ORDER, requireScalar, subtractInField } from "../field.ts";
import { wrapKey } from "../memoCode.ts";
import { commitsTo, type MatchNote } from "../notes.ts";
import {
  MATCH_OPENING_WORDS,
  MATCH_READERS,
  openingStream,
  unpackMatch,
  type MatchReader,
  type SealedMatch,
} from "./matchOpening.ts";

/** A match whose opening tells its reader nothing that it commits to. No proof is made of openings. */
export class ForgedOpeningError extends BaseError {
  override name = "ForgedOpeningError";
  readonly record: bigint;

  constructor({ record }: SealedMatch, fault: string) {
    super(`The opening of match ${record} ${fault}.`, {
      metaMessages: ["Do not confirm the match: it could not be settled. Tell the regulator."],
    });
    this.record = record;
  }
}

/**
 * Opens a match, and believes it where its commitment comes out.
 * @param as what the reader is: of the plan that is its own, or the regulator
 * @param scalar the reader's viewing scalar; the regulator's audit scalar
 * @throws ForgedOpeningError also where it is sealed to another key: who has the plan can open the match
 */
export function openMatch(sealed: SealedMatch, as: MatchReader, scalar: bigint): MatchNote {
  const ephemeral = ephemeralPoint(sealed);
  const shared = multiplyPoint(ephemeral, requireScalar("The reader's scalar", scalar));
  const { opening, sellPlan, buyPlan } = sealed;
  const wrapped = opening[2 + MATCH_READERS.indexOf(as)]!;
  const { salt, pad } = openingStream(subtractInField(wrapped, wrapKey(shared[1], ephemeral[1])));
  const terms = unpackMatch(subtractInField(opening[1]!, pad));
  const note: MatchNote = { kind: "match", sellPlan, buyPlan, ...terms, salt };
  if (!commitsTo(note, sealed.record)) {
    throw new ForgedOpeningError(sealed, `does not tell the ${as} what the match commits to`);
  }
  return note;
}

/** Either of the two points of R's y: their multiples have one y as well. */
function ephemeralPoint(sealed: SealedMatch): Point {
  const { opening, sellPlan, buyPlan } = sealed;
  if (opening.length !== MATCH_OPENING_WORDS) {
    throw new ForgedOpeningError(sealed, `has ${opening.length} words`);
  }
  const isCanonical = (word: bigint) =>
    typeof word === "bigint" && word >= 0n && word < FIELD_ORDER;
  if (![...opening, sellPlan, buyPlan].every(isCanonical)) {
    throw new ForgedOpeningError(sealed, "has a word that is no field element");
  }
  const point = pointOfY(opening[0]!);
  if (point === undefined) throw new ForgedOpeningError(sealed, "begins with no point");
  // With a point of low order in it, who opens and who does not would tell of a reader's scalar modulo 8.
  if (!isOfPrimeOrder(point)) {
    throw new ForgedOpeningError(sealed, "begins with a point that has not the subgroup's order");
  }
  return point;
}
