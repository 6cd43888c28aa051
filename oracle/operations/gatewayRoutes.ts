import type { AddressSettings } from "../http/httpServerError.ts";
import type { HttpRoute } from "../http/httpRoute.ts";
import { healthRoutes } from "../http/healthRoutes.ts";
import { CommandEndpoint } from "./commandEndpoint.ts";
import type { GatewayView } from "./gatewayView.ts";
import type { Metrics } from "./metrics.ts";

/** What the daemon serves, and where its address is set, for messages. */
export const GATEWAY_SERVED: { name: string; settings: AddressSettings } = {
  name: "Health and metrics",
  settings: { host: "http.host", port: "http.port" },
};

/** `/healthz`, `/readyz`, `/metrics`, `/status` and `/commands`. */
export function gatewayRoutes(view: GatewayView, metrics: Metrics): readonly HttpRoute[] {
  return [
    ...healthRoutes({
      readiness: () => view.readiness(),
      status: () => view.status(),
      metrics,
      // It serves the operator's own network, under names that it knows.
      rate: "unlimited",
    }),
    new CommandEndpoint(view).route,
  ];
}
