import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/** An epoch whose keys this key holder has made. */
export interface KeptEpoch {
  manifestHash: string;
  fromPeriod: bigint;
  /** On the chain, from 1; undefined until it is announced. */
  number: number | undefined;
  /** The manifest as it is served. */
  manifest: string;
  /** How many uploads were found unsound. */
  refusals: number;
  /** Its secrets were destroyed. */
  isRetired: boolean;
}

const toEpoch = (row: Row): KeptEpoch => ({
  manifestHash: String(row.manifestHash),
  fromPeriod: BigInt(row.fromPeriod as number),
  number: row.number === null ? undefined : Number(row.number),
  manifest: String(row.manifest),
  refusals: Number(row.refusals),
  isRetired: row.isRetired === 1,
});

/** The epochs of a store. */
export class EpochRows {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  /** In the order of their periods. */
  all(): KeptEpoch[] {
    return this.#store.all("SELECT * FROM epochs ORDER BY fromPeriod").map(toEpoch);
  }

  add({
    manifestHash,
    fromPeriod,
    manifest,
  }: Omit<KeptEpoch, "number" | "refusals" | "isRetired">) {
    this.#store.run(
      "INSERT INTO epochs (manifestHash, fromPeriod, manifest) VALUES (?, ?, ?)",
      manifestHash,
      Number(fromPeriod),
      manifest,
    );
  }

  setNumber(manifestHash: string, number: number | undefined): void {
    const sql = "UPDATE epochs SET number = ? WHERE manifestHash = ?";
    this.#store.run(sql, number ?? null, manifestHash);
  }

  /** Of keys that were never announced, and cannot be any more. */
  remove(manifestHash: string): void {
    this.#store.run("DELETE FROM epochs WHERE manifestHash = ?", manifestHash);
  }

  retire(manifestHash: string): void {
    this.#store.run("UPDATE epochs SET isRetired = 1 WHERE manifestHash = ?", manifestHash);
  }
}
