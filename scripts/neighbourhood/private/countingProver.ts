import type { ProvedRequest, ProveOptions, Prover } from "../../../sdk/private/prover/prover.ts";
import type { ProofRequest } from "../../../sdk/private/proofs/proofRequest.ts";

/** What a run's proofs took. */
export interface ProofFigures {
  proofs: number;
  /** On average, from when the prover began with each. */
  meanSeconds: number | null;
  longestSeconds: number | null;
}

/** A prover that counts. */
export class CountingProver implements Prover {
  readonly #prover: Prover;
  readonly #durationsMs: number[] = [];
  #queue: Promise<unknown> = Promise.resolve();

  constructor(prover: Prover) {
    this.#prover = prover;
  }

  prove(request: ProofRequest, options?: ProveOptions): Promise<ProvedRequest> {
    const proof = this.#queue.then(async () => {
      const startedMs = performance.now();
      const proved = await this.#prover.prove(request, options);
      this.#durationsMs.push(performance.now() - startedMs);
      return proved;
    });
    this.#queue = proof.catch(() => undefined);
    return proof;
  }

  close(): Promise<void> {
    return this.#prover.close();
  }

  figures(): ProofFigures {
    const all = this.#durationsMs;
    const seconds = (ms: number) => (all.length === 0 ? null : Math.round(ms / 10) / 100);
    return {
      proofs: all.length,
      meanSeconds: seconds(all.reduce((sum, ms) => sum + ms, 0) / all.length),
      longestSeconds: seconds(Math.max(...all)),
    };
  }
}
