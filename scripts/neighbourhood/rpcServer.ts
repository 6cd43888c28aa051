import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BaseError } from "../../sdk/errors.ts";
import type { RpcRequest } from "../../sdk/rpc/functionProvider.ts";

/** A port cannot be opened. */
export class PortUnavailableError extends BaseError {
  override name = "PortUnavailableError";
}

const HOST = "127.0.0.1";
const MOST_BODY_BYTES = 10 * 1024 * 1024;
/** Other names would let a foreign page reach the chain by a name that it points here. */
const LOCAL_NAMES = new Set(["127.0.0.1", "localhost"]);

interface RpcCall {
  id?: unknown;
  method?: unknown;
  params?: unknown;
}

/** JSON-RPC over HTTP for the embedded chain, on this machine only. */
export class RpcServer {
  readonly #request: RpcRequest;
  readonly #server: Server;

  constructor(request: RpcRequest) {
    this.#request = request;
    this.#server = createServer((incoming, outgoing) => {
      void this.#answer(incoming, outgoing);
    });
  }

  /**
   * @param port 0 for any free one
   * @throws PortUnavailableError
   */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        reject(
          new PortUnavailableError(
            error.code === "EADDRINUSE"
              ? `Port ${port} is in use.`
              : `Port ${port} cannot be opened.`,
            {
              metaMessages: ["Choose another with --port, or 0 for any free one."],
              ...(error.code === "EADDRINUSE" ? {} : { details: error.message }),
              cause: error,
            },
          ),
        );
      });
      this.#server.listen(port, HOST, resolve);
    });
  }

  get url(): string {
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    // Pages of other origins may ask, as with any development chain.
    outgoing.setHeader("Access-Control-Allow-Origin", "*");
    outgoing.setHeader("Access-Control-Allow-Headers", "content-type");
    const { status, body } = await this.#respond(incoming);
    outgoing.statusCode = status;
    if (body !== undefined) outgoing.setHeader("Content-Type", "application/json");
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  }

  async #respond(incoming: IncomingMessage): Promise<{ status: number; body?: object }> {
    const name = (incoming.headers.host ?? "").replace(/:\d+$/, "");
    if (!LOCAL_NAMES.has(name)) return { status: 403 };
    if (incoming.method === "OPTIONS") return { status: 204 };
    if (incoming.method !== "POST") return { status: 405 };
    let call: unknown;
    try {
      call = JSON.parse(await readBody(incoming));
    } catch {
      return { status: 200, body: failure(null, -32_700, "Parse error") };
    }
    const body = Array.isArray(call)
      ? await Promise.all(call.map((one) => this.#call(one as RpcCall)))
      : await this.#call(call as RpcCall);
    return { status: 200, body };
  }

  async #call(call: RpcCall | null): Promise<object> {
    const { id = null, method, params = [] } = call ?? {};
    if (typeof method !== "string" || !Array.isArray(params))
      return failure(id, -32_600, "Invalid request");
    try {
      return { jsonrpc: "2.0", id, result: await this.#request(method, params) };
    } catch (error) {
      const {
        code = -32_603,
        message,
        data,
      } = error as {
        code?: number;
        message: string;
        data?: unknown;
      };
      return failure(id, code, message, data);
    }
  }
}

function failure(id: unknown, code: number, message: string, data?: unknown): object {
  return { jsonrpc: "2.0", id, error: { code, message, data } };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > MOST_BODY_BYTES) throw new RangeError("The request is too large.");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}
