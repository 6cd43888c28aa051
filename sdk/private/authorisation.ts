import { CIRCUIT_IDS, type CircuitName } from "./context.ts";
import { hash } from "./poseidon.ts";
import { TAGS } from "./tags.ts";

/** What is spent, where a proof spends two notes. */
export function subjectOfNullifiers(first: bigint, second: bigint): bigint {
  return hash(TAGS.nullifiers, first, second);
}

/** What comes of a proof, folded from the left: what it creates, in the order of its signals, and the match. */
export function outcomeOf(first: bigint, ...others: readonly bigint[]): bigint {
  return others.reduce((outcome, next) => hash(TAGS.outputs, outcome, next), first);
}

/**
 * What the spending key signs, so that whoever computes a proof for its owner cannot redirect it.
 * @param subject the nullifier or plan that is spent, or `subjectOfNullifiers`
 * @param outcome see `outcomeOf`
 */
export function authorisationMessage(
  circuit: CircuitName,
  subject: bigint,
  outcome: bigint,
  context: bigint,
): bigint {
  return hash(TAGS.authorise, CIRCUIT_IDS[circuit], subject, outcome, context);
}
