import { collectDefaultMetrics, Registry } from "prom-client";
import { MetricSet } from "./metricSet.ts";

/** What Prometheus asks a process for: of Node itself, and what is set to what is now each time it asks. */
export class ServiceMetrics {
  protected readonly registry = new Registry();
  readonly #update: () => void;

  /** @param define makes the metrics, and gives what sets them */
  constructor(define: (metrics: MetricSet) => () => void) {
    collectDefaultMetrics({ register: this.registry });
    this.#update = define(new MetricSet(this.registry));
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The metrics as they are now, in Prometheus' text format. */
  async render(): Promise<string> {
    this.#update();
    return this.registry.metrics();
  }
}
