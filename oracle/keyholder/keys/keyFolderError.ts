import { BaseError, showValue } from "../../../sdk/errors.ts";

/** The key holder's own keys cannot be had. No message shows a key or a password. */
export class KeyFolderError extends BaseError {
  override name = "KeyFolderError";

  constructor(fact: string, remedy: string, cause?: unknown) {
    super(fact, {
      metaMessages: [remedy],
      ...(cause === undefined ? {} : { details: (cause as Error).message, cause }),
    });
  }
}

/** The password is not the one that the keys were made under. */
export class WrongKeyPasswordError extends KeyFolderError {
  override name = "WrongKeyPasswordError";

  constructor(folder: string) {
    super(
      `The password does not open the keys in ${showValue(folder)}.`,
      "Give the password that the keystore had when the folder was made; without it, begin a new folder and a new epoch.",
    );
  }
}

/** A file of keys is cut or changed. */
export class DamagedKeyFileError extends KeyFolderError {
  override name = "DamagedKeyFileError";

  constructor(file: string, fault: string) {
    super(
      `The key file ${showValue(file)} ${fault}.`,
      "Restore it from its copy; without one, rotate: the plans of its epoch are not matched.",
    );
  }
}

/** The keys are of another private market. */
export class ForeignKeyFolderError extends KeyFolderError {
  override name = "ForeignKeyFolderError";

  constructor(folder: string, owner: string) {
    super(
      `The keys in ${showValue(folder)} are ${owner}.`,
      "Give each private market a folder of its own with --data.",
    );
  }
}
