import { Contract, type Provider } from "ethers";
import { inParallel } from "../../audit/readChain.ts";
import { readLogs, type BlockRange } from "../../clients/readLogs.ts";
import {
  matchingRecordInterface,
  OPENING_KINDS,
  type OpeningKind,
} from "../epochs/matchingRecordInterface.ts";
import { parseMatchingRecordLog, type MatchingRecordLog } from "../epochs/matchingRecordLog.ts";
import { VERDICTS } from "../epochs/matchingRecordReads.ts";

/** What the record's contract holds at a block, of what its logs tell of. */
export interface MatchingRecordOnChain {
  pool: string;
  epochCount: number;
  /** The content that each opening has, by kind and round; see `openingKey`. */
  contents: ReadonlyMap<string, string>;
  /** By the match's record. */
  verdicts: ReadonlyMap<bigint, string>;
}

/** Names an opening. */
export function openingKey({ kind, round }: { kind: OpeningKind; round: string }): string {
  return `${kind} ${round}`;
}

/** The logs of a matching record, in their order. @throws MalformedRecordLogError, and what the provider throws */
export async function readMatchingLogs(
  provider: Provider,
  record: string,
  range: BlockRange,
): Promise<MatchingRecordLog[]> {
  const raw = await readLogs(provider, record, range);
  return raw.map(parseMatchingRecordLog).filter((log) => log !== undefined);
}

/** Asks the contract for everything that its logs tell of. */
export async function readMatchingRecord(
  provider: Provider,
  record: string,
  block: number,
  logs: readonly MatchingRecordLog[],
): Promise<MatchingRecordOnChain> {
  const contract = new Contract(record, matchingRecordInterface, provider);
  const at = { blockTag: block };
  const read = async <T>(name: string, ...args: unknown[]): Promise<T> =>
    (await contract.getFunction(name).staticCall(...args, at)) as T;
  const opened = logs.filter((log) => log.name === "Opened");
  const judged = logs.filter((log) => log.name === "VerdictRecorded");
  const contents = await inParallel(opened, async (log) => {
    const kind = OPENING_KINDS.indexOf(log.kind);
    const { content } = await read<{ content: string }>("openingOf", kind, log.round);
    return [openingKey(log), content] as const;
  });
  const verdicts = await inParallel(judged, async (log) => {
    const { verdict } = await read<{ verdict: bigint }>("verdictOf", log.record);
    return [log.record, VERDICTS[Number(verdict)] ?? "none"] as const;
  });
  return {
    pool: await read<string>("pool"),
    epochCount: Number(await read<bigint>("epochCount")),
    contents: new Map(contents),
    verdicts: new Map(verdicts),
  };
}
