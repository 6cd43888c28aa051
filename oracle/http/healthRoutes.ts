import type { RateOptions } from "../../sdk/private/relayer/rateLimit.ts";
import { jsonReply } from "./httpReply.ts";
import type { HttpRoute } from "./httpRoute.ts";
import { limitRate } from "./limitRate.ts";

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
  /** How often one network address may ask for `/metrics` and `/status`, which count what is stored. */
  rate?: RateOptions | "unlimited";
}

/** Enough for programs that wait for something and look a few times a second. */
const RATE: RateOptions = { perMinute: 600, burst: 60 };

/** `/healthz`, `/readyz`, `/metrics` and `/status`, as every service has them. */
export function healthRoutes({ readiness, status, metrics, rate = RATE }: HealthView): HttpRoute[] {
  const limited = rate === "unlimited" ? {} : { admit: limitRate(rate) };
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
      ...limited,
      answer: async () => {
        const body = await metrics.render();
        return { status: 200, contentType: metrics.contentType, body };
      },
    },
    { method: "GET", path: "/status", ...limited, answer: async () => jsonReply(200, status()) },
  ];
}
