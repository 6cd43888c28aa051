import { toQuantity } from "ethers";
import { ContractRevertedError, toRevertError } from "../../sdk/clients/revertError.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Receipt } from "./rpc.ts";
import type { StoredTransaction } from "./transactionStore.ts";

/** Why a mined transaction did nothing, by calling it once more where it was mined. */
export async function revertReason(
  endpoints: Endpoints,
  { from, to, data, gasLimit }: StoredTransaction,
  { gasUsed, block }: Receipt,
): Promise<string> {
  if (gasUsed >= gasLimit) return `out of gas: it used all of its limit of ${gasLimit}`;
  const call = { from, to, data, gas: toQuantity(gasLimit) };
  try {
    await endpoints.request("eth_call", [call, toQuantity(block.number)]);
  } catch (error) {
    const reason = toRevertError(error);
    if (reason instanceof ContractRevertedError) return reason.shortMessage;
  }
  return "it reverted without a reason";
}
