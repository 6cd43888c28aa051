import { existsSync } from "node:fs";
import { showValue } from "../../sdk/errors.ts";
import { StoreError, StoreLockedError, StoreWriteError } from "./errors.ts";
import { describeDamage, type StoreDamage } from "./damage.ts";
import { Commands } from "./commands.ts";
import { Offsets } from "./offsets.ts";
import { prune } from "./prune.ts";
import { Quarantine } from "./quarantine.ts";
import { Readings } from "./readings.ts";
import { salvage } from "./salvage.ts";
import { inspect } from "./inspect.ts";
import { makePrivateFile, markDamaged, putInPlace } from "./storeFiles.ts";
import { verifyAll, type Verification } from "./verifyAll.ts";
import { StoreDatabase } from "./storeDatabase.ts";
import { StoredTransactions } from "./storedTransactions.ts";
import {
  checkOwner,
  checkVersion,
  foreign,
  ownerFactOf,
  type OwnerFact,
  type StoreOwner,
} from "./storeOwner.ts";
import { StoreLock } from "./storeLock.ts";

export interface StoreOptions extends StoreOwner {
  /** Tells a chain from another with the same id, such as one that was reset. */
  genesisHash?: string | undefined;
  log?: (line: string) => void;
  nowMs?: () => number;
}

interface WriterFact {
  pid: number;
  openedAtMs: number;
}

/** Apart from what the store notes of itself. */
const MEMORY_PREFIX = "memory:";

/** What a gateway keeps of one market, in a file of its own. */
export class GatewayStore {
  readonly readings: Readings;
  readonly transactions: StoredTransactions;
  readonly quarantine: Quarantine;
  readonly commands: Commands;
  readonly offsets: Offsets;
  readonly #database: StoreDatabase;
  readonly #lock: StoreLock | undefined;
  readonly #nowMs: () => number;

  private constructor(database: StoreDatabase, lock: StoreLock | undefined, nowMs: () => number) {
    this.#database = database;
    this.#lock = lock;
    this.#nowMs = nowMs;
    this.readings = new Readings(database);
    this.transactions = new StoredTransactions(database, nowMs);
    this.quarantine = new Quarantine(database);
    this.commands = new Commands(database);
    this.offsets = new Offsets(database);
  }

  /**
   * Opens or makes the store of a gateway and a market, as its only writer.
   * @throws StoreLockedError, ForeignStoreError, StoreVersionError, StoreWriteError, StoreError
   */
  static open(
    path: string,
    { log, nowMs = Date.now, genesisHash, ...owner }: StoreOptions,
  ): GatewayStore {
    const lock = StoreLock.acquire(path);
    if (lock === undefined) throw new StoreLockedError(path, writerOf(path));
    let database: StoreDatabase | undefined;
    try {
      if (!existsSync(path)) make(path, owner);
      const findings = inspect(path);
      if (findings.length !== 0) repair(path, findings, owner, nowMs(), log);
      database = new StoreDatabase(path, { onDamage: (finding) => markDamaged(path, finding) });
      checkOwner(database, owner);
      database.setFact("writer", { pid: process.pid, openedAtMs: nowMs() } satisfies WriterFact);
      const store = new GatewayStore(database, lock, nowMs);
      store.#checkGenesis(genesisHash);
      return store;
    } catch (error) {
      database?.close();
      lock.release();
      throw isSystemError(error) ? unusable(path, error) : error;
    }
  }

  /**
   * Opens a store to look at it, also while a daemon writes to it.
   * @param owner whose it must be; anybody's unless given
   * @throws ForeignStoreError, StoreVersionError, StoreError
   */
  static openReadOnly(path: string, owner?: StoreOwner): GatewayStore {
    if (!existsSync(path)) {
      throw new StoreError(`There is no store at ${showValue(path)}.`, {
        metaMessages: ["The daemon makes it when it runs for the first time."],
      });
    }
    const database = new StoreDatabase(path, { readOnly: true });
    try {
      if (owner === undefined) checkVersion(database);
      else checkOwner(database, owner);
    } catch (error) {
      database.close();
      throw error;
    }
    return new GatewayStore(database, undefined, Date.now);
  }

  /** Whose readings these are. */
  get owner(): StoreOwner {
    const { chainId, market } = this.#database.fact("owner") as OwnerFact;
    return { chainId: BigInt(chainId), market };
  }

  /** Why the store takes no more writes; undefined while it does. */
  get fault(): StoreError | undefined {
    return this.#database.fault;
  }

  /** Keeps what a later start may need, as JSON; what was remembered under the name before is forgotten. */
  remember(name: string, value: unknown): void {
    this.#database.setFact(`${MEMORY_PREFIX}${name}`, value);
  }

  /** What was remembered under a name; undefined where nothing was. */
  recall(name: string): unknown {
    return this.#database.fact(`${MEMORY_PREFIX}${name}`);
  }

  /** Damage that was found and repaired, the oldest first. */
  get damage(): readonly StoreDamage[] {
    return (this.#database.fact("damage") ?? []) as StoreDamage[];
  }

  /** Looks at every row, in the background. The store repairs what is found when it is opened next. */
  verifyAll(options: { signal?: AbortSignal } = {}): Promise<Verification> {
    return verifyAll(this.#database, options);
  }

  /** Makes what is done within it one change: all of it is on the disk when it returns, or nothing. */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  /**
   * Deletes the oldest readings that are final or refused for good, and transactions that are done; never others.
   * @param olderThanMs the age that the operator has set
   * @returns how many rows went; call again until it is 0
   */
  prune(olderThanMs: number): number {
    return prune(this.#database, this.#nowMs() - olderThanMs);
  }

  #checkGenesis(genesisHash: string | undefined): void {
    const mark = this.transactions.chainMark();
    if (mark === undefined || genesisHash === undefined || mark.genesisHash === genesisHash) return;
    throw foreign(
      this.#database,
      `a chain that begins with block ${mark.genesisHash}, not with ${genesisHash}`,
    );
  }

  close(): void {
    this.#database.close();
    this.#lock?.release();
  }
}

/** Makes an empty store in one step, so that an empty file is never one. */
function make(path: string, owner: StoreOwner): void {
  const newPath = `${path}.new`;
  makePrivateFile(newPath);
  const database = new StoreDatabase(newPath);
  database.makeTables();
  database.setFact("owner", ownerFactOf(owner));
  database.close();
  putInPlace(newPath, path);
}

function repair(
  path: string,
  findings: readonly string[],
  owner: StoreOwner,
  nowMs: number,
  log: StoreOptions["log"] = () => {},
): void {
  const damage = salvage(path, findings, nowMs, ownerFactOf(owner));
  log(`The store ${showValue(path)} was damaged.`);
  for (const line of describeDamage(damage)) log(line);
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error;

const unusable = (path: string, error: NodeJS.ErrnoException) =>
  new StoreWriteError(`The store ${showValue(path)} cannot be opened or made.`, {
    metaMessages: ["Free space on its disk, check its rights or repair it, then start again."],
    details: error.message,
    cause: error,
  });

function writerOf(path: string): number | undefined {
  try {
    const database = new StoreDatabase(path, { readOnly: true });
    try {
      return (database.fact("writer") as WriterFact | undefined)?.pid;
    } finally {
      database.close();
    }
  } catch {
    // Whoever holds the lock may be about to make or to repair it.
    return undefined;
  }
}
