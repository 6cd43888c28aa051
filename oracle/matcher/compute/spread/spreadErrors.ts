import { showValue } from "../../../../sdk/errors.ts";
import { ComputeError } from "../computeErrors.ts";

/** Redis, through which batches go to workers, cannot be used. */
export class RedisError extends ComputeError {
  override name = "RedisError";

  constructor(place: string, details: string) {
    super(`Redis at ${place} does not answer.`, {
      details,
      metaMessages: ["Start it, or correct --redis; it needs version 6.2 or newer."],
    });
  }
}

/** What was given is no URL of a Redis. */
export class RedisUrlError extends ComputeError {
  override name = "RedisUrlError";

  constructor() {
    // Not the URL: it may hold a password.
    super("The URL of Redis does not begin with redis:// or rediss://.", {
      metaMessages: ["Correct --redis, such as redis://127.0.0.1:6379."],
    });
  }
}

/** The secret that workers show is missing or too short. */
export class WorkerTokenError extends ComputeError {
  override name = "WorkerTokenError";
}

/** What was given is no URL of a matcher's worker port. */
export class MatcherUrlError extends ComputeError {
  override name = "MatcherUrlError";

  constructor(url: string) {
    super(`${showValue(url)} is no URL of a matcher.`, {
      metaMessages: [
        "Give --matcher as http://… or https://…, as the matcher says it at its start.",
      ],
    });
  }
}

/** The matcher does not take this worker. */
export class WorkerRefusedError extends ComputeError {
  override name = "WorkerRefusedError";

  constructor(url: string, status: number) {
    super(`The matcher at ${url} refuses this worker with ${status}.`, {
      metaMessages: [
        "Give both the same token, and the worker the URL of the matcher's worker port.",
      ],
    });
  }
}

/** The matcher did not answer, or not as one does. The batch is done again later. */
export class MatcherAwayError extends ComputeError {
  override name = "MatcherAwayError";

  constructor(call: string, details: string) {
    super(`${call} got no answer from the matcher.`, {
      details,
      metaMessages: ["It is tried again; see to the matcher and the way to it."],
    });
  }
}

/** What a worker sent is no result of the batch that it names. */
export class WrongResultError extends ComputeError {
  override name = "WrongResultError";

  constructor(what: string, value: unknown) {
    super(`The worker's result ${what}: ${showValue(value)}.`, {
      metaMessages: ["Run the matcher's own version on every worker."],
    });
  }
}
