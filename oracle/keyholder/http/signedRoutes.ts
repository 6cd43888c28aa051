import { getAddress } from "ethers";
import {
  recoverRequestSigner,
  SIGNATURE_HEADER,
  signAnswer,
  type HttpMethod,
  type MessageSigner,
} from "../../../sdk/private/wire/signedRequest.ts";
import type { PoolId } from "../../../sdk/private/pool.ts";
import type { HttpReply } from "../../http/httpReply.ts";
import type { HttpBodyRules, HttpRequest, HttpRoute } from "../../http/httpRoute.ts";
import { Refusal } from "../refusal.ts";
import type { SignedProof } from "../store/evidenceRows.ts";

/** A request whose signature was checked, as evidence of what it asked for. */
export type SignedRequest = HttpRequest & { proof: SignedProof };

const textOfHeader = (value: string | string[] | undefined) =>
  typeof value === "string" ? value : undefined;

/** Lets only one address ask: what it asked for is its own, and it cannot say later that it did not. */
export class RequestGuard {
  readonly #pool: PoolId;
  readonly #signer: string;
  readonly #whose: string;

  /** @param whose for messages: `the matcher` */
  constructor(pool: PoolId, signer: string, whose: string) {
    this.#pool = pool;
    this.#signer = getAddress(signer);
    this.#whose = whose;
  }

  /** A route that only the signer may use. */
  route(
    method: HttpMethod,
    path: string,
    body: HttpBodyRules | undefined,
    answer: (request: SignedRequest) => Promise<HttpReply>,
  ): HttpRoute {
    return {
      method,
      path,
      ...(body === undefined ? {} : { body }),
      answer: async (request) => answer(await this.#check(request)),
    };
  }

  async #check(request: HttpRequest): Promise<SignedRequest> {
    const { path, body, headers } = request;
    const method = request.method === "POST" ? "POST" : "GET";
    const signature = textOfHeader(headers[SIGNATURE_HEADER]);
    const signer = await recoverRequestSigner({ pool: this.#pool, method, path, body }, signature);
    if (signer === this.#signer) return { ...request, proof: { method, path, signature, body } };
    throw new Refusal(
      "ForeignRequestError",
      401,
      signer === undefined
        ? "The request has no signature that fits it."
        : `The request is signed by ${signer}.`,
      `Sign it as ${this.#whose}, ${this.#signer}, for this pool, method, path and body.`,
    );
  }
}

/** Signs every answer, a refusal too. @returns what makes of each reply a signed one */
export function answerSealer(pool: PoolId, signer: MessageSigner) {
  const held = new WeakMap<Uint8Array, Map<string, Promise<string>>>();
  return async (request: HttpRequest, reply: HttpReply): Promise<HttpReply> => {
    const signature = await signatureOf(request, reply);
    return { ...reply, headers: { ...reply.headers, [SIGNATURE_HEADER]: signature } };
  };

  /** Of megabytes that are held it is made once: a request's body is empty there. */
  function signatureOf(request: HttpRequest, reply: HttpReply): Promise<string> {
    const { body, isHeld = false } = reply;
    if (!isHeld || typeof body === "string" || request.body.length > 0) return sign(request, reply);
    const signatures = held.get(body) ?? new Map<string, Promise<string>>();
    held.set(body, signatures);
    const call = `${request.path} ${reply.status}`;
    const signature = signatures.get(call) ?? sign(request, reply);
    signatures.set(call, signature);
    signature.catch(() => signatures.delete(call));
    return signature;
  }

  function sign({ method, path, body }: HttpRequest, reply: HttpReply): Promise<string> {
    const answer = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
    const call = {
      pool,
      method: method === "POST" ? ("POST" as const) : ("GET" as const),
      path,
      body,
    };
    return signAnswer(signer, call, { status: reply.status, body: answer });
  }
}
