import { BaseError, showValue } from "../../sdk/errors.ts";

/** The store cannot be opened, or was asked for what it cannot do. */
export class StoreError extends BaseError {
  override name = "StoreError";
}

/** Another process writes to the store. */
export class StoreLockedError extends StoreError {
  override name = "StoreLockedError";
  /** The process that holds it, where it could be told. */
  readonly pid: number | undefined;

  constructor(path: string, pid: number | undefined) {
    const holder = pid === undefined ? "another process" : `process ${pid}`;
    super(`The store ${showValue(path)} is in use by ${holder}.`, {
      metaMessages: ["A store has one writer. Stop the other, or give this one its own store."],
    });
    this.pid = pid;
  }
}

/** The store belongs to another chain or market. */
export class ForeignStoreError extends StoreError {
  override name = "ForeignStoreError";
}

/** The store was written by a later version. */
export class StoreVersionError extends StoreError {
  override name = "StoreVersionError";
}

/** A write did not reach the disk. The store takes no more writes until it is opened anew. */
export class StoreWriteError extends StoreError {
  override name = "StoreWriteError";
  override readonly mayPass = true;
}

/** There is no room for a write. Nothing of it was kept, and the store goes on where there is room again. */
export class StoreFullError extends StoreError {
  override name = "StoreFullError";
  override readonly mayPass = true;

  constructor(path: string, cause: Error) {
    super(`There is no room for the store ${showValue(path)}.`, {
      details: cause.message,
      metaMessages: ["Make room on its disk, or raise the quota; then try again."],
      cause,
    });
  }
}

/** What to do about a store that does not repair itself. */
export const RESTORE = "Restore the whole folder from its copy.";

const START_AGAIN = "Start the daemon again: it carries over what is intact and says what is lost.";

export interface StoreDamageOptions {
  cause?: unknown;
  /** What to do; unless given, what holds for a gateway's store, which repairs itself when it is opened next. */
  remedy?: string;
}

/** What was read is not what had been written. */
export class StoreDamagedError extends StoreError {
  override name = "StoreDamagedError";
  /** What was found, in a sentence. */
  readonly finding: string;

  constructor(path: string, finding: string, { cause, remedy }: StoreDamageOptions = {}) {
    super(`The store ${showValue(path)} is damaged. ${finding}`, {
      metaMessages: [remedy ?? START_AGAIN],
      mayPass: remedy === undefined,
      cause,
    });
    this.finding = finding;
  }
}
