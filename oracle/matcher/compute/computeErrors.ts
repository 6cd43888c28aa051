import { BaseError } from "../../../sdk/errors.ts";
import type { BadCiphertext } from "./distanceEngine.ts";

/** The parent of every reason for which a round cannot be computed. */
export class ComputeError extends BaseError {
  override name = "ComputeError";
}

/** Offers of a round cannot be packed. The round is to be opened again without them. */
export class BadOffersError extends ComputeError {
  override name = "BadOffersError";
  readonly bad: readonly BadCiphertext[];

  constructor(bad: readonly BadCiphertext[]) {
    super(`${bad.length} offers cannot be packed, the first of them ${bad[0]!.contentHash}.`, {
      details: bad[0]!.message,
      metaMessages: ["Open a round without them: they were damaged since they were taken."],
    });
    this.bad = bad;
  }
}

/** A thread ended in the middle of its work. Its share is done again. */
export class ThreadDiedError extends ComputeError {
  override name = "ThreadDiedError";

  constructor(details: string) {
    super("A computing thread has ended in the middle of its work.", {
      details,
      metaMessages: ["Give the machine more memory, or the service fewer threads."],
    });
  }
}

/** What all of a share needs, such as the epoch's keys, cannot be computed with. */
export class RefusedTaskError extends ComputeError {
  override name = "RefusedTaskError";

  constructor(details: string) {
    super("The round cannot be computed with the keys and packs that it has.", {
      details,
      metaMessages: ["Fetch the epoch's keys from the key holder again."],
    });
  }
}

/** Threads cannot be started, or die whatever they are given: nothing can be computed here. */
export class NoThreadsError extends ComputeError {
  override name = "NoThreadsError";

  constructor(details: string) {
    super("Computing threads cannot be kept running.", {
      details,
      metaMessages: [
        "Each takes some 200 MB: give the machine memory, or the service fewer threads.",
      ],
    });
  }
}

/** The engine was closed while, or before, it was asked. */
export class EngineClosedError extends ComputeError {
  override name = "EngineClosedError";

  constructor() {
    super("Computing has ended: the service stops.", { metaMessages: ["Start it again."] });
  }
}
