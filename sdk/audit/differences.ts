import type { EventPosition } from "../events/marketEvent.ts";

/** One figure that the chain has and the audit does not, or the other way round. */
export interface Difference {
  /** What differs: `settlement.rewardNano`, `account.balanceNano`. */
  figure: string;
  /** What the audit computed. */
  expected: string;
  /** What the chain says. */
  found: string;
  period?: number;
  participant?: number;
  /** Of the event that says it; absent for a figure of the chain's state. */
  transactionHash?: string;
}

/** What a figure belongs to. */
export interface DifferenceContext {
  period?: number;
  participant?: number;
  event?: EventPosition;
}

/** A value as a report shows it: a text as it is, anything else as JSON. */
export function showFigure(value: bigint | boolean | number | string | object): string {
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "bigint" ? part.toString() : part,
  );
}

/** Collects what differs. */
export class Differences {
  readonly list: Difference[] = [];

  /** Notes a figure whose two values are not the same. */
  compare(
    figure: string,
    expected: Parameters<typeof showFigure>[0],
    found: Parameters<typeof showFigure>[0],
    { period, participant, event }: DifferenceContext = {},
  ): void {
    const [shownExpected, shownFound] = [showFigure(expected), showFigure(found)];
    if (shownExpected === shownFound) return;
    this.list.push({
      figure,
      expected: shownExpected,
      found: shownFound,
      ...(period === undefined ? {} : { period }),
      ...(participant === undefined ? {} : { participant }),
      ...(event === undefined ? {} : { transactionHash: event.transactionHash }),
    });
  }
}
