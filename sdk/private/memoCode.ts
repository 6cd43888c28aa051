import {
  requireAmountNano,
  requireEnergyWh,
  requirePeriod,
  requirePrice,
  sideCode,
  type CreditNote,
  type GenerationNote,
  type OwnedNote,
  type PlanNote,
} from "./notes.ts";
import { hash, hashStream } from "./poseidon.ts";
import { TAGS } from "./tags.ts";

/** A note before its salt is known. */
export type NoteDraft =
  Omit<CreditNote, "salt"> | Omit<GenerationNote, "salt"> | Omit<PlanNote, "salt">;

/** Words of the memo of a credit note; `Refund` alone gives it the long form. */
export const SHORT_MEMO_WORDS = 4;
/** Words of the memo of every other note. */
export const LONG_MEMO_WORDS = 5;

/** A note that comes to the chain, as everybody sees it. */
export interface SealedNote {
  kind: OwnedNote["kind"];
  commitment: bigint;
  /** Its place among the notes that one proof creates. */
  outputIndex: number;
  memo: readonly bigint[];
}

/** What hides a memo, from the point that its maker shares with the owner. */
export function memoKey(sharedY: bigint, ephemeralY: bigint): bigint {
  return hash(TAGS.memo, sharedY, ephemeralY);
}

/** What hides the memo's key, from the point that its maker shares with the regulator. */
export function wrapKey(sharedY: bigint, ephemeralY: bigint): bigint {
  return hash(TAGS.wrap, sharedY, ephemeralY);
}

/** The salt of the note, and what its words are hidden by. */
export function memoStream(
  key: bigint,
  outputIndex: number,
  memoWords: number,
): { salt: bigint; pads: bigint[] } {
  const index = BigInt(outputIndex);
  const [salt, ...pads] =
    memoWords === SHORT_MEMO_WORDS
      ? hashStream([TAGS.stream, key, index], 3)
      : hashStream([TAGS.stream, key, index, 0n], 4);
  return { salt: salt!, pads };
}

const PERIOD_BITS = 24n;
const ENERGY_BITS = 28n;

// Bit 0 side, 1–24 period, 25–52 energy, 53–84 price.
function pack(side: bigint, period: bigint, energyWh: bigint, price: bigint): bigint {
  return (
    side |
    (requirePeriod(period) << 1n) |
    (requireEnergyWh(energyWh) << (1n + PERIOD_BITS)) |
    (requirePrice(price) << (1n + PERIOD_BITS + ENERGY_BITS))
  );
}

function unpack(packed: bigint): {
  isSell: boolean;
  period: bigint;
  energyWh: bigint;
  priceMicroPerKwh: bigint;
} {
  const period = packed >> 1n;
  const energy = period >> PERIOD_BITS;
  return {
    isSell: (packed & 1n) === 1n,
    period: BigInt.asUintN(Number(PERIOD_BITS), period),
    energyWh: BigInt.asUintN(Number(ENERGY_BITS), energy),
    // Whatever lies above it makes the price too large.
    priceMicroPerKwh: energy >> ENERGY_BITS,
  };
}

/** The words that a memo tells. */
export function wordsOfDraft(draft: NoteDraft, isLong: boolean): bigint[] {
  switch (draft.kind) {
    case "credit":
      return [draft.owner, requireAmountNano(draft.amountNano), ...(isLong ? [0n] : [])];
    case "generation":
      return [draft.owner, pack(0n, draft.period, draft.energyWh, 0n), draft.gateway];
    case "plan": {
      const { side, period, energyWh, priceMicroPerKwh } = draft;
      return [
        draft.owner,
        pack(sideCode(side), period, energyWh, priceMicroPerKwh),
        draft.attributes,
      ];
    }
  }
}

/**
 * The note that a memo tells of. Whether its numbers are in their ranges, its commitment checks.
 * @returns undefined where no note of this kind has such words
 */
export function draftOfWords(
  kind: OwnedNote["kind"],
  words: readonly bigint[],
): NoteDraft | undefined {
  const [owner, second, third = 0n] = words as [bigint, bigint, bigint?];
  if (kind === "credit") return third === 0n ? { kind, owner, amountNano: second } : undefined;
  if (words.length !== 3) return undefined;
  const { isSell, period, energyWh, priceMicroPerKwh } = unpack(second);
  if (kind === "generation") {
    if (isSell || priceMicroPerKwh !== 0n) return undefined;
    return { kind, owner, gateway: third, period, energyWh };
  }
  const side = isSell ? "sell" : "buy";
  return { kind, owner, side, period, energyWh, priceMicroPerKwh, attributes: third };
}
