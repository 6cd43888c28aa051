import { BaseError } from "../../errors.ts";
import type { EventPosition } from "../../events/marketEvent.ts";
import type { RawPoolLog } from "../chain/poolLog.ts";
import {
  matchingRecordInterface,
  OPENING_KINDS,
  type AnnouncedEpoch,
  type DeliveryVerdict,
  type LoggedOpening,
  type SeedCommitment,
} from "./matchingRecordInterface.ts";

/** What a log of a matching record says, with where it stands. */
export type MatchingRecordLog = EventPosition &
  (
    | ({ name: "EpochAnnounced" } & AnnouncedEpoch)
    | ({ name: "SeedCommitted"; epoch: number; matcher: string } & SeedCommitment)
    | ({ name: "Opened" } & LoggedOpening)
    | { name: "VerdictRecorded"; record: bigint; period: bigint; verdict: DeliveryVerdict }
  );

/** The log with a name. */
export type MatchingRecordLogOf<N extends MatchingRecordLog["name"]> = Extract<
  MatchingRecordLog,
  { name: N }
>;

/** A node gave a log that no matching record writes. */
export class MalformedRecordLogError extends BaseError {
  override name = "MalformedRecordLogError";

  constructor({ transactionHash, index }: RawPoolLog, details: string) {
    super(`Log ${index} of transaction ${transactionHash} is none of a matching record.`, {
      details,
      metaMessages: ["Check the record's address; else compare with another node."],
    });
  }
}

/** The arguments of its events, by the names of their ABI. */
interface EventArguments {
  epoch: bigint;
  fromPeriod: bigint;
  manifest: string;
  matcher: string;
  commitment: string;
  kind: bigint;
  period: bigint;
  round: string;
  content: string;
  count: bigint;
  record: bigint;
  within: boolean;
}

/**
 * What a log of a matching record says.
 * @returns undefined for a log that says nothing of matching, such as one of its authority
 * @throws MalformedRecordLogError
 */
export function parseMatchingRecordLog(log: RawPoolLog): MatchingRecordLog | undefined {
  const { blockNumber, index: logIndex, transactionHash } = log;
  try {
    const parsed = matchingRecordInterface.parseLog(log);
    const body = parsed && bodyOf(parsed.name, parsed.args.toObject() as unknown as EventArguments);
    return body === undefined || body === null
      ? undefined
      : ({ ...body, blockNumber, logIndex, transactionHash } as MatchingRecordLog);
  } catch (error) {
    throw new MalformedRecordLogError(log, (error as Error).message);
  }
}

function bodyOf(name: string, values: EventArguments): object | undefined {
  const { fromPeriod, commitment, matcher, period, record } = values;
  switch (name) {
    case "EpochAnnounced":
      return { name, epoch: Number(values.epoch), fromPeriod, manifestHash: values.manifest };
    case "SeedCommitted":
      return { name, epoch: Number(values.epoch), matcher, fromPeriod, commitment };
    case "Opened": {
      const kind = OPENING_KINDS[Number(values.kind)];
      if (kind === undefined) throw new RangeError(`nothing of kind ${values.kind} is opened`);
      const { round, content, count } = values;
      return { name, kind, period, round, content, count: Number(count) };
    }
    case "VerdictRecorded":
      return { name, record, period, verdict: values.within ? "within" : "beyond" };
    default:
      return undefined;
  }
}
