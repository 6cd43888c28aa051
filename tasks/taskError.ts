import { BaseError } from "../sdk/errors.ts";

/** What a task was given does not do; says what to change. */
export class TaskInputError extends BaseError {
  override name = "TaskInputError";

  constructor(fact: string, remedy: string) {
    super(fact, { metaMessages: [remedy] });
  }
}
