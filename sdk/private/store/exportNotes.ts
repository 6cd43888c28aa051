import { getAddress } from "ethers";
import { BaseError } from "../../errors.ts";
import { OutOfRangeError } from "../field.ts";
import { commitmentOf, type LeafNote, type Note, type PlanNote } from "../notes.ts";
import { nullifierOf } from "../nullifier.ts";
import { scopeOf, type PoolId } from "../pool.ts";
import { DamagedExportError, decryptText, encryptText } from "./encryptedText.ts";
import {
  NoteStore,
  type StoredMatch,
  type StoredNote,
  type StoredPlan,
  type StoreKeys,
} from "./noteStore.ts";

/** An export is of another account or pool. */
export class ForeignExportError extends BaseError {
  override name = "ForeignExportError";

  constructor(what: string) {
    super(`The export holds the notes of another ${what}.`, {
      metaMessages: ["Choose the wallet and pool that it was made with."],
    });
  }
}

interface Exported {
  chainId: bigint;
  pool: string;
  owner: bigint;
  scannedTo: number;
  notes: { note: LeafNote; leafIndex: number; blockNumber: number; spentAtBlock?: number }[];
  plans: { plan: PlanNote; blockNumber: number; endedAtBlock?: number }[];
  matches: (Pick<StoredMatch, "match" | "side" | "plan" | "confirmBy" | "blockNumber"> &
    Partial<StoredMatch>)[];
  scannedHash?: string;
}

/**
 * All that a store knows as text that a password opens. It holds no keys: with the password alone it can be read, and
 * nothing be spent.
 * @param costLog2 see `encryptText`
 */
export function exportNotes(
  store: NoteStore,
  password: string,
  costLog2?: number,
): Promise<string> {
  const { pool, owner, scannedTo, scannedHash } = store;
  const content: Exported = {
    chainId: pool.chainId,
    pool: getAddress(pool.pool),
    owner,
    scannedTo,
    notes: store.notes.map(({ note, leafIndex, blockNumber, spentAtBlock }) => ({
      note,
      leafIndex,
      blockNumber,
      ...(spentAtBlock === undefined ? {} : { spentAtBlock }),
    })),
    plans: store.plans.map(({ plan, blockNumber, endedAtBlock }) => ({
      plan,
      blockNumber,
      ...(endedAtBlock === undefined ? {} : { endedAtBlock }),
    })),
    // JSON leaves out what is undefined.
    matches: [...store.matches],
    ...(scannedHash === undefined ? {} : { scannedHash }),
  };
  const plain = JSON.stringify(content, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  return encryptText(plain, password, costLog2);
}

/**
 * A store from its export. Commitments and nullifiers are computed anew.
 * @throws DamagedExportError, WrongExportPasswordError, ForeignExportError
 */
export async function importNotes(
  pool: PoolId,
  keys: StoreKeys,
  text: string,
  password: string,
): Promise<NoteStore> {
  const content = JSON.parse(await decryptText(text, password), (_, value: unknown) =>
    typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as Exported;
  if (content.chainId !== pool.chainId || content.pool !== getAddress(pool.pool)) {
    throw new ForeignExportError("pool");
  }
  if (content.owner !== keys.owner) throw new ForeignExportError("account");
  const scope = scopeOf(pool);
  const notes = content.notes.map(({ note, leafIndex, blockNumber, spentAtBlock }): StoredNote => ({
    note,
    commitment: commitmentOfOwn(note, keys.owner),
    nullifier: nullifierOf(scope, keys.nullifierKey, leafIndex),
    leafIndex,
    blockNumber,
    spentAtBlock,
  }));
  const plans = content.plans.map(({ plan, blockNumber, endedAtBlock }): StoredPlan => ({
    plan,
    commitment: commitmentOfOwn(plan, keys.owner),
    blockNumber,
    endedAtBlock,
  }));
  const matches = content.matches.map(({ match, side, plan, actual, ...stored }): StoredMatch => {
    const own = side === "sell" ? match.sellPlan : match.buyPlan;
    if (commitmentOfOwn(plan, keys.owner) !== own || plan.side !== side) {
      throw new DamagedExportError("holds a match that is not of its plan");
    }
    const record = computeCommitment(match);
    if (actual !== undefined && actual.note.match !== record) {
      throw new DamagedExportError("holds an actual note that is not of its match");
    }
    return {
      match,
      record,
      side,
      plan,
      confirmBy: stored.confirmBy,
      blockNumber: stored.blockNumber,
      confirmedAtBlock: stored.confirmedAtBlock,
      agreedAtBlock: stored.agreedAtBlock,
      lapsedAtBlock: stored.lapsedAtBlock,
      settledAtBlock: stored.settledAtBlock,
      actual,
    };
  });
  const { scannedTo, scannedHash } = content;
  return new NoteStore(pool, keys, { scannedTo, scannedHash, notes, plans, matches });
}

function commitmentOfOwn(note: Extract<Note, { owner: bigint }>, owner: bigint): bigint {
  if (note.owner !== owner) throw new ForeignExportError("account");
  return computeCommitment(note);
}

function computeCommitment(note: Note): bigint {
  try {
    return commitmentOf(note);
  } catch (error) {
    if (error instanceof OutOfRangeError)
      throw new DamagedExportError("holds a note that cannot be");
    throw error;
  }
}
