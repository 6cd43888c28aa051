import { mkdirSync } from "node:fs";
import path from "node:path";
import type { PoolId } from "../../../sdk/private/pool.ts";
import { ServiceStore } from "../../store/serviceStore.ts";
import { AttendanceRows } from "./attendanceRows.ts";
import { EpochRows } from "./epochRows.ts";
import { EvidenceRows } from "./evidenceRows.ts";
import { MatchRows } from "./matchRows.ts";
import { RankBook } from "./rankBook.ts";
import { ReputationRows } from "./reputationRows.ts";
import { RoundRows } from "./roundRows.ts";
import { TABLES } from "./tables.ts";
import { UploadRows } from "./uploadRows.ts";
import { VerdictRows } from "./verdictRows.ts";

const FILE = "keyholder.sqlite";
const RANKS = "ranks";

/** All that the key holder has decided, on the disk before it is told. */
export class KeyHolderStore {
  readonly epochs: EpochRows;
  readonly uploads: UploadRows;
  readonly rounds: RoundRows;
  readonly ranks: RankBook;
  readonly matches: MatchRows;
  readonly verdicts: VerdictRows;
  readonly reputations: ReputationRows;
  readonly evidence: EvidenceRows;
  readonly attendance: AttendanceRows;
  readonly #store: ServiceStore;

  private constructor(store: ServiceStore, folder: string) {
    this.#store = store;
    this.ranks = new RankBook(path.join(folder, RANKS));
    this.epochs = new EpochRows(store);
    this.uploads = new UploadRows(store);
    this.rounds = new RoundRows(store);
    this.matches = new MatchRows(store);
    this.verdicts = new VerdictRows(store);
    this.reputations = new ReputationRows(store);
    this.evidence = new EvidenceRows(store);
    this.attendance = new AttendanceRows(store);
  }

  /** @throws StoreError where it is in use, another's or damaged */
  static open(folder: string, { chainId, pool }: PoolId): KeyHolderStore {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const owner = { service: "key holder", chainId, pool };
    const file = path.join(folder, FILE);
    return new KeyHolderStore(ServiceStore.open(file, { owner, tables: TABLES }), folder);
  }

  /** Why nothing more can be kept. */
  get fault(): Error | undefined {
    return this.#store.fault ?? this.ranks.fault;
  }

  /** All of it or nothing. */
  transaction<T>(work: () => T): T {
    return this.#store.transaction(work);
  }

  /**
   * Forgets what was told of periods before one: uploads, rounds, ranks, pairs and terms. Evidence, verdicts and
   * reputations stay.
   */
  async forgetBefore(period: bigint): Promise<void> {
    const before = Number(period);
    const rounds = this.#store.all("SELECT id FROM rounds WHERE period < ?", before);
    await this.ranks.forget(rounds.map(({ id }) => String(id)));
    this.transaction(() => {
      this.#store.run(
        "DELETE FROM pairs WHERE round IN (SELECT id FROM rounds WHERE period < ?)",
        before,
      );
      for (const table of ["rounds", "uploads", "matches", "bans"]) {
        this.#store.run(`DELETE FROM ${table} WHERE period < ?`, before);
      }
    });
  }

  async close(): Promise<void> {
    await this.ranks.close();
    this.#store.close();
  }
}
