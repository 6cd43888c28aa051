import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { JsonRpcProvider } from "ethers";

/** What a private market on a chain of its own is made with. */
export interface PrivateChainOptions {
  participants: number;
  /** With the circuits' verifiers; else with those that take a circuit's number for a proof. */
  isProven: boolean;
  /** What each participant has, as a decimal number. */
  wealthNano: string;
  /** Circuits whose verifiers are real where not all are. */
  proven?: readonly string[];
  /** Of the open market's and the pool's periods, in seconds. */
  periodLength?: number;
  /** Rules of the pool that are not the usual ones, in seconds. */
  terms?: Partial<Record<"plansLead" | "proposalsLead" | "confirmationTime", number>>;
  /** Whose own keys have the roles: the key holder matches as well. */
  services?: { keyHolder: string; gateway: string; gatewayTag: string };
}

/** Where it is. */
export interface PrivateChainPlace {
  url: string;
  chainId: number;
  pool: string;
  /** The record of its matching. */
  record: string;
  token: string;
  /** The last block before anybody has done anything. */
  block: number;
  /** Addresses; the node signs for them. */
  people: string[];
  matcher: string;
  keyHolder: string;
  gateway: string;
}

export interface PrivateChain extends PrivateChainPlace {
  provider: JsonRpcProvider;
  /** Mines a block at a time of the chain. */
  goTo: (timeS: number) => Promise<void>;
  stop: () => Promise<void>;
}

const PROCESS = path.join(import.meta.dirname, "privateChain.ts");

/** Starts a node with a private market in a process of its own. */
export async function startPrivateChain(options: PrivateChainOptions): Promise<PrivateChain> {
  const child = fork(PROCESS, [JSON.stringify(options)], { execArgv: [] });
  const started = once(child, "message") as Promise<[PrivateChainPlace]>;
  const ended = once(child, "exit").then(([code]): never => {
    throw new Error(`The chain's process ended with code ${String(code)}.`);
  });
  const [place] = await Promise.race([started, ended]);
  ended.catch(() => undefined);
  const provider = new JsonRpcProvider(place.url, place.chainId, {
    staticNetwork: true,
    batchMaxCount: 1,
    cacheTimeout: -1,
    pollingInterval: 10,
  });
  return {
    ...place,
    provider,
    async goTo(timeS) {
      await provider.send("evm_setNextBlockTimestamp", [timeS]);
      await provider.send("evm_mine", []);
    },
    async stop() {
      provider.destroy();
      child.kill();
      await ended.catch(() => undefined);
    },
  };
}
