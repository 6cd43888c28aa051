import { ContractRevertedError } from "../../../../../sdk/clients/revertError.ts";
import type { Point } from "../../../../../sdk/private/babyJubjub.ts";
import type { PrivateAccount } from "../../../../../sdk/private/keys.ts";
import type { SealedMatch } from "../../../../../sdk/private/matches/matchOpening.ts";
import type { MatcherPool } from "../../../../../sdk/private/matcher/matcherPool.ts";
import type { BookedPlan, PlanOpening } from "../../../../../sdk/private/matcher/planOpening.ts";
import { attributesOf, commitmentOf, type Side } from "../../../../../sdk/private/notes.ts";
import { account, AUDIT_KEY } from "../scene.ts";

export const PERIOD = 5n;
export const PROPOSALS_CLOSE_S = 1_000;
export const CONFIRMATION_S = 100;

let lastSalt = 70_000n;

/** A plan of an account with its opening. */
export function openingOf(
  { owner, account: hidden, viewKey }: PrivateAccount,
  side: Side,
  energyWh: bigint,
  priceMicroPerKwh: bigint,
  period = PERIOD,
): PlanOpening {
  const attributes = attributesOf(side === "sell" ? 7n : 0n, 0n);
  const terms = { owner, side, period, energyWh, priceMicroPerKwh, attributes };
  return {
    plan: { kind: "plan", ...terms, salt: ++lastSalt },
    to: { account: hidden, viewKey },
  };
}

/** A pool that takes what the contract takes, and keeps what it was sent. */
export class FakePool implements MatcherPool {
  readonly plans = new Map<bigint, BookedPlan>();
  readonly auditKey: Point = AUDIT_KEY;
  /** What the next sync finds. */
  readonly coming = new Map<bigint, BookedPlan>();
  readonly transactions: (readonly SealedMatch[])[] = [];
  readonly confirmBy = new Map<bigint, number>();
  readonly lapses: bigint[] = [];
  /** Plans of which the contract takes no match, unknown to the view. */
  readonly refusedPlans = new Set<bigint>();
  nowS = 0;

  /** Puts a plan into the book. */
  book(opening: PlanOpening, changes: Partial<BookedPlan> = {}): PlanOpening {
    const { side, period } = opening.plan;
    const booked: BookedPlan = { state: "open", side, period, strikes: 0, ...changes };
    this.plans.set(commitmentOf(opening.plan), booked);
    return opening;
  }

  async sync(): Promise<void> {
    for (const [commitment, booked] of this.coming) this.plans.set(commitment, booked);
    this.coming.clear();
  }

  proposalsCloseAtS(): number {
    return PROPOSALS_CLOSE_S;
  }

  overdueMatches(nowS: number): bigint[] {
    return [...this.confirmBy].filter(([, until]) => until < nowS).map(([record]) => record);
  }

  async propose(proposals: readonly SealedMatch[]): Promise<void> {
    if (this.nowS >= PROPOSALS_CLOSE_S) throw revert("ProposalsClosed");
    const plans = proposals.flatMap(({ sellPlan, buyPlan }) => [sellPlan, buyPlan]);
    const isOpen = (plan: bigint) =>
      this.plans.get(plan)?.state === "open" && !this.refusedPlans.has(plan);
    if (new Set(plans).size !== plans.length || !plans.every(isOpen)) throw revert("PlanNotOpen");
    for (const plan of plans) this.plans.get(plan)!.state = "matched";
    for (const { record } of proposals) this.confirmBy.set(record, this.nowS + CONFIRMATION_S);
    this.transactions.push(proposals);
  }

  async lapse(record: bigint): Promise<void> {
    if (!this.confirmBy.delete(record)) throw revert("MatchNot");
    this.lapses.push(record);
  }
}

export const revert = (name: string) => new ContractRevertedError({ name, args: {} });

export const SELLERS = [account(11), account(12), account(13)] as const;
export const BUYERS = [account(21), account(22), account(23)] as const;
