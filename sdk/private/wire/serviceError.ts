import { BaseError } from "../../errors.ts";
import type { ServiceAnswer } from "./serviceClient.ts";

/** The parent of what can go wrong between two services. */
export class ServiceError extends BaseError {
  override name = "ServiceError";
}

/** Nothing came back, or nothing that the service itself said. What was asked may have been done: ask the same again. */
export class ServiceUnreachableError extends ServiceError {
  override name = "ServiceUnreachableError";

  constructor(call: string, details: string) {
    super(`${call} got no answer.`, {
      details,
      metaMessages: ["Ask again later: the same request is answered the same."],
    });
  }
}

/** The service answered that it does not do what it was asked. */
export class ServiceRefusedError extends ServiceError {
  override name = "ServiceRefusedError";
  readonly status: number;
  /** The error's name, as the service calls it. */
  readonly reason: string;
  readonly remedies: readonly string[];
  readonly answer: ServiceAnswer;

  constructor(
    call: string,
    answer: ServiceAnswer,
    { reason, message, remedies }: { reason: string; message: string; remedies: readonly string[] },
  ) {
    super(`${call} was refused with ${answer.status}: ${message}`, { metaMessages: remedies });
    this.status = answer.status;
    this.reason = reason;
    this.remedies = remedies;
    this.answer = answer;
  }

  /** Whether the same request may be taken later. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status === 503 || this.status === 507;
  }
}

/** What came back is not signed by whose answers are believed. */
export class UnsignedAnswerError extends ServiceError {
  override name = "UnsignedAnswerError";

  constructor(call: string, peer: string, signer: string | undefined) {
    super(`The answer to ${call} is not signed by ${peer}.`, {
      details: signer === undefined ? "It has no signature." : `${signer} signed it.`,
      metaMessages: ["Check the service's URL and address: somebody else answers there."],
    });
  }
}
