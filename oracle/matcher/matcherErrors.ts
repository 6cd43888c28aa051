import { BaseError } from "../../sdk/errors.ts";

/** What a participant or gateway sent is not taken, and why; `status` is what HTTP calls the reason. */
export class NotTakenError extends BaseError {
  override name = "NotTakenError";
  readonly status: 404 | 409 | 410 | 422 | 429 | 503;

  constructor(status: NotTakenError["status"], fact: string, remedy: string) {
    super(fact, { metaMessages: [remedy] });
    this.status = status;
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
