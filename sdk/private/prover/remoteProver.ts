import type { CircuitName } from "../context.ts";
import type { ProofRequest } from "../proofs/proofRequest.ts";
import type { ComputedProof, ProofTask } from "./computeProof.ts";
import type { ProvedRequest, ProveOptions, ProveProgress, Prover } from "./prover.ts";
import { ProverError, unpackProverError, type SentProverError } from "./proverError.ts";

/** What is asked of a process or worker. It has one task at a time. */
export interface RemoteTask<Keys> extends ProofTask {
  keys: Keys;
}

/** What it says. */
export type RemoteNews =
  { progress: ProveProgress } | { computed: ComputedProof } | { failed: SentProverError };

/** A process or worker that is running. */
export interface Remote<Keys> {
  post(task: RemoteTask<Keys>): void;
  /** Ends it at once, whatever it does. */
  end(): void | Promise<void>;
}

/** How a process or worker is started. Nothing may be told of it before `startRemote` returns. */
export type StartRemote<Keys> = (
  onNews: (news: RemoteNews) => void,
  /** It ended by itself. @param details what is known of the reason */
  onEnded: (details: string | undefined) => void,
) => Remote<Keys>;

/** Proves in something beside the caller's own thread, which stays free. */
export class RemoteProver<Keys> implements Prover {
  readonly #start: StartRemote<Keys>;
  readonly #keysOf: (circuit: CircuitName) => Promise<Keys>;
  #remote: Remote<Keys> | undefined;
  #listener: { news(news: RemoteNews): void; fail(error: ProverError): void } | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  /** Counts what was closed: requests of before fail. */
  #generation = 0;

  constructor(start: StartRemote<Keys>, keysOf: (circuit: CircuitName) => Promise<Keys>) {
    this.#start = start;
    this.#keysOf = keysOf;
  }

  prove(request: ProofRequest, options: ProveOptions = {}): Promise<ProvedRequest> {
    const generation = this.#generation;
    const result = this.#queue.then(() => {
      if (generation !== this.#generation) throw closedError();
      return this.#prove(request, options);
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    this.#generation++;
    await Promise.all([this.#end(closedError()), this.#queue]);
  }

  async #prove(
    request: ProofRequest,
    { onProgress = () => undefined, signal }: ProveOptions,
  ): Promise<ProvedRequest> {
    const { circuit, inputs, publicSignals } = request;
    requireWanted(signal);
    onProgress({ stage: "load", fraction: 0 });
    const generation = this.#generation;
    const keys = await this.#keysOf(circuit);
    requireWanted(signal);
    if (generation !== this.#generation) throw closedError();
    const cancel = () => void this.#end(cancelledError());
    try {
      signal?.addEventListener("abort", cancel);
      const { points, signals } = await new Promise<ComputedProof>((resolve, reject) => {
        this.#listener = {
          news(news) {
            if ("progress" in news) onProgress(news.progress);
            else if ("computed" in news) resolve(news.computed);
            else reject(unpackProverError(news.failed));
          },
          fail: reject,
        };
        this.#remote ??= this.#startRemote();
        this.#remote.post({ circuit, inputs, publicSignals, keys });
      });
      return { points, signals, request };
    } finally {
      this.#listener = undefined;
      signal?.removeEventListener("abort", cancel);
    }
  }

  #startRemote(): Remote<Keys> {
    let isCurrent = true;
    const remote = this.#start(
      (news) => {
        if (isCurrent) this.#listener?.news(news);
      },
      (details) => {
        if (!isCurrent) return;
        isCurrent = false;
        void this.#end(
          new ProverError("ended", "The prover ended while it was proving.", {
            metaMessages: ["Try again. A proof takes some hundred megabytes of memory."],
            ...(details === undefined ? {} : { details }),
          }),
        );
      },
    );
    return {
      post: (task) => remote.post(task),
      end() {
        isCurrent = false;
        return remote.end();
      },
    };
  }

  async #end(error: ProverError): Promise<void> {
    const remote = this.#remote;
    this.#remote = undefined;
    this.#listener?.fail(error);
    await remote?.end();
  }
}

function requireWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelledError();
}

function cancelledError(): ProverError {
  return new ProverError("cancelled", "The proof was cancelled.");
}

function closedError(): ProverError {
  return new ProverError("cancelled", "The prover was closed before the proof was made.");
}
