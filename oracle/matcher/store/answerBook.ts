import { createHash } from "node:crypto";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";
import type { ServiceAnswer } from "../../../sdk/private/wire/serviceClient.ts";

/** What the key holder answered to a question, with its signature. */
export interface KeptAnswer {
  question: string;
  body: Uint8Array;
}

/** What the key holder signed and should not have. */
export interface Evidence {
  /** `contradiction`: another answer to the same question; `fault`: one that cannot be; `refusal`: it would not. */
  kind: "contradiction" | "fault" | "refusal";
  question: string;
  fact: string;
  method: string;
  path: string;
  requestSha256: string;
  status: number;
  /** As text: every answer that is kept is JSON, or a ciphertext in hex. */
  body: string;
  signature: string;
  atMs: number;
}

/** Keeps what the key holder signed: an answer to each question, and what speaks against it. */
export class AnswerBook {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  get(question: string): Uint8Array | undefined {
    const row = this.#store.one("SELECT body FROM answers WHERE question = ?", question);
    return row === undefined ? undefined : (row.body as Uint8Array);
  }

  /** Answers to questions that begin so, in no order. */
  allOf(prefix: string): KeptAnswer[] {
    return this.#store
      .all(
        "SELECT question, body FROM answers WHERE question >= ? AND question < ?",
        prefix,
        after(prefix),
      )
      .map(({ question, body }) => ({ question: String(question), body: body as Uint8Array }));
  }

  /** How many there are. */
  count(prefix: string): number {
    const row = this.#store.one(
      "SELECT count(*) AS count FROM answers WHERE question >= ? AND question < ?",
      prefix,
      after(prefix),
    );
    return Number(row?.count);
  }

  /** Forgets answers to questions that begin so, but for those that evidence is about. */
  forget(prefix: string): void {
    this.#store.run(
      `DELETE FROM answers WHERE question >= ? AND question < ?
         AND question NOT IN (SELECT question FROM evidence)`,
      prefix,
      after(prefix),
    );
  }

  /** How many there are that say yes in a field. */
  countTrue(prefix: string, field: string): number {
    const row = this.#store.one(
      `SELECT count(*) AS count FROM answers WHERE question >= ? AND question < ?
         AND json_extract(CAST(body AS TEXT), ?)`,
      prefix,
      after(prefix),
      `$.${field}`,
    );
    return Number(row?.count);
  }

  /**
   * Keeps answers, in one transaction. Of two to one question the first stays, and another one is evidence.
   * @returns the questions that were answered otherwise before
   */
  keep(answers: readonly { question: string; answer: ServiceAnswer }[]): string[] {
    return this.#store.transaction(() =>
      answers.flatMap(({ question, answer }) => {
        const before = this.get(question);
        if (before === undefined) {
          this.#store.run(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            question,
            ...valuesOf(answer),
          );
          return [];
        }
        if (Buffer.compare(before, answer.bytes) === 0) return [];
        this.accuse("contradiction", question, "It was answered otherwise before.", answer);
        return [question];
      }),
    );
  }

  /** Keeps what speaks against the key holder, once. */
  accuse(kind: Evidence["kind"], question: string, fact: string, answer: ServiceAnswer): void {
    this.#store.run(
      `INSERT OR IGNORE INTO evidence
         (kind, question, fact, method, path, request_sha256, status, body, signature, at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      kind,
      question,
      fact,
      ...valuesOf(answer),
    );
  }

  /** From the latest on. */
  evidence(most = 1_000): Evidence[] {
    return this.#store.all("SELECT * FROM evidence ORDER BY id DESC LIMIT ?", most).map(evidenceOf);
  }

  /** What it is about, from the latest on, without what was signed. */
  evidenceFacts(most: number): Pick<Evidence, "kind" | "question" | "fact">[] {
    return this.#store
      .all("SELECT kind, question, fact FROM evidence ORDER BY id DESC LIMIT ?", most)
      .map(({ kind, question, fact }) => ({
        kind: kind as Evidence["kind"],
        question: String(question),
        fact: String(fact),
      }));
  }

  /** How much evidence there is, by its kind. */
  evidenceCounts(): Record<string, number> {
    const rows = this.#store.all("SELECT kind, count(*) AS count FROM evidence GROUP BY kind");
    return Object.fromEntries(rows.map(({ kind, count }) => [String(kind), Number(count)]));
  }
}

/** The first text behind all that begin so. */
function after(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

function valuesOf({ call, status, bytes, signature }: ServiceAnswer) {
  const digest = createHash("sha256").update(call.body).digest("hex");
  return [call.method, call.path, digest, status, bytes, signature ?? "", Date.now()] as const;
}

function evidenceOf(row: Row): Evidence {
  return {
    kind: row.kind as Evidence["kind"],
    question: String(row.question),
    fact: String(row.fact),
    method: String(row.method),
    path: String(row.path),
    requestSha256: String(row.request_sha256),
    status: Number(row.status),
    body: Buffer.from(row.body as Uint8Array).toString(),
    signature: String(row.signature),
    atMs: Number(row.at_ms),
  };
}
