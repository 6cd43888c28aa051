import type {
  EncryptedDelivery,
  MeteredDelivery,
} from "../../sdk/private/gateway/encryptedDelivery.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import { readDeliveryUpload } from "../../sdk/private/uploads/deliveryUpload.ts";
import { parseWireJson, wireJson } from "../../sdk/private/wire/wireJson.ts";
import { ServiceStore } from "../store/serviceStore.ts";

/**
 * What became of a delivery that the matcher was to be given. Unneeded: no epoch was announced for its period, so that
 * its pair was not matched under encryption.
 */
export const DELIVERY_STATES = ["waiting", "taken", "refused", "unneeded"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

const TABLES = [
  `CREATE TABLE delivery (
    record TEXT PRIMARY KEY, period INTEGER NOT NULL, energyWh INTEGER NOT NULL, state TEXT NOT NULL,
    reason TEXT, header TEXT, envelope BLOB, ciphertext BLOB
  ) STRICT`,
  "CREATE INDEX deliveryIn ON delivery (state)",
];

/**
 * What a gateway has to tell the matcher, in a file: each delivery from when it is attested until it is taken, as the
 * same bytes each time it is sent.
 */
export class DeliveryStore {
  readonly #store: ServiceStore;

  private constructor(store: ServiceStore) {
    this.#store = store;
  }

  /** @throws StoreError */
  static open(path: string, pool: PoolId): DeliveryStore {
    const owner = { service: "private gateway", ...pool };
    return new DeliveryStore(ServiceStore.open(path, { owner, tables: TABLES }));
  }

  /** Has a delivery sent, once for its record. @throws StoreError */
  want({ record, period, energyWh }: MeteredDelivery): void {
    this.#store.run(
      `INSERT INTO delivery (record, period, energyWh, state) VALUES (?, ?, ?, 'waiting')
       ON CONFLICT (record) DO NOTHING`,
      record.toString(),
      Number(period),
      Number(energyWh),
    );
  }

  /** All of them at once, of which most are known. */
  wantAll(deliveries: readonly MeteredDelivery[]): void {
    this.#store.transaction(() => {
      for (const delivery of deliveries) this.want(delivery);
    });
  }

  /** Has what was refused sent again: somebody may have mended what was wrong. */
  retryRefused(): void {
    this.#store.run("UPDATE delivery SET state = 'waiting', reason = NULL WHERE state = 'refused'");
  }

  /** What waits, the oldest first. */
  waiting(): MeteredDelivery[] {
    return this.#store
      .all("SELECT record, period, energyWh FROM delivery WHERE state = 'waiting' ORDER BY rowid")
      .map(({ record, period, energyWh }) => ({
        record: BigInt(record as string),
        period: BigInt(period as number),
        energyWh: BigInt(energyWh as number),
      }));
  }

  /** What was made to be sent; undefined where it was not yet. */
  encrypted(record: bigint): EncryptedDelivery | undefined {
    const row = this.#store.one(
      "SELECT header, envelope, ciphertext FROM delivery WHERE record = ?",
      record.toString(),
    );
    if (row === undefined || row.header === null) return undefined;
    const json = parseWireJson(new TextEncoder().encode(row.header as string));
    return {
      header: readDeliveryUpload(json, "the kept delivery"),
      envelope: row.envelope as Uint8Array,
      ciphertext: row.ciphertext as Uint8Array,
    };
  }

  /** Keeps what is sent, before it is. @throws StoreError */
  keep({ header, envelope, ciphertext }: EncryptedDelivery): void {
    this.#store.run(
      "UPDATE delivery SET header = ?, envelope = ?, ciphertext = ? WHERE record = ?",
      wireJson(header),
      envelope,
      ciphertext,
      header.record.toString(),
    );
  }

  /** It is done with; its bytes are not needed any more. @throws StoreError */
  end(record: bigint, state: "taken" | "unneeded"): void {
    this.#store.run(
      "UPDATE delivery SET state = ?, header = NULL, envelope = NULL, ciphertext = NULL WHERE record = ?",
      state,
      record.toString(),
    );
  }

  /** The matcher does not take it as it is. @throws StoreError */
  refuse(record: bigint, reason: string): void {
    this.#store.run(
      "UPDATE delivery SET state = 'refused', reason = ? WHERE record = ?",
      reason,
      record.toString(),
    );
  }

  counts(): Record<DeliveryState, number> {
    const rows = this.#store.all("SELECT state, count(*) AS count FROM delivery GROUP BY state");
    const counts = new Map(rows.map(({ state, count }) => [state, Number(count)]));
    return Object.fromEntries(
      DELIVERY_STATES.map((state) => [state, counts.get(state) ?? 0]),
    ) as Record<DeliveryState, number>;
  }

  close(): void {
    this.#store.close();
  }
}
