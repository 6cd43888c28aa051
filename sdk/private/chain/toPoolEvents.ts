import type { PoolEvent } from "../store/poolEvent.ts";
import type { PoolLog } from "./poolLog.ts";
import type { PoolMatch } from "./poolState.ts";

/**
 * What a log means for private accounts.
 * @param matches those of the logs up to this one, or later: a match's rests do not change
 */
export function toPoolEvents(
  log: PoolLog,
  matches: ReadonlyMap<bigint, PoolMatch>,
): readonly PoolEvent[] {
  const { blockNumber } = log;
  switch (log.name) {
    case "NoteAdded": {
      const { leafIndex, kind, commitment, outputIndex, memo } = log;
      const note = { kind, commitment, outputIndex, memo };
      return [{ type: "noteAdded", leafIndex, note, blockNumber }];
    }
    case "NullifierSpent":
      return [{ type: "nullifierSpent", nullifier: log.nullifier, blockNumber }];
    case "PlanAdded": {
      const { plan: commitment, outputIndex, memo } = log;
      return [
        { type: "planAdded", plan: { kind: "plan", commitment, outputIndex, memo }, blockNumber },
      ];
    }
    case "PlanRefunded":
      return [{ type: "planEnded", plan: log.plan, blockNumber }];
    case "MatchProposed": {
      const { record, sellPlan, buyPlan, confirmBy, opening } = log;
      const match = { record, sellPlan, buyPlan, opening };
      return [{ type: "matchProposed", match, confirmBy, blockNumber }];
    }
    case "MatchConfirmed":
      return [{ type: "matchConfirmed", record: log.record, side: sideOf(log), blockNumber }];
    case "MatchAgreed": {
      const match = matches.get(log.record)!;
      return [
        { type: "matchAgreed", record: log.record, blockNumber },
        { type: "planEnded", plan: match.sellPlan, blockNumber },
        { type: "planEnded", plan: match.buyPlan, blockNumber },
        { type: "planAdded", plan: match.sellRest!, blockNumber },
        { type: "planAdded", plan: match.buyRest!, blockNumber },
      ];
    }
    case "MatchLapsed":
      return [{ type: "matchLapsed", record: log.record, blockNumber }];
    case "ActualReported": {
      const { record: match, actual, secret } = log;
      return [{ type: "actualReported", delivery: { match, actual, secret }, blockNumber }];
    }
    case "MatchSettled":
      return [{ type: "matchSettled", record: log.record, side: sideOf(log), blockNumber }];
    default:
      return [];
  }
}

function sideOf({ sell }: { sell: boolean }): "buy" | "sell" {
  return sell ? "sell" : "buy";
}
