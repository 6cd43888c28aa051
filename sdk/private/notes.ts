import {
  MAX_AMOUNT_NANO,
  MAX_PERIOD,
  MAX_PLAN_ENERGY_WH,
  MAX_PLAN_PRICE,
  OutOfRangeError,
  requireField,
  requireWithin,
} from "./field.ts";
import { hash } from "./poseidon.ts";
import { TAGS } from "./tags.ts";

/** Private money: a leaf of the note tree. */
export interface CreditNote {
  kind: "credit";
  owner: bigint;
  amountNano: bigint;
  salt: bigint;
}

/** Energy that a gateway vouches for, to be sold: a leaf of the note tree. */
export interface GenerationNote {
  kind: "generation";
  owner: bigint;
  /** See `gatewayTag`. */
  gateway: bigint;
  period: bigint;
  energyWh: bigint;
  salt: bigint;
}

export type Side = "buy" | "sell";

/** An order: held by the plan book as it is, not a leaf. */
export interface PlanNote {
  kind: "plan";
  owner: bigint;
  side: Side;
  period: bigint;
  energyWh: bigint;
  priceMicroPerKwh: bigint;
  /** See `attributesOf`. */
  attributes: bigint;
  salt: bigint;
}

/** What two plans agree on. */
export interface MatchNote {
  kind: "match";
  /** Commitments of both plans. */
  sellPlan: bigint;
  buyPlan: bigint;
  energyWh: bigint;
  priceMicroPerKwh: bigint;
  salt: bigint;
}

/** What was delivered for a match. */
export interface ActualNote {
  kind: "actual";
  /** The commitment of the match. */
  match: bigint;
  energyWh: bigint;
  salt: bigint;
}

export type Note = CreditNote | GenerationNote | PlanNote | MatchNote | ActualNote;
/** What is created with a memo to its owner. */
export type OwnedNote = CreditNote | GenerationNote | PlanNote;
/** What is spent by a nullifier. */
export type LeafNote = CreditNote | GenerationNote;

const SIDE_CODES = { buy: 0n, sell: 1n } as const;

/** A side as the circuits have it. */
export function sideCode(side: Side): bigint {
  return SIDE_CODES[side];
}

export const requireAmountNano = (value: bigint): bigint =>
  requireWithin("amountNano", value, 0n, MAX_AMOUNT_NANO);
export const requireEnergyWh = (value: bigint): bigint =>
  requireWithin("energyWh", value, 0n, MAX_PLAN_ENERGY_WH);
export const requirePrice = (value: bigint): bigint =>
  requireWithin("priceMicroPerKwh", value, 0n, MAX_PLAN_PRICE);
export const requirePeriod = (value: bigint): bigint =>
  requireWithin("period", value, 0n, MAX_PERIOD);

/**
 * What a plan is matched by beside price and energy.
 * @param gateway who vouches for the energy; 0 of a buy plan
 * @param features a commitment to the matching features; 0 for none
 */
export function attributesOf(gateway: bigint, features: bigint): bigint {
  return hash(TAGS.attributes, gateway, features);
}

/**
 * The commitment to a note.
 * @throws OutOfRangeError where a field is not what the circuits take
 */
export function commitmentOf(note: Note): bigint {
  const salt = requireField("salt", note.salt);
  switch (note.kind) {
    case "credit":
      return hash(TAGS.credit, note.owner, requireAmountNano(note.amountNano), salt);
    case "generation":
      return hash(
        TAGS.generation,
        note.owner,
        note.gateway,
        requirePeriod(note.period),
        requireEnergyWh(note.energyWh),
        salt,
      );
    case "plan":
      return hash(
        TAGS.plan,
        note.owner,
        sideCode(note.side),
        requirePeriod(note.period),
        requireEnergyWh(note.energyWh),
        requirePrice(note.priceMicroPerKwh),
        note.attributes,
        salt,
      );
    case "match":
      return hash(
        TAGS.match,
        note.sellPlan,
        note.buyPlan,
        requireEnergyWh(note.energyWh),
        requirePrice(note.priceMicroPerKwh),
        salt,
      );
    case "actual":
      return hash(TAGS.actual, note.match, requireEnergyWh(note.energyWh), salt);
  }
}

/** Whether that is the note's commitment: not so either where no circuit takes its fields. */
export function commitsTo(note: Note, commitment: bigint): boolean {
  try {
    return commitmentOf(note) === commitment;
  } catch (error) {
    if (error instanceof OutOfRangeError) return false;
    throw error;
  }
}
