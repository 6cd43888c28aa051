import type { PlainMatcher } from "../../../sdk/private/matcher/plainMatcher.ts";
import type { MatchingFigures, MatchingPath } from "./matchingPath.ts";

export interface PlainPathParts {
  matcher: PlainMatcher;
  period: bigint;
  progress: (line: string) => void;
}

/** Matches by a matcher of this process, which sees the plans. */
export class PlainPath implements MatchingPath {
  readonly #parts: PlainPathParts;
  readonly #roundsMs: number[] = [];

  constructor(parts: PlainPathParts) {
    this.#parts = parts;
  }

  async match(): Promise<number> {
    const { matcher, period, progress } = this.#parts;
    const startedMs = performance.now();
    const { proposed, refused } = await matcher.match(period);
    this.#roundsMs.push(performance.now() - startedMs);
    for (const { reason } of refused) progress(`a match was refused: ${reason.shortMessage}`);
    return proposed.length;
  }

  async lapse(): Promise<number> {
    return (await this.#parts.matcher.lapseOverdue()).length;
  }

  async judge(): Promise<void> {
    // Both sides' proofs say what was delivered, and nobody else does.
  }

  async figures(): Promise<MatchingFigures> {
    return {
      path: "plain",
      rounds: this.#roundsMs.length,
      roundSeconds: meanSeconds(this.#roundsMs),
      ranksTold: 0,
      openings: { ranks: 0, pairs: 0, verdicts: 0 },
      verdicts: { within: 0, beyond: 0, missing: 0 },
      evidence: [],
      restarts: 0,
    };
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

/** Of durations, to hundredths of a second; null where there are none. */
export function meanSeconds(durationsMs: readonly number[]): number | null {
  if (durationsMs.length === 0) return null;
  const sumMs = durationsMs.reduce((sum, ms) => sum + ms, 0);
  return Math.round(sumMs / durationsMs.length / 10) / 100;
}
