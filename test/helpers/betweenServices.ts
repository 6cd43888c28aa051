// Stands between a matcher and its key holder, and does to answers what a test says.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Wallet } from "ethers";
import type { PoolId } from "../../sdk/private/pool.ts";
import {
  SIGNATURE_HEADER,
  signAnswer,
  type HttpMethod,
} from "../../sdk/private/wire/signedRequest.ts";

/** An answer on its way. */
export interface PassingAnswer {
  status: number;
  body: Buffer;
  signature: string | undefined;
}

/** A request on its way. */
export interface PassingRequest {
  method: HttpMethod;
  path: string;
  body: Buffer;
}

/**
 * What becomes of an answer: nothing where it returns nothing, `lost` where the connection breaks after the key holder has
 * answered, or another answer. Signed by a wallet where one is given with it.
 */
export type Meddling = (
  request: PassingRequest,
  answer: PassingAnswer,
) => "lost" | (Partial<PassingAnswer> & { signedBy?: Wallet }) | undefined;

/** A server that hands everything on to another. */
export class BetweenServices {
  readonly requests: PassingRequest[] = [];
  meddle: Meddling = () => undefined;
  /** What a request waits for before it is handed on. */
  hold: (request: PassingRequest) => Promise<void> | undefined = () => undefined;
  readonly #pool: PoolId;
  readonly #target: () => string;
  readonly #server = createServer((request, response) => void this.#pass(request, response));

  constructor(pool: PoolId, target: () => string) {
    this.#pool = pool;
    this.#target = target;
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const method = incoming.method as HttpMethod;
    const request = { method, path: incoming.url!, body: Buffer.concat(chunks) };
    this.requests.push(request);
    await this.hold(request);
    const answer = await this.#ask(incoming, request).catch(() => undefined);
    const changed = answer && this.meddle(request, answer);
    if (answer === undefined || changed === "lost") return void incoming.socket.destroy();
    const { signedBy, ...rest } = changed ?? {};
    const sent: PassingAnswer = { ...answer, ...rest };
    if (signedBy !== undefined) {
      const call = { pool: this.#pool, ...request };
      sent.signature = await signAnswer(signedBy, call, sent);
    }
    const headers = sent.signature === undefined ? {} : { [SIGNATURE_HEADER]: sent.signature };
    response.writeHead(sent.status, headers).end(sent.body);
  }

  async #ask(incoming: IncomingMessage, { method, path, body }: PassingRequest) {
    const headers: Record<string, string> = {};
    for (const name of ["content-type", SIGNATURE_HEADER]) {
      const value = incoming.headers[name];
      if (typeof value === "string") headers[name] = value;
    }
    const given = await fetch(this.#target() + path, {
      method,
      headers,
      ...(method === "GET" ? {} : { body }),
    });
    return {
      status: given.status,
      body: Buffer.from(await given.arrayBuffer()),
      signature: given.headers.get(SIGNATURE_HEADER) ?? undefined,
    };
  }
}

/** An answer's JSON changed, for {@link Meddling}. */
export function jsonChanged(
  { body }: PassingAnswer,
  change: (json: Record<string, never>) => object,
): Buffer {
  return Buffer.from(JSON.stringify(change(JSON.parse(body.toString()) as Record<string, never>)));
}
