import type { DeliveryUploadHeader } from "../../../sdk/private/uploads/deliveryUpload.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/** Taken: not judged yet. */
export type DeliveryState = "taken" | "within" | "beyond";
/** What became of a period's deliveries. Refused: no gateway of the match had signed it. */
export type DeliveryCounts = Record<DeliveryState | "refused", number>;

/** A metered energy that was uploaded for a match. */
export interface StoredDelivery extends DeliveryUploadHeader {
  id: number;
  state: DeliveryState;
}

const STATES: readonly DeliveryState[] = ["taken", "within", "beyond"];
const stateList = STATES.map((state) => `'${state}'`).join(", ");
/** Periods whose refused deliveries are counted. */
const MOST_COUNTED = 64;

/** Deliveries by their match's record; anybody can upload one, so that a record can have several. */
export class DeliveryBook {
  readonly #store: ServiceStore;
  /** Of refused ones nothing else is kept: anybody can have any number refused. */
  readonly #refused = new Map<bigint, number>();

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  /** In the order in which they came. */
  ofRecord(record: bigint): StoredDelivery[] {
    return this.#store
      .all("SELECT * FROM deliveries WHERE record = ? ORDER BY id", record.toString())
      .map(deliveryOf);
  }

  put({ record, period, epoch, contentHash, envelopeHash }: DeliveryUploadHeader, bytes: number) {
    this.#store.run(
      `INSERT OR IGNORE INTO deliveries
         (record, period, epoch, content_hash, envelope_hash, state, bytes)
       VALUES (?, ?, ?, ?, ?, 'taken', ?)`,
      record.toString(),
      Number(period),
      epoch,
      contentHash,
      envelopeHash,
      bytes,
    );
  }

  setVerdict(id: number, verdict: "within" | "beyond"): void {
    this.#store.run("UPDATE deliveries SET state = ? WHERE id = ?", verdict, id);
  }

  /** Forgets a delivery that no gateway of the match has signed. */
  refuse({ id, period }: StoredDelivery): void {
    this.#store.run("DELETE FROM deliveries WHERE id = ?", id);
    this.#refused.set(period, (this.#refused.get(period) ?? 0) + 1);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MOST_COUNTED) this.#refused.delete(oldest!);
  }

  /** Whether a ciphertext or envelope is one of a delivery that is kept. */
  needs(hash: string): boolean {
    const sql = `SELECT 1 FROM deliveries
      WHERE pruned = 0 AND (content_hash = ? OR envelope_hash = ?) LIMIT 1`;
    return this.#store.one(sql, hash, hash) !== undefined;
  }

  /** What waits for its verdict: of each record the first, in the order in which they came. */
  waiting(fromPeriod: bigint): StoredDelivery[] {
    return this.#store
      .all(
        `SELECT * FROM deliveries WHERE id IN
           (SELECT min(id) FROM deliveries WHERE state = 'taken' AND period >= ? GROUP BY record)
         ORDER BY period, id`,
        Number(fromPeriod),
      )
      .map(deliveryOf);
  }

  counts(period: bigint): DeliveryCounts {
    const refused = this.#refused.get(period) ?? 0;
    const counts = { taken: 0, within: 0, beyond: 0, refused };
    const rows = this.#store.all(
      `SELECT state, count(*) AS count FROM deliveries
         WHERE state IN (${stateList}) AND period = ? GROUP BY state`,
      Number(period),
    );
    for (const { state, count } of rows) counts[state as DeliveryState] = Number(count);
    return counts;
  }

  /** The latest periods that have deliveries, in no order. */
  periods(most: number): bigint[] {
    // One state after another: so the index finds them without reading all rows.
    const sql =
      "SELECT DISTINCT period FROM deliveries WHERE state = ? ORDER BY period DESC LIMIT ?";
    return STATES.flatMap((state) => this.#store.all(sql, state, most)).map(({ period }) =>
      BigInt(Number(period)),
    );
  }

  prunable(beforePeriod: bigint, most: number): { id: number; hashes: string[] }[] {
    return this.#store
      .all(
        "SELECT id, content_hash, envelope_hash FROM deliveries WHERE pruned = 0 AND period < ? LIMIT ?",
        Number(beforePeriod),
        most,
      )
      .map(({ id, content_hash: content, envelope_hash: envelope }) => ({
        id: Number(id),
        hashes: [String(content), String(envelope)],
      }));
  }

  setPruned(ids: readonly number[]): void {
    this.#store.transaction(() => {
      for (const id of ids) this.#store.run("UPDATE deliveries SET pruned = 1 WHERE id = ?", id);
    });
  }
}

function deliveryOf(row: Row): StoredDelivery {
  return {
    id: Number(row.id),
    record: BigInt(String(row.record)),
    period: BigInt(Number(row.period)),
    epoch: Number(row.epoch),
    contentHash: String(row.content_hash),
    envelopeHash: String(row.envelope_hash),
    state: row.state as DeliveryState,
  };
}
