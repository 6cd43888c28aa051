import { verifyAttestation, type DeliveryAttestation } from "../attestation.ts";
import { commitmentOf } from "../notes.ts";
import { gatewayTag } from "../owner.ts";
import type { PoolId } from "../pool.ts";
import { askAgain } from "../wire/askAgain.ts";
import { ServiceClient } from "../wire/serviceClient.ts";
import { ServiceRefusedError } from "../wire/serviceError.ts";
import { GatewayRefusedError } from "./gatewayError.ts";
import { deliveryBody, generationBody, parseAttestation, parseIssued } from "./gatewayProtocol.ts";
import {
  freshNonce,
  signDeliveryRequest,
  signGenerationRequest,
  type RequestSigner,
} from "./gatewayRequests.ts";
import type { DeliveryQuestion, GenerationWish, PrivateGateway } from "./privateGateway.ts";

export interface GatewayClientOptions {
  /** The service's root. */
  url: string;
  pool: PoolId;
  /** The gateway's, as it is registered in the pool. */
  tag: bigint;
  /** The wallet that has joined the private market. */
  signer: RequestSigner;
  /** The chain's time in Unix seconds. */
  nowS: () => number | Promise<number>;
  /** How long the same is asked again while the gateway is away or busy. */
  patienceMs?: number;
  /** How long one answer is waited for: a generation note takes a proof. */
  timeoutMs?: number;
  fetch?: typeof fetch;
}

const PATIENCE_MS = 60_000;
/** How long a request can be answered. A wish that is sent again later than that is another one. */
const VALID_S = 900;

/**
 * Asks a gateway's service as if it were the gateway. What it says of a delivery is checked, and what it says of a note
 * the chain tells. While it is away the same is asked again, which makes no second note.
 */
export class GatewayClient implements Pick<PrivateGateway, "issueGeneration" | "attestDelivery"> {
  readonly #options: GatewayClientOptions;
  readonly #client: ServiceClient;

  constructor(options: GatewayClientOptions) {
    this.#options = options;
    const { url, pool, timeoutMs, fetch: ask } = options;
    this.#client = new ServiceClient({
      url,
      pool,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(ask === undefined ? {} : { fetch: ask }),
    });
  }

  /**
   * Asks for a generation note.
   * @returns its commitment
   * @throws GatewayRefusedError, ServiceUnreachableError
   */
  async issueGeneration(wish: GenerationWish): Promise<bigint> {
    const { pool, tag: gateway, signer } = this.#options;
    const { to, period, energyWh } = wish;
    const validUntilS = await this.#validUntilS();
    const request = { to, period, energyWh, gateway, nonce: freshNonce(), validUntilS };
    const signature = await signGenerationRequest(signer, pool, request);
    return parseIssued(await this.#ask("/generation", generationBody(request, signature)));
  }

  /**
   * Asks what was delivered of a match.
   * @throws GatewayRefusedError, ServiceUnreachableError
   */
  async attestDelivery(question: DeliveryQuestion): Promise<DeliveryAttestation> {
    const { pool, tag: gateway, signer } = this.#options;
    const request = { ...question, gateway, validUntilS: await this.#validUntilS() };
    const signature = await signDeliveryRequest(signer, pool, request);
    const answer = await this.#ask("/attestations", deliveryBody(request, signature));
    const attestation = parseAttestation(answer);
    this.#requireFitting(question, attestation);
    return attestation;
  }

  /** Nobody could prove a delivery with another. */
  #requireFitting({ match }: DeliveryQuestion, attestation: DeliveryAttestation): void {
    const { pool, tag, url } = this.#options;
    const isFitting =
      attestation.match === commitmentOf(match) &&
      gatewayTag(attestation.gatewayKey) === tag &&
      attestation.energyWh <= match.energyWh &&
      verifyAttestation(pool, attestation);
    if (isFitting) return;
    throw new GatewayRefusedError(
      `What ${url} says of match ${commitmentOf(match)} is not signed by gateway ${tag}, or is not of this match.`,
      "Check the gateway's URL and tag: somebody else answers there.",
    );
  }

  async #validUntilS(): Promise<number> {
    return Math.floor(await this.#options.nowS()) + VALID_S;
  }

  async #ask(path: string, body: object): Promise<unknown> {
    const { patienceMs = PATIENCE_MS } = this.#options;
    try {
      return (await askAgain(() => this.#client.post(path, body), patienceMs)).json();
    } catch (error) {
      throw refusalOf(error);
    }
  }
}

/** What the gateway itself refuses is what it would have thrown. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof ServiceRefusedError) || error.isTemporary) return error;
  return new GatewayRefusedError(
    error.shortMessage,
    error.remedies[0] ?? "Ask the gateway's operator.",
  );
}
