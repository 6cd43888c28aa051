import type { Verdict } from "../../../sdk/private/matching/deviationJudge.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/** A verdict of a delivery. Decided: not on the chain yet. */
export interface KeptVerdict {
  record: bigint;
  period: bigint;
  /** Of the gateway's ciphertext, which its signature names. */
  contentHash: string;
  verdict: Verdict;
  /** What names the batch that it was logged with. */
  batch: string;
  state: "decided" | "recorded";
}

const toVerdict = (row: Row): KeptVerdict => ({
  record: BigInt(row.record as string),
  period: BigInt(row.period as number),
  contentHash: String(row.contentHash),
  verdict: row.verdict as Verdict,
  batch: String(row.batch),
  state: row.state as KeptVerdict["state"],
});

/** The verdicts of a store. */
export class VerdictRows {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  find(record: bigint): KeptVerdict | undefined {
    const row = this.#store.one("SELECT * FROM verdicts WHERE record = ?", record.toString());
    return row === undefined ? undefined : toVerdict(row);
  }

  add({ record, period, contentHash, verdict, batch }: Omit<KeptVerdict, "state">): void {
    this.#store.run(
      "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, 'decided')",
      record.toString(),
      Number(period),
      contentHash,
      verdict,
      batch,
    );
  }

  decided(): KeptVerdict[] {
    const sql = "SELECT * FROM verdicts WHERE state = 'decided' ORDER BY batch, record";
    return this.#store.all(sql).map(toVerdict);
  }

  ofBatch(batch: string): KeptVerdict[] {
    const sql = "SELECT * FROM verdicts WHERE batch = ? ORDER BY record";
    return this.#store.all(sql, batch).map(toVerdict);
  }

  /** The latest ones. */
  recorded(most: number): KeptVerdict[] {
    const sql = "SELECT * FROM verdicts WHERE state = 'recorded' ORDER BY rowid DESC LIMIT ?";
    return this.#store.all(sql, most).map(toVerdict);
  }

  setState(record: bigint, state: KeptVerdict["state"]): void {
    this.#store.run("UPDATE verdicts SET state = ? WHERE record = ?", state, record.toString());
  }

  counts(): Record<Verdict, number> {
    const rows = this.#store.all("SELECT verdict, count(*) AS rows FROM verdicts GROUP BY 1");
    const of = (verdict: Verdict) => Number(rows.find((row) => row.verdict === verdict)?.rows ?? 0);
    return { within: of("within"), beyond: of("beyond") };
  }
}
