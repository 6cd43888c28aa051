import { ServiceMetrics } from "../../operations/serviceMetrics.ts";
import type { MatcherStatus } from "./matcherStatus.ts";

/** What Prometheus asks for, from the matcher's status at the time of asking. No label names a plan or a participant. */
export class MatcherMetrics extends ServiceMetrics {
  constructor(status: () => MatcherStatus, isReady: () => boolean) {
    super((metrics) => {
      const ready = metrics.gauge("matcher_ready", "Whether it takes uploads.");
      const away = metrics.gauge("matcher_key_holder_away", "Whether the key holder is silent.");
      const chainTime = metrics.gauge(
        "matcher_chain_time_seconds",
        "The chain's time that it saw.",
      );
      const uploads = metrics.gauge("matcher_uploads", "Uploads of recent periods.", ["state"]);
      const verdicts = metrics.gauge("matcher_deliveries", "Deliveries of recent periods.", [
        "state",
      ]);
      const rounds = metrics.gauge("matcher_rounds", "Rounds of recent periods.", ["state"]);
      const evidence = metrics.gauge("matcher_evidence", "Against the key holder.", ["kind"]);
      return () => {
        const now = status();
        ready.set(isReady() ? 1 : 0);
        away.set(now.keyHolderAway ? 1 : 0);
        chainTime.set(now.nowS);
        const { bytes: _, ...states } = now.uploads;
        for (const [state, count] of Object.entries(states)) uploads.set({ state }, count);
        for (const [state, count] of Object.entries(now.verdicts)) verdicts.set({ state }, count);
        rounds.reset();
        for (const { state } of now.periods.flatMap((period) => period.rounds))
          rounds.inc({ state });
        for (const [kind, count] of Object.entries(now.evidenceCounts))
          evidence.set({ kind }, count);
      };
    });
  }
}
