/** What creates the matcher's tables. Numbers beyond 2^53 are decimal texts. */
export const MATCHER_TABLES: readonly string[] = [
  // A plan's ciphertext and envelope: both are blobs by their hashes.
  `CREATE TABLE uploads (
     plan TEXT PRIMARY KEY, period INTEGER NOT NULL, side TEXT NOT NULL, epoch INTEGER NOT NULL,
     content_hash TEXT NOT NULL, header TEXT NOT NULL, envelope_hash TEXT NOT NULL,
     upload_address TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, receipt TEXT NOT NULL,
     bytes INTEGER NOT NULL, pruned INTEGER NOT NULL DEFAULT 0)`,
  "CREATE UNIQUE INDEX uploads_content ON uploads (content_hash)",
  "CREATE INDEX uploads_period ON uploads (period, state)",
  "CREATE INDEX uploads_envelope ON uploads (envelope_hash)",
  // How often an upload key was refused.
  "CREATE TABLE refusals (upload_address TEXT PRIMARY KEY, count INTEGER NOT NULL)",
  // With the key holder's signature of the answer that each came by.
  "CREATE TABLE epochs (epoch INTEGER PRIMARY KEY, manifest TEXT NOT NULL, signature TEXT NOT NULL)",
  "CREATE TABLE seeds (epoch INTEGER PRIMARY KEY, sealed BLOB NOT NULL, commitment TEXT NOT NULL)",
  `CREATE TABLE rounds (
     id INTEGER PRIMARY KEY, period INTEGER NOT NULL, round INTEGER NOT NULL, epoch INTEGER NOT NULL,
     state TEXT NOT NULL, reason TEXT, opening TEXT NOT NULL, round_id TEXT NOT NULL,
     drawn_at_s INTEGER NOT NULL, drawn_at_ms INTEGER NOT NULL, ended_at_ms INTEGER)`,
  "CREATE UNIQUE INDEX rounds_period ON rounds (period, round)",
  // Plans that were found to lie, for their period.
  "CREATE TABLE bans (plan TEXT PRIMARY KEY, period INTEGER NOT NULL, reason TEXT NOT NULL)",
  `CREATE TABLE deliveries (
     id INTEGER PRIMARY KEY, record TEXT NOT NULL, period INTEGER NOT NULL, epoch INTEGER NOT NULL,
     content_hash TEXT NOT NULL, envelope_hash TEXT NOT NULL, state TEXT NOT NULL,
     bytes INTEGER NOT NULL, pruned INTEGER NOT NULL DEFAULT 0)`,
  "CREATE UNIQUE INDEX deliveries_record ON deliveries (record, content_hash)",
  "CREATE INDEX deliveries_state ON deliveries (state, period)",
  "CREATE INDEX deliveries_content ON deliveries (content_hash)",
  "CREATE INDEX deliveries_envelope ON deliveries (envelope_hash)",
  // What the key holder signed, by what it was asked. A question is answered once.
  `CREATE TABLE answers (
     question TEXT PRIMARY KEY, method TEXT NOT NULL, path TEXT NOT NULL, request_sha256 TEXT NOT NULL,
     status INTEGER NOT NULL, body BLOB NOT NULL, signature TEXT NOT NULL, at_ms INTEGER NOT NULL)`,
  // What it signed and should not have.
  `CREATE TABLE evidence (
     id INTEGER PRIMARY KEY, kind TEXT NOT NULL, question TEXT NOT NULL, fact TEXT NOT NULL,
     method TEXT NOT NULL, path TEXT NOT NULL, request_sha256 TEXT NOT NULL, status INTEGER NOT NULL,
     body BLOB NOT NULL, signature TEXT NOT NULL, at_ms INTEGER NOT NULL)`,
  "CREATE UNIQUE INDEX evidence_question ON evidence (kind, question, fact)",
];
