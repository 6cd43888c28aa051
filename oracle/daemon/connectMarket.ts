import { setTimeout as pause } from "node:timers/promises";
import { MarketReads, type MarketConstants } from "../../sdk/clients/marketReads.ts";
import { ChainUnreachableError } from "../../sdk/clients/revertError.ts";
import { FunctionProvider } from "../../sdk/rpc/functionProvider.ts";
import type { OracleConfig } from "../config/config.ts";
import type { Log } from "../operations/log.ts";
import type { Endpoints } from "../sending/endpoints.ts";
import type { GatewayStore } from "../store/gatewayStore.ts";
import type { Binding, BindingMemory } from "./chainFollower.ts";

/** What of a market is remembered, as JSON. */
type Remembered = Pick<MarketConstants, "genesis" | "periodLength"> & {
  market: string;
  registry: string;
  token: string;
};

const MARKET = "market";
/** With another name for another form, so that what an earlier version remembered is not taken for it. */
const BINDINGS = "bindings/2";
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/**
 * The gateway's market. Where no node answers it is the one that the store remembers; without that it waits for a node.
 * @throws WrongChainError, NoMarketError
 */
export async function connectMarket(
  { market, registry, chainId }: OracleConfig["market"],
  endpoints: Endpoints,
  store: GatewayStore,
  log: Log,
  signal: AbortSignal,
): Promise<MarketReads> {
  const provider = new FunctionProvider(
    (method, params) => endpoints.request(method, params),
    chainId,
  );
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
    signal.throwIfAborted();
    try {
      const reads = await MarketReads.connect(provider, { market, registry }, { chainId });
      const { genesis, periodLength } = reads.constants;
      const { token } = reads.addresses;
      store.remember(MARKET, {
        genesis,
        periodLength,
        market,
        registry,
        token,
      } satisfies Remembered);
      return reads;
    } catch (error) {
      if (!(error instanceof ChainUnreachableError)) throw error;
      const known = store.recall(MARKET) as Remembered | undefined;
      log.warn("no node answers", { problem: error.shortMessage }, { repeatKey: "connect" });
      if (known?.market === market && known.registry === registry) {
        const { token, genesis, periodLength } = known;
        const constants = { chainId, genesis, periodLength };
        return MarketReads.of(provider, { market, registry, token }, constants);
      }
      await pause(retryMs, undefined, { signal });
    }
  }
}

/** Bindings as a store remembers them. */
export function bindingMemory(store: GatewayStore): BindingMemory {
  return {
    recall: () =>
      JSON.parse(JSON.stringify(store.recall(BINDINGS) ?? []), (key, value: unknown) =>
        key.endsWith("Wh") ? BigInt(value as string) : value,
      ) as Binding[],
    remember: (bindings) => {
      store.remember(
        BINDINGS,
        JSON.parse(
          JSON.stringify(bindings, (_, value: unknown) =>
            typeof value === "bigint" ? value.toString() : value,
          ),
        ),
      );
    },
  };
}
