import { MalformedMessageError } from "../../../sdk/private/wire/messageError.ts";
import type { Reader } from "../../../sdk/private/wire/readers.ts";
import type { ServiceAnswer, ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import {
  ServiceRefusedError,
  ServiceUnreachableError,
  UnsignedAnswerError,
} from "../../../sdk/private/wire/serviceError.ts";
import { parseWireJson } from "../../../sdk/private/wire/wireJson.ts";
import { KeyHolderFaultError } from "../matcherErrors.ts";
import type { AnswerBook } from "../store/answerBook.ts";

/** A question to the key holder, and what its answer must be. */
export interface Question<T> {
  /** What it is kept by: the same question has the same name, whatever noise its body has. */
  name: string;
  path: string;
  /** Made only where the question has no answer yet. */
  body: () => Promise<Uint8Array | object>;
  read: Reader<T>;
  /** What is wrong with an answer that has the form; nothing where it can be. */
  fault?: (answer: T) => string | undefined;
}

/** An answer that is to be kept together with others. */
export interface FreshAnswer<T> {
  value: T;
  kept: { question: string; answer: ServiceAnswer } | undefined;
}

/** A time in which nothing came back, or nothing that the key holder has signed. */
export interface Silence {
  /** What it was asked last. */
  path: string;
  sinceMs: number;
  times: number;
}

/** Refusals that say something of what the key holder knows, and not of the time. */
const DEFINITE = [409, 422];

/**
 * Asks the key holder. What it answered is kept before it is used: asked again after a crash, the question is answered
 * from there. What it signed and should not have is kept as evidence.
 */
export class KeyHolderClient {
  readonly #client: ServiceClient;
  readonly #answers: AnswerBook;
  #silence: Silence | undefined;

  constructor(client: ServiceClient, answers: AnswerBook) {
    this.#client = client;
    this.#answers = answers;
  }

  /** Whether it did not answer when it was asked last. */
  get isAway(): boolean {
    return this.#silence !== undefined;
  }

  /** Since when it answers nothing, where it does not. */
  get silence(): Readonly<Silence> | undefined {
    return this.#silence;
  }

  get(path: string, signal?: AbortSignal): Promise<ServiceAnswer> {
    return this.#watched(path, this.#client.get(path, signal));
  }

  /** @throws ServiceUnreachableError, ServiceRefusedError, UnsignedAnswerError, KeyHolderFaultError */
  async ask<T>(question: Question<T>, signal?: AbortSignal): Promise<T> {
    const { value, kept } = await this.askWithoutKeeping(question, signal);
    if (kept !== undefined) this.keep([kept]);
    return value;
  }

  /** As `ask`, for answers that are kept together, which is one write for all. A crash before has them asked again. */
  async askWithoutKeeping<T>(question: Question<T>, signal?: AbortSignal): Promise<FreshAnswer<T>> {
    const { name, path } = question;
    const before = this.#answers.get(name);
    if (before !== undefined) return { value: this.#read(question, before), kept: undefined };
    const body = await question.body();
    let answer: ServiceAnswer;
    try {
      answer = await this.#watched(path, this.#client.post(path, body, signal));
    } catch (error) {
      if (error instanceof ServiceRefusedError && DEFINITE.includes(error.status)) {
        this.#answers.accuse("refusal", name, error.shortMessage, error.answer);
      }
      throw error;
    }
    try {
      return { value: this.#read(question, answer.bytes), kept: { question: name, answer } };
    } catch (error) {
      if (error instanceof KeyHolderFaultError) {
        this.#answers.accuse("fault", name, error.shortMessage, answer);
      }
      throw error;
    }
  }

  /** @throws KeyHolderFaultError where it has answered otherwise before; both answers are kept */
  keep(answers: readonly NonNullable<FreshAnswer<unknown>["kept"]>[]): void {
    const [contradicted] = this.#answers.keep(answers);
    if (contradicted === undefined) return;
    throw new KeyHolderFaultError(contradicted, "it was answered otherwise before.");
  }

  #read<T>({ name, read, fault }: Question<T>, bytes: Uint8Array): T {
    let value: T;
    try {
      value = read(parseWireJson(bytes), "answer");
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      throw new KeyHolderFaultError(name, error.shortMessage);
    }
    const fact = fault?.(value);
    if (fact !== undefined) throw new KeyHolderFaultError(name, fact);
    return value;
  }

  async #watched<T>(path: string, asked: Promise<T>): Promise<T> {
    try {
      const answer = await asked;
      this.#silence = undefined;
      return answer;
    } catch (error) {
      if (error instanceof ServiceRefusedError) this.#silence = undefined;
      const isAway =
        error instanceof ServiceUnreachableError || error instanceof UnsignedAnswerError;
      if (isAway) this.#beSilent(path);
      throw error;
    }
  }

  #beSilent(path: string): void {
    const { sinceMs, times } = this.#silence ?? { sinceMs: Date.now(), times: 0 };
    this.#silence = { path, sinceMs, times: times + 1 };
  }
}
