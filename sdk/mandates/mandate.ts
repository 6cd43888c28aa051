import type { Signer, TypedDataDomain } from "ethers";

/** A right to seal orders for a participant within limits; see `Mandate` in `IMarketEvents`. */
export interface Mandate {
  participant: number;
  agent: string;
  minPriceMicroPerKwh: number;
  maxPriceMicroPerKwh: number;
  spendingLimitNano: bigint;
  /** Unix seconds. */
  expiry: number;
}

/** The EIP-712 type that a participant signs. */
export const MANDATE_TYPES = {
  Mandate: [
    { name: "participant", type: "uint24" },
    { name: "agent", type: "address" },
    { name: "minPriceMicroPerKwh", type: "uint32" },
    { name: "maxPriceMicroPerKwh", type: "uint32" },
    { name: "spendingLimitNano", type: "uint88" },
    { name: "expiry", type: "uint40" },
    { name: "nonce", type: "uint256" },
  ],
};

/**
 * Signs a mandate with the key that owns the participant's account.
 * @param nonce the owner's nonce in the market
 */
export function signMandate(
  owner: Signer,
  domain: TypedDataDomain,
  mandate: Mandate,
  nonce: bigint,
): Promise<string> {
  return owner.signTypedData(domain, MANDATE_TYPES, { ...mandate, nonce });
}
