import { BaseError } from "../../errors.ts";
import type { PoolLog } from "./poolLog.ts";

/** A log that does not follow from those before it. */
export interface PoolFault {
  /** What differs: `tree.root`, `nullifier`. */
  figure: string;
  /** What follows from the logs before. */
  expected: string;
  /** What the log says. */
  found: string;
  log: PoolLog;
}

/** A pool's logs contradict each other: one is missing, was altered or was made up. */
export class PoolHistoryError extends BaseError {
  override name = "PoolHistoryError";
  readonly fault: PoolFault;

  constructor(fault: PoolFault) {
    const { figure, expected, found, log } = fault;
    super(
      `The private market's ${log.name} in transaction ${log.transactionHash} has ${figure} ${found}, not ${expected}.`,
      {
        metaMessages: [
          "No such history passes the contract: ask another node, from the block of the deployment on.",
        ],
      },
    );
    this.fault = fault;
  }
}
