import type { MatcherChain } from "../chain/matcherChain.ts";
import type { EpochMirror } from "../epochs/epochMirror.ts";
import { parseWireJson } from "../../../sdk/private/wire/wireJson.ts";
import { readCheaters, readFinished } from "../keyHolder/answerReaders.ts";
import type { KeyHolderClient } from "../keyHolder/keyHolderClient.ts";
import type { RoundKeeper } from "../rounds/roundKeeper.ts";
import { ranksPrefix } from "../rounds/roundQuestions.ts";
import type { AnswerBook } from "../store/answerBook.ts";
import type { DeliveryBook, DeliveryCounts } from "../store/deliveryBook.ts";
import type { RoundBook, StoredRound } from "../store/roundBook.ts";
import type { UploadBook, UploadCounts } from "../store/uploadBook.ts";

export interface StatusSources {
  chain: MatcherChain;
  epochs: EpochMirror;
  keyHolder: KeyHolderClient;
  roundKeeper: RoundKeeper;
  uploads: UploadBook;
  rounds: RoundBook;
  deliveries: DeliveryBook;
  answers: AnswerBook;
}

/** A round as `/status` tells of it. */
export interface RoundStatus {
  round: number;
  id: string;
  state: string;
  reason?: string;
  bids: number;
  offers: number;
  /** Plans that were left out of it, since their uploads could not be read. */
  lost: number;
  /** Bids whose ranks the key holder has told. */
  ranksTold: number;
  pairs: number;
  formed: number;
  proposed: number;
  cheaters: number;
  tookMs: number;
}

export interface PeriodStatus {
  period: bigint;
  /** Whether something of it is still to be done now. */
  due: boolean;
  uploads: UploadCounts;
  verdicts: DeliveryCounts;
  banned: number;
  rounds: RoundStatus[];
}

/** What there is against the key holder, without the signed answers themselves. */
export interface EvidenceStatus {
  kind: string;
  culprit: "key holder";
  subject: string;
  fact: string;
  /** How often. */
  times: number;
}

export interface MatcherStatus {
  matcher: string;
  pool: string;
  chainId: bigint;
  /** The chain's time. */
  nowS: number;
  keyHolderAway: boolean;
  epochs: readonly number[];
  missingEpochs: readonly number[];
  uploads: UploadCounts;
  verdicts: DeliveryCounts;
  evidence: readonly EvidenceStatus[];
  evidenceCounts: Readonly<Record<string, number>>;
  /** The latest first. */
  periods: readonly PeriodStatus[];
}

const NO_UPLOADS: UploadCounts = { taken: 0, sound: 0, unsound: 0, lost: 0, bytes: 0 };
const NO_VERDICTS: DeliveryCounts = { taken: 0, within: 0, beyond: 0, refused: 0 };
const MOST_PERIODS = 32;
const MOST_EVIDENCE = 100;
const MOST_SUBJECT = 200;

export function matcherStatus(sources: StatusSources): MatcherStatus {
  const { chain, epochs, keyHolder, answers } = sources;
  const periods = periodsOf(sources).map((period) => periodStatus(sources, period));
  return {
    matcher: chain.matcher,
    pool: chain.pool.pool,
    chainId: chain.pool.chainId,
    nowS: chain.nowS,
    keyHolderAway: keyHolder.isAway,
    epochs: epochs.known.map(({ manifest }) => manifest.epoch),
    missingEpochs: epochs.missing,
    uploads: sum(
      NO_UPLOADS,
      periods.map(({ uploads }) => uploads),
    ),
    verdicts: sum(
      NO_VERDICTS,
      periods.map(({ verdicts }) => verdicts),
    ),
    evidence: evidenceStatus(sources),
    evidenceCounts: answers.evidenceCounts(),
    periods,
  };
}

function evidenceStatus({ answers, keyHolder }: StatusSources): EvidenceStatus[] {
  const signed = answers
    .evidenceFacts(MOST_EVIDENCE)
    .map(({ kind, question, fact }) => against(kind, question, fact, 1));
  const { silence } = keyHolder;
  if (silence === undefined) return signed;
  const fact = `It has not answered since ${new Date(silence.sinceMs).toISOString()}.`;
  return [against("no answer", silence.path, fact, silence.times), ...signed];
}

function against(kind: string, subject: string, fact: string, times: number): EvidenceStatus {
  return { kind, culprit: "key holder", subject: subject.slice(0, MOST_SUBJECT), fact, times };
}

function periodsOf({ uploads, rounds, deliveries }: StatusSources): bigint[] {
  const all = [
    ...uploads.latestPeriods(MOST_PERIODS),
    ...rounds.periods(MOST_PERIODS),
    ...deliveries.periods(MOST_PERIODS),
  ];
  return [...new Set(all)].sort((a, b) => Number(b - a)).slice(0, MOST_PERIODS);
}

function periodStatus(sources: StatusSources, period: bigint): PeriodStatus {
  const { uploads, rounds, deliveries, roundKeeper } = sources;
  const verdicts = deliveries.counts(period);
  return {
    period,
    due: roundKeeper.isDue(period) || verdicts.taken > 0,
    uploads: uploads.counts(period),
    verdicts,
    banned: rounds.bans(period).size,
    rounds: rounds.ofPeriod(period).map((round) => roundStatus(sources, round)),
  };
}

function roundStatus({ answers }: StatusSources, round: StoredRound): RoundStatus {
  const { opening, roundId, reason } = round;
  const read = <T>(question: string, reader: (value: unknown, path: string) => T) => {
    const answer = answers.get(question);
    return answer === undefined ? undefined : reader(parseWireJson(answer), "answer");
  };
  return {
    round: opening.round,
    id: roundId,
    state: round.state,
    ...(reason === undefined ? {} : { reason }),
    bids: opening.bidLeaves.length,
    offers: opening.offerLeaves.length,
    lost: opening.lost?.length ?? 0,
    ranksTold: answers.count(ranksPrefix(round)),
    pairs: answers.count(`pair ${roundId} `),
    formed: answers.countTrue(`pair ${roundId} `, "formed"),
    proposed: read(`finish ${roundId}`, readFinished)?.proposed.length ?? 0,
    cheaters: read(`squares ${roundId}`, readCheaters)?.cheaters.length ?? 0,
    tookMs: (round.endedAtMs ?? Date.now()) - round.drawnAtMs,
  };
}

function sum<K extends string>(
  none: Record<K, number>,
  counts: readonly Record<K, number>[],
): Record<K, number> {
  const total = { ...none };
  for (const one of counts) for (const key of Object.keys(none) as K[]) total[key] += one[key];
  return total;
}
