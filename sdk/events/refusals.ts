import { decodeContractError, type ContractError } from "./contractError.ts";

/** An order of a batch that did not open, from `OpeningRefused`. */
export interface OpeningRefusal {
  period: number;
  participant: number;
  reason: ContractError;
}

/** A reading of a batch that does not count, from `ReadingRefused`. */
export interface ReadingRefusal {
  participant: number;
  period: number;
  reason: ContractError;
}

/** The refusal of one `OpeningRefused` event. */
export function decodeOpeningRefused(args: {
  period: bigint;
  participant: bigint;
  reason: string;
}): OpeningRefusal {
  return {
    period: Number(args.period),
    participant: Number(args.participant),
    reason: decodeContractError(args.reason),
  };
}

/** The refusal of one `ReadingRefused` event. */
export function decodeReadingRefused(args: {
  participant: bigint;
  period: bigint;
  reason: string;
}): ReadingRefusal {
  return {
    participant: Number(args.participant),
    period: Number(args.period),
    reason: decodeContractError(args.reason),
  };
}
