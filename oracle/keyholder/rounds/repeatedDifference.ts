import type { RoundPlan } from "../../../sdk/private/rounds/roundOpening.ts";

/** Longer than two honest views of one chain differ. */
const SAME_VIEW_MS = 1_000;

interface Difference {
  plans: ReadonlySet<bigint>;
  atMs: number;
}

/**
 * Tells a matcher that leaves plans out from one whose node is a block behind, such as where somebody lapsed a match
 * between its look and the key holder's: only what is different again a second later is held against it.
 */
export class RepeatedDifference {
  readonly #nowMs: () => number;
  readonly #first = new Map<string, Difference>();

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** @param subject which list it is. @returns whether one of the plans was wrong a while ago, too */
  isRepeated(subject: string, plans: readonly Pick<RoundPlan, "plan">[]): boolean {
    const first = this.#first.get(subject);
    const isKnown = first !== undefined && plans.some(({ plan }) => first.plans.has(plan));
    if (isKnown) return this.#nowMs() - first.atMs >= SAME_VIEW_MS;
    const named = new Set(plans.map(({ plan }) => plan));
    this.#first.set(subject, { plans: named, atMs: this.#nowMs() });
    return false;
  }

  forget(subject: string): void {
    this.#first.delete(subject);
  }
}
