import type { Side } from "../../../sdk/private/notes.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/** An upload that was judged. */
export interface JudgedUpload {
  plan: bigint;
  contentHash: string;
  period: bigint;
  side: Side;
  /** The manifest hash of its epoch. */
  epoch: string;
  /** What the plan's owner signed, as JSON: one for each envelope that it sealed, the newest last. */
  headers: readonly string[];
  isSound: boolean;
  judgedAtS: number;
}

const toUpload = (row: Row): JudgedUpload => ({
  plan: BigInt(row.plan as string),
  contentHash: String(row.contentHash),
  period: BigInt(row.period as number),
  side: row.side as Side,
  epoch: String(row.epoch),
  headers: String(row.header).split("\n"),
  isSound: row.isSound === 1,
  judgedAtS: Number(row.judgedAtS),
});

/** The judged uploads of a store. */
export class UploadRows {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  ofPlan(plan: bigint): JudgedUpload[] {
    const sql = "SELECT * FROM uploads WHERE plan = ? ORDER BY judgedAtS";
    return this.#store.all(sql, plan.toString()).map(toUpload);
  }

  soundOf(period: bigint): JudgedUpload[] {
    const sql = "SELECT * FROM uploads WHERE period = ? AND isSound = 1";
    return this.#store.all(sql, Number(period)).map(toUpload);
  }

  /** Keeps an answer, and counts it against its epoch where it is no. */
  add(upload: JudgedUpload): void {
    const { plan, contentHash, period, side, epoch, headers, isSound, judgedAtS } = upload;
    this.#store.transaction(() => {
      this.#store.run(
        "INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        plan.toString(),
        contentHash,
        Number(period),
        side,
        epoch,
        headers.join("\n"),
        isSound ? 1 : 0,
        judgedAtS,
      );
      if (isSound) return;
      this.#store.run("UPDATE epochs SET refusals = refusals + 1 WHERE manifestHash = ?", epoch);
    });
  }

  /** Keeps what an owner signed as well of an upload that was judged. */
  setHeaders({ plan, contentHash }: JudgedUpload, headers: readonly string[]): void {
    const sql = "UPDATE uploads SET header = ? WHERE plan = ? AND contentHash = ?";
    this.#store.run(sql, headers.join("\n"), plan.toString(), contentHash);
  }

  counts(): { sound: number; unsound: number } {
    const sql = "SELECT isSound, count(*) AS rows FROM uploads GROUP BY 1";
    const rows = this.#store.all(sql);
    const of = (isSound: number) => Number(rows.find((row) => row.isSound === isSound)?.rows ?? 0);
    return { sound: of(1), unsound: of(0) };
  }
}
