/** What the key holder must not forget. Numbers beyond 53 bits are their decimal digits, hashes 0x hex in lower case. */
export const TABLES: readonly string[] = [
  // An epoch's keys, by its manifest's hash; `number` once it is on the chain.
  `CREATE TABLE epochs (
    manifestHash TEXT PRIMARY KEY, fromPeriod INTEGER NOT NULL, number INTEGER, manifest TEXT NOT NULL,
    refusals INTEGER NOT NULL DEFAULT 0, isRetired INTEGER NOT NULL DEFAULT 0
  ) STRICT`,
  // The answer to each upload, with what its owner signed.
  `CREATE TABLE uploads (
    plan TEXT NOT NULL, contentHash TEXT NOT NULL, period INTEGER NOT NULL, side TEXT NOT NULL,
    epoch TEXT NOT NULL, header TEXT NOT NULL, isSound INTEGER NOT NULL, judgedAtS INTEGER NOT NULL,
    PRIMARY KEY (plan, contentHash)
  ) STRICT`,
  `CREATE INDEX uploadsOf ON uploads (period, isSound)`,
  // The opening is last: it can be long, and what is before it is read without it.
  `CREATE TABLE rounds (
    id TEXT PRIMARY KEY, period INTEGER NOT NULL, round INTEGER NOT NULL, epoch TEXT NOT NULL,
    bids INTEGER NOT NULL, offers INTEGER NOT NULL, state TEXT NOT NULL, openedAtS INTEGER NOT NULL,
    pairsHash TEXT, told INTEGER NOT NULL DEFAULT 0, cheaters TEXT, opening TEXT NOT NULL,
    UNIQUE (period, round)
  ) STRICT`,
  `CREATE INDEX roundsIn ON rounds (state)`,
  // A round's pairs, and the answer about each once it was opened.
  `CREATE TABLE pairs (
    round TEXT NOT NULL, bid INTEGER NOT NULL, offer INTEGER NOT NULL, answer TEXT, numbers TEXT,
    PRIMARY KEY (round, bid)
  ) STRICT`,
  // Who lied about a plan: it is in no further round of its period.
  `CREATE TABLE bans (plan TEXT PRIMARY KEY, period INTEGER NOT NULL, reason TEXT NOT NULL) STRICT`,
  // Formed matches: their terms, and what is proposed of them.
  `CREATE TABLE matches (
    record TEXT PRIMARY KEY, round TEXT NOT NULL, period INTEGER NOT NULL, epoch TEXT NOT NULL,
    sellPlan TEXT NOT NULL, buyPlan TEXT NOT NULL, energyWh INTEGER NOT NULL, opening TEXT NOT NULL,
    seller TEXT NOT NULL, gateway TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, energy BLOB
  ) STRICT`,
  `CREATE INDEX matchesOf ON matches (round)`,
  `CREATE INDEX matchesIn ON matches (state, period)`,
  // A verdict is decided first, then logged as one of a batch, then recorded.
  `CREATE TABLE verdicts (
    record TEXT PRIMARY KEY, period INTEGER NOT NULL, contentHash TEXT NOT NULL, verdict TEXT NOT NULL,
    batch TEXT NOT NULL, state TEXT NOT NULL
  ) STRICT`,
  `CREATE INDEX verdictsIn ON verdicts (state, batch)`,
  // What an owner's reputation became, and when; the last one holds.
  `CREATE TABLE reputations (
    id INTEGER PRIMARY KEY, owner TEXT NOT NULL, value INTEGER NOT NULL, atS INTEGER NOT NULL
  ) STRICT`,
  `CREATE INDEX reputationsOf ON reputations (owner, id)`,
  `CREATE TABLE evidence (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, culprit TEXT NOT NULL, subject TEXT NOT NULL,
    period INTEGER, fact TEXT NOT NULL, details TEXT NOT NULL, times INTEGER NOT NULL,
    firstAtS INTEGER NOT NULL, lastAtS INTEGER NOT NULL, method TEXT, path TEXT, signature TEXT,
    bodySha256 TEXT, body BLOB, UNIQUE (kind, culprit, subject)
  ) STRICT`,
  // When it was there, by the chain's time: nobody is blamed for what it could not answer.
  `CREATE TABLE attendance (id INTEGER PRIMARY KEY, fromS INTEGER NOT NULL, toS INTEGER NOT NULL) STRICT`,
];
