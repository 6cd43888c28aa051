import type { DeliveryUploadHeader } from "../../../sdk/private/uploads/deliveryUpload.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/** Taken: not judged yet. Refused: no gateway of the match has signed it. */
export type DeliveryState = "taken" | "within" | "beyond" | "refused";

/** A metered energy that was uploaded for a match. */
export interface StoredDelivery extends DeliveryUploadHeader {
  id: number;
  state: DeliveryState;
  reason: string | undefined;
}

/** Deliveries by their match's record; anybody can upload one, so that a record can have several. */
export class DeliveryBook {
  readonly #store: ServiceStore;

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

  setState(id: number, state: DeliveryState, reason?: string): void {
    this.#store.run(
      "UPDATE deliveries SET state = ?, reason = ? WHERE id = ?",
      state,
      reason ?? null,
      id,
    );
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

  counts(period: bigint): Record<DeliveryState, number> {
    const counts = { taken: 0, within: 0, beyond: 0, refused: 0 };
    const rows = this.#store.all(
      "SELECT state, count(*) AS count FROM deliveries WHERE period = ? GROUP BY state",
      Number(period),
    );
    for (const { state, count } of rows) counts[state as DeliveryState] = Number(count);
    return counts;
  }

  periods(most: number): bigint[] {
    return this.#store
      .all("SELECT DISTINCT period FROM deliveries ORDER BY period DESC LIMIT ?", most)
      .map(({ period }) => BigInt(Number(period)));
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
    reason: row.reason === null ? undefined : String(row.reason),
  };
}
