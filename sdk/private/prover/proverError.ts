import { BaseError, type BaseErrorOptions } from "../../errors.ts";

/**
 * Why there is no proof: the keys cannot be had; the circuit refuses the inputs; the proof shows something else than
 * was asked; it does not hold; the prover ended; or the caller gave up.
 */
export type ProverFault = "keys" | "inputs" | "signals" | "proof" | "ended" | "cancelled";

/** There is no proof of a request. No input of it is ever told: with them one can read the notes. */
export class ProverError extends BaseError {
  override name = "ProverError";
  readonly fault: ProverFault;

  constructor(fault: ProverFault, fact: string, options: BaseErrorOptions = {}) {
    super(fact, options);
    this.fault = fault;
  }
}

/** An error as it goes from a process or worker to who asked: classes are lost on the way. */
export interface SentProverError {
  fault: ProverFault;
  fact: string;
  options: Pick<BaseErrorOptions, "details" | "metaMessages">;
}

export function packProverError(error: unknown): SentProverError {
  if (error instanceof ProverError) {
    const { fault, shortMessage: fact, details, metaMessages } = error;
    return {
      fault,
      fact,
      options: { metaMessages, ...(details === undefined ? {} : { details }) },
    };
  }
  const details = error instanceof Error ? error.message : String(error);
  return { fault: "ended", fact: "The prover failed.", options: { details } };
}

export function unpackProverError({ fault, fact, options }: SentProverError): ProverError {
  return new ProverError(fault, fact, options);
}
