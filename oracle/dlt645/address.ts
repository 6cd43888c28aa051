import { BaseError, showValue } from "../../sdk/errors.ts";

/** Every meter answers to it, so that one alone may be on the line. */
export const ANY_ADDRESS = "AAAAAAAAAAAA";
/** Every meter obeys it, none answers. */
export const BROADCAST_ADDRESS = "999999999999";

const WILDCARD = "AA";

/** The text is no address of one meter. */
export class MeterAddressError extends BaseError {
  override name = "MeterAddressError";

  constructor(address: unknown) {
    super(`${showValue(address)} is no DL/T 645 address of a meter.`, {
      metaMessages: [
        "Give the twelve digits on its nameplate, in quotes, with leading zeros; AA (a wildcard) and 999999999999 (all meters) name no single one.",
      ],
    });
  }
}

/**
 * The address of one meter, in upper case. Letters pass, since some meters carry them.
 * @throws MeterAddressError
 */
export function parseMeterAddress(text: string): string {
  const address = text.toUpperCase();
  const hasWildcard = address.match(/../g)?.some((byte) => byte === WILDCARD) ?? false;
  if (!/^[0-9A-F]{12}$/.test(address) || hasWildcard || address === BROADCAST_ADDRESS)
    throw new MeterAddressError(text);
  return address;
}

/** Whether an address is among those that another with wildcards stands for. */
export function matchesAddress(pattern: string, address: string): boolean {
  if (pattern === address) return true;
  for (let index = 0; index < pattern.length; index += 2) {
    const byte = pattern.slice(index, index + 2);
    if (byte !== WILDCARD && byte !== address.slice(index, index + 2)) return false;
  }
  return pattern.length === address.length;
}
