import { BaseError } from "../errors.ts";
import {
  BASE_POINT,
  isOfPrimeOrder,
  multiplyPoint,
  pointOfY,
  requirePublicKey,
  type Point,
} from "./babyJubjub.ts";
import {
  addInField,
  FIELD_ORDER,
  MAX_PLAN_ENERGY_WH,
  requireScalar,
  subtractInField,
} from "./field.ts";
import { wrapKey } from "./memoCode.ts";
import { commitmentOf, requireEnergyWh, type ActualNote, type MatchNote } from "./notes.ts";
import { hash, hashStream } from "./poseidon.ts";
import { TAGS } from "./tags.ts";

/** R.y, the encrypted energy, and its key for the regulator. */
const SECRET_WORDS = 3;

/** An actual note as the chain shows it. */
export interface SealedDelivery {
  /** The commitment of the match. */
  match: bigint;
  /** The commitment of the actual note. */
  actual: bigint;
  /** What opens it: three words. */
  secret: readonly bigint[];
}

/** A secret that no valid proof makes. Who meets one has been given something else than the chain's data. */
export class ForgedDeliveryError extends BaseError {
  override name = "ForgedDeliveryError";
  readonly actual: bigint;

  constructor({ actual }: SealedDelivery, fault: string) {
    super(`What opens the actual note ${actual} ${fault}.`, {
      metaMessages: [
        "The circuit lets no such secret pass: compare the events with another node's, and tell the regulator.",
      ],
    });
    this.actual = actual;
  }
}

/** What hides a delivery from all but its match's sides. The match is hashed in: two of one salt have two keys. */
export function deliveryKey(match: bigint, matchSalt: bigint): bigint {
  return hash(TAGS.secret, match, matchSalt);
}

function deliveryStream(key: bigint): { salt: bigint; pad: bigint } {
  const [salt, pad] = hashStream([TAGS.stream, key, 0n], 2);
  return { salt: salt!, pad: pad! };
}

/**
 * Makes a match's actual note with its secret, as the circuit does from the same numbers.
 * @param options.ephemeral a scalar that is used for nothing else, see `randomScalar`
 * @throws OutOfRangeError, InvalidPointError
 */
export function sealDelivery(
  match: MatchNote,
  energyWh: bigint,
  { auditKey, ephemeral }: { auditKey: Point; ephemeral: bigint },
): SealedDelivery & { note: ActualNote } {
  requireScalar("The ephemeral scalar", ephemeral);
  requirePublicKey("The audit key", auditKey);
  const matchCommitment = commitmentOf(match);
  const key = deliveryKey(matchCommitment, match.salt);
  const { salt, pad } = deliveryStream(key);
  const note: ActualNote = { kind: "actual", match: matchCommitment, energyWh, salt };
  const point = multiplyPoint(BASE_POINT, ephemeral)[1];
  const wrap = wrapKey(multiplyPoint(auditKey, ephemeral)[1], point);
  return {
    note,
    match: matchCommitment,
    actual: commitmentOf(note),
    secret: [point, addInField(requireEnergyWh(energyWh), pad), addInField(key, wrap)],
  };
}

/**
 * Opens the actual note of a match of which one knows the opening.
 * @throws ForgedDeliveryError
 */
export function openDeliveryAsSide(sealed: SealedDelivery, match: MatchNote): ActualNote {
  requireWords(sealed);
  if (commitmentOf(match) !== sealed.match)
    throw new ForgedDeliveryError(sealed, "is of another match");
  return openWithKey(sealed, deliveryKey(sealed.match, match.salt));
}

/**
 * Opens any actual note with the audit key that was current when it was made.
 * @throws ForgedDeliveryError
 */
export function openDeliveryAsAuditor(sealed: SealedDelivery, auditScalar: bigint): ActualNote {
  requireWords(sealed);
  const [y, , wrapped] = sealed.secret as [bigint, bigint, bigint];
  const point = pointOfY(y);
  if (point === undefined || !isOfPrimeOrder(point)) {
    throw new ForgedDeliveryError(sealed, "begins with no point of the subgroup");
  }
  const wrap = wrapKey(multiplyPoint(point, auditScalar)[1], y);
  return openWithKey(sealed, subtractInField(wrapped, wrap));
}

function requireWords(sealed: SealedDelivery): void {
  const { secret } = sealed;
  if (secret.length !== SECRET_WORDS) {
    throw new ForgedDeliveryError(sealed, `has ${secret.length} words`);
  }
  if (secret.some((word) => typeof word !== "bigint" || word < 0n || word >= FIELD_ORDER)) {
    throw new ForgedDeliveryError(sealed, "has a word that is no field element");
  }
}

function openWithKey(sealed: SealedDelivery, key: bigint): ActualNote {
  const { salt, pad } = deliveryStream(key);
  const energyWh = subtractInField(sealed.secret[1]!, pad);
  const note: ActualNote = { kind: "actual", match: sealed.match, energyWh, salt };
  if (energyWh > MAX_PLAN_ENERGY_WH || commitmentOf(note) !== sealed.actual) {
    throw new ForgedDeliveryError(sealed, "does not tell what the note commits to");
  }
  return note;
}
