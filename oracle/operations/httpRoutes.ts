import type { IncomingMessage } from "node:http";
import { CommandEndpoint } from "./commandEndpoint.ts";
import type { GatewayView } from "./gatewayView.ts";
import { HttpRequestError, jsonReply, type HttpReply } from "./httpReply.ts";
import type { Metrics } from "./metrics.ts";

/** What answers at a path. */
export interface HttpRoute {
  methods: readonly string[];
  answer: (request: IncomingMessage) => Promise<HttpReply>;
}

const READ = ["GET", "HEAD"];

/** All that is served, by path. */
export function httpRoutes(view: GatewayView, metrics: Metrics): Record<string, HttpRoute> {
  const commands = new CommandEndpoint(view);
  return {
    "/healthz": { methods: READ, answer: async () => jsonReply(200, { healthy: true }) },
    "/readyz": {
      methods: READ,
      answer: async () => {
        const { ready, reasons } = view.readiness();
        return jsonReply(ready ? 200 : 503, { ready, reasons });
      },
    },
    "/metrics": {
      methods: READ,
      answer: async () => {
        const body = await metrics.render();
        return { status: 200, contentType: metrics.contentType, body };
      },
    },
    "/status": { methods: READ, answer: async () => jsonReply(200, view.status()) },
    "/commands": { methods: ["POST"], answer: (request) => commands.answer(request) },
  };
}

/** @throws HttpRequestError */
export function findRoute(
  routes: Record<string, HttpRoute>,
  { method = "", url = "" }: IncomingMessage,
): HttpRoute {
  const path = url.split("?", 1)[0]!;
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) {
    throw new HttpRequestError(
      404,
      `There is no ${JSON.stringify(path)} here.`,
      `Ask for ${Object.keys(routes).join(", ")}.`,
    );
  }
  if (!route.methods.includes(method)) {
    const allow = route.methods.join(", ");
    throw new HttpRequestError(405, `${path} takes no ${method}.`, `Use ${allow}.`, { allow });
  }
  return route;
}
