import { ServiceMetrics } from "../../operations/serviceMetrics.ts";
import type { KeyHolderStatus } from "./keyHolderStatus.ts";

/** What Prometheus asks for, from the status at the time of asking. No label names a plan or a participant. */
export class KeyHolderMetrics extends ServiceMetrics {
  constructor(status: () => KeyHolderStatus, isReady: () => boolean) {
    super((metrics) => {
      const ready = metrics.gauge("keyholder_ready", "Whether it answers the matcher.");
      const chainTime = metrics.gauge(
        "keyholder_chain_time_seconds",
        "The chain's time that it saw.",
      );
      const epoch = metrics.gauge("keyholder_epoch", "The number of the latest epoch.");
      const refusals = metrics.gauge("keyholder_refusals", "Unsound uploads of an epoch.", [
        "epoch",
      ]);
      const uploads = metrics.gauge("keyholder_uploads", "Judged uploads that are kept.", [
        "state",
      ]);
      const matches = metrics.gauge("keyholder_matches", "Formed matches that are kept.", [
        "state",
      ]);
      const verdicts = metrics.gauge("keyholder_verdicts", "Verdicts of deliveries.", ["verdict"]);
      const evidence = metrics.gauge("keyholder_evidence", "Against liars, each time.", ["kind"]);
      return () => {
        const now = status();
        ready.set(isReady() ? 1 : 0);
        chainTime.set(now.nowS);
        epoch.set(now.epochs.at(-1)?.epoch ?? 0);
        for (const one of now.epochs.slice(-2)) refusals.set({ epoch: one.epoch }, one.refusals);
        for (const [state, count] of Object.entries(now.uploads)) uploads.set({ state }, count);
        for (const [state, count] of Object.entries(now.matches)) matches.set({ state }, count);
        for (const [verdict, count] of Object.entries(now.verdicts))
          verdicts.set({ verdict }, count);
        for (const [kind, count] of Object.entries(now.evidenceCounts))
          evidence.set({ kind }, count);
      };
    });
  }
}
