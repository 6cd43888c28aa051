import { decodeBytes32String, Interface, type ErrorDescription } from "ethers";
import { ACCESS_MANAGER_ABI } from "../abi/accessManager.ts";
import { COMMUNITY_CURRENCY_ABI } from "../abi/communityCurrency.ts";
import { ENERGY_MARKET_ABI } from "../abi/energyMarket.ts";
import { FORWARDER_ABI } from "../abi/forwarder.ts";
import { MATCHING_RECORD_ABI } from "../abi/matchingRecord.ts";
import { PRIVATE_MARKET_ABI } from "../abi/privateMarket.ts";
import { REGISTRY_ABI } from "../abi/registry.ts";
import { WRAPPED_ETHER_ABI } from "../abi/wrappedEther.ts";

/** An error of a contract: the reason of a refusal, or what a call reverted with. */
export interface ContractError {
  /** As in the contract; `UnknownError` where no contract of the market has its selector. */
  name: string;
  /** By name, in the contract's order; `data` holds the bytes of an unknown error. */
  args: Record<string, unknown>;
}

const CONTRACT_ABIS = [
  ENERGY_MARKET_ABI,
  REGISTRY_ABI,
  COMMUNITY_CURRENCY_ABI,
  WRAPPED_ETHER_ABI,
  PRIVATE_MARKET_ABI,
  MATCHING_RECORD_ABI,
  FORWARDER_ABI,
  ACCESS_MANAGER_ABI,
];

const errors = new Interface([
  ...new Set(CONTRACT_ABIS.flatMap((abi) => abi.filter((line) => line.startsWith("error ")))),
]);

/**
 * The error that bytes encode: the `reason` of `OpeningRefused` and `ReadingRefused`, or the data of a revert.
 * Never throws, since what an unknown contract reverts with is anybody's.
 */
export function decodeContractError(data: string): ContractError {
  try {
    const parsed = errors.parseError(data);
    if (parsed !== null) return { name: parsed.name, args: nameValues(parsed) };
  } catch {
    // A known selector with other contents.
  }
  return { name: "UnknownError", args: { data } };
}

/** An error on one line, with its values: `GateClosed(period 12, closedAt 1760000180)`. */
export function formatContractError({ name, args }: ContractError): string {
  const values = Object.entries(args).map(([key, value]) => `${key} ${String(value)}`);
  return values.length === 0 ? name : `${name}(${values.join(", ")})`;
}

// Solidity's own errors, Error(string) and Panic(uint256), have values without a name. A rule's name is text.
function nameValues({ fragment, args }: ErrorDescription): Record<string, unknown> {
  return Object.fromEntries(
    fragment.inputs.map(({ name, type }, index) => [
      name === "" ? "value" : name,
      name === "name" && type === "bytes32"
        ? decodeBytes32String(args[index] as string)
        : args[index],
    ]),
  );
}
