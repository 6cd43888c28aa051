import type { PoolState } from "../../../sdk/private/chain/poolState.ts";
import { isMatchable } from "../../../sdk/private/rounds/isMatchable.ts";
import type { RoundOpening, RoundPlan } from "../../../sdk/private/rounds/roundOpening.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";

/**
 * The plans that a round of a period must have, all of them and no others: open by the key holder's own view of the chain,
 * judged sound, not banned, and in no match that is about to be proposed.
 * @param epoch the manifest hash of the period's epoch
 */
export function expectedPlans(
  store: KeyHolderStore,
  state: Pick<PoolState, "plans">,
  period: bigint,
  epoch: string,
): RoundPlan[] {
  const banned = store.matches.bannedIn(period);
  const formed = store.matches.formedPlans(period);
  return store.uploads
    .soundOf(period)
    .filter((upload) => upload.epoch === epoch && !banned.has(upload.plan))
    .filter(({ plan }) => !formed.has(plan) && isMatchable(state.plans.get(plan), period))
    .map(({ plan, contentHash, side }) => ({ plan, contentHash, side }));
}

/**
 * How a round's plans differ from those that it must have. Plans that the matcher calls lost may be left out, which is on
 * record; what it calls so besides counts for nothing.
 */
export function roundDifference(
  expected: readonly RoundPlan[],
  { plans, lost: named = [] }: Pick<RoundOpening, "plans" | "lost">,
): { missing: RoundPlan[]; foreign: RoundPlan[]; lost: RoundPlan[] } {
  const { missing: left, foreign } = differenceOf(expected, plans);
  const { missing } = differenceOf(left, named);
  const { missing: lost } = differenceOf(left, missing);
  return { missing, foreign, lost };
}

/** What one list of plans leaves out of another, and has besides. */
function differenceOf(expected: readonly RoundPlan[], given: readonly RoundPlan[]) {
  const nameOf = ({ plan, contentHash, side }: RoundPlan) => `${side} ${plan} ${contentHash}`;
  const isIn = (list: readonly RoundPlan[]) => {
    const names = new Set(list.map(nameOf));
    return (plan: RoundPlan) => names.has(nameOf(plan));
  };
  const [isGiven, isExpected] = [isIn(given), isIn(expected)];
  return {
    missing: expected.filter((plan) => !isGiven(plan)),
    foreign: given.filter((plan) => !isExpected(plan)),
  };
}
