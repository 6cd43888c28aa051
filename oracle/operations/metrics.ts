import { Histogram } from "prom-client";
import { gatewayMetrics } from "./gatewayMetrics.ts";
import type { GatewayView } from "./gatewayView.ts";
import { meterMetrics } from "./meterMetrics.ts";
import { sendingMetrics } from "./sendingMetrics.ts";
import { ServiceMetrics } from "./serviceMetrics.ts";

/** Seconds of a durable write: from a good SSD to a memory card that is about to fail. */
const WRITE_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What Prometheus asks for. All but the durations comes from the gateway's status at the time of asking. */
export class Metrics extends ServiceMetrics {
  readonly #storeWrites: Histogram;

  constructor(view: GatewayView) {
    super((metrics) => {
      const updates = [gatewayMetrics(metrics), meterMetrics(metrics), sendingMetrics(metrics)];
      return () => {
        const status = view.status();
        const { ready } = view.readiness();
        for (const update of updates) update({ ...status, ready });
      };
    });
    this.#storeWrites = new Histogram({
      name: "sealwatt_store_write_duration_seconds",
      help: "Time until what was written to the store is durable.",
      buckets: WRITE_BUCKETS_S,
      registers: [this.registry],
    });
  }

  observeStoreWrite(durationS: number): void {
    this.#storeWrites.observe(durationS);
  }
}
