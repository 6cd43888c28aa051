import { AbiCoder, getAddress, keccak256 } from "ethers";
import type { PoolId } from "./pool.ts";

/** Circuits by name, with the number that contexts and signatures have for them. */
export const CIRCUIT_IDS = {
  Deposit: 1n,
  Generation: 2n,
  Withdraw: 3n,
  Merge: 4n,
  SellPlan: 5n,
  BuyPlan: 6n,
  ConfirmSell: 7n,
  ConfirmBuy: 8n,
  Actual: 9n,
  SettleSell: 10n,
  SettleBuy: 11n,
  Refund: 12n,
  Participant: 13n,
} as const;

export type CircuitName = keyof typeof CIRCUIT_IDS;

/**
 * What a proof is bound to beside its other signals. Cut to 248 bits, and so a field element.
 * @param deadlineS the last second at which the pool takes it
 * @param bound what the circuit's row of section 6 of the protocol adds, a word each; addresses by `addressWord`
 */
export function contextOf(
  { chainId, pool }: PoolId,
  circuit: CircuitName,
  deadlineS: bigint,
  bound: readonly bigint[] = [],
): bigint {
  const words = [chainId, addressWord(pool), CIRCUIT_IDS[circuit], deadlineS, ...bound];
  const types = words.map(() => "uint256");
  return BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(types, words))) >> 8n;
}

/** An address as a word of a context. */
export function addressWord(address: string): bigint {
  return BigInt(getAddress(address));
}
