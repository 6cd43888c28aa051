import { Counter, Gauge, type Registry } from "prom-client";
import type { GatewayStatus } from "./gatewayView.ts";

/** Sets a group of metrics to what is now. */
export type MetricUpdate = (status: GatewayStatus & { ready: boolean }) => void;

/** Makes metrics of one registry whose names begin with `sealwatt_`. */
export class MetricSet {
  readonly #registers: Registry[];

  constructor(registry: Registry) {
    this.#registers = [registry];
  }

  gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name: `sealwatt_${name}`, help, labelNames, registers: this.#registers });
  }

  counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name: `sealwatt_${name}`, help, labelNames, registers: this.#registers });
  }
}
