import { BaseError } from "../../errors.ts";
import { authorisationMessage } from "../authorisation.ts";
import type { Point } from "../babyJubjub.ts";
import type { CircuitName } from "../context.ts";
import { signMessage } from "../eddsa.ts";
import type { PrivateAccount } from "../keys.ts";
import { commitmentOf, type LeafNote, type PlanNote } from "../notes.ts";
import { rootOfPath, type MerklePath } from "../merkleTree.ts";
import type { PoolId } from "../pool.ts";
import { randomScalar } from "../randomScalar.ts";
import type { MadeNote } from "../sealNote.ts";

/** A signal of a circuit: a number, a list, or a list of lists. */
export type SignalValue = bigint | readonly SignalValue[];
export type Signals = Readonly<Record<string, SignalValue>>;

/** All that a prover needs, and what its proof will say. */
export interface ProofRequest {
  circuit: CircuitName;
  /** Inputs of the circuit by name, private and public. Whoever sees them can read the notes, but not spend them. */
  inputs: Signals;
  /** Public signals by name, in their order. */
  signals: Signals;
  /** The same as the proof has them: one list. */
  publicSignals: readonly bigint[];
  /** The notes that the proof creates, in their order. */
  created: readonly MadeNote[];
}

/** What all proofs have in common. */
export interface ProofSetting {
  pool: PoolId;
  /** The last second at which the pool takes the proof. */
  deadlineS: bigint;
  /** The regulator's current key. */
  auditKey: Point;
  /** Where the memos' scalars come from: fresh ones. A vector or test fixes them. */
  nextEphemeral?: () => bigint;
}

/** A note to be spent, with its place in the tree. */
export interface SpendableNote<N extends LeafNote> {
  note: N;
  path: MerklePath;
}

/** No proof can be made of this, and why. */
export class UnprovableError extends BaseError {
  override name = "UnprovableError";

  constructor(fact: string, remedy: string) {
    super(fact, { metaMessages: [remedy] });
  }
}

function flatten(value: SignalValue): bigint[] {
  return typeof value === "bigint" ? [value] : value.flatMap(flatten);
}

/** Puts a request together. @param outputs what the circuit computes, in the order of its signals */
export function proofRequest(
  circuit: CircuitName,
  parts: {
    outputs: Signals;
    publicInputs: Signals;
    privateInputs: Signals;
    created: readonly MadeNote[];
  },
): ProofRequest {
  const signals = { ...parts.outputs, ...parts.publicInputs };
  return {
    circuit,
    inputs: { ...parts.publicInputs, ...parts.privateInputs },
    signals,
    publicSignals: Object.values(signals).flatMap(flatten),
    created: parts.created,
  };
}

export function ephemeralOf({ nextEphemeral = randomScalar }: ProofSetting): bigint {
  return nextEphemeral();
}

/** The owner's inputs of every circuit that spends, with its signature. */
export function ownerInputs(
  account: PrivateAccount,
  circuit: CircuitName,
  subject: bigint,
  outcome: bigint,
  context: bigint,
): Signals {
  const { r, s } = signMessage(account, authorisationMessage(circuit, subject, outcome, context));
  return {
    spendKey: account.spendKey,
    nullifierKey: account.nullifierKey,
    viewKey: account.viewKey,
    signatureR: r,
    signatureS: s,
  };
}

/** @throws UnprovableError unless the note is the account's */
export function requireOwn(account: PrivateAccount, note: LeafNote | PlanNote): void {
  if (note.owner === account.owner) return;
  throw new UnprovableError(
    `The ${note.kind} note belongs to owner ${note.owner}, not to ${account.owner}.`,
    "Choose the account that the note was made for.",
  );
}

/** @throws UnprovableError unless the path leads from the note to its root */
export function requireInTree(
  account: PrivateAccount,
  { note, path }: SpendableNote<LeafNote>,
): void {
  requireOwn(account, note);
  requirePath(`The ${note.kind} note at leaf ${path.index}`, commitmentOf(note), path);
}

/** @throws UnprovableError unless the path leads from the leaf to its root */
export function requirePath(what: string, leaf: bigint, path: MerklePath): void {
  if (path.leaf === leaf && rootOfPath(path) === path.root) return;
  throw new UnprovableError(
    `${what} is not where its path says.`,
    "Take the path from the tree anew.",
  );
}
