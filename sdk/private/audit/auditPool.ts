import { getAddress, type Provider } from "ethers";
import { BaseError } from "../../errors.ts";
import { readLogs } from "../../clients/readLogs.ts";
import { parsePoolLog, type PoolLog } from "../chain/poolLog.ts";
import { readTerms, type PoolTerms } from "../chain/poolReads.ts";
import type { AuditKeyVersion } from "../chain/poolState.ts";
import type { ViewingKey } from "../viewingKey.ts";
import { auditMatching } from "./auditMatching.ts";
import { comparePoolState } from "./comparePoolState.ts";
import { participantReader, regulatorReader, type PoolReader } from "./poolReader.ts";
import { PoolReplay } from "./poolReplay.ts";
import { heldNano, toPoolReport, type PoolAuditReport } from "./poolReport.ts";
import { stepsOf } from "./poolSteps.ts";
import { readPoolState } from "./readPoolState.ts";

/** What opens the notes: the regulator's secrets, of all versions, or one participant's viewing key. */
export type AuditSecrets = { auditScalars: readonly bigint[] } | { viewingKey: ViewingKey };

export interface PoolAuditOptions {
  provider: Provider;
  pool: string;
  secrets: AuditSecrets;
  /** The record of its matching, which is compared with it. */
  record?: string;
  /** The block of the deployment, or any before it. */
  fromBlock?: number;
  /** The latest by default. */
  toBlock?: number;
}

/** The address has no private market: not one event is in the range. */
export class NoPoolEventsError extends BaseError {
  override name = "NoPoolEventsError";

  constructor(pool: string, fromBlock: number, toBlock: number) {
    super(`The private market ${pool} has no event from block ${fromBlock} to ${toBlock}.`, {
      metaMessages: ["Check the private market's address, the chain and --from-block."],
    });
  }
}

/**
 * Audits a private market: reads its logs, opens what the secrets open, rebuilds every private balance, and compares
 * every figure that follows from others, with what the contract holds as well. Of the record of its matching, what was
 * opened is listed, and each verdict compared with what was delivered.
 * @throws NoPoolEventsError, AuditKeyMissingError, ForeignAuditKeyError, MalformedRecordLogError
 */
export async function auditPool({
  provider,
  pool: address,
  secrets,
  record,
  fromBlock = 0,
  toBlock,
}: PoolAuditOptions): Promise<PoolAuditReport> {
  const pool = getAddress(address);
  const { chainId } = await provider.getNetwork();
  const last = toBlock ?? (await provider.getBlockNumber());
  const raw = await readLogs(provider, pool, { fromBlock, toBlock: last });
  const logs = raw.map(parsePoolLog).filter((log) => log !== undefined);
  if (logs.length === 0) throw new NoPoolEventsError(pool, fromBlock, last);
  const reader = readerOf(secrets, logs);
  const terms = await readTerms(provider, pool);
  const replay = replayPool(logs, reader, terms);
  const chain = await readPoolState(provider, pool, last, replay.state);
  const compared =
    record === undefined
      ? undefined
      : await auditMatching(
          provider,
          getAddress(record),
          { fromBlock, toBlock: last },
          { pool, replay, terms },
        );
  return toPoolReport({
    replay,
    matching: compared?.matching,
    owner: reader.owner,
    pool: { chainId, pool },
    fromBlock,
    toBlock: last,
    logs: logs.length,
    refunds: logs.filter(({ name }) => name === "PlanRefunded").length,
    tokenNano: chain.tokenNano,
    differences: [
      ...replay.differences.list,
      ...comparePoolState(replay, chain),
      ...(compared?.differences ?? []),
    ],
  });
}

/** @throws AuditKeyMissingError, ForeignAuditKeyError */
export function readerOf(secrets: AuditSecrets, logs: readonly PoolLog[]): PoolReader {
  if ("viewingKey" in secrets) return participantReader(secrets.viewingKey);
  const versions = logs
    .filter((log) => log.name === "AuditKeySet")
    .map((log): AuditKeyVersion => ({ version: log.version, key: [log.x, log.y], log }));
  return regulatorReader(secrets.auditScalars, versions);
}

/** Replays logs, and checks at the end that no money was made or lost (M1). Pure. */
export function replayPool(
  logs: readonly PoolLog[],
  reader: PoolReader,
  terms: PoolTerms,
): PoolReplay {
  const replay = new PoolReplay(reader, terms);
  for (const step of stepsOf(logs)) replay.apply(step);
  if (reader.owner === undefined) checkConservation(replay);
  return replay;
}

function checkConservation(replay: PoolReplay): void {
  const { totals, accounts, differences } = replay;
  const { plansNano, matchesNano } = heldNano(replay);
  let soundNano = plansNano + matchesNano + totals.lostBondsNano;
  for (const { owner, credit } of accounts.values()) {
    soundNano += credit.sum;
    if (credit.sum < 0n) {
      differences.compare("balanceNano", "at least 0", credit.sum, `owner ${owner}`);
    }
  }
  const putInNano = totals.depositedNano - totals.withdrawnNano + totals.unattributedNano;
  differences.compare("money", putInNano, soundNano, "pool");
}
