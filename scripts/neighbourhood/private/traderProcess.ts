// The process of a run's traders: wallets, proofs and encryption. It reaches chain and services over HTTP, and the run,
// which tells it when to do what, by messages.
import type { Provider } from "ethers";
import { chainNowS } from "../../../sdk/clients/chainTime.ts";
import { connectTo } from "../../../sdk/deployment/connectTo.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import { burnerSender } from "../../../sdk/private/client/burnerSender.ts";
import { EncryptedPlans } from "../../../sdk/private/client/encryptedPlans.ts";
import type { SentCall } from "../../../sdk/private/client/poolSender.ts";
import { PrivateParticipant } from "../../../sdk/private/client/privateParticipant.ts";
import { derivePrivateAccount } from "../../../sdk/private/derivePrivateAccount.ts";
import { MatchingRecordReads } from "../../../sdk/private/epochs/matchingRecordReads.ts";
import { GatewayClient } from "../../../sdk/private/gateway/gatewayClient.ts";
import { nodeProver } from "../../../sdk/private/prover/nodeProver.ts";
import { NoteStore } from "../../../sdk/private/store/noteStore.ts";
import { ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import { keysOf } from "../../keys/circuitKeys.ts";
import { RunKeys } from "../actors.ts";
import { Channel } from "../processes/channel.ts";
import { CountingProver } from "./countingProver.ts";
import { EncryptedDesk } from "./encryptedDesk.ts";
import { LocalCrew } from "./localCrew.ts";
import { PrivateTrader } from "./privateTrader.ts";
import type {
  RunQuestion,
  TraderOrder,
  TradersQuestion,
  TradersSetting,
} from "./traderMessages.ts";

/** What all traders share. */
interface Surroundings {
  setting: TradersSetting;
  provider: Provider;
  follower: PoolFollower;
  prover: CountingProver;
  /** Counts what is uploaded. */
  fetch: typeof fetch;
}

const keys = new RunKeys();
const running = new AbortController();
let crew: LocalCrew | undefined;

const channel = new Channel<RunQuestion, TradersQuestion>(process, async (question) => {
  switch (question.what) {
    case "start":
      crew = await startCrew(question.setting);
      return undefined;
    case "take":
      return crew!.take(question.step, running.signal);
    case "figures":
      return crew!.figures();
  }
});

// It lives for what it is asked.
process.channel!.ref();
process.on("SIGTERM", () => {
  running.abort();
  void (crew?.close() ?? Promise.resolve()).finally(() => process.exit());
});

async function startCrew(setting: TradersSetting): Promise<LocalCrew> {
  const provider = await connectTo(setting.rpcUrl);
  const follower = new PoolFollower(provider, setting.pool);
  const prover = new CountingProver(nodeProver((circuit) => keysOf(circuit)));
  const uploads = { plans: 0, bytes: 0 };
  const counting: typeof fetch = async (url, options) => {
    const answer = await fetch(url, options);
    if (options?.method === "POST" && answer.ok) {
      ++uploads.plans;
      uploads.bytes += (options.body as Uint8Array).length;
    }
    return answer;
  };
  const surroundings = { setting, provider, follower, prover, fetch: counting };
  const terms = await follower.terms();
  const traders = await Promise.all(setting.traders.map((order) => traderOf(order, surroundings)));
  return new LocalCrew({
    ...{ traders, prover, terms },
    period: setting.period,
    uploads: () => uploads,
  });
}

async function traderOf(
  { wish, wallet: index, gateway, lies }: TraderOrder,
  { setting, provider, follower, prover, fetch: ask }: Surroundings,
): Promise<PrivateTrader> {
  const wallet = keys.wallet(index);
  const pool = await follower.pool();
  const account = await derivePrivateAccount(wallet, pool, { registeredOwner: undefined });
  const store = new NoteStore(pool, account);
  const participant = new PrivateParticipant({
    ...{ account, store, follower, provider, prover },
    sender: burnerSender(provider),
    // The open market's part of the run has this wallet, too: it alone counts its nonces.
    wallet: {
      address: wallet.address,
      send: async (call) => (await channel.ask({ what: "send", wallet: index, call })) as SentCall,
    },
    auditKeys: [setting.auditKey],
  });
  const plans = new EncryptedPlans({
    ...{ pool, account },
    matcher: new ServiceClient({ url: setting.matcherUrl, pool, fetch: ask }),
    matcherAddress: setting.matcher,
    keyHolderAddress: setting.keyHolder,
    record: new MatchingRecordReads(provider, setting.record),
    epochs: new ServiceClient({ url: setting.keyHolderUrl, pool }),
  });
  return new PrivateTrader({
    wish,
    participant,
    desk: new EncryptedDesk({
      wish: { side: wish.side, features: { ...wish.features, ...lies } },
      plans,
      store,
    }),
    gateway: new GatewayClient({
      ...{ url: gateway.url, tag: gateway.tag, pool, signer: wallet },
      nowS: () => chainNowS(provider),
    }),
    recipient: wallet.address,
    log: (line) => void channel.ask({ what: "log", line }),
  });
}
