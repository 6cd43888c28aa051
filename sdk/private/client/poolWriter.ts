import type { Provider } from "ethers";
import { encodeCall } from "../../clients/contractHandle.ts";
import { ContractRevertedError } from "../../clients/revertError.ts";
import type { ContractCall } from "../../clients/transactionSender.ts";
import type { Point } from "../babyJubjub.ts";
import type { PoolFollower } from "../chain/poolFollower.ts";
import { poolInterface } from "../chain/poolInterface.ts";
import type { ProofRequest, ProofSetting } from "../proofs/proofRequest.ts";
import type { ProvedRequest, ProveProgress, Prover } from "../prover/prover.ts";
import { requireAuditKey } from "../requireAuditKey.ts";
import type { NoteStore } from "../store/noteStore.ts";
import { SenderLiedError } from "./clientErrors.ts";
import { handOver } from "./handOver.ts";
import { OutcomeUnknownError, type PoolSender, type SentCall } from "./poolSender.ts";

export interface PoolWriterOptions {
  provider: Provider;
  follower: PoolFollower;
  store: NoteStore;
  prover: Prover;
  /**
   * The audit keys that the regulator published elsewhere than on the chain. Without them the node that is read decides
   * whom each proof shows its note to.
   */
  auditKeys?: readonly Point[];
  /**
   * How long a proof can be mined at least; at most a minute longer, since deadlines are whole minutes. What became of
   * one is certain then.
   */
  proofLifetimeS?: number;
  /** How long, by one's own clock, it is waited for that certainty. */
  outcomeWaitMs?: number;
  /** How long a sender is waited for before the same call is given to the next one. */
  handOverMs?: number;
  pollMs?: number;
  onProgress?: (verb: string, progress: ProveProgress) => void;
}

/** One step of a participant, as often as it must be tried. */
export interface PoolWrite {
  /** The contract's function. */
  verb: string;
  /** Makes the request from the chain as it is now. Called again where the chain changed before the proof came. */
  build(setting: ProofSetting): ProofRequest | Promise<ProofRequest>;
  /** What the call has behind proof and deadline. */
  args?: readonly unknown[];
  /** Whether the chain has what this very request makes. */
  isDone(request: ProofRequest): boolean;
  /** The same call is given to the next one where one does not have it mined. */
  senders: readonly PoolSender[];
  signal?: AbortSignal | undefined;
}

/** What was mined. */
export interface Written {
  request: ProofRequest;
  /** As the sender tells; undefined where only the chain told that it was mined. */
  sent: SentCall | undefined;
}

const PROOF_LIFETIME_S = 180;
/** All wallets' deadlines are multiples of it: an exact one would show when a proof was begun, and so whose device it is. */
const DEADLINE_GRID_S = 60;
const OUTCOME_WAIT_MS = 300_000;
const HAND_OVER_MS = 20_000;
const POLL_MS = 1_000;
const MOST_ATTEMPTS = 4;

/** Refusals that say that the chain has moved on since the request was built: the same can be proven anew. */
const STALE = new Set([
  "DeadlinePassed",
  "ForeignActual",
  "ForeignTerms",
  "StaleAuditKey",
  "StaleParticipants",
  "UnknownRoot",
]);

function isStale(error: unknown): boolean {
  return error instanceof ContractRevertedError && STALE.has(error.reason.name);
}

/**
 * Proves and sends, and proves anew where the chain changed meanwhile. Whatever a sender says, the chain decides
 * whether something was mined: what was is not sent again, and what may yet be is waited for, at the longest until
 * its proof has expired.
 */
export class PoolWriter {
  readonly #options: PoolWriterOptions;
  readonly #lifetimeS: number;

  constructor(options: PoolWriterOptions) {
    this.#options = options;
    this.#lifetimeS = options.proofLifetimeS ?? PROOF_LIFETIME_S;
  }

  /** Brings follower and store up to date. @param throughBlock see `PoolFollower.sync` */
  async sync(throughBlock?: number): Promise<void> {
    const { follower, store } = this.#options;
    await follower.feed(store, throughBlock);
  }

  /** The time of the chain, in Unix seconds. */
  async chainTimeS(): Promise<number> {
    return (await latestBlock(this.#options.provider)).timestamp;
  }

  /** @throws ProverError, UnprovableError, ContractRevertedError, OutcomeUnknownError, SenderLiedError */
  async write(step: PoolWrite): Promise<Written> {
    const tried: ProofRequest[] = [];
    for (let attempt = 1; ; attempt++) {
      await this.sync();
      // One that was refused as stale may have been mined before.
      const done = tried.find((request) => step.isDone(request));
      if (done !== undefined) return { request: done, sent: undefined };
      const setting = await this.#setting();
      const request = await step.build(setting);
      const proved = await this.#prove(step, request);
      tried.push(request);
      try {
        return await this.#send(step, proved, setting.deadlineS, tried);
      } catch (error) {
        if (!isStale(error) || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Sends a call without a proof, which is nobody's. Whether it was mined, `isDone` says afterwards.
   * @throws what the last sender that was asked says
   */
  async send(
    senders: readonly PoolSender[],
    verb: string,
    args: readonly unknown[],
    isDone: () => boolean,
  ): Promise<void> {
    const { handOverMs = HAND_OVER_MS } = this.#options;
    const { done, failure } = await handOver(senders, this.#call(verb, args), {
      look: async (throughBlock) => {
        await this.sync(await this.#believable(throughBlock));
        return isDone() ? true : undefined;
      },
      handOverMs,
    });
    if (done === undefined && failure !== undefined) throw failure;
  }

  async #setting(): Promise<ProofSetting> {
    const { follower, auditKeys } = this.#options;
    return {
      pool: await follower.pool(),
      auditKey: requireAuditKey(follower, auditKeys),
      deadlineS: deadlineAfter((await this.chainTimeS()) + this.#lifetimeS),
    };
  }

  #prove({ verb, signal }: PoolWrite, request: ProofRequest): Promise<ProvedRequest> {
    const { prover, onProgress } = this.#options;
    return prover.prove(request, {
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress: (progress) => onProgress(verb, progress) }),
    });
  }

  async #send(
    step: PoolWrite,
    { points, signals }: ProvedRequest,
    deadlineS: bigint,
    tried: readonly ProofRequest[],
  ): Promise<Written> {
    const { verb, senders, args = [], signal } = step;
    const { handOverMs = HAND_OVER_MS } = this.#options;
    const call = this.#call(verb, [{ points, signals }, deadlineS, ...args]);
    signal?.throwIfAborted();
    const { done, sent, failure, mayBeMined } = await handOver(senders, call, {
      look: async (throughBlock) => (await this.#look(step, tried, throughBlock)).done,
      handOverMs,
      signal,
    });
    if (done !== undefined) return { request: done, sent };
    if (!mayBeMined || isStale(failure)) throw failure!;
    const late = await this.#doneBy(step, tried, deadlineS);
    if (late !== undefined) return { request: late, sent };
    throw sent === undefined ? failure! : new SenderLiedError(verb, sent.hash);
  }

  /** Reads the chain, and finds which of some requests it has. */
  async #look(
    step: PoolWrite,
    tried: readonly ProofRequest[],
    throughBlock?: number,
  ): Promise<{ done: ProofRequest | undefined; failure?: unknown }> {
    try {
      await this.sync(await this.#believable(throughBlock));
    } catch (failure) {
      return { done: undefined, failure };
    }
    return { done: tried.find((request) => step.isDone(request)) };
  }

  /** Waits until one is done or the last proof can no longer be mined. @throws OutcomeUnknownError */
  async #doneBy(
    step: PoolWrite,
    tried: readonly ProofRequest[],
    deadlineS: bigint,
  ): Promise<ProofRequest | undefined> {
    const { provider, outcomeWaitMs = OUTCOME_WAIT_MS, pollMs = POLL_MS } = this.#options;
    const until = Date.now() + outcomeWaitMs;
    for (;;) {
      // The time first, and then all blocks up to it: what comes after a late one is too late to be mined at all.
      const latest = await latestBlock(provider).catch(() => undefined);
      const { done, failure } = await this.#look(step, tried, latest?.number);
      if (done !== undefined) return done;
      const isLate = latest !== undefined && BigInt(latest.timestamp) > deadlineS;
      if (isLate && failure === undefined) return undefined;
      const isEnough = step.signal?.aborted === true || Date.now() > until;
      if (isEnough) throw outcomeUnknown(step.verb, deadlineS, failure);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** A block that a sender names, where the chain has it: to wait for another would be for ever. */
  async #believable(blockNumber: number | undefined): Promise<number | undefined> {
    if (blockNumber === undefined) return undefined;
    const block = await this.#options.provider.getBlock(blockNumber);
    return block === null ? undefined : blockNumber;
  }

  #call(verb: string, args: readonly unknown[]): ContractCall {
    return encodeCall(this.#options.follower.address, poolInterface, verb, args);
  }
}

function deadlineAfter(timeS: number): bigint {
  return BigInt(Math.ceil(timeS / DEADLINE_GRID_S) * DEADLINE_GRID_S);
}

function outcomeUnknown(verb: string, deadlineS: bigint, failure: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(`What became of ${verb} is not known.`, {
    metaMessages: [
      `It can be mined until the chain's time ${deadlineS}: look then whether it was, before you do the same again.`,
    ],
    ...(failure instanceof Error ? { details: failure.message, cause: failure } : {}),
  });
}

async function latestBlock(provider: Provider): Promise<{ number: number; timestamp: number }> {
  const block = await provider.getBlock("latest");
  if (block === null) throw new OutcomeUnknownError("The chain has no latest block.");
  return block;
}
