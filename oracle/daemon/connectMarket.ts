import { setTimeout as pause } from "node:timers/promises";
import { MarketReads, NoMarketError, type MarketConstants } from "../../sdk/clients/marketReads.ts";
import { WrongChainError } from "../../sdk/deployment/checkDeployment.ts";
import { BaseError } from "../../sdk/errors.ts";
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

/** How long all nodes must have said the same before it is believed that there is no such market. */
const BELIEVED_AFTER_MS = 60_000;

/** A node that has not synchronised yet has no code at any address. */
const isUseful = (answer: unknown) => typeof answer === "string" && answer !== "0x";

/**
 * The gateway's market. Where no node tells of it, whatever the nodes say in its place, it is the one that the store
 * remembers: what guards sending looks at the chain itself. Without that it waits for a node that does.
 * @throws WrongChainError, NoMarketError where nothing is remembered and every node has said so for a while
 */
export async function connectMarket(
  { market, registry, chainId }: OracleConfig["market"],
  endpoints: Endpoints,
  store: GatewayStore,
  log: Log,
  signal: AbortSignal,
  believedAfterMs = BELIEVED_AFTER_MS,
): Promise<MarketReads> {
  const provider = new FunctionProvider(
    (method, params) => endpoints.request(method, params),
    chainId,
  );
  const asking = new FunctionProvider(
    (method, params) => endpoints.request(method, params, isUseful),
    chainId,
  );
  let deniedSinceMs: number | undefined;
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
    signal.throwIfAborted();
    const found = await MarketReads.connect(asking, { market, registry }, { chainId }).catch(
      (error: unknown) => error,
    );
    if (found instanceof MarketReads) {
      const { genesis, periodLength } = found.constants;
      const { token } = found.addresses;
      const known: Remembered = { genesis, periodLength, market, registry, token };
      store.remember(MARKET, known);
      return MarketReads.of(provider, found.addresses, { chainId, genesis, periodLength });
    }
    if (!(found instanceof BaseError)) throw found;
    signal.throwIfAborted();
    const { shortMessage: problem, details } = found;
    log.warn("no node tells of the market", { problem, details }, { repeatKey: "connect" });
    const known = store.recall(MARKET) as Remembered | undefined;
    if (known?.market === market && known.registry === registry) {
      const { token, genesis, periodLength } = known;
      const constants = { chainId, genesis, periodLength };
      return MarketReads.of(provider, { market, registry, token }, constants);
    }
    if (!isDenial(found, endpoints)) deniedSinceMs = undefined;
    else if (performance.now() - (deniedSinceMs ??= performance.now()) >= believedAfterMs)
      throw found;
    await pause(retryMs, undefined, { signal });
  }
}

/** Whether every node says that its chain is another, or has no market. */
function isDenial(error: BaseError, endpoints: Endpoints): boolean {
  if (error instanceof WrongChainError) return true;
  return (
    error instanceof NoMarketError && endpoints.status().every(({ failures }) => failures === 0)
  );
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
