import { MarketReads } from "../../sdk/clients/marketReads.ts";
import { readView, registryInterface } from "../../sdk/clients/contractHandle.ts";
import { toRevertError } from "../../sdk/clients/revertError.ts";
import { BaseError } from "../../sdk/errors.ts";
import { FunctionProvider } from "../../sdk/rpc/functionProvider.ts";
import type { OracleConfig } from "../config/config.ts";
import { httpNode, type HttpNode } from "../sending/httpRequest.ts";
import { toBigInt } from "../sending/rpc.ts";
import { bad, failed, good, type Finding } from "./finding.ts";

type MarketConfig = OracleConfig["market"];

const TIMEOUT_MS = 5_000;

/** What nodes say of the chain and the market; the market as the first of them that has it sees it. */
export async function checkNodes(
  config: MarketConfig,
): Promise<{ findings: Finding[]; reads: MarketReads | undefined }> {
  const nodes = config.rpc.map((url) => httpNode(url.reveal()));
  const all = await Promise.all(nodes.map((node) => checkNode(node, config)));
  return {
    findings: all.map(({ finding }) => finding),
    reads: all.find(({ reads }) => reads !== undefined)?.reads,
  };
}

async function checkNode(
  { name, request }: HttpNode,
  { market, registry, chainId }: MarketConfig,
): Promise<{ finding: Finding; reads?: MarketReads }> {
  const place = { what: "node", where: name };
  const ask = (method: string, params: readonly unknown[]) =>
    request(method, params, AbortSignal.timeout(TIMEOUT_MS));
  try {
    const actual = toBigInt(await ask("eth_chainId", []));
    if (actual !== chainId) {
      return {
        finding: bad(
          place,
          `It is on chain ${actual}, not on chain ${chainId}.`,
          "Correct this URL of market.rpc, or market.chainId.",
        ),
      };
    }
    const provider = new FunctionProvider(ask, chainId);
    const reads = await MarketReads.connect(provider, { market, registry }, { chainId });
    const fault = await findRegistryFault(reads);
    if (fault !== undefined) {
      return { finding: bad(place, fault, "Copy market.registry from the market's address book.") };
    }
    const block = await provider.getBlockNumber();
    return { finding: good(place, `chain ${chainId}, block ${block}`), reads };
  } catch (error) {
    return { finding: failed(place, asUserError(error)) };
  }
}

async function findRegistryFault({
  provider,
  addresses,
}: MarketReads): Promise<string | undefined> {
  const { market, registry } = addresses;
  if ((await provider.getCode(registry)) === "0x")
    return `There is no contract at the registry's address ${registry}.`;
  let served: unknown;
  try {
    [served] = await readView(provider, registry, registryInterface, "market");
  } catch {
    return `The contract at ${registry} is no registry.`;
  }
  return served === market
    ? undefined
    : `The registry ${registry} is of the market ${String(served)}.`;
}

/** Whatever a node answers with is for the user to mend. */
function asUserError(error: unknown): BaseError {
  const known = toRevertError(error);
  return known instanceof BaseError
    ? known
    : new BaseError("It does not answer as the node of a market does.", {
        metaMessages: ["Check the URL and market.address."],
        details: known.message,
      });
}
