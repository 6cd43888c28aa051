import { encodeCall } from "../../../sdk/clients/contractHandle.ts";
import type { MarketReads } from "../../../sdk/clients/marketReads.ts";
import type { OperatorClient } from "../../../sdk/clients/operatorClient.ts";
import type { ParticipantClient } from "../../../sdk/clients/participantClient.ts";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import type { Point } from "../../../sdk/private/babyJubjub.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import { poolInterface } from "../../../sdk/private/chain/poolInterface.ts";
import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import { gatewayKeysOf } from "../../../sdk/private/gateway/gatewayKeys.ts";
import type { RunKeys } from "../actors.ts";
import type { EmbeddedChain } from "../embeddedChain.ts";
import type { Resident } from "../neighbourhood.ts";
import type { MarketObserver } from "../observer.ts";
import type { Treasury } from "../treasury.ts";
import { chooseTraders, depositNano, type PrivateWish } from "./chooseTraders.ts";
import type { DeployedPool } from "./deployPool.ts";
import type { MatchingPath, MatchingPathName } from "./matchingPath.ts";
import { PrivateTrade, type PrivateTradeParts } from "./privateTrade.ts";
import type { Disturbance } from "./disturbance.ts";
import type { TraderCrew } from "./traderCrew.ts";

/** What a run has for its private trades. */
export interface PrivateSetting {
  pool: DeployedPool;
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
  matching: MatchingPathName;
  /** For tests: who lies or dies. */
  disturbance: Disturbance;
  seed: number;
  /** Where the run's parts keep their files. */
  folder: string;
  nowS: () => number;
  log: (line: string) => void;
  progress: (line: string) => void;
  signal?: AbortSignal;
}

/** What both ways of matching begin with. */
export interface TradeBase {
  setting: PrivateSetting;
  wishes: readonly PrivateWish[];
  follower: PoolFollower;
  terms: PoolTerms;
  /** The regulator's key as it is told everybody, so that nobody believes a node about it. */
  auditKey: Point;
}

/** Traders, and what brings their plans together. */
export interface TradeSides extends Pick<PrivateTradeParts, "others" | "failure"> {
  crew: TraderCrew;
  path: MatchingPath;
}

/** Each resident is behind one of them. */
export const GATEWAYS = 2;

/** The gateway that a resident is behind. */
export const gatewayOf = ({ residents }: PrivateSetting, resident: Resident) =>
  residents.indexOf(resident) % GATEWAYS;

/** Who is behind a gateway. */
export const behindGateway = ({ residents }: PrivateSetting, gateway: number) =>
  residents.filter((_, index) => index % GATEWAYS === gateway);

/** A trader's wallet. */
export const clientOf = ({ clients, residents }: PrivateSetting, { resident }: PrivateWish) =>
  clients[residents.indexOf(resident)]!;

/** Puts everything up for private trades; nobody acts before {@link PrivateTrade.run}. */
export async function setUpPrivateTrade(setting: PrivateSetting): Promise<PrivateTrade> {
  const { chain, keys, pool, observer, period, slot, settledAfter, progress } = setting;
  const wishes = chooseTraders(setting.residents, setting).map((wish) => ({
    ...wish,
    isSilent: wish.isSilent && setting.disturbance.allConfirm !== true,
  }));
  const follower = new PoolFollower(chain.provider, pool.pool);
  await publishAuditKey(setting);
  await registerGateways(setting);
  await follower.sync();
  const terms = await follower.terms();
  await payBuyers(setting, wishes, terms);
  const base = { setting, wishes, follower, terms, auditKey: auditKeyOf(keys.auditScalar()).key };
  const sides = await setUpSides(base);
  return new PrivateTrade({
    ...sides,
    follower,
    record: pool.record,
    terms,
    wishes,
    observer,
    period,
    settledAfter,
    slot,
    auditScalar: keys.auditScalar(),
    progress,
  });
}

/** Loads only what is wanted. */
async function setUpSides(base: TradeBase): Promise<TradeSides> {
  if (base.setting.matching === "plain") {
    const { setUpPlainSides } = await import("./setUpPlainSides.ts");
    return setUpPlainSides(base);
  }
  const { setUpEncryptedSides } = await import("./setUpEncryptedSides.ts");
  return setUpEncryptedSides(base);
}

async function publishAuditKey({ keys, chain, pool }: PrivateSetting): Promise<void> {
  const regulator = await keys.sender("regulator", chain.provider);
  const { key, eighth } = auditKeyOf(keys.auditScalar());
  await regulator.send(encodeCall(pool.pool, poolInterface, "setAuditKey", [key, eighth]));
}

async function registerGateways({ keys, pool, operatorClient }: PrivateSetting): Promise<void> {
  for (let index = 0; index < GATEWAYS; ++index) {
    const { address, privateKey } = keys.privateGateway(index);
    const { tag } = gatewayKeysOf(privateKey);
    const call = encodeCall(pool.pool, poolInterface, "setGateway", [address, tag]);
    await operatorClient.sender.send(call);
  }
}

/** Buyers' wallets get the tokens that they pay in. */
async function payBuyers(
  setting: PrivateSetting,
  wishes: readonly PrivateWish[],
  { bondNano }: PoolTerms,
): Promise<void> {
  for (const wish of wishes) {
    if (wish.side !== "buy") continue;
    const { address } = clientOf(setting, wish).sender;
    await setting.treasury.mint(address, depositNano(wish, bondNano));
  }
}
