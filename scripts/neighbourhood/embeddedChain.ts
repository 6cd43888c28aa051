import { fileURLToPath } from "node:url";
import type { JsonRpcApiProvider } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";
import { FunctionProvider, type RpcRequest } from "../../sdk/rpc/functionProvider.ts";

/** Chain id of Hardhat's simulated network, which wallets know as a development chain. */
export const EMBEDDED_CHAIN_ID = 31_337;
/** The development mnemonic that every Ethereum tool knows: its keys protect nothing. */
export const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";

const BLOCK_GAS_LIMIT = 60_000_000n;
/** So that the chain's time goes on while nobody sends anything. */
const BLOCK_INTERVAL_MS = 1_000;

/** A chain in this process. */
export interface EmbeddedChain {
  connection: NetworkConnection;
  request: RpcRequest;
  provider: JsonRpcApiProvider;
  close(): Promise<void>;
}

/** How the chain keeps time. */
export interface ChainTime {
  /** The time of the next block in unix seconds; the machine's unless given. */
  blockTimeS?: () => number;
  /** Unix seconds at which the chain begins, where `blockTimeS` is given. */
  startS?: number;
}

/** The Hardhat project that this file belongs to, wherever the process was started. */
export async function loadHardhat(): Promise<HardhatRuntimeEnvironment> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const [{ createHardhatRuntimeEnvironment }, { default: config }] = await Promise.all([
    import("hardhat/hre"),
    import("../../hardhat.config.ts"),
  ]);
  return createHardhatRuntimeEnvironment(config, { config: `${root}hardhat.config.ts` }, root);
}

/**
 * Starts a chain in this process: blocks as transactions come and once a second, without a base fee.
 * @param accounts how many accounts of the development mnemonic have ether
 */
export async function startEmbeddedChain(
  hre: HardhatRuntimeEnvironment,
  { accounts }: { accounts: number },
  { blockTimeS, startS = 0 }: ChainTime = {},
): Promise<EmbeddedChain> {
  const connection = await hre.network.create({
    network: "default",
    override: {
      chainId: EMBEDDED_CHAIN_ID,
      accounts: { count: accounts, mnemonic: DEVELOPMENT_MNEMONIC },
      initialBaseFeePerGas: 0,
      blockGasLimit: BLOCK_GAS_LIMIT,
      allowBlocksWithSameTimestamp: true,
      throwOnTransactionFailures: false,
      mining: { auto: true, interval: blockTimeS === undefined ? BLOCK_INTERVAL_MS : 0 },
      ...(blockTimeS === undefined ? {} : { initialDate: new Date(startS * 1000) }),
    },
  });
  let queue: Promise<unknown> = Promise.resolve();
  const direct: RpcRequest = (method, params) =>
    connection.provider.request({ method, params: [...params] });
  // A chain without a clock of its own: every block gets the time that the simulation has.
  const timed: RpcRequest = (method, params) => {
    // The pending block would be of the machine's time.
    if (method === "eth_call" && params[1] === "pending")
      return direct(method, [params[0], "latest"]);
    if (method === "eth_getBlockByNumber" && params[0] === "pending")
      return direct(method, ["latest", params[1]]);
    if (!MINING.has(method)) return direct(method, params);
    const result = queue.then(async () => {
      await direct("evm_setNextBlockTimestamp", [Math.floor(blockTimeS!())]);
      return direct(method, params);
    });
    queue = result.catch(() => undefined);
    return result;
  };
  const request = blockTimeS === undefined ? direct : timed;
  if (blockTimeS === undefined) await alignClock(direct);
  const provider = new FunctionProvider(request, EMBEDDED_CHAIN_ID);
  return {
    connection,
    request,
    provider,
    async close() {
      provider.destroy();
      await connection.close();
    },
  };
}

/** The simulated network starts a second behind the machine's clock. */
async function alignClock(request: RpcRequest): Promise<void> {
  const { timestamp } = (await request("eth_getBlockByNumber", ["pending", false])) as {
    timestamp: string;
  };
  const lagS = Math.floor(Date.now() / 1000) - Number(timestamp);
  if (lagS > 0) await request("evm_increaseTime", [lagS]);
}

/** What makes a block. */
const MINING = new Set([
  "eth_sendRawTransaction",
  "eth_sendTransaction",
  "evm_mine",
  "hardhat_mine",
]);
