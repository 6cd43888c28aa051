import { BaseError } from "../../sdk/errors.ts";
import { HttpRequestError } from "../http/httpRequestError.ts";

/** When to send again what is not taken for a moment only. */
const RETRY_AFTER_S = 2;

/** What a participant or gateway sent is not taken, and why; `status` is what HTTP calls the reason. */
export class NotTakenError extends HttpRequestError {
  override name = "NotTakenError";

  /** @param retryAfterS said with a status that is not for good */
  constructor(
    status: 404 | 409 | 410 | 422 | 429 | 503,
    fact: string,
    remedy: string,
    retryAfterS = RETRY_AFTER_S,
  ) {
    const isForNow = status === 429 || status === 503;
    super(status, fact, remedy, isForNow ? { "retry-after": `${retryAfterS}` } : {});
  }
}

/** One of an epoch's public keys was lost on the disk: whatever needs it waits until it is fetched again. */
export class MissingKeyError extends NotTakenError {
  override name = "MissingKeyError";

  /** @param name `relin-keys` @param fault what the disk said */
  constructor(epoch: number, name: string, fault: string) {
    super(
      503,
      `The ${name} of epoch ${epoch} cannot be read: ${fault}`,
      "Ask again in a moment: the matcher fetches it from the key holder again. Its operator should check the disk.",
    );
  }
}

/** The key holder signed what cannot be. It is kept as evidence. */
export class KeyHolderFaultError extends BaseError {
  override name = "KeyHolderFaultError";

  constructor(question: string, fact: string) {
    super(`The key holder's answer to ${question} cannot be: ${fact}`, {
      metaMessages: ["It is kept as evidence, with its signature: `GET /evidence`."],
    });
  }
}

/** The seed of an epoch is not the one that the chain has a commitment of. */
export class ForeignSeedError extends BaseError {
  override name = "ForeignSeedError";

  constructor(epoch: number) {
    super(`The seed of epoch ${epoch} is not the one that was committed to on the chain.`, {
      metaMessages: [
        "Bring back the data folder that it was made in: this epoch has no rounds without it.",
      ],
    });
  }
}
