import { FetchRequest, JsonRpcProvider } from "ethers";
import { ChainUnreachableError } from "../clients/revertError.ts";
import { showValue } from "../errors.ts";

const TIMEOUT_MS = 10_000;

/** Paths and user names of URLs may hold keys. */
function withoutSecrets(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return url;
  }
}

function unreachable(
  url: string,
  details: string,
  more: { mayPass?: boolean; cause?: unknown },
): ChainUnreachableError {
  return new ChainUnreachableError(
    `No Ethereum node answers at ${showValue(withoutSecrets(url))}.`,
    { details, metaMessages: ["Start it, or correct the URL."], ...more },
  );
}

/**
 * A provider for the node at a URL, which has answered once; ethers itself would ask for ever. Destroy it when done.
 * @throws ChainUnreachableError
 */
export async function connectTo(url: string): Promise<JsonRpcProvider> {
  if (!/^https?:\/\//.test(url))
    throw unreachable(url, "the URL does not begin with http:// or https://", { mayPass: false });
  const request = new FetchRequest(url);
  request.timeout = TIMEOUT_MS;
  request.setThrottleParams({ maxAttempts: 1 });
  request.body = { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] };
  let chainId: bigint;
  try {
    const response = await request.send();
    response.assertOk();
    chainId = BigInt((response.bodyJson as { result: string }).result);
  } catch (error) {
    throw unreachable(url, (error as Error).message, { cause: error });
  }
  return new JsonRpcProvider(url, chainId, { staticNetwork: true });
}
