import {
  JsonRpcApiProvider,
  Network,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
} from "ethers";
import { BaseError } from "../errors.ts";

/** What answers JSON-RPC requests. */
export type RpcRequest = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** An ethers provider that asks a function, without caching or batching of its own. */
export class FunctionProvider extends JsonRpcApiProvider {
  readonly #request: RpcRequest;

  constructor(request: RpcRequest, chainId: bigint | number) {
    const network = Network.from(chainId);
    super(network, { staticNetwork: network, batchMaxCount: 1, cacheTimeout: -1 });
    this.#request = request;
    this._start();
  }

  override async _send(
    payload: JsonRpcPayload | JsonRpcPayload[],
  ): Promise<(JsonRpcResult | JsonRpcError)[]> {
    const payloads = Array.isArray(payload) ? payload : [payload];
    return Promise.all(
      payloads.map(async ({ id, method, params }) => {
        try {
          return { id, result: await this.#request(method, params as unknown[]) };
        } catch (error) {
          // Not the answer of a node: that none answers, or only another chain's. It reaches the caller as it is.
          if (error instanceof BaseError) throw error;
          const {
            code = -32_603,
            message,
            data,
          } = error as { code?: number; message: string; data?: unknown };
          return { id, error: { code, message, data } };
        }
      }),
    );
  }
}
