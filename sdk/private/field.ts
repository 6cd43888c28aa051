import { BaseError } from "../errors.ts";

/** The order of BN254's scalar field: every number of a circuit is below it. */
export const FIELD_ORDER =
  21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** The order l of Baby Jubjub's prime subgroup: every private scalar is below it. */
export const SUBGROUP_ORDER =
  2736030358979909402780800718157159386076813972158567259200215660948447373041n;

/** Largest values of what notes hold, as the circuits check them. */
export const MAX_AMOUNT_NANO = 2n ** 64n - 1n;
export const MAX_PLAN_ENERGY_WH = 2n ** 28n - 1n;
export const MAX_PLAN_PRICE = 2n ** 32n - 1n;
export const MAX_PERIOD = 2n ** 24n - 1n;

/** A number lies outside of what it must be. The number itself may be a secret, and is not told. */
export class OutOfRangeError extends BaseError {
  override name = "OutOfRangeError";

  constructor(field: string, range: string) {
    super(`${field} is not ${range}.`, {
      metaMessages: ["Take it from where it was made; it may have been cut or changed on its way."],
    });
  }
}

/**
 * Numbers are taken as bigint only: a number or a text that JavaScript would convert has been somewhere it should not.
 * @param field what it is, for the message
 */
export function requireWithin(field: string, value: bigint, least: bigint, most: bigint): bigint {
  if (typeof value !== "bigint" || value < least || value > most) {
    throw new OutOfRangeError(field, `a bigint from ${least} to ${most}`);
  }
  return value;
}

/** @throws OutOfRangeError where the value is not canonical: below the field's order */
export function requireField(field: string, value: bigint): bigint {
  if (typeof value !== "bigint" || value < 0n || value >= FIELD_ORDER) {
    throw new OutOfRangeError(field, "a field element, a bigint from 0 to below the field's order");
  }
  return value;
}

/** @throws OutOfRangeError unless the value is from 1 to below the subgroup's order */
export function requireScalar(field: string, value: bigint): bigint {
  if (typeof value !== "bigint" || value <= 0n || value >= SUBGROUP_ORDER) {
    throw new OutOfRangeError(field, "a scalar, a bigint from 1 to below the subgroup's order");
  }
  return value;
}

/** Addition in the field. */
export function addInField(left: bigint, right: bigint): bigint {
  return (left + right) % FIELD_ORDER;
}

/** Subtraction in the field, of elements. */
export function subtractInField(left: bigint, right: bigint): bigint {
  return (left + FIELD_ORDER - right) % FIELD_ORDER;
}
