import type { PoolState } from "../chain/poolState.ts";
import { PoolDifferences, type PoolDifference } from "./poolDifferences.ts";
import type { PoolReplay } from "./poolReplay.ts";
import type { PoolOnChain } from "./readPoolState.ts";

/** Compares what follows from the logs with what the contract holds. Pure. */
export function comparePoolState(
  { state, totals }: Pick<PoolReplay, "state" | "totals">,
  chain: PoolOnChain,
): PoolDifference[] {
  const differences = new PoolDifferences();
  const compare = differences.compare.bind(differences);
  const { notes, participants, auditKey } = state;
  compare("tree.root", notes.size === 0 ? 0n : notes.root, chain.noteRoot, "pool");
  compare("tree.size", state.insertedLeaves, chain.noteSize, "pool");
  compare("tree.pendingLeaves", state.pendingLeaves, chain.pendingLeaves, "pool");
  compare("tree.reservedLeaves", reservedLeaves(state), chain.reservedLeaves, "pool");
  compare("participants.root", participants.root, chain.participantsRoot, "pool");
  compare("participants.size", participants.size, chain.participantsSize, "pool");
  compare("auditKey.version", auditKey?.version ?? 0, chain.auditKeyVersion, "pool");
  compare("auditKey.key", auditKey?.key ?? [0n, 0n], chain.auditKey, "pool");
  comparePlans(state, chain, differences);
  compareMatches(state, chain, differences);
  for (const nullifier of chain.unspentNullifiers) {
    compare("nullifier", "spent", "not spent", `nullifier ${nullifier}`);
  }
  const heldNano = totals.depositedNano - totals.withdrawnNano;
  // Anybody can send the pool tokens: more than it owes does no harm.
  if (chain.tokenNano < heldNano) {
    compare("pool.tokenNano", `at least ${heldNano}`, chain.tokenNano, "pool");
  }
  return differences.list;
}

/** Each way to one's money makes a leaf, which is kept free: of plans, of matches, and of sides to be settled. */
function reservedLeaves({ plans, matches }: PoolState): number {
  let count = 0;
  for (const { state } of plans.values()) {
    if (state === "open" || state === "matched") count++;
  }
  for (const { state, sellSettled, buySettled } of matches.values()) {
    if (state === "proposed") count += 2;
    if (state === "agreed") count += Number(!sellSettled) + Number(!buySettled);
  }
  return count;
}

function comparePlans({ plans }: PoolState, chain: PoolOnChain, differences: PoolDifferences) {
  for (const [commitment, { state, side, period, strikes }] of plans) {
    const found = chain.plans.get(commitment)!;
    const expected = { state, sell: side === "sell", period, strikes };
    for (const key of Object.keys(expected) as (keyof typeof expected)[]) {
      differences.compare(`plan.${key}`, expected[key], found[key], `plan ${commitment}`);
    }
  }
}

function compareMatches({ matches }: PoolState, chain: PoolOnChain, differences: PoolDifferences) {
  for (const [record, match] of matches) {
    const found = chain.matches.get(record)!;
    const { state, sellSettled, buySettled, sellRest, buyRest, actual } = match;
    const expected = {
      state,
      sellSettled,
      buySettled,
      sellRest: sellRest?.commitment ?? 0n,
      buyRest: buyRest?.commitment ?? 0n,
      actual: actual?.actual ?? 0n,
    };
    for (const key of Object.keys(expected) as (keyof typeof expected)[]) {
      differences.compare(`match.${key}`, expected[key], found[key], `match ${record}`);
    }
  }
}
