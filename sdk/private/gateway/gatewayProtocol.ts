import type { DeliveryAttestation } from "../attestation.ts";
import { InvalidPointError, type Point } from "../babyJubjub.ts";
import { CheckedTextError } from "../checkedHex.ts";
import {
  FIELD_ORDER,
  MAX_PERIOD,
  MAX_PLAN_ENERGY_WH,
  MAX_PLAN_PRICE,
  OutOfRangeError,
} from "../field.ts";
import type { MatchNote, PlanNote } from "../notes.ts";
import { formatPrivateAddress, parsePrivateAddress } from "../privateAddress.ts";
import { MalformedMessageError } from "../wire/messageError.ts";
import { array, bigint, hash, hexBytes, object, text, uint, type Reader } from "../wire/readers.ts";
import type { DeliveryRequest, GenerationRequest } from "./gatewayRequests.ts";

/** What is posted, with the wallet's signature. */
export type Signed<Request> = Omit<Request, "gateway"> & { signature: string };

const field = bigint(FIELD_ORDER - 1n);
const energyWh = bigint(MAX_PLAN_ENERGY_WH);
const signature = hexBytes(65);
const MOST_ADDRESS_CHARACTERS = 200;

const point: Reader<Point> = (value, path) => {
  const [x, y] = array(field, 2)(value, path);
  if (x !== undefined && y !== undefined) return [x, y];
  throw new MalformedMessageError(`${path} is no pair of coordinates.`);
};

const privateAddress: Reader<GenerationRequest["to"]> = (value, path) => {
  const given = text(MOST_ADDRESS_CHARACTERS)(value, path);
  try {
    return parsePrivateAddress(given);
  } catch (error) {
    const isKnown =
      error instanceof CheckedTextError ||
      error instanceof OutOfRangeError ||
      error instanceof InvalidPointError;
    if (!isKnown) throw error;
    throw new MalformedMessageError(`${path} is no private address: ${error.shortMessage}`, {
      metaMessages: error.metaMessages,
    });
  }
};

const readGeneration = object({
  to: privateAddress,
  period: bigint(MAX_PERIOD),
  energyWh,
  nonce: hash,
  validUntilS: uint(),
  signature,
});

const readDelivery = object({
  plan: object({
    owner: field,
    period: bigint(MAX_PERIOD),
    energyWh,
    priceMicroPerKwh: bigint(MAX_PLAN_PRICE),
    attributes: field,
    salt: field,
  }),
  features: field,
  match: object({
    sellPlan: field,
    buyPlan: field,
    energyWh,
    priceMicroPerKwh: bigint(MAX_PLAN_PRICE),
    salt: field,
  }),
  validUntilS: uint(),
  signature,
});

const readAttestation = object({
  gatewayKey: point,
  match: field,
  energyWh,
  signature: object({ r: point, s: field }),
});

const readIssued = object({ commitment: field });

/** The body of `POST /generation`. */
export function generationBody(request: GenerationRequest, given: string): object {
  const { to, period, energyWh: wanted, nonce, validUntilS } = request;
  return {
    to: formatPrivateAddress(to),
    period: String(period),
    energyWh: String(wanted),
    nonce,
    validUntilS,
    signature: given,
  };
}

/** @throws MalformedMessageError */
export function parseGenerationBody(value: unknown): Signed<GenerationRequest> {
  return readGeneration(value, "the request");
}

/** The body of `POST /attestations`. */
export function deliveryBody(request: DeliveryRequest, given: string): object {
  const { kind: _plan, side: _side, ...plan } = request.plan;
  const { kind: _match, ...match } = request.match;
  const { features, validUntilS } = request;
  return { plan, features, match, validUntilS, signature: given };
}

/** @throws MalformedMessageError */
export function parseDeliveryBody(value: unknown): Signed<DeliveryRequest> {
  const { plan, match, ...rest } = readDelivery(value, "the request");
  const sellPlan: PlanNote = { kind: "plan", side: "sell", ...plan };
  const opened: MatchNote = { kind: "match", ...match };
  return { ...rest, plan: sellPlan, match: opened };
}

/** @throws MalformedMessageError */
export function parseIssued(value: unknown): bigint {
  return readIssued(value, "the answer").commitment;
}

/** @throws MalformedMessageError */
export function parseAttestation(value: unknown): DeliveryAttestation {
  return readAttestation(value, "the answer");
}
