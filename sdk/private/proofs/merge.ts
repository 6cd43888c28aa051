import { subjectOfNullifiers } from "../authorisation.ts";
import { contextOf } from "../context.ts";
import { MAX_AMOUNT_NANO } from "../field.ts";
import type { PrivateAccount } from "../keys.ts";
import type { CreditNote } from "../notes.ts";
import { nullifierOf } from "../nullifier.ts";
import { scopeOf } from "../pool.ts";
import { sealNote } from "../sealNote.ts";
import {
  ephemeralOf,
  ownerInputs,
  proofRequest,
  requireInTree,
  UnprovableError,
  type ProofRequest,
  type ProofSetting,
  type SpendableNote,
} from "./proofRequest.ts";

/**
 * Circuit 4: two credit notes of one owner become one.
 * @param notes with paths of one and the same tree
 * @throws UnprovableError
 */
export function buildMergeInputs(
  account: PrivateAccount,
  setting: ProofSetting,
  notes: readonly [SpendableNote<CreditNote>, SpendableNote<CreditNote>],
): ProofRequest {
  const [first, second] = notes;
  notes.forEach((note) => requireInTree(account, note));
  if (first.path.index === second.path.index) {
    throw new UnprovableError("A note cannot be merged with itself.", "Choose two notes.");
  }
  const { root, size } = first.path;
  if (second.path.root !== root || second.path.size !== size) {
    throw new UnprovableError(
      "The notes' paths are of different trees.",
      "Take both paths from the tree as it is now.",
    );
  }
  const amountNano = first.note.amountNano + second.note.amountNano;
  if (amountNano > MAX_AMOUNT_NANO) {
    throw new UnprovableError("The notes hold more than one note can.", "Keep them apart.");
  }
  const { pool, deadlineS, auditKey } = setting;
  const { owner, viewKey } = account;
  const ephemeral = ephemeralOf(setting);
  const scope = scopeOf(pool);
  const context = contextOf(pool, "Merge", deadlineS);
  const nullifiers = [first, second].map(({ path }) =>
    nullifierOf(scope, account.nullifierKey, path.index),
  ) as [bigint, bigint];
  const sum = sealNote(
    { kind: "credit", owner, amountNano },
    { viewKey, auditKey, ephemeral, outputIndex: 0 },
  );
  const subject = subjectOfNullifiers(...nullifiers);
  return proofRequest("Merge", {
    outputs: { nullifiers, sum: sum.commitment, memo: sum.memo },
    publicInputs: { root, size: BigInt(size), scope, auditKey, context },
    privateInputs: {
      ...ownerInputs(account, "Merge", subject, sum.commitment, context),
      noteAmountNano: notes.map(({ note }) => note.amountNano),
      noteSalt: notes.map(({ note }) => note.salt),
      noteIndex: notes.map(({ path }) => BigInt(path.index)),
      noteSiblings: notes.map(({ path }) => path.siblings),
      ephemeral,
    },
    created: [sum],
  });
}
