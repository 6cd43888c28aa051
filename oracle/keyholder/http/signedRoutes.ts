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

/** Signs every answer, a refusal too. */
export function answerSealer(pool: PoolId, signer: MessageSigner) {
  return async (request: HttpRequest, reply: HttpReply): Promise<HttpReply> => {
    const { method, path, body } = request;
    const answer = Buffer.from(reply.body as string | Buffer);
    const call = {
      pool,
      method: method === "POST" ? ("POST" as const) : ("GET" as const),
      path,
      body,
    };
    const signature = await signAnswer(signer, call, { status: reply.status, body: answer });
    return { ...reply, headers: { ...reply.headers, [SIGNATURE_HEADER]: signature } };
  };
}
