import type { Side } from "../../../sdk/private/notes.ts";
import type { RoundPlan } from "../../../sdk/private/rounds/roundOpening.ts";
import { readReceipt, type UploadReceipt } from "../../../sdk/private/uploads/receipt.ts";
import { readPlanUpload, type PlanUploadHeader } from "../../../sdk/private/uploads/planUpload.ts";
import { parseWireJson, wireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/** Taken: not judged yet. Lost: its blobs are missing or damaged, and it must be uploaded again. */
export type UploadState = "taken" | "sound" | "unsound" | "lost";

/** A plan's ciphertext and envelope, as they were taken. */
export interface StoredUpload {
  header: PlanUploadHeader;
  receipt: UploadReceipt;
  state: UploadState;
  /** Why it is unsound or lost. */
  reason: string | undefined;
  bytes: number;
}

/** What a round needs of an upload. */
export interface RoundUpload extends RoundPlan {
  epoch: number;
  envelopeHash: string;
}

/** How many uploads a period has. */
export interface UploadCounts {
  taken: number;
  sound: number;
  unsound: number;
  lost: number;
  bytes: number;
}

/** One upload for each plan. */
export class UploadBook {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  get(plan: bigint): StoredUpload | undefined {
    const row = this.#store.one("SELECT * FROM uploads WHERE plan = ?", plan.toString());
    return row === undefined ? undefined : uploadOf(row);
  }

  /** The plan that a ciphertext was taken for. */
  planOf(contentHash: string): bigint | undefined {
    const row = this.#store.one("SELECT plan FROM uploads WHERE content_hash = ?", contentHash);
    return row === undefined ? undefined : BigInt(String(row.plan));
  }

  /** Whether a ciphertext or envelope is one of an upload that is kept. */
  needs(hash: string): boolean {
    const sql = `SELECT 1 FROM uploads
      WHERE pruned = 0 AND (content_hash = ? OR envelope_hash = ?) LIMIT 1`;
    return this.#store.one(sql, hash, hash) !== undefined;
  }

  /**
   * Keeps an upload, instead of one that the plan may have had before.
   * @returns the hashes of what the plan had before
   */
  put({ header, receipt, bytes }: Pick<StoredUpload, "header" | "receipt" | "bytes">): string[] {
    const { plan, period, side, epoch, contentHash, envelopeHash, uploadAddress } = header;
    return this.#store.transaction(() => {
      const before = this.get(plan)?.header;
      this.#store.run("DELETE FROM uploads WHERE plan = ?", plan.toString());
      this.#store.run(
        `INSERT INTO uploads (plan, period, side, epoch, content_hash, header, envelope_hash,
           upload_address, state, reason, receipt, bytes)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'taken', NULL, ?, ?)`,
        plan.toString(),
        Number(period),
        side,
        epoch,
        contentHash,
        wireJson(header),
        envelopeHash,
        uploadAddress,
        wireJson(receipt),
        bytes,
      );
      return before === undefined ? [] : [before.contentHash, before.envelopeHash];
    });
  }

  setState(plan: bigint, state: UploadState, reason?: string): void {
    this.#store.run(
      "UPDATE uploads SET state = ?, reason = ? WHERE plan = ?",
      state,
      reason ?? null,
      plan.toString(),
    );
  }

  /** A period's uploads of a state. */
  inState(period: bigint, state: UploadState): RoundUpload[] {
    return this.#store
      .all(
        `SELECT plan, side, content_hash, envelope_hash, epoch FROM uploads
           WHERE period = ? AND state = ?`,
        Number(period),
        state,
      )
      .map(({ plan, side, content_hash: contentHash, envelope_hash: envelopeHash, epoch }) => ({
        plan: BigInt(String(plan)),
        side: side as Side,
        contentHash: String(contentHash),
        envelopeHash: String(envelopeHash),
        epoch: Number(epoch),
      }));
  }

  /** Those that wait for their judgement, of periods from one on; plans that are left alone do not count. */
  waiting(fromPeriod: bigint, most: number, leftAlone: readonly bigint[] = []): StoredUpload[] {
    return this.#store
      .all(
        `SELECT * FROM uploads WHERE state = 'taken' AND period >= ?
           AND plan NOT IN (SELECT value FROM json_each(?)) ORDER BY period, plan LIMIT ?`,
        Number(fromPeriod),
        JSON.stringify(leftAlone.map(String)),
        most,
      )
      .map(uploadOf);
  }

  /** Periods that have uploads, from one on. */
  periods(fromPeriod: bigint): bigint[] {
    return this.#store
      .all(
        "SELECT DISTINCT period FROM uploads WHERE period >= ? ORDER BY period",
        Number(fromPeriod),
      )
      .map(({ period }) => BigInt(Number(period)));
  }

  /** The latest periods that have uploads, the latest first. */
  latestPeriods(most: number): bigint[] {
    return this.#store
      .all("SELECT DISTINCT period FROM uploads ORDER BY period DESC LIMIT ?", most)
      .map(({ period }) => BigInt(Number(period)));
  }

  counts(period: bigint): UploadCounts {
    const counts: UploadCounts = { taken: 0, sound: 0, unsound: 0, lost: 0, bytes: 0 };
    const rows = this.#store.all(
      "SELECT state, count(*) AS count, sum(bytes) AS bytes FROM uploads WHERE period = ? GROUP BY state",
      Number(period),
    );
    for (const { state, count, bytes } of rows) {
      counts[state as UploadState] += Number(count);
      counts.bytes += Number(bytes);
    }
    return counts;
  }

  /** How often uploads of a key were refused after it had signed them. */
  refusals(uploadAddress: string): number {
    const row = this.#store.one(
      "SELECT count FROM refusals WHERE upload_address = ?",
      uploadAddress,
    );
    return Number(row?.count ?? 0);
  }

  countRefusal(uploadAddress: string): void {
    this.#store.run(
      `INSERT INTO refusals VALUES (?, 1)
         ON CONFLICT (upload_address) DO UPDATE SET count = count + 1`,
      uploadAddress,
    );
  }

  /** What is stored of periods before one and may be forgotten, a part at a time. */
  prunable(beforePeriod: bigint, most: number): { plan: bigint; hashes: string[] }[] {
    return this.#store
      .all(
        "SELECT plan, content_hash, envelope_hash FROM uploads WHERE pruned = 0 AND period < ? LIMIT ?",
        Number(beforePeriod),
        most,
      )
      .map(({ plan, content_hash: content, envelope_hash: envelope }) => ({
        plan: BigInt(String(plan)),
        hashes: [String(content), String(envelope)],
      }));
  }

  setPruned(plans: readonly bigint[]): void {
    this.#store.transaction(() => {
      for (const plan of plans) {
        this.#store.run("UPDATE uploads SET pruned = 1 WHERE plan = ?", plan.toString());
      }
    });
  }
}

function uploadOf(row: Row): StoredUpload {
  const parse = (text: unknown) => parseWireJson(Buffer.from(String(text)));
  return {
    header: readPlanUpload(parse(row.header), "header"),
    receipt: readReceipt(parse(row.receipt), "receipt"),
    state: row.state as UploadState,
    reason: row.reason === null ? undefined : String(row.reason),
    bytes: Number(row.bytes),
  };
}
