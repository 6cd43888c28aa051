import { BASE_POINT, multiplyPoint, requirePublicKey, type Point } from "../babyJubjub.ts";
import { bytesToBigint } from "../bytes.ts";
import {
  addInField,
  FIELD_ORDER,
  MAX_PLAN_ENERGY_WH,
  requireField,
  requireScalar,
  requireWithin,
} from "../field.ts";
import { wrapKey } from "../memoCode.ts";
import { commitmentOf, type MatchNote } from "../notes.ts";
import { randomScalar } from "../randomScalar.ts";
import { openingStream, packMatch, type SealedMatch } from "./matchOpening.ts";

/** A match that one has formed, and what is to be proposed of it. */
export interface MadeMatch extends SealedMatch {
  note: MatchNote;
}

export interface MatchKeys {
  /** Of the sell plan's owner, as its private address has it. */
  sellerViewKey: Point;
  /** Of the buy plan's owner. */
  buyerViewKey: Point;
  /** The regulator's current one. */
  auditKey: Point;
  /** A scalar that is used for no other match; a fresh one by default. */
  ephemeral?: bigint;
  /** What hides the terms, and gives the salt: as fresh. */
  key?: bigint;
}

/** A fresh field element. Twice the length of what it is reduced by: the bias is below 2^-250. */
function randomKey(): bigint {
  return bytesToBigint(crypto.getRandomValues(new Uint8Array(64))) % FIELD_ORDER;
}

/**
 * Forms a match and encrypts what opens it to both sides and the regulator. The match's salt follows from the key.
 * @throws OutOfRangeError, InvalidPointError
 */
export function sealMatchOpening(
  terms: Omit<MatchNote, "kind" | "salt">,
  keys: MatchKeys,
): MadeMatch {
  const { sellPlan, buyPlan } = terms;
  // A match of nothing could never be confirmed, and would cost the silent side its bond.
  requireWithin("energyWh", terms.energyWh, 1n, MAX_PLAN_ENERGY_WH);
  requireField("The sell plan", sellPlan);
  requireField("The buy plan", buyPlan);
  const readers = [
    requirePublicKey("The seller's viewing key", keys.sellerViewKey),
    requirePublicKey("The buyer's viewing key", keys.buyerViewKey),
    requirePublicKey("The audit key", keys.auditKey),
  ];
  const ephemeral = requireScalar("The ephemeral scalar", keys.ephemeral ?? randomScalar());
  const key = requireField("The opening's key", keys.key ?? randomKey());
  const { salt, pad } = openingStream(key);
  const note: MatchNote = { kind: "match", ...terms, salt };
  const ephemeralY = multiplyPoint(BASE_POINT, ephemeral)[1];
  const wrapped = readers.map((reader) =>
    addInField(key, wrapKey(multiplyPoint(reader, ephemeral)[1], ephemeralY)),
  );
  return {
    note,
    record: commitmentOf(note),
    sellPlan,
    buyPlan,
    opening: [ephemeralY, addInField(packMatch(note), pad), ...wrapped],
  };
}
