import { Interface } from "ethers";
import { ENERGY_MARKET_ABI } from "../abi/energyMarket.ts";
import { decodeContractError, formatContractError } from "../events/contractError.ts";

/** Why the market must refuse something: the encoded error. */
export type Fault = string;

const market = new Interface(ENERGY_MARKET_ABI);

/** The fault with a name and values, as the market encodes it. */
export function faultOf(name: string, ...values: readonly unknown[]): Fault {
  return market.encodeErrorResult(name, values);
}

/** A fault on one line. */
export function showFault(fault: Fault): string {
  return formatContractError(decodeContractError(fault));
}
