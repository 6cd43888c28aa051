import { createHash } from "node:crypto";
import { wireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/** Who is named by evidence. */
export type Culprit = "matcher" | "participant" | "sender of a delivery";

/** What somebody is to be blamed for. */
export interface Finding {
  /** `round list`, `leaf`, … */
  kind: string;
  culprit: Culprit;
  /** What it is about: a plan, a record, a round and position. */
  subject: string;
  period?: bigint;
  /** What happened, in a sentence. No term of a plan is told. */
  fact: string;
  /** What shows it: hashes, positions, what an owner signed. */
  details?: object;
}

/** A request that shows it, as it was signed. */
export interface SignedProof {
  method: string;
  path: string;
  signature: string | undefined;
  body: Uint8Array;
}

/** Evidence as it is shown. */
export interface KeptEvidence {
  id: number;
  kind: string;
  culprit: Culprit;
  subject: string;
  period: number | null;
  fact: string;
  details: unknown;
  times: number;
  firstAtS: number;
  lastAtS: number;
  /** The request that showed it first. */
  request: {
    method: string;
    path: string;
    signature: string | null;
    bodySha256: string;
    /** Whether its body is kept: of long ones the matcher's signature is over the hash. */
    isKept: boolean;
  } | null;
}

/** Evidence as everybody may see it. */
export type EvidenceSummary = Pick<
  KeptEvidence,
  "kind" | "culprit" | "subject" | "period" | "fact" | "times" | "lastAtS"
>;

/** Longer ones are named by their hash only: the matcher's signature is over that. */
const MOST_BODY_BYTES = 2 ** 21;
/** Of one kind no more bodies are kept: who may ask must not fill the disk, nor take the room of other evidence. */
const MOST_BODIES_OF_KIND = 50;
/** Of one kind, such as of what anybody can send, no more are told apart; what comes then is counted together. */
const MOST_OF_KIND = 1_000;
const OTHERS = "others";

function toEvidence(row: Row): KeptEvidence {
  const { method, path, signature, bodySha256 } = row;
  const request = {
    method: String(method),
    path: String(path),
    signature: typeof signature === "string" ? signature : null,
    bodySha256: String(bodySha256),
    isKept: row.hasBody === 1,
  };
  return {
    id: Number(row.id),
    kind: String(row.kind),
    culprit: row.culprit as Culprit,
    subject: String(row.subject),
    period: row.period === null ? null : Number(row.period),
    fact: String(row.fact),
    details: JSON.parse(String(row.details)) as unknown,
    times: Number(row.times),
    firstAtS: Number(row.firstAtS),
    lastAtS: Number(row.lastAtS),
    request: method === null ? null : request,
  };
}

const toSummary = (row: Row): EvidenceSummary => ({
  kind: String(row.kind),
  culprit: row.culprit as Culprit,
  subject: String(row.subject),
  period: row.period === null ? null : Number(row.period),
  fact: String(row.fact),
  times: Number(row.times),
  lastAtS: Number(row.lastAtS),
});

/** What was found of liars. The same again is counted. */
export class EvidenceRows {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  add(finding: Finding, atS: number, proof?: SignedProof): void {
    this.#store.transaction(() => {
      if (this.#countAgain(finding, atS)) return;
      const isRoom = this.#countOf(finding.kind) < MOST_OF_KIND;
      if (isRoom) this.#insert(finding, atS, proof);
      else {
        const { kind, culprit } = finding;
        const fact = `More than ${MOST_OF_KIND} of this kind were found.`;
        const others: Finding = { kind, culprit, subject: OTHERS, fact };
        if (!this.#countAgain(others, atS)) this.#insert(others, atS);
      }
    });
  }

  /** @returns whether it was found before */
  #countAgain({ kind, culprit, subject }: Finding, atS: number): boolean {
    const sql = `UPDATE evidence SET times = times + 1, lastAtS = ?
      WHERE kind = ? AND culprit = ? AND subject = ?`;
    return this.#store.run(sql, atS, kind, culprit, subject) > 0;
  }

  #countOf(kind: string): number {
    const sql = "SELECT count(*) AS rows FROM evidence WHERE kind = ?";
    return Number(this.#store.one(sql, kind)?.rows);
  }

  #insert(finding: Finding, atS: number, proof?: SignedProof): void {
    const { kind, culprit, subject, period, fact, details = {} } = finding;
    const json = wireJson(details);
    this.#store.run(
      `INSERT INTO evidence (kind, culprit, subject, period, fact, details, times, firstAtS, lastAtS,
           method, path, signature, bodySha256, body) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)`,
      ...[kind, culprit, subject, period === undefined ? null : Number(period), fact, json],
      ...[atS, atS],
      ...this.#valuesOf(kind, proof),
    );
  }

  #valuesOf(kind: string, proof: SignedProof | undefined): (string | Uint8Array | null)[] {
    if (proof === undefined) return [null, null, null, null, null];
    const { method, path, signature, body } = proof;
    const sql = "SELECT count(*) AS bodies FROM evidence WHERE body IS NOT NULL AND kind = ?";
    const isKept =
      body.length <= MOST_BODY_BYTES &&
      Number(this.#store.one(sql, kind)?.bodies) < MOST_BODIES_OF_KIND;
    const sha256 = createHash("sha256").update(body).digest("hex");
    return [method, path, signature ?? null, sha256, isKept ? body : null];
  }

  has({ kind, culprit, subject }: Pick<Finding, "kind" | "culprit" | "subject">): boolean {
    const sql = "SELECT id FROM evidence WHERE kind = ? AND culprit = ? AND subject = ?";
    return this.#store.one(sql, kind, culprit, subject) !== undefined;
  }

  /** From the oldest on. */
  all(): KeptEvidence[] {
    const sql = `SELECT id, kind, culprit, subject, period, fact, details, times, firstAtS, lastAtS, method,
      path, signature, bodySha256, body IS NOT NULL AS hasBody FROM evidence ORDER BY id`;
    return this.#store.all(sql).map(toEvidence);
  }

  /** The body of the request that showed it first. */
  bodyOf(id: number): Uint8Array | undefined {
    const body = this.#store.one("SELECT body FROM evidence WHERE id = ?", id)?.body;
    return body instanceof Uint8Array ? body : undefined;
  }

  /** In short, the latest first. */
  latest(most: number): EvidenceSummary[] {
    const sql = `SELECT kind, culprit, subject, period, fact, times, lastAtS FROM evidence
      ORDER BY id DESC LIMIT ?`;
    return this.#store.all(sql, most).map(toSummary);
  }

  counts(): Record<string, number> {
    const rows = this.#store.all("SELECT kind, sum(times) AS times FROM evidence GROUP BY 1");
    return Object.fromEntries(rows.map(({ kind, times }) => [String(kind), Number(times)]));
  }
}
