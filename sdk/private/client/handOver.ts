import { ContractRevertedError } from "../../clients/revertError.ts";
import type { ContractCall } from "../../clients/transactionSender.ts";
import { mayBeMined, OutcomeUnknownError, type PoolSender, type SentCall } from "./poolSender.ts";

export interface HandOverOptions<T> {
  /** Reads the chain, and finds there what the call makes. @param throughBlock the block that a sender names */
  look: (throughBlock: number | undefined) => Promise<T | undefined>;
  /** How long a sender is waited for while there is another one. */
  handOverMs: number;
  signal?: AbortSignal | undefined;
}

/** What came of giving a call to senders. */
export interface HandedOver<T> {
  /** What the chain has of it. */
  done: T | undefined;
  /** As a sender tells, which the chain does not have where `done` is undefined. */
  sent: SentCall | undefined;
  /** Why the last sender that was asked failed. */
  failure: Error | undefined;
  /** Whether one of them has the call and can have it mined yet. */
  mayBeMined: boolean;
}

type Answer = { sent: SentCall } | { failure: Error };

/**
 * Gives one and the same call to one sender after the other until the chain has what it makes. A pool takes a proof
 * once, so that two senders of the same one cannot do it twice: the second refuses, or reverts.
 */
export async function handOver<T>(
  senders: readonly PoolSender[],
  call: ContractCall,
  { look, handOverMs, signal }: HandOverOptions<T>,
): Promise<HandedOver<T>> {
  const state: HandedOver<T> = {
    done: undefined,
    sent: undefined,
    failure: undefined,
    mayBeMined: false,
  };
  for (const [index, sender] of senders.entries()) {
    if (index > 0 && signal?.aborted === true) break;
    const isLast = index === senders.length - 1;
    const answer = await answerOf(sender.send(call), isLast ? undefined : handOverMs);
    const sent = "sent" in answer ? answer.sent : undefined;
    // Whatever a sender says: where the chain has it, it is done. One may have kept an earlier call until now.
    state.done = await look(sent?.blockNumber);
    if (state.done !== undefined) return { ...state, sent };
    state.sent ??= sent;
    if (!("failure" in answer)) {
      state.mayBeMined = true;
      continue;
    }
    state.failure = answer.failure;
    state.mayBeMined ||= mayBeMined(answer.failure);
    // One's own node says that the pool refuses it: it would from anybody.
    if (answer.failure instanceof ContractRevertedError) break;
  }
  return state;
}

/** What a sender says within a time; without one, whenever it does. */
async function answerOf(sending: Promise<SentCall>, withinMs: number | undefined): Promise<Answer> {
  const answer: Promise<Answer> = sending.then(
    (sent) => ({ sent }),
    (failure: unknown) => ({
      failure: failure instanceof Error ? failure : new Error(String(failure)),
    }),
  );
  if (withinMs === undefined) return answer;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve({ failure: silenceError(withinMs) }), withinMs);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function silenceError(ms: number): OutcomeUnknownError {
  return new OutcomeUnknownError(`The sender did not answer within ${ms / 1000} s.`, {
    metaMessages: ["It may have it mined yet: look for it before you do the same again."],
  });
}
