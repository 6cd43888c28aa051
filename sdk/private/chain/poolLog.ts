import type { Log } from "ethers";
import { BaseError } from "../../errors.ts";
import type { EventPosition } from "../../events/marketEvent.ts";
import type { LeafNote } from "../notes.ts";
import { poolInterface } from "./poolInterface.ts";

/** What a log of a private market says. */
export type PoolLogBody =
  | {
      name: "NoteAdded";
      leafIndex: number;
      kind: LeafNote["kind"];
      commitment: bigint;
      outputIndex: number;
      memo: readonly bigint[];
    }
  | { name: "LeavesInserted"; root: bigint; size: number }
  | { name: "NullifierSpent"; nullifier: bigint }
  | { name: "Deposited"; payer: string; amountNano: bigint }
  | {
      name: "Withdrawn";
      recipient: string;
      /** With the fee. */
      amountNano: bigint;
      relayer: string;
      feeNano: bigint;
    }
  | { name: "ParticipantJoined"; participant: string; owner: bigint; index: number; root: bigint }
  | {
      name: "ParticipantExpelled";
      participant: string;
      owner: bigint;
      index: number;
      root: bigint;
    }
  | {
      name: "PlanAdded";
      plan: bigint;
      sell: boolean;
      period: bigint;
      outputIndex: number;
      features: string;
      memo: readonly bigint[];
    }
  | { name: "PlanRefunded"; plan: bigint }
  | {
      name: "MatchProposed";
      record: bigint;
      sellPlan: bigint;
      buyPlan: bigint;
      confirmBy: number;
      opening: readonly bigint[];
    }
  | {
      name: "MatchConfirmed";
      record: bigint;
      sell: boolean;
      rest: bigint;
      memo: readonly bigint[];
    }
  | { name: "MatchAgreed"; record: bigint; sellRest: bigint; buyRest: bigint }
  | { name: "MatchLapsed"; record: bigint; sellStruck: boolean; buyStruck: boolean }
  | { name: "ActualReported"; record: bigint; actual: bigint; secret: readonly bigint[] }
  | { name: "MatchSettled"; record: bigint; sell: boolean }
  | { name: "AuditKeySet"; version: number; x: bigint; y: bigint }
  | { name: "GatewaySet"; gateway: string; tag: bigint };

/** A log of a private market with where it stands. */
export type PoolLog = EventPosition & PoolLogBody;

/** The log with a name. */
export type PoolLogOf<N extends PoolLog["name"]> = Extract<PoolLog, { name: N }>;

/** A node gave a log that no private market writes. */
export class MalformedPoolLogError extends BaseError {
  override name = "MalformedPoolLogError";

  constructor({ transactionHash, index }: RawPoolLog, details: string) {
    super(`Log ${index} of transaction ${transactionHash} is none of a private market.`, {
      details,
      metaMessages: ["Check the market's address; else compare with another node."],
    });
  }
}

/** A log as a node gives it. */
export type RawPoolLog = Pick<Log, "topics" | "data" | "blockNumber" | "index" | "transactionHash">;

/** Integers that fit a number; the others stay bigint. */
const NUMBERS = new Set(["leafIndex", "outputIndex", "size", "index", "version", "confirmBy"]);
const LEAF_KINDS: readonly LeafNote["kind"][] = ["credit", "generation"];

function toValue(name: string, value: unknown): unknown {
  if (typeof value === "bigint") return NUMBERS.has(name) ? Number(value) : value;
  if (typeof value === "string" || typeof value === "boolean") return value;
  return [...(value as Iterable<bigint>)];
}

/**
 * What a log of a private market says.
 * @returns undefined for a log that says nothing of its notes, such as one of its authority
 * @throws MalformedPoolLogError
 */
export function parsePoolLog(log: RawPoolLog): PoolLog | undefined {
  const { blockNumber, index: logIndex, transactionHash } = log;
  const body: Record<string, unknown> = {};
  try {
    const parsed = poolInterface.parseLog(log);
    if (parsed === null || !isPoolLogName(parsed.name)) return undefined;
    body.name = parsed.name;
    for (const [place, { name }] of parsed.fragment.inputs.entries()) {
      body[name] = toValue(name, parsed.args[place]);
    }
  } catch (error) {
    throw new MalformedPoolLogError(log, (error as Error).message);
  }
  if (body.name === "NoteAdded") {
    const kind = LEAF_KINDS[Number(body.kind)];
    if (kind === undefined)
      throw new MalformedPoolLogError(log, `no note is of kind ${String(body.kind)}`);
    body.kind = kind;
  }
  return { ...body, blockNumber, logIndex, transactionHash } as PoolLog;
}

const NAMES: Readonly<Record<PoolLog["name"], true>> = {
  NoteAdded: true,
  LeavesInserted: true,
  NullifierSpent: true,
  Deposited: true,
  Withdrawn: true,
  ParticipantJoined: true,
  ParticipantExpelled: true,
  PlanAdded: true,
  PlanRefunded: true,
  MatchProposed: true,
  MatchConfirmed: true,
  MatchAgreed: true,
  MatchLapsed: true,
  ActualReported: true,
  MatchSettled: true,
  AuditKeySet: true,
  GatewaySet: true,
};

function isPoolLogName(name: string): name is PoolLog["name"] {
  return Object.hasOwn(NAMES, name);
}
