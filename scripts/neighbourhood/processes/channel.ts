import type { ChildProcess } from "node:child_process";
import { BaseError } from "../../../sdk/errors.ts";

/** An error as it goes from one process to another. */
interface SentError {
  name: string;
  message: string;
  /** Of what a user can mend. */
  base?: { metaMessages: readonly string[]; details: string | undefined };
  stack: string | undefined;
}

type Message =
  | { kind: "question"; id: number; body: unknown }
  | { kind: "answer"; id: number; body: unknown }
  | { kind: "refusal"; id: number; error: SentError };

/** One end of the messages between two processes of a run: this process's own, or a child's. */
type End = Pick<ChildProcess, "send" | "on" | "off"> | NodeJS.Process;

interface Waiting {
  resolve: (body: unknown) => void;
  reject: (error: Error) => void;
}

/** Questions and answers between two processes of a run, either of which may ask. */
export class Channel<Question, Asked> {
  readonly #end: End;
  readonly #answer: (question: Asked) => Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #fault: Error | undefined;

  /** @param answer to what the other process asks */
  constructor(end: End, answer: (question: Asked) => Promise<unknown>) {
    this.#end = end;
    this.#answer = answer;
    end.on("message", (message: Message) => {
      if (message.kind === "question") void this.#reply(message.id, message.body as Asked);
      else this.#settle(message);
    });
  }

  /** @throws what the other process throws, or the fault */
  ask(question: Question): Promise<unknown> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ kind: "question", id, body: question });
    });
  }

  /** The other process is gone: whoever waits for it is told why, and whoever asks later. */
  fail(fault: Error): void {
    this.#fault ??= fault;
    for (const { reject } of this.#waiting.values()) reject(fault);
    this.#waiting.clear();
  }

  async #reply(id: number, question: Asked): Promise<void> {
    try {
      this.#send({ kind: "answer", id, body: await this.#answer(question) });
    } catch (error) {
      this.#send({ kind: "refusal", id, error: toSent(error) });
    }
  }

  #settle(message: Exclude<Message, { kind: "question" }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "answer") waiting?.resolve(message.body);
    else waiting?.reject(fromSent(message.error));
  }

  #send(message: Message): void {
    // A process that is gone does not answer: `fail` says so.
    this.#end.send!(message, undefined, undefined, () => undefined);
  }
}

function toSent(error: unknown): SentError {
  if (error instanceof BaseError) {
    const { name, shortMessage: message, metaMessages, details, stack } = error;
    return { name, message, base: { metaMessages, details }, stack };
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack };
}

function fromSent({ name, message, base, stack }: SentError): Error {
  const error =
    base === undefined
      ? new Error(message)
      : new BaseError(message, {
          metaMessages: base.metaMessages,
          ...(base.details === undefined ? {} : { details: base.details }),
        });
  return Object.assign(error, { name, ...(stack === undefined ? {} : { stack }) });
}
