import type { Point } from "../babyJubjub.ts";
import type { EddsaSignature } from "../eddsa.ts";
import { FIELD_ORDER, SUBGROUP_ORDER } from "../field.ts";
import { packedHex, unpackHex } from "../packedPoint.ts";
import { hash as poseidon } from "../poseidon.ts";
import { MESSAGE_TAGS } from "../tags.ts";
import { bigint, hash, hexBytes, object, oneOf, uint, type Reader } from "../wire/readers.ts";
import { parseWireJson } from "../wire/wireJson.ts";
import { paddedJson } from "./padded.ts";
import { EnvelopeError } from "./uploadError.ts";

/** What travels before the ciphertext of a metered energy and its envelope. */
export interface DeliveryUploadHeader {
  /** The match's. */
  record: bigint;
  period: bigint;
  epoch: number;
  contentHash: string;
  envelopeHash: string;
}

/** Takes a delivery's header out of what somebody sent. @throws MalformedMessageError */
export const readDeliveryUpload: Reader<DeliveryUploadHeader> = object({
  record: bigint(FIELD_ORDER - 1n),
  period: bigint(2n ** 24n - 1n),
  epoch: uint(2 ** 32 - 1),
  contentHash: hash,
  envelopeHash: hash,
});

/** Who vouches for an encrypted energy: only the key holder is told, since the key names a gateway's households. */
export interface DeliveryEnvelope {
  gatewayKey: Point;
  /** Of {@link meteredMessage}. */
  signature: EddsaSignature;
}

/**
 * What a gateway signs of an encrypted energy.
 * @param scope of the pool, see `scopeOf`
 */
export function meteredMessage(scope: bigint, record: bigint, contentHash: string): bigint {
  return poseidon(MESSAGE_TAGS.metered, scope, record, BigInt(contentHash) % FIELD_ORDER);
}

const FORMAT = "sealwatt delivery envelope 1";
const readEnvelope = object({
  format: oneOf(FORMAT),
  gatewayKey: hexBytes(32),
  r: hexBytes(32),
  s: bigint(SUBGROUP_ORDER - 1n),
});

export function encodeDeliveryEnvelope({ gatewayKey, signature }: DeliveryEnvelope): Uint8Array {
  return paddedJson({
    format: FORMAT,
    gatewayKey: packedHex(gatewayKey),
    r: packedHex(signature.r),
    s: signature.s,
  });
}

/** @throws EnvelopeError */
export function decodeDeliveryEnvelope(plain: Uint8Array): DeliveryEnvelope {
  try {
    const { gatewayKey, r, s } = readEnvelope(parseWireJson(plain), "envelope");
    return {
      gatewayKey: unpackHex("The gateway's key", gatewayKey),
      signature: { r: unpackHex("The signature's R", r), s },
    };
  } catch {
    throw new EnvelopeError("delivery's envelope", "does not hold a gateway's key and signature");
  }
}
