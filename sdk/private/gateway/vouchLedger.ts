import { closeSync, openSync } from "node:fs";
import type { DatabaseSync as Connection } from "node:sqlite";
import { showValue } from "../../errors.ts";
import { DatabaseSync } from "../../sqlite.ts";
import type { PoolId } from "../pool.ts";
import type { ProofPoints, ProvedRequest } from "../prover/prover.ts";
import { LedgerError } from "./gatewayError.ts";

/** Whose vouching a ledger keeps. */
export interface LedgerOwner {
  pool: PoolId;
  /** The gateway's. */
  tag: bigint;
}

/** A generation note that a gateway has made, or is about to make. */
export interface IssuedGeneration {
  /** The note's. */
  commitment: bigint;
  /** To whom, as notes have it. */
  owner: bigint;
  /** Behind which of the gateway's meters. */
  participant: number;
  period: number;
  energyWh: number;
  /** The last second at which the pool takes it. */
  deadlineS: number;
  /** What names the request that it is for, so that the same one gets no second note; undefined where nothing does. */
  request?: string;
}

/** A proof as the pool takes it. */
export type KeptProof = Pick<ProvedRequest, "points" | "signals">;

/** What was made for a request. */
export interface RequestedGeneration {
  commitment: bigint;
  deadlineS: number;
  /** Undefined until it is made: nothing was sent then. */
  proof: KeptProof | undefined;
}

/** What was delivered of a match, as a gateway has signed it. */
export interface AttestedDelivery {
  /** The commitment of the match. */
  record: bigint;
  participant: number;
  period: number;
  energyWh: number;
}

type Row = Record<string, number | string | null>;

/** "SeaV", in the file's header. */
const APPLICATION_ID = 0x53656156;
const VERSION = 1;
/** A proof that a ledger of version 0 did not keep, and may have been sent. */
const LOST_PROOF = "";
const TABLES = `
  CREATE TABLE owner (chainId TEXT NOT NULL, pool TEXT NOT NULL, tag TEXT NOT NULL) STRICT;
  CREATE TABLE issued (
    commitment TEXT PRIMARY KEY, owner TEXT NOT NULL, participant INTEGER NOT NULL, period INTEGER NOT NULL,
    energyWh INTEGER NOT NULL, deadlineS INTEGER NOT NULL, isOnChain INTEGER NOT NULL, request TEXT, proof TEXT
  ) STRICT;
  CREATE INDEX issuedFor ON issued (participant, period);
  CREATE INDEX issuedTo ON issued (owner, period);
  CREATE UNIQUE INDEX issuedOn ON issued (request);
  CREATE TABLE attested (
    record TEXT PRIMARY KEY, participant INTEGER NOT NULL, period INTEGER NOT NULL, energyWh INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX attestedFor ON attested (participant, period);
`;
/** From version 0, which knew no requests and kept no proofs. */
const UPGRADE = `
  ALTER TABLE issued ADD COLUMN request TEXT;
  ALTER TABLE issued ADD COLUMN proof TEXT;
  UPDATE issued SET proof = '${LOST_PROOF}';
  CREATE UNIQUE INDEX issuedOn ON issued (request);
`;

/**
 * What a gateway has vouched for, in a file: nothing is signed or sent before it is on the disk, so that no crash makes
 * it vouch twice. One process at a time has it, which its lock sees to.
 */
export class VouchLedger {
  readonly #path: string;
  readonly #connection: Connection;
  #fault: LedgerError | undefined;

  private constructor(path: string, connection: Connection) {
    this.#path = path;
    this.#connection = connection;
  }

  /**
   * Opens a ledger, or makes it where there is no such file.
   * @throws LedgerError where it is damaged, another's, or in use
   */
  static open(path: string, owner: LedgerOwner): VouchLedger {
    let connection: Connection | undefined;
    try {
      closeSync(openSync(path, "a", 0o600));
      connection = new DatabaseSync(path);
      const ledger = new VouchLedger(path, connection);
      // A journal that is synced at every commit, not a log: one flipped bit in a log drops what comes behind it.
      connection.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE;
        PRAGMA synchronous = EXTRA; BEGIN EXCLUSIVE`);
      ledger.#begin(owner);
      connection.exec("COMMIT");
      return ledger;
    } catch (error) {
      connection?.close();
      if (error instanceof LedgerError) throw error;
      throw new LedgerError(`The ledger ${showValue(path)} cannot be opened.`, {
        metaMessages: [
          "End the other process that has it, check the rights of its folder, or restore it from its copy.",
        ],
        details: (error as Error).message,
        cause: error,
      });
    }
  }

  #begin({ pool: { chainId, pool }, tag }: LedgerOwner): void {
    const mine = [chainId.toString(), pool.toLowerCase(), tag.toString()];
    const [{ count }] = this.#all("SELECT count(*) AS count FROM sqlite_schema") as [Row];
    if (count === 0) {
      this.#connection.exec(
        `${TABLES}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}`,
      );
      this.#run("INSERT INTO owner VALUES (?, ?, ?)", ...mine);
      return;
    }
    const [{ application_id: application }] = this.#all("PRAGMA application_id") as [Row];
    const [{ integrity_check: integrity }] = this.#all("PRAGMA integrity_check") as [Row];
    if (application !== APPLICATION_ID || integrity !== "ok") {
      throw new LedgerError(`${showValue(this.#path)} is no ledger, or a damaged one.`, {
        metaMessages: ["Restore it from its copy: without it the gateway could vouch twice."],
        details: String(integrity),
      });
    }
    const [kept] = this.#all("SELECT chainId, pool, tag FROM owner") as [Row];
    if (mine.some((value, index) => value !== Object.values(kept)[index])) {
      throw new LedgerError(
        `The ledger ${showValue(this.#path)} is of gateway ${kept.tag} in pool ${kept.pool} of chain ${kept.chainId}.`,
        { metaMessages: ["Give each pool and each gateway key a ledger of its own."] },
      );
    }
    this.#upgrade();
  }

  #upgrade(): void {
    const [{ user_version: version }] = this.#all("PRAGMA user_version") as [Row];
    if (version === VERSION) return;
    if (Number(version) > VERSION) {
      throw new LedgerError(`The ledger ${showValue(this.#path)} is of a later version.`, {
        metaMessages: ["Use the release that wrote it, or a later one."],
      });
    }
    this.#connection.exec(`${UPGRADE}; PRAGMA user_version = ${VERSION}`);
  }

  /**
   * Keeps a note before it is sent.
   * @param capacityWh the most that may be issued for the participant and period, in sum
   * @returns false where that would be more, and nothing is kept
   */
  keepIssued(note: IssuedGeneration, capacityWh: number): boolean {
    const { commitment, owner, participant, period, energyWh, deadlineS, request = null } = note;
    return this.#transaction(() => {
      if (this.#sum("issued", participant, period) + energyWh > capacityWh) return false;
      this.#run(
        "INSERT INTO issued VALUES (?, ?, ?, ?, ?, ?, 0, ?, NULL)",
        commitment.toString(),
        owner.toString(),
        participant,
        period,
        energyWh,
        deadlineS,
        request,
      );
      return true;
    });
  }

  /** How many notes a participant has got of a period. */
  issuedCount(participant: number, period: number): number {
    const [{ count }] = this.#read(
      "SELECT count(*) AS count FROM issued WHERE participant = ? AND period = ?",
      participant,
      period,
    ) as [Row];
    return Number(count);
  }

  /** Keeps a note's proof before it is sent, so that the same is sent again after a crash. */
  keepProof(commitment: bigint, { points, signals }: KeptProof): void {
    const proof = JSON.stringify({ points: points.map(String), signals: signals.map(String) });
    this.#transaction(() =>
      this.#run("UPDATE issued SET proof = ? WHERE commitment = ?", proof, commitment.toString()),
    );
  }

  /** What was made for a request. */
  issuedOn(request: string): RequestedGeneration | undefined {
    const [row] = this.#read(
      "SELECT commitment, deadlineS, proof FROM issued WHERE request = ?",
      request,
    );
    if (row === undefined) return undefined;
    return {
      commitment: BigInt(row.commitment!),
      deadlineS: Number(row.deadlineS),
      proof: row.proof === null ? undefined : readProof(row.proof as string),
    };
  }

  /** Notes without a proof were never sent: their energy may be issued again. For when no proof is being made. */
  dropUnproven(): void {
    this.#transaction(() => this.#run("DELETE FROM issued WHERE proof IS NULL AND isOnChain = 0"));
  }

  /** Notes of which it is not known whether the pool has them. */
  unsettledNotes(): { commitment: bigint; deadlineS: number }[] {
    return this.#read("SELECT commitment, deadlineS FROM issued WHERE isOnChain = 0").map(
      ({ commitment, deadlineS }) => ({
        commitment: BigInt(commitment!),
        deadlineS: Number(deadlineS),
      }),
    );
  }

  /** The pool has the note. */
  confirmIssued(commitment: bigint): void {
    this.#transaction(() =>
      this.#run("UPDATE issued SET isOnChain = 1 WHERE commitment = ?", commitment.toString()),
    );
  }

  /** The pool does not have the note, and can take it no more: its energy may be issued again. */
  dropIssued(commitment: bigint): void {
    this.#transaction(() =>
      this.#run("DELETE FROM issued WHERE commitment = ? AND isOnChain = 0", commitment.toString()),
    );
  }

  /** Behind which meter an owner has generated in a period, as far as this gateway has vouched for it. */
  participantOf(owner: bigint, period: number): number | undefined {
    const [row] = this.#read(
      "SELECT participant FROM issued WHERE owner = ? AND period = ? LIMIT 1",
      owner.toString(),
      period,
    );
    return row === undefined ? undefined : Number(row.participant);
  }

  /**
   * Keeps what a match gets of the metered energy, before it is signed: as much as was matched where so much is left, else
   * what is left. Asked again, it is what it was.
   * @param meteredWh of the participant and period
   */
  keepAttested(
    { record, participant, period }: Omit<AttestedDelivery, "energyWh">,
    matchedWh: number,
    meteredWh: number,
  ): AttestedDelivery {
    return this.#transaction(() => {
      const [kept] = this.#all("SELECT * FROM attested WHERE record = ?", record.toString());
      if (kept !== undefined) return toAttested(kept);
      const leftWh = Math.max(0, meteredWh - this.#sum("attested", participant, period));
      const energyWh = Math.min(matchedWh, leftWh);
      this.#run(
        "INSERT INTO attested VALUES (?, ?, ?, ?)",
        record.toString(),
        participant,
        period,
        energyWh,
      );
      return { record, participant, period, energyWh };
    });
  }

  /** All that was attested, the oldest first. */
  attestedDeliveries(): AttestedDelivery[] {
    return this.#read("SELECT * FROM attested ORDER BY rowid").map(toAttested);
  }

  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  #sum(table: "issued" | "attested", participant: number, period: number): number {
    const [{ sum }] = this.#all(
      `SELECT coalesce(sum(energyWh), 0) AS sum FROM ${table} WHERE participant = ? AND period = ?`,
      participant,
      period,
    ) as [Row];
    return Number(sum);
  }

  /** A sync that failed once may report success the next time, without the data: after a fault nothing is vouched for. */
  #transaction<T>(work: () => T): T {
    if (this.#fault !== undefined) throw this.#fault;
    try {
      this.#connection.exec("BEGIN IMMEDIATE");
      const result = work();
      this.#connection.exec("COMMIT");
      return result;
    } catch (error) {
      this.#fault = new LedgerError(
        `The ledger ${showValue(this.#path)} cannot be written or read.`,
        {
          metaMessages: ["Free space on its disk and check its rights, then start again."],
          details: (error as Error).message,
          mayPass: true,
          cause: error,
        },
      );
      throw this.#fault;
    }
  }

  /** A ledger that cannot be read is as bad as one that cannot be written. */
  #read(sql: string, ...values: (number | string)[]): Row[] {
    return this.#transaction(() => this.#all(sql, ...values));
  }

  #all(sql: string, ...values: (number | string)[]): Row[] {
    return this.#connection.prepare(sql).all(...values) as Row[];
  }

  #run(sql: string, ...values: (number | string | null)[]): void {
    this.#connection.prepare(sql).run(...values);
  }
}

function toAttested({ record, participant, period, energyWh }: Row): AttestedDelivery {
  return {
    record: BigInt(record!),
    participant: Number(participant),
    period: Number(period),
    energyWh: Number(energyWh),
  };
}

function readProof(text: string): KeptProof | undefined {
  if (text === LOST_PROOF) return undefined;
  const { points, signals } = JSON.parse(text) as Record<keyof KeptProof, string[]>;
  return { points: points.map(BigInt) as unknown as ProofPoints, signals: signals.map(BigInt) };
}
