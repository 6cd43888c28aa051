import type { Point } from "./babyJubjub.ts";
import { signMessage, verifySignature, type EddsaKeys, type EddsaSignature } from "./eddsa.ts";
import { requireEnergyWh } from "./notes.ts";
import { scopeOf, type PoolId } from "./pool.ts";
import { hash } from "./poseidon.ts";
import { TAGS } from "./tags.ts";

/** What a gateway says was delivered of a match. Who has it can prove it, and gains nothing by it. */
export interface DeliveryAttestation {
  gatewayKey: Point;
  /** The commitment of the match. */
  match: bigint;
  energyWh: bigint;
  signature: EddsaSignature;
}

/**
 * What a gateway signs.
 * @param scope of the pool, see `scopeOf`
 * @param match the commitment of the match
 * @throws OutOfRangeError
 */
export function deliveryMessage(scope: bigint, match: bigint, energyWh: bigint): bigint {
  return hash(TAGS.delivery, scope, match, requireEnergyWh(energyWh));
}

/**
 * Signs what was delivered of a match. A gateway does so once for each match: whichever of two comes to the chain first
 * counts. That it is the match's gateway, and has metered so much, it must have seen before.
 */
export function attestDelivery(
  keys: EddsaKeys,
  pool: PoolId,
  match: bigint,
  energyWh: bigint,
): DeliveryAttestation {
  const signature = signMessage(keys, deliveryMessage(scopeOf(pool), match, energyWh));
  return { gatewayKey: keys.spendKey, match, energyWh, signature };
}

/**
 * Whether an attestation is of its gateway's key, for this pool.
 * @throws OutOfRangeError where match or energy is no number that a circuit takes
 */
export function verifyAttestation(
  pool: PoolId,
  { gatewayKey, match, energyWh, signature }: DeliveryAttestation,
): boolean {
  return verifySignature(gatewayKey, deliveryMessage(scopeOf(pool), match, energyWh), signature);
}
