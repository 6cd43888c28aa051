import type { Verdict } from "../../../sdk/private/matching/deviationJudge.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";

/** What everybody begins with. */
export const FIRST_REPUTATION = 50;
const MOST_REPUTATION = 100;
/** DESIGN, section 2: up by 1 for a kept trade, down by 10 for a missed one. */
const CHANGES: Record<Verdict, number> = { within: 1, beyond: -10 };

/** What a verdict makes of a reputation, which stays from 0 to 100. */
function changedReputation(value: number, verdict: Verdict): number {
  return Math.max(0, Math.min(MOST_REPUTATION, value + CHANGES[verdict]));
}

/** The ledger of reputations, with its history. */
export class ReputationRows {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  of(owner: bigint): number {
    const sql = "SELECT value FROM reputations WHERE owner = ? ORDER BY id DESC LIMIT 1";
    return Number(this.#store.one(sql, owner.toString())?.value ?? FIRST_REPUTATION);
  }

  /** All values that an owner has had since some time, the one that held then first. */
  since(owner: bigint, timeS: number): number[] {
    const before = this.#store.one(
      "SELECT value FROM reputations WHERE owner = ? AND atS <= ? ORDER BY id DESC LIMIT 1",
      owner.toString(),
      timeS,
    );
    const after = this.#store.all(
      "SELECT value FROM reputations WHERE owner = ? AND atS > ? ORDER BY id",
      owner.toString(),
      timeS,
    );
    return [Number(before?.value ?? FIRST_REPUTATION), ...after.map(({ value }) => Number(value))];
  }

  /** Takes a verdict into the ledger. @returns the new value */
  apply(owner: bigint, verdict: Verdict, atS: number): number {
    const value = changedReputation(this.of(owner), verdict);
    const sql = "INSERT INTO reputations (owner, value, atS) VALUES (?, ?, ?)";
    this.#store.run(sql, owner.toString(), value, atS);
    return value;
  }
}
