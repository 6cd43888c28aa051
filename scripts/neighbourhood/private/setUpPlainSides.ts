import { join } from "node:path";
import { TransactionSender } from "../../../sdk/clients/transactionSender.ts";
import { burnerSender } from "../../../sdk/private/client/burnerSender.ts";
import { PrivateParticipant } from "../../../sdk/private/client/privateParticipant.ts";
import { derivePrivateAccount } from "../../../sdk/private/derivePrivateAccount.ts";
import { FollowedGatewayPool } from "../../../sdk/private/gateway/followedGatewayPool.ts";
import { gatewayKeysOf } from "../../../sdk/private/gateway/gatewayKeys.ts";
import { PrivateGateway } from "../../../sdk/private/gateway/privateGateway.ts";
import { VouchLedger } from "../../../sdk/private/gateway/vouchLedger.ts";
import { FollowedMatcherPool } from "../../../sdk/private/matcher/followedMatcherPool.ts";
import { PlainMatcher } from "../../../sdk/private/matcher/plainMatcher.ts";
import { nodeProver } from "../../../sdk/private/prover/nodeProver.ts";
import { NoteStore } from "../../../sdk/private/store/noteStore.ts";
import { keysOf } from "../../keys/circuitKeys.ts";
import type { PrivateWish } from "./chooseTraders.ts";
import { CountingProver } from "./countingProver.ts";
import { LocalCrew } from "./localCrew.ts";
import { marketMeters } from "./marketMeters.ts";
import { plainDesk } from "./plainDesk.ts";
import { PlainPath } from "./plainPath.ts";
import { PrivateTrader } from "./privateTrader.ts";
import {
  behindGateway,
  clientOf,
  gatewayOf,
  GATEWAYS,
  type TradeBase,
  type TradeSides,
} from "./setUpPrivateTrade.ts";

/** Traders, gateways and a matcher that sees plans, in this process. */
export async function setUpPlainSides(base: TradeBase): Promise<TradeSides> {
  const { setting, wishes, follower, terms, auditKey } = base;
  const { chain, keys, nowS } = setting;
  const prover = new CountingProver(nodeProver((circuit) => keysOf(circuit)));
  const sender = await TransactionSender.of(keys.matcher().connect(chain.provider));
  const pool = await FollowedMatcherPool.connect(follower, sender, [auditKey]);
  const matcher = new PlainMatcher(pool, nowS);
  const period = BigInt(setting.period);
  const ledgers: VouchLedger[] = [];
  try {
    const gateways: PrivateGateway[] = [];
    for (let index = 0; index < GATEWAYS; ++index) {
      const ledger = await openLedger(base, index);
      ledgers.push(ledger);
      gateways.push(await startGateway(base, { prover, ledger, index }));
    }
    const traders: PrivateTrader[] = [];
    for (const wish of wishes) {
      const participant = await participantOf(base, wish, prover);
      traders.push(
        new PrivateTrader({
          wish,
          participant,
          desk: plainDesk(matcher, participant.account),
          gateway: gateways[gatewayOf(setting, wish.resident)]!,
          recipient: clientOf(setting, wish).sender.address,
          log: setting.log,
        }),
      );
    }
    const uploads = () => ({ plans: 0, bytes: 0 });
    return {
      crew: new LocalCrew({ traders, prover, period, terms, uploads }),
      path: new PlainPath({ matcher, period, progress: setting.progress }),
      failure: new AbortController().signal,
      others: ledgers,
    };
  } catch (error) {
    for (const ledger of ledgers) ledger.close();
    throw error;
  }
}

async function openLedger(
  { setting: { keys, folder }, follower }: TradeBase,
  index: number,
): Promise<VouchLedger> {
  const { tag } = gatewayKeysOf(keys.privateGateway(index).privateKey);
  const path = join(folder, `vouch-${index}.db`);
  return VouchLedger.open(path, { pool: await follower.pool(), tag });
}

async function startGateway(
  { setting, follower, auditKey }: TradeBase,
  { index, ...parts }: { prover: CountingProver; ledger: VouchLedger; index: number },
): Promise<PrivateGateway> {
  const { keys, chain, reads, observer, nowS } = setting;
  const wallet = keys.privateGateway(index);
  const sender = await TransactionSender.of(wallet.connect(chain.provider));
  const residents = behindGateway(setting, index);
  const gateway = new PrivateGateway({
    ...parts,
    pool: await FollowedGatewayPool.connect(follower, sender, [auditKey]),
    keys: gatewayKeysOf(wallet.privateKey),
    meters: marketMeters({ reads, observer, follower, residents }),
    nowS,
  });
  await gateway.start();
  return gateway;
}

/** A resident's private account. */
async function participantOf(
  { setting, follower, auditKey }: TradeBase,
  wish: PrivateWish,
  prover: CountingProver,
): Promise<PrivateParticipant> {
  const { provider } = setting.chain;
  const { sender } = clientOf(setting, wish);
  const pool = await follower.pool();
  const account = await derivePrivateAccount(sender.signer, pool, { registeredOwner: undefined });
  return new PrivateParticipant({
    account,
    store: new NoteStore(pool, account),
    follower,
    provider,
    prover,
    sender: burnerSender(provider),
    wallet: sender,
    auditKeys: [auditKey],
  });
}
