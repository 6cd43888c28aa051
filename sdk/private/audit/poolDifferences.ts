import { showFigure } from "../../audit/differences.ts";
import type { PoolLog } from "../chain/poolLog.ts";

/** One thing that the chain says and that does not follow from the rest, or the other way round. */
export interface PoolDifference {
  /** What differs: `settle.amountNano`, `nullifier`. */
  figure: string;
  expected: string;
  found: string;
  /** What it belongs to: `note 7`, `match 123…`. */
  subject: string;
  /** Of the log that says it; absent for a figure of the chain's state. */
  transactionHash?: string;
}

/** Collects what differs. */
export class PoolDifferences {
  readonly list: PoolDifference[] = [];

  /** Notes a figure whose two values are not the same. @returns whether they are */
  compare(
    figure: string,
    expected: Parameters<typeof showFigure>[0],
    found: Parameters<typeof showFigure>[0],
    subject: string,
    log?: Pick<PoolLog, "transactionHash">,
  ): boolean {
    const [shownExpected, shownFound] = [showFigure(expected), showFigure(found)];
    if (shownExpected === shownFound) return true;
    this.list.push({
      figure,
      expected: shownExpected,
      found: shownFound,
      subject,
      ...(log === undefined ? {} : { transactionHash: log.transactionHash }),
    });
    return false;
  }
}
