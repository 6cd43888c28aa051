import type { Provider } from "ethers";
import type { BlockRange } from "../../clients/readLogs.ts";
import type { PoolTerms } from "../chain/poolReads.ts";
import { isWithinTolerance } from "../delivered.ts";
import type { DeliveryVerdict, OpeningKind } from "../epochs/matchingRecordInterface.ts";
import type { MatchingRecordLog, MatchingRecordLogOf } from "../epochs/matchingRecordLog.ts";
import { PoolDifferences, type PoolDifference } from "./poolDifferences.ts";
import type { PoolReplay } from "./poolReplay.ts";
import {
  openingKey,
  readMatchingLogs,
  readMatchingRecord,
  type MatchingRecordOnChain,
} from "./readMatchingRecord.ts";

/** An epoch as it was announced. */
export interface AuditedEpoch {
  epoch: number;
  fromPeriod: number;
  manifestHash: string;
}

/** An opening as the key holder logged it. */
export interface AuditedOpening {
  kind: OpeningKind;
  period: number;
  round: string;
  content: string;
  count: number;
  blockNumber: number;
  transactionHash: string;
}

/** A verdict beside what it should be. */
export interface AuditedVerdict {
  match: string;
  period: number;
  verdict: DeliveryVerdict;
  /** By the match's terms and the actual note; null where there is none, or none that the reader opens. */
  expected: DeliveryVerdict | null;
  matchedWh: string | null;
  /** As reported; null where nothing was, or the reader cannot tell. */
  actualWh: string | null;
}

/** What the record of a private market's matching says. */
export interface AuditedMatching {
  record: string;
  epochs: AuditedEpoch[];
  openings: AuditedOpening[];
  verdicts: AuditedVerdict[];
}

export interface MatchingAudit {
  matching: AuditedMatching;
  differences: PoolDifference[];
}

/** What is compared. */
export interface MatchingAuditInput {
  record: string;
  pool: string;
  logs: readonly MatchingRecordLog[];
  chain: MatchingRecordOnChain;
  replay: Pick<PoolReplay, "state" | "matches">;
  terms: PoolTerms;
}

/** Reads the record of a private market's matching, and compares it with what the market's audit found. */
export async function auditMatching(
  provider: Provider,
  record: string,
  range: BlockRange,
  input: Pick<MatchingAuditInput, "pool" | "replay" | "terms">,
): Promise<MatchingAudit> {
  const logs = await readMatchingLogs(provider, record, range);
  const chain = await readMatchingRecord(provider, record, range.toBlock, logs);
  return compareMatching({ ...input, record, logs, chain });
}

/** The same of what was read. Pure. */
export function compareMatching(input: MatchingAuditInput): MatchingAudit {
  const differences = new PoolDifferences();
  differences.compare("matching.pool", input.pool, input.chain.pool, "matching record");
  const { epochs, openings, verdicts } = partsOf(input.logs);
  requireOnce(verdicts, ({ record }) => `match ${record}`, "verdict", differences);
  compareEpochs(epochs, input, differences);
  compareOpenings(openings, input, differences);
  compareCounts(epochs, openings, verdicts, input, differences);
  return {
    matching: {
      record: input.record,
      epochs: epochs.map(({ epoch, fromPeriod, manifestHash }) => ({
        epoch,
        fromPeriod: Number(fromPeriod),
        manifestHash,
      })),
      openings: openings.map(toOpening),
      verdicts: verdicts.map((log) => compareVerdict(log, input, differences)),
    },
    differences: differences.list,
  };
}

function partsOf(logs: readonly MatchingRecordLog[]) {
  return {
    epochs: logs.filter((log) => log.name === "EpochAnnounced"),
    openings: logs.filter((log) => log.name === "Opened"),
    verdicts: logs.filter((log) => log.name === "VerdictRecorded"),
  };
}

function toOpening(log: MatchingRecordLogOf<"Opened">): AuditedOpening {
  const { kind, period, round, content, count, blockNumber, transactionHash } = log;
  return { kind, period: Number(period), round, content, count, blockNumber, transactionHash };
}

function compareEpochs(
  epochs: readonly MatchingRecordLogOf<"EpochAnnounced">[],
  { chain }: MatchingAuditInput,
  differences: PoolDifferences,
): void {
  for (const [place, log] of epochs.entries()) {
    differences.compare("epoch", place + 1, log.epoch, `epoch ${log.epoch}`, log);
  }
  differences.compare("epochs", epochs.length, chain.epochCount, "matching record");
}

function compareOpenings(
  openings: readonly MatchingRecordLogOf<"Opened">[],
  { chain }: MatchingAuditInput,
  differences: PoolDifferences,
): void {
  requireOnce(openings, openingKey, "opening", differences);
  for (const log of openings) {
    const key = openingKey(log);
    differences.compare(
      "opening.content",
      log.content,
      chain.contents.get(key) ?? "none",
      key,
      log,
    );
  }
}

/** What came of openings is no more than what was logged: of each match its pair, of each verdict its deviation. */
function compareCounts(
  epochs: readonly MatchingRecordLogOf<"EpochAnnounced">[],
  openings: readonly MatchingRecordLogOf<"Opened">[],
  verdicts: readonly MatchingRecordLogOf<"VerdictRecorded">[],
  { replay }: MatchingAuditInput,
  differences: PoolDifferences,
): void {
  const firstPeriod = epochs[0]?.fromPeriod;
  // Before the first epoch matches are not made under encryption.
  const matches = [...replay.state.matches.values()].filter(
    ({ period }) => firstPeriod !== undefined && period >= firstPeriod,
  );
  for (const [figure, kind, found] of [
    ["matches", "pairs", matches],
    ["verdicts", "verdicts", verdicts],
  ] as const) {
    for (const period of new Set(found.map((each) => each.period))) {
      const logged = openings
        .filter((opening) => opening.kind === kind && opening.period === period)
        .reduce((sum, { count }) => sum + count, 0);
      const count = found.filter((each) => each.period === period).length;
      if (count <= logged) continue;
      differences.compare(figure, `at most the ${logged} opened`, count, `period ${period}`);
    }
  }
}

function requireOnce<L extends MatchingRecordLog>(
  logs: readonly L[],
  subjectOf: (log: L) => string,
  figure: string,
  differences: PoolDifferences,
): void {
  const seen = new Set<string>();
  for (const log of logs) {
    const subject = subjectOf(log);
    differences.compare(figure, "once", seen.has(subject) ? "again" : "once", subject, log);
    seen.add(subject);
  }
}

function compareVerdict(
  log: MatchingRecordLogOf<"VerdictRecorded">,
  { chain, replay, terms }: MatchingAuditInput,
  differences: PoolDifferences,
): AuditedVerdict {
  const { record, period, verdict } = log;
  const subject = `match ${record}`;
  const booked = replay.state.matches.get(record);
  differences.compare("verdict.match", "agreed", booked?.state ?? "unknown", subject, log);
  if (booked !== undefined) {
    differences.compare("verdict.period", booked.period, period, subject, log);
  }
  differences.compare("verdict.state", verdict, chain.verdicts.get(record) ?? "none", subject);
  const matchedWh = replay.matches.get(record)?.note?.energyWh;
  // A seller that reports nothing is not paid, and was judged by what its gateway encrypted all the same: what that was
  // no note tells, and nobody has lied.
  const actualWh = replay.matches.get(record)?.actual?.energyWh;
  const expected = expectedVerdict(matchedWh, actualWh, terms);
  if (expected !== undefined && expected !== verdict) {
    const why = `${expected}, since ${actualWh} of ${matchedWh} Wh were delivered`;
    differences.compare("verdict", why, verdict, subject, log);
  }
  return {
    match: `${record}`,
    period: Number(period),
    verdict,
    expected: expected ?? null,
    matchedWh: matchedWh === undefined ? null : `${matchedWh}`,
    actualWh: actualWh === undefined ? null : `${actualWh}`,
  };
}

function expectedVerdict(
  matchedWh: bigint | undefined,
  actualWh: bigint | undefined,
  { toleranceBps }: PoolTerms,
): DeliveryVerdict | undefined {
  if (matchedWh === undefined || actualWh === undefined) return undefined;
  return isWithinTolerance(matchedWh, actualWh, toleranceBps) ? "within" : "beyond";
}
