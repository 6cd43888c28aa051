import type { PoolFollower } from "../../sdk/private/chain/poolFollower.ts";
import type { PoolTerms } from "../../sdk/private/chain/poolReads.ts";
import {
  parseDeliveryBody,
  parseGenerationBody,
} from "../../sdk/private/gateway/gatewayProtocol.ts";
import {
  deliverySigner,
  generationRequestId,
  generationSigner,
} from "../../sdk/private/gateway/gatewayRequests.ts";
import type { DeliveryQuestion, GenerationWish } from "../../sdk/private/gateway/privateGateway.ts";
import { ownerOf } from "../../sdk/private/owner.ts";
import { PeriodTimes } from "../../sdk/private/periodTimes.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import { RateLimit, type RateOptions } from "../../sdk/private/relayer/rateLimit.ts";
import { parseWireJson } from "../../sdk/private/wire/wireJson.ts";
import { HttpRequestError } from "../http/httpRequestError.ts";

export interface RequestChecksOptions {
  pool: PoolId;
  /** The gateway's. */
  tag: bigint;
  follower: Pick<PoolFollower, "sync" | "state">;
  terms: PoolTerms;
  /** The chain's time in Unix seconds. */
  nowS: () => Promise<number>;
  /** How often one participant may ask, for each of the two. */
  rate?: RateOptions;
}

/** A checked request. */
export interface Admitted<T> {
  asked: T;
  /** Who asks: the address that has joined. */
  participant: string;
}

const RATE: RateOptions = { perMinute: 12, burst: 6 };
/** How long before its delivery energy can be vouched for. */
const MOST_AHEAD_S = 7 * 24 * 3_600;

/**
 * Who may ask a gateway what. A request is signed by the wallet that has joined as the owner of whose energy it is, so
 * that nobody else uses up its capacity, and nobody at all the gateway's prover.
 */
export class RequestChecks {
  readonly #options: RequestChecksOptions;
  readonly #generationRate: RateLimit;
  readonly #deliveryRate: RateLimit;

  constructor(options: RequestChecksOptions) {
    this.#options = options;
    this.#generationRate = new RateLimit(options.rate ?? RATE);
    this.#deliveryRate = new RateLimit(options.rate ?? RATE);
  }

  /**
   * @param body of `POST /generation`
   * @throws HttpRequestError, MalformedMessageError
   */
  async generation(body: Uint8Array): Promise<Admitted<GenerationWish> & { id: string }> {
    const { pool, tag } = this.#options;
    const { signature, ...rest } = parseGenerationBody(parseWireJson(body));
    const request = { ...rest, gateway: tag };
    const { to, period, energyWh, validUntilS } = request;
    const nowS = await this.#requireValid(validUntilS);
    const owner = ownerOf(to.account, to.viewKey);
    const participant = await this.#requireOwner(owner, generationSigner(pool, request, signature));
    this.#requireOpen(period, nowS);
    requireRate(this.#generationRate, participant);
    const id = generationRequestId(pool, request);
    return { asked: { to, period, energyWh }, participant, id };
  }

  /**
   * @param body of `POST /attestations`
   * @throws HttpRequestError, MalformedMessageError
   */
  async delivery(body: Uint8Array): Promise<Admitted<DeliveryQuestion>> {
    const { pool, tag } = this.#options;
    const { signature, ...rest } = parseDeliveryBody(parseWireJson(body));
    const request = { ...rest, gateway: tag };
    const { plan, features, match, validUntilS } = request;
    await this.#requireValid(validUntilS);
    const signer = deliverySigner(pool, request, signature);
    const participant = await this.#requireOwner(plan.owner, signer);
    requireRate(this.#deliveryRate, participant);
    return { asked: { plan, features, match }, participant };
  }

  async #requireValid(validUntilS: number): Promise<number> {
    const nowS = await this.#options.nowS();
    if (nowS <= validUntilS) return nowS;
    throw new HttpRequestError(
      410,
      `The request was valid until ${validUntilS}, and it is ${nowS}.`,
      "Sign it anew, with a time of the chain that is yet to come.",
    );
  }

  /** @returns the address that has joined as the owner and has signed */
  async #requireOwner(owner: bigint, signer: string | undefined): Promise<string> {
    // An owner is one participant's for ever: who is known need not be looked for again.
    let joined = this.#participantOf(owner);
    if (joined === undefined && signer !== undefined) {
      await this.#options.follower.sync();
      joined = this.#participantOf(owner);
    }
    if (joined !== undefined && joined.address === signer) return joined.address;
    throw new HttpRequestError(
      401,
      joined === undefined
        ? `Nobody has joined as owner ${owner}.`
        : `The request is not signed by the wallet that has joined as owner ${owner}.`,
      "Join the private market, and sign for this gateway with the wallet that has joined.",
    );
  }

  #participantOf(owner: bigint) {
    return this.#options.follower.state.participants.list.findLast((one) => one.owner === owner);
  }

  /** Energy that nobody could sell any more, or not for long, is not vouched for. */
  #requireOpen(period: bigint, nowS: number): void {
    const times = new PeriodTimes(this.#options.terms);
    const [startS, closeS] = [times.startOf(period), times.plansCloseAt(period)];
    if (nowS >= closeS) {
      throw new HttpRequestError(
        410,
        `Plans of period ${period} were taken before ${closeS}, and it is ${nowS}.`,
        "Ask for a later period.",
      );
    }
    if (startS > nowS + MOST_AHEAD_S) {
      throw new HttpRequestError(
        422,
        `Period ${period} begins at ${startS}, more than ${MOST_AHEAD_S} s from now.`,
        "Ask when it is nearer.",
      );
    }
  }
}

function requireRate(rate: RateLimit, participant: string): void {
  const waitS = rate.take(participant);
  if (waitS === 0) return;
  throw new HttpRequestError(429, "That is too often.", `Ask again in ${waitS} s.`, {
    "retry-after": String(waitS),
  });
}
