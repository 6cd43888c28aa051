import { jsonReply } from "./httpReply.ts";
import type { HttpRoute } from "./httpRoute.ts";

/** Whether a service can do its work, and what is missing where it cannot. */
export interface Readiness {
  ready: boolean;
  reasons: readonly string[];
}

/** What a service tells of itself. */
export interface HealthView {
  readiness: () => Readiness;
  status: () => unknown;
  metrics: { contentType: string; render: () => Promise<string> };
}

/** `/healthz`, `/readyz`, `/metrics` and `/status`, as every service has them. */
export function healthRoutes({ readiness, status, metrics }: HealthView): HttpRoute[] {
  return [
    { method: "GET", path: "/healthz", answer: async () => jsonReply(200, { healthy: true }) },
    {
      method: "GET",
      path: "/readyz",
      answer: async () => {
        const { ready, reasons } = readiness();
        return jsonReply(ready ? 200 : 503, { ready, reasons });
      },
    },
    {
      method: "GET",
      path: "/metrics",
      answer: async () => {
        const body = await metrics.render();
        return { status: 200, contentType: metrics.contentType, body };
      },
    },
    { method: "GET", path: "/status", answer: async () => jsonReply(200, status()) },
  ];
}
