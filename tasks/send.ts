import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import { BaseError } from "../sdk/errors.ts";

/** Sends a transaction and waits until it is mined. */
export async function send(
  transaction: Promise<ContractTransactionResponse>,
): Promise<ContractTransactionReceipt> {
  const response = await transaction;
  const receipt = await response.wait();
  if (receipt !== null) return receipt;
  throw new BaseError(`Transaction ${response.hash} was not mined.`, {
    metaMessages: ["Check that the chain makes blocks."],
  });
}
