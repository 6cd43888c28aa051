import type { ProofRequest } from "../proofs/proofRequest.ts";

/** What a prover does for a request, in this order. */
export const PROVE_STAGES = ["load", "witness", "prove", "check"] as const;
export type ProveStage = (typeof PROVE_STAGES)[number];

export interface ProveProgress {
  stage: ProveStage;
  /** How much of the stage is done, from 0 to 1. */
  fraction: number;
}

export interface ProveOptions {
  onProgress?: (progress: ProveProgress) => void;
  /** Ends the proof: nothing of it is left behind. */
  signal?: AbortSignal;
}

/** A Groth16 proof as the pool takes it: A.x, A.y, B.x and B.y with the imaginary part first, C.x, C.y. */
export type ProofPoints = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

/** A proof, and what it was asked to show. */
export interface ProvedRequest {
  points: ProofPoints;
  /** The same as the request's. */
  signals: readonly bigint[];
  request: ProofRequest;
}

/** What makes proofs, one at a time: a second request waits for the first. */
export interface Prover {
  /** @throws ProverError */
  prove(request: ProofRequest, options?: ProveOptions): Promise<ProvedRequest>;
  /** Ends what it has started. Requests that wait fail; a later one starts it again. */
  close(): Promise<void>;
}
