import { ContractRevertedError } from "../../clients/revertError.ts";
import type { SealedMatch } from "../matches/matchOpening.ts";
import type { MatcherPool } from "./matcherPool.ts";

/** Far below what one transaction may use. */
const MOST_PER_TRANSACTION = 40;

/** A match that the pool did not take. */
export interface RefusedProposal {
  record: bigint;
  reason: ContractRevertedError;
}

/**
 * Proposes matches in batches. One that the pool refuses, since its plan has changed meanwhile, does not keep the others
 * of its batch from being proposed.
 * @returns those that were refused
 */
export async function proposeAll(
  pool: Pick<MatcherPool, "propose">,
  proposals: readonly SealedMatch[],
): Promise<RefusedProposal[]> {
  const refused: RefusedProposal[] = [];
  for (let first = 0; first < proposals.length; first += MOST_PER_TRANSACTION) {
    const batch = proposals.slice(first, first + MOST_PER_TRANSACTION);
    refused.push(...(await proposeBatch(pool, batch)));
  }
  return refused;
}

async function proposeBatch(
  pool: Pick<MatcherPool, "propose">,
  batch: readonly SealedMatch[],
): Promise<RefusedProposal[]> {
  try {
    await pool.propose(batch);
    return [];
  } catch (error) {
    if (!(error instanceof ContractRevertedError)) throw error;
    if (batch.length === 1) return [{ record: batch[0]!.record, reason: error }];
    const half = Math.ceil(batch.length / 2);
    const left = await proposeBatch(pool, batch.slice(0, half));
    return [...left, ...(await proposeBatch(pool, batch.slice(half)))];
  }
}
