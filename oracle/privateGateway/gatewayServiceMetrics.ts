import type { MetricSet } from "../operations/metricSet.ts";
import { ServiceMetrics } from "../operations/serviceMetrics.ts";
import { DELIVERY_STATES } from "./deliveryStore.ts";
import type { PrivateGatewayStatus } from "./gatewayServiceStatus.ts";

/** What Prometheus asks a private gateway for. */
export class GatewayServiceMetrics extends ServiceMetrics {
  constructor(view: () => PrivateGatewayStatus & { ready: boolean }) {
    super((metrics) => {
      const update = gatewayGauges(metrics);
      return () => update(view());
    });
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
