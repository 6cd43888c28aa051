import { StoreError } from "./errors.ts";
import { commandTable } from "./schema.ts";
import type { StoreDatabase } from "./storeDatabase.ts";
import type { Row, Value } from "./table.ts";
import { textOf } from "./values.ts";

/** An operator's command as it was signed. */
export interface NewCommand {
  kind: string;
  signer: string;
  nonce: string;
  /** Its EIP-712 hash. */
  hash: string;
  /** The whole command as JSON. */
  payload: string;
  signature: string;
  /** Milliseconds since 1970. */
  receivedAtMs: number;
}

export interface StoredCommand extends NewCommand {
  id: number;
  /** What came of it, as JSON; undefined where the process ended before. */
  result: string | undefined;
}

/** The command was obeyed before. */
export class ReplayedCommandError extends StoreError {
  override name = "ReplayedCommandError";
}

/** Operators' commands, which stay on record. */
export class Commands {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  /**
   * Puts a command on record, before it is obeyed.
   * @returns its id
   * @throws ReplayedCommandError where the signer has used the nonce
   */
  record(command: NewCommand): number {
    return this.#database.transaction(() => {
      const { signer, nonce } = command;
      const [used] = this.#select("WHERE signer = ? AND nonce = ?", signer, nonce);
      if (used !== undefined) {
        throw new ReplayedCommandError(
          `Operator ${signer} has used the nonce ${nonce} for command ${used.id}.`,
          { metaMessages: ["Sign a new command: each is obeyed once."] },
        );
      }
      return this.#database.insert(commandTable, { ...command });
    });
  }

  /** Keeps what came of a command. */
  conclude(id: number, result: string): void {
    this.#database.update(commandTable, id, { result });
  }

  /** Commands whose result is not known: the process ended while it obeyed them. */
  unfinished(): StoredCommand[] {
    return this.#select("INDEXED BY commands_live WHERE live = 1 ORDER BY id");
  }

  /** @throws StoreError where there is none */
  get(id: number): StoredCommand {
    return toCommand(this.#database.get(commandTable, id));
  }

  /** The newest first. */
  latest(limit: number): StoredCommand[] {
    return this.#select("ORDER BY id DESC LIMIT ?", limit);
  }

  #select(tail: string, ...values: Value[]): StoredCommand[] {
    return this.#database.rows(commandTable, tail, ...values).map(toCommand);
  }
}

function toCommand(row: Row): StoredCommand {
  return {
    id: Number(row.id),
    kind: String(row.kind),
    signer: String(row.signer),
    nonce: String(row.nonce),
    hash: String(row.hash),
    payload: String(row.payload),
    signature: String(row.signature),
    receivedAtMs: Number(row.receivedAtMs),
    result: textOf(row.result),
  };
}
