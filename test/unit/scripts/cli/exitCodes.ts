import { expect } from "chai";
import {
  ForeignStoreError,
  RESTORE,
  StoreDamagedError,
  StoreFullError,
  StoreLockedError,
  StoreWriteError,
} from "../../../../oracle/store/errors.ts";
import { EXIT_MAY_PASS, EXIT_USAGE, exitCodeOf } from "../../../../scripts/cli/exitCodes.ts";
import { ChainUnreachableError } from "../../../../sdk/clients/revertError.ts";
import { BaseError } from "../../../../sdk/errors.ts";

describe("exit codes", () => {
  it("are 3 for what a new start may find mended", () => {
    for (const error of [
      new StoreWriteError("The store cannot be written."),
      new StoreFullError("gateway.db", new Error("database or disk is full")),
      new StoreDamagedError("gateway.db", "A row is another."),
      new ChainUnreachableError("None answers."),
    ])
      expect(exitCodeOf(error), error.name).to.equal(EXIT_MAY_PASS);
  });

  it("are 2 for what stays wrong until somebody mends it", () => {
    for (const error of [
      new BaseError("The key is another's."),
      new StoreLockedError("gateway.db", 7),
      new ForeignStoreError("The store is another market's."),
      new StoreDamagedError("matcher.sqlite", "A row is another.", { remedy: RESTORE }),
    ])
      expect(exitCodeOf(error), error.name).to.equal(EXIT_USAGE);
  });
});
