import { collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { gatewayMetrics } from "./gatewayMetrics.ts";
import type { GatewayView } from "./gatewayView.ts";
import { meterMetrics } from "./meterMetrics.ts";
import { MetricSet, type MetricUpdate } from "./metricSet.ts";
import { sendingMetrics } from "./sendingMetrics.ts";

/** Seconds of a durable write: from a good SSD to a memory card that is about to fail. */
const WRITE_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What Prometheus asks for. All but the durations comes from the gateway's status at the time of asking. */
export class Metrics {
  readonly #view: GatewayView;
  readonly #registry = new Registry();
  readonly #updates: MetricUpdate[];
  readonly #storeWrites: Histogram;

  constructor(view: GatewayView) {
    this.#view = view;
    collectDefaultMetrics({ register: this.#registry });
    const metrics = new MetricSet(this.#registry);
    this.#updates = [gatewayMetrics(metrics), meterMetrics(metrics), sendingMetrics(metrics)];
    this.#storeWrites = new Histogram({
      name: "sealwatt_store_write_duration_seconds",
      help: "Time until what was written to the store is durable.",
      buckets: WRITE_BUCKETS_S,
      registers: [this.#registry],
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  observeStoreWrite(durationS: number): void {
    this.#storeWrites.observe(durationS);
  }

  /** The metrics as they are now, in Prometheus' text format. */
  async render(): Promise<string> {
    const status = this.#view.status();
    const { ready } = this.#view.readiness();
    for (const update of this.#updates) update({ ...status, ready });
    return this.#registry.metrics();
  }
}
