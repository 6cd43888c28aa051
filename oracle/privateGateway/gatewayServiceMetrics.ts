import { collectDefaultMetrics, Registry } from "prom-client";
import { MetricSet } from "../operations/metricSet.ts";
import { DELIVERY_STATES } from "./deliveryStore.ts";
import type { PrivateGatewayStatus } from "./gatewayServiceStatus.ts";

/** What Prometheus asks a private gateway for. */
export class GatewayServiceMetrics {
  readonly #view: () => PrivateGatewayStatus & { ready: boolean };
  readonly #registry = new Registry();
  readonly #update: (status: PrivateGatewayStatus & { ready: boolean }) => void;

  constructor(view: () => PrivateGatewayStatus & { ready: boolean }) {
    this.#view = view;
    collectDefaultMetrics({ register: this.#registry });
    this.#update = gatewayGauges(new MetricSet(this.#registry));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async render(): Promise<string> {
    this.#update(this.#view());
    return this.#registry.metrics();
  }
}

function gatewayGauges(metrics: MetricSet) {
  const ready = metrics.gauge("private_gateway_ready", "1 where the gateway can vouch.");
  const waiting = metrics.gauge("private_gateway_requests_waiting", "Requests being answered.");
  const requests = metrics.gauge(
    "private_gateway_requests",
    "Requests since the start, by what came of them.",
    ["outcome"],
  );
  const unsettled = metrics.gauge(
    "private_gateway_notes_unsettled",
    "Generation notes that may not be on the chain yet.",
  );
  const deliveries = metrics.gauge(
    "private_gateway_deliveries",
    "Encrypted deliveries for the matcher, by state.",
    ["state"],
  );
  return (status: PrivateGatewayStatus & { ready: boolean }): void => {
    ready.set(Number(status.ready));
    waiting.set(status.waiting);
    for (const outcome of ["issued", "attested", "failed"] as const) {
      requests.set({ outcome }, status[outcome]);
    }
    unsettled.set(status.unsettledNotes);
    for (const state of DELIVERY_STATES) {
      deliveries.set({ state }, status.deliveries?.[state] ?? 0);
    }
  };
}
