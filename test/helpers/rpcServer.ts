import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An embedded chain behind a plain HTTP server: nothing but JSON-RPC. */
export interface RpcServer {
  url: string;
  /** What the node says of a method instead of the truth. */
  lies: Map<string, (result: unknown) => unknown>;
  close(): void;
}

interface Chain {
  request(call: { method: string; params: unknown[] }): Promise<unknown>;
}

/** Serves a chain on a free port. */
export async function serveRpc(chain: Chain): Promise<RpcServer> {
  const lies: RpcServer["lies"] = new Map();
  const answer = async ({ id, method, params }: Record<string, unknown>) => {
    const request = { method: method as string, params: params as unknown[] };
    try {
      const result = await chain.request(request);
      return { jsonrpc: "2.0", id, result: lies.get(request.method)?.(result) ?? result };
    } catch (error) {
      const { code = -32_603, message, data } = error as Error & { code?: number; data?: unknown };
      return { jsonrpc: "2.0", id, error: { code, message, data } };
    }
  };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const calls = JSON.parse(body) as Record<string, unknown> | Record<string, unknown>[];
      const answers = Array.isArray(calls) ? Promise.all(calls.map(answer)) : answer(calls);
      void answers.then((given) => response.end(JSON.stringify(given)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    lies,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
