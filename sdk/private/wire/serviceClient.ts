import { utf8ToBytes } from "@noble/hashes/utils.js";
import { getAddress } from "ethers";
import { readAtMost } from "../../readAtMost.ts";
import type { PoolId } from "../pool.ts";
import { FRAME_CONTENT_TYPE } from "./frame.ts";
import {
  ServiceRefusedError,
  ServiceUnreachableError,
  UnsignedAnswerError,
} from "./serviceError.ts";
import {
  recoverAnswerSigner,
  SIGNATURE_HEADER,
  signRequest,
  type MessageSigner,
  type SignedCall,
} from "./signedRequest.ts";
import { parseWireJson, wireJson } from "./wireJson.ts";

export interface ServiceClientOptions {
  /** The service's root. */
  url: string;
  pool: PoolId;
  /** Signs requests, where the service asks for that. */
  signer?: MessageSigner;
  /** Whose answers are believed; everybody's where nobody is named. */
  peer?: string;
  /** How long an answer is waited for. */
  timeoutMs?: number;
  mostAnswerBytes?: number;
  fetch?: typeof fetch;
}

/** What a service answered. */
export interface ServiceAnswer {
  status: number;
  bytes: Uint8Array;
  /** The service's signature, where there is one. With `call` and the bytes it is evidence. */
  signature: string | undefined;
  call: SignedCall;
  /** How long the service asks to be left alone. */
  retryAfterS: number | undefined;
  /** @throws MalformedMessageError */
  json(): unknown;
}

const TIMEOUT_MS = 60_000;
const MOST_ANSWER_BYTES = 2 ** 24;

/** Asks a service over HTTP. It asks no service again that is away: who asks knows best when. */
export class ServiceClient {
  readonly url: string;
  readonly #options: ServiceClientOptions;
  readonly #peer: string | undefined;

  constructor(options: ServiceClientOptions) {
    this.url = options.url.replace(/\/+$/, "");
    this.#options = options;
    this.#peer = options.peer === undefined ? undefined : getAddress(options.peer);
  }

  /** @throws ServiceUnreachableError, ServiceRefusedError, UnsignedAnswerError */
  get(path: string, signal?: AbortSignal): Promise<ServiceAnswer> {
    return this.#ask(
      { pool: this.#options.pool, method: "GET", path, body: new Uint8Array() },
      signal,
    );
  }

  /**
   * @param body a frame's bytes, or what is sent as JSON
   * @throws ServiceUnreachableError, ServiceRefusedError, UnsignedAnswerError
   */
  post(path: string, body: Uint8Array | object, signal?: AbortSignal): Promise<ServiceAnswer> {
    const isFrame = body instanceof Uint8Array;
    const bytes = isFrame ? body : utf8ToBytes(wireJson(body));
    const call: SignedCall = { pool: this.#options.pool, method: "POST", path, body: bytes };
    return this.#ask(call, signal, isFrame ? FRAME_CONTENT_TYPE : "application/json");
  }

  async #ask(
    call: SignedCall,
    signal: AbortSignal | undefined,
    contentType?: string,
  ): Promise<ServiceAnswer> {
    const headers: Record<string, string> = {};
    if (contentType !== undefined) headers["content-type"] = contentType;
    if (this.#options.signer !== undefined) {
      headers[SIGNATURE_HEADER] = await signRequest(this.#options.signer, call);
    }
    const name = `${call.method} ${this.url}${call.path}`;
    const answer = await this.#fetch(name, call, headers, signal);
    await this.#requirePeer(name, answer);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new ServiceRefusedError(name, answer, refusalOf(answer));
  }

  async #fetch(
    name: string,
    call: SignedCall,
    headers: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<ServiceAnswer> {
    const { timeoutMs = TIMEOUT_MS, mostAnswerBytes = MOST_ANSWER_BYTES } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const send = () =>
      (this.#options.fetch ?? fetch)(this.url + call.path, {
        method: call.method,
        headers,
        // A signed request goes where it was meant to, and nowhere else.
        redirect: "error",
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        ...(call.method === "GET" ? {} : { body: call.body as Uint8Array<ArrayBuffer> }),
      });
    try {
      const response = await send().catch((error: unknown) => {
        if (isConnectionGone(error)) return send();
        throw error;
      });
      const bytes = await readAtMost(response, mostAnswerBytes);
      return {
        status: response.status,
        bytes,
        signature: response.headers.get(SIGNATURE_HEADER) ?? undefined,
        call,
        retryAfterS: secondsOf(response.headers.get("retry-after")),
        json: () => parseWireJson(bytes),
      };
    } catch (error) {
      signal?.throwIfAborted();
      throw new ServiceUnreachableError(name, causeOf(error));
    }
  }

  async #requirePeer(name: string, answer: ServiceAnswer): Promise<void> {
    if (this.#peer === undefined) return;
    const { call, status, bytes, signature } = answer;
    const signer = await recoverAnswerSigner(call, { status, body: bytes }, signature);
    if (signer === this.#peer) return;
    // What stands before a service says by itself that nobody is behind it, or that there is too much to do. So does a
    // service that has not read the request: what it did not read it cannot sign an answer to.
    if (signer === undefined && (status === 429 || status >= 500)) {
      throw new ServiceUnreachableError(name, `status ${status}, not signed`);
    }
    throw new UnsignedAnswerError(name, this.#peer, signer);
  }
}

const SECONDS = /^\d{1,9}$/;

function secondsOf(header: string | null): number | undefined {
  return header !== null && SECONDS.test(header) ? Number(header) : undefined;
}

/**
 * Whether the connection was closed under a request, as services do with one that was quiet for a while. Browsers then ask
 * once more by themselves; services answer the same request the same.
 */
function isConnectionGone(error: unknown): boolean {
  const cause =
    error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return cause?.code === "ECONNRESET" || cause?.code === "UND_ERR_SOCKET";
}

/** Fetch says "fetch failed", and the reason beneath. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

const MOST_MESSAGE_CHARACTERS = 1_000;

/** What a refusal says, as far as it is one of ours. */
function refusalOf(answer: ServiceAnswer) {
  const short = (value: unknown) =>
    typeof value === "string" ? value.slice(0, MOST_MESSAGE_CHARACTERS) : undefined;
  let body: { error?: unknown; message?: unknown; remedy?: unknown } = {};
  try {
    body = answer.json() ?? {};
  } catch {
    // Somebody before the service answered in its own way.
  }
  const remedies = Array.isArray(body.remedy) ? body.remedy.map(short) : [];
  return {
    reason: short(body.error) ?? "",
    message: short(body.message) ?? "it gave no reason.",
    remedies: remedies.filter((remedy) => remedy !== undefined),
  };
}
