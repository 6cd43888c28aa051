import type { PoolLog, PoolLogOf } from "../chain/poolLog.ts";

/** What one call of a private market did, by its logs. */
export type PoolStep = { logs: readonly PoolLog[] } & (
  | { verb: "deposit"; deposited: PoolLogOf<"Deposited">; note: PoolLogOf<"NoteAdded"> }
  | { verb: "issueGeneration"; note: PoolLogOf<"NoteAdded"> }
  | {
      verb: "withdraw";
      /** Undefined where the tree was full. */
      change: PoolLogOf<"NoteAdded"> | undefined;
      withdrawn: PoolLogOf<"Withdrawn">;
    }
  | { verb: "merge"; note: PoolLogOf<"NoteAdded"> }
  | { verb: "submitPlan"; plan: PoolLogOf<"PlanAdded">; rest: PoolLogOf<"NoteAdded"> }
  | { verb: "refund"; refunded: PoolLogOf<"PlanRefunded">; note: PoolLogOf<"NoteAdded"> }
  | { verb: "settle"; settled: PoolLogOf<"MatchSettled">; credit: PoolLogOf<"NoteAdded"> }
  /** A log that says all by itself. */
  | { verb: "single"; log: PoolLog }
  /** A log that cannot stand where it does: others are missing. */
  | { verb: "unknown"; log: PoolLog }
);

/** Which logs each verb writes, one after another; a step is the first that fits. */
const SHAPES: readonly (readonly PoolLog["name"][])[] = [
  ["Deposited", "NoteAdded"],
  ["NullifierSpent", "NoteAdded", "Withdrawn"],
  ["NullifierSpent", "Withdrawn"],
  ["NullifierSpent", "NullifierSpent", "NoteAdded"],
  ["NullifierSpent", "PlanAdded", "NoteAdded"],
  ["PlanRefunded", "NoteAdded"],
  ["MatchSettled", "NoteAdded"],
  ["NoteAdded"],
];

/** Logs that belong to a step of several; alone they are none. */
const PARTS = new Set<PoolLog["name"]>(SHAPES.flat());

/**
 * The calls that wrote some logs. A transaction may hold several calls, whose logs do not mix; leaves that were
 * inserted on the way come before the call that they came with.
 */
export function stepsOf(logs: readonly PoolLog[]): PoolStep[] {
  const steps: PoolStep[] = [];
  for (const transaction of transactionsOf(logs)) {
    const [insertions, calls] = [true, false].map((isInsertion) =>
      transaction.filter(({ name }) => (name === "LeavesInserted") === isInsertion),
    ) as [PoolLog[], PoolLog[]];
    const taken = new Set<PoolLog>();
    /** Insertions up to a log. */
    const insertedBefore = (last: PoolLog) => {
      for (const log of insertions) {
        if (taken.has(log) || log.logIndex > last.logIndex) continue;
        taken.add(log);
        steps.push({ verb: "single", log, logs: [log] });
      }
    };
    for (let first = 0; first < calls.length;) {
      const shape = SHAPES.find((names) =>
        names.every((name, place) => calls[first + place]?.name === name),
      );
      const parts = calls.slice(first, first + (shape?.length ?? 1));
      insertedBefore(parts.at(-1)!);
      steps.push(stepOf(parts));
      first += parts.length;
    }
    for (const log of insertions) {
      if (!taken.has(log)) steps.push({ verb: "single", log, logs: [log] });
    }
  }
  return steps;
}

function* transactionsOf(logs: readonly PoolLog[]): Iterable<PoolLog[]> {
  let transaction: PoolLog[] = [];
  for (const log of logs) {
    if (transaction.length > 0 && transaction[0]!.transactionHash !== log.transactionHash) {
      yield transaction;
      transaction = [];
    }
    transaction.push(log);
  }
  if (transaction.length > 0) yield transaction;
}

function stepOf(logs: readonly PoolLog[]): PoolStep {
  const first = logs[0]!;
  const get = <N extends PoolLog["name"]>(name: N) =>
    logs.find((log): log is PoolLogOf<N> => log.name === name);
  const note = get("NoteAdded");
  const isAlone = logs.length === 1;
  switch (first.name) {
    case "Deposited":
      if (note !== undefined) return { verb: "deposit", deposited: first, note, logs };
      break;
    case "PlanRefunded":
      if (note !== undefined) return { verb: "refund", refunded: first, note, logs };
      break;
    case "MatchSettled":
      if (note !== undefined) return { verb: "settle", settled: first, credit: note, logs };
      break;
    case "NoteAdded":
      if (isAlone && first.kind === "generation") {
        return { verb: "issueGeneration", note: first, logs };
      }
      break;
    case "NullifierSpent": {
      const [withdrawn, plan] = [get("Withdrawn"), get("PlanAdded")];
      if (withdrawn !== undefined) return { verb: "withdraw", change: note, withdrawn, logs };
      if (note === undefined) break;
      if (plan !== undefined) return { verb: "submitPlan", plan, rest: note, logs };
      return { verb: "merge", note, logs };
    }
    default:
      if (!PARTS.has(first.name)) return { verb: "single", log: first, logs };
  }
  return { verb: "unknown", log: first, logs };
}
