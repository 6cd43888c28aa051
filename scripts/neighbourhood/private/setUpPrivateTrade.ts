import { join } from "node:path";
import { encodeCall } from "../../../sdk/clients/contractHandle.ts";
import type { MarketReads } from "../../../sdk/clients/marketReads.ts";
import type { OperatorClient } from "../../../sdk/clients/operatorClient.ts";
import type { ParticipantClient } from "../../../sdk/clients/participantClient.ts";
import { TransactionSender } from "../../../sdk/clients/transactionSender.ts";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import { poolInterface } from "../../../sdk/private/chain/poolInterface.ts";
import { burnerSender } from "../../../sdk/private/client/burnerSender.ts";
import { PrivateParticipant } from "../../../sdk/private/client/privateParticipant.ts";
import { derivePrivateAccount } from "../../../sdk/private/derivePrivateAccount.ts";
import { FollowedGatewayPool } from "../../../sdk/private/gateway/followedGatewayPool.ts";
import { gatewayKeysOf } from "../../../sdk/private/gateway/gatewayKeys.ts";
import type { MeterBook } from "../../../sdk/private/gateway/gatewayPool.ts";
import { PrivateGateway } from "../../../sdk/private/gateway/privateGateway.ts";
import { VouchLedger } from "../../../sdk/private/gateway/vouchLedger.ts";
import { FollowedMatcherPool } from "../../../sdk/private/matcher/followedMatcherPool.ts";
import { PlainMatcher } from "../../../sdk/private/matcher/plainMatcher.ts";
import { nodeProver } from "../../../sdk/private/prover/nodeProver.ts";
import { NoteStore } from "../../../sdk/private/store/noteStore.ts";
import { keysOf } from "../../keys/circuitKeys.ts";
import type { RunKeys } from "../actors.ts";
import type { EmbeddedChain } from "../embeddedChain.ts";
import type { Resident } from "../neighbourhood.ts";
import type { MarketObserver } from "../observer.ts";
import type { Treasury } from "../treasury.ts";
import { chooseTraders, depositNano, type PrivateWish } from "./chooseTraders.ts";
import { CountingProver } from "./countingProver.ts";
import { marketMeters } from "./marketMeters.ts";
import { PrivateTrade } from "./privateTrade.ts";
import { PrivateTrader } from "./privateTrader.ts";

/** What a run has for its private trades. */
export interface PrivateSetting {
  pool: string;
  keys: RunKeys;
  chain: EmbeddedChain;
  reads: MarketReads;
  observer: MarketObserver;
  treasury: Treasury;
  operatorClient: OperatorClient;
  residents: readonly Resident[];
  /** In the residents' order. */
  clients: readonly ParticipantClient[];
  /** The delivery period of all private trades. */
  period: number;
  /** See {@link PrivateTradeParts}. */
  settledAfter: number;
  /** The quarter-hour of the profiles that it stands for. */
  slot: number;
  /** How many trade. */
  count: number;
  seed: number;
  /** Where the gateways keep their ledgers. */
  folder: string;
  nowS: () => number;
  log: (line: string) => void;
  progress: (line: string) => void;
}

const GATEWAYS = 2;

/** Puts everything up for private trades; nobody acts before {@link PrivateTrade.run}. */
export async function setUpPrivateTrade(setting: PrivateSetting): Promise<PrivateTrade> {
  const { chain, keys, pool, reads, observer, residents, nowS, period, slot, progress } = setting;
  const { provider } = chain;
  const wishes = chooseTraders(residents, setting);
  const follower = new PoolFollower(provider, pool);
  const prover = new CountingProver(nodeProver((circuit) => keysOf(circuit)));
  await publishAuditKey(setting);
  await follower.sync();
  const terms = await follower.terms();
  const matcherSender = await TransactionSender.of(keys.matcher().connect(provider));
  const matcherPool = await FollowedMatcherPool.connect(follower, matcherSender, [
    publishedKey(setting),
  ]);
  const matcher = new PlainMatcher(matcherPool, nowS);
  const ledgers: VouchLedger[] = [];
  try {
    const gateways: PrivateGateway[] = [];
    for (let index = 0; index < GATEWAYS; ++index) {
      const behind = residents.filter((_, at) => at % GATEWAYS === index);
      const meters = marketMeters({ reads, observer, follower, residents: behind });
      const ledger = await openLedger(setting, follower, index);
      ledgers.push(ledger);
      gateways.push(await setUpGateway(setting, { follower, prover, meters, ledger, index }));
    }
    const traders: PrivateTrader[] = [];
    for (const wish of wishes) {
      const at = residents.indexOf(wish.resident);
      const participant = await setUpParticipant(setting, wish, follower, prover);
      const gateway = gateways[at % GATEWAYS]!;
      traders.push(new PrivateTrader({ wish, participant, matcher, gateway, log: setting.log }));
    }
    return new PrivateTrade({
      follower,
      terms,
      traders,
      matcher,
      prover,
      ledgers,
      observer,
      period,
      settledAfter: setting.settledAfter,
      slot,
      auditScalar: keys.auditScalar(),
      walletOf: ({ wish }) => clientOf(setting, wish).sender.address,
      progress,
    });
  } catch (error) {
    for (const ledger of ledgers) ledger.close();
    throw error;
  }
}

function clientOf({ clients, residents }: PrivateSetting, { resident }: PrivateWish) {
  return clients[residents.indexOf(resident)]!;
}

async function publishAuditKey({ keys, chain, pool }: PrivateSetting): Promise<void> {
  const regulator = await keys.sender("regulator", chain.provider);
  const { key, eighth } = auditKeyOf(keys.auditScalar());
  await regulator.send(encodeCall(pool, poolInterface, "setAuditKey", [key, eighth]));
}

/** The key as the regulator tells it everybody, so that nobody believes a node about it. */
function publishedKey({ keys }: PrivateSetting) {
  return auditKeyOf(keys.auditScalar()).key;
}

async function openLedger(
  { keys, folder }: PrivateSetting,
  follower: PoolFollower,
  index: number,
): Promise<VouchLedger> {
  const { tag } = gatewayKeysOf(keys.privateGateway(index).privateKey);
  const path = join(folder, `vouch-${index}.db`);
  return VouchLedger.open(path, { pool: await follower.pool(), tag });
}

/** Registers a gateway and starts it. */
async function setUpGateway(
  setting: PrivateSetting,
  parts: {
    follower: PoolFollower;
    prover: CountingProver;
    meters: MeterBook;
    ledger: VouchLedger;
    index: number;
  },
): Promise<PrivateGateway> {
  const { keys, chain, pool, operatorClient, nowS } = setting;
  const { follower, index, ...others } = parts;
  const wallet = keys.privateGateway(index);
  const gatewayKeys = gatewayKeysOf(wallet.privateKey);
  await operatorClient.sender.send(
    encodeCall(pool, poolInterface, "setGateway", [wallet.address, gatewayKeys.tag]),
  );
  const sender = await TransactionSender.of(wallet.connect(chain.provider));
  const gateway = new PrivateGateway({
    ...others,
    pool: await FollowedGatewayPool.connect(follower, sender, [publishedKey(setting)]),
    keys: gatewayKeys,
    nowS,
  });
  await gateway.start();
  return gateway;
}

/** A resident's private account, with tokens in its wallet where it buys. */
async function setUpParticipant(
  setting: PrivateSetting,
  wish: PrivateWish,
  follower: PoolFollower,
  prover: CountingProver,
): Promise<PrivateParticipant> {
  const { chain, treasury } = setting;
  const { sender } = clientOf(setting, wish);
  const [pool, terms] = await Promise.all([follower.pool(), follower.terms()]);
  const account = await derivePrivateAccount(sender.signer, pool, { registeredOwner: undefined });
  if (wish.side === "buy") await treasury.mint(sender.address, depositNano(wish, terms.bondNano));
  return new PrivateParticipant({
    account,
    store: new NoteStore(pool, account),
    follower,
    provider: chain.provider,
    prover,
    sender: burnerSender(chain.provider),
    wallet: sender,
    auditKeys: [publishedKey(setting)],
  });
}
