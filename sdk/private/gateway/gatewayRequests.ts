import { randomBytes } from "@noble/hashes/utils.js";
import { hexlify, TypedDataEncoder, verifyTypedData, type Signer } from "ethers";
import { commitmentOf } from "../notes.ts";
import { ownerOf } from "../owner.ts";
import { poolDomain, type PoolId } from "../pool.ts";
import type { DeliveryQuestion, GenerationWish } from "./privateGateway.ts";

/** What both requests to a gateway's service have. */
interface RequestTerms {
  /** The tag of the gateway that is asked: another takes it for nothing. */
  gateway: bigint;
  /** The last second of the chain at which it is answered. */
  validUntilS: number;
}

/** A wish, as the wallet that has joined signs it. */
export interface GenerationRequest extends GenerationWish, RequestTerms {
  /** 32 random bytes: two wishes of the same energy are two requests, and one that is sent again is one. */
  nonce: string;
}

/** A question, as the seller's wallet signs it. Who is given it signed can ask in the seller's place. */
export interface DeliveryRequest extends DeliveryQuestion, RequestTerms {}

export type RequestSigner = Pick<Signer, "signTypedData">;

const GENERATION_TYPES = {
  GenerationRequest: [
    { name: "gateway", type: "uint256" },
    { name: "owner", type: "uint256" },
    { name: "period", type: "uint24" },
    { name: "energyWh", type: "uint32" },
    { name: "nonce", type: "bytes32" },
    { name: "validUntil", type: "uint64" },
  ],
};
/** The match's commitment fixes its sell plan, and that its attributes: nothing else need be signed. */
const DELIVERY_TYPES = {
  DeliveryRequest: [
    { name: "gateway", type: "uint256" },
    { name: "match", type: "uint256" },
    { name: "validUntil", type: "uint64" },
  ],
};

type TypedData = [
  types: Record<string, { name: string; type: string }[]>,
  message: Record<string, unknown>,
];

function ofGeneration(request: GenerationRequest): TypedData {
  const { gateway, to, period, energyWh, nonce, validUntilS } = request;
  const owner = ownerOf(to.account, to.viewKey);
  return [GENERATION_TYPES, { gateway, owner, period, energyWh, nonce, validUntil: validUntilS }];
}

function ofDelivery({ gateway, match, validUntilS }: DeliveryRequest): TypedData {
  return [DELIVERY_TYPES, { gateway, match: commitmentOf(match), validUntil: validUntilS }];
}

export function freshNonce(): string {
  return hexlify(randomBytes(32));
}

export function signGenerationRequest(
  signer: RequestSigner,
  pool: PoolId,
  request: GenerationRequest,
): Promise<string> {
  return signer.signTypedData(poolDomain(pool), ...ofGeneration(request));
}

export function signDeliveryRequest(
  signer: RequestSigner,
  pool: PoolId,
  request: DeliveryRequest,
): Promise<string> {
  return signer.signTypedData(poolDomain(pool), ...ofDelivery(request));
}

/** What names a wish: the same for as long as it is the same. */
export function generationRequestId(pool: PoolId, request: GenerationRequest): string {
  return TypedDataEncoder.hash(poolDomain(pool), ...ofGeneration(request));
}

/** Whose signature of a request it is; undefined where it is none. */
export function generationSigner(
  pool: PoolId,
  request: GenerationRequest,
  signature: string,
): string | undefined {
  return recover(pool, ofGeneration(request), signature);
}

/** As {@link generationSigner}. */
export function deliverySigner(
  pool: PoolId,
  request: DeliveryRequest,
  signature: string,
): string | undefined {
  return recover(pool, ofDelivery(request), signature);
}

function recover(pool: PoolId, data: TypedData, signature: string): string | undefined {
  try {
    return verifyTypedData(poolDomain(pool), ...data, signature);
  } catch {
    // Not every 65 bytes are a signature of some key.
    return undefined;
  }
}
