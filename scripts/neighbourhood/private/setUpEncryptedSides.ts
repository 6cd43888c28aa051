import { join } from "node:path";
import type { BaseWallet } from "ethers";
import type { ContractCall } from "../../../sdk/clients/transactionSender.ts";
import type { SentCall } from "../../../sdk/private/client/poolSender.ts";
import { MatchingRecordFollower } from "../../../sdk/private/epochs/matchingRecordFollower.ts";
import { gatewayKeysOf } from "../../../sdk/private/gateway/gatewayKeys.ts";
import { FIRST_PARTICIPANT } from "../actors.ts";
import type { Resident } from "../neighbourhood.ts";
import { Service } from "../processes/service.ts";
import { makeServiceKeystore } from "../processes/serviceKeystore.ts";
import { RpcServer } from "../rpcServer.ts";
import { EncryptedPath } from "./encryptedPath.ts";
import { RemoteCrew } from "./remoteCrew.ts";
import {
  behindGateway,
  clientOf,
  gatewayOf,
  GATEWAYS,
  type TradeBase,
  type TradeSides,
} from "./setUpPrivateTrade.ts";
import type { TradersSetting } from "./traderMessages.ts";

/** What the liar claims. */
const HIGH_REPUTATION = 100;

/**
 * Each role in a process of its own: the key holder, the matcher and the gateways as the command line has them, and the
 * traders. They know the chain, which is this process's, by its RPC alone.
 */
export async function setUpEncryptedSides(base: TradeBase): Promise<TradeSides> {
  const { chain } = base.setting;
  const rpc = new RpcServer(chain.request);
  await rpc.listen(0);
  const services: Service[] = [];
  const close = async () => {
    await Promise.all(services.map((service) => service.end()));
    await rpc.close();
  };
  try {
    return { ...(await startSides(base, rpc.url, services)), others: [{ close }] };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startSides(
  base: TradeBase,
  rpcUrl: string,
  services: Service[],
): Promise<Omit<TradeSides, "others">> {
  const { setting, follower, terms } = base;
  const { chain, keys, pool, progress, signal } = setting;
  const start = async (name: string, wallet: BaseWallet, [command, ...rest]: string[]) => {
    const folder = join(setting.folder, name.replaceAll(" ", "-"));
    const { keystore, data, password } = await makeServiceKeystore(folder, wallet);
    const service = new Service({
      name,
      password,
      log: progress,
      command: (port) => [
        ...[command!, "--keystore", keystore, "--data", data, "--rpc", rpcUrl],
        ...["--pool", pool.pool, "--record", pool.record, "--port", String(port), "--json"],
        ...rest,
      ],
    });
    services.push(service);
    await service.start(signal);
    return service;
  };
  progress("private market: key holder, matcher and gateways start, each a process");
  const matcherAddress = keys.matcher().address;
  const keyHolderAddress = keys.keyHolder().address;
  const keyHolder = await start("key holder", keys.keyHolder(), [
    ...["keyholder", "--matcher", matcherAddress],
  ]);
  const matcher = await start("matcher", keys.matcher(), [
    ...["matcher", "--key-holder", keyHolder.url, "--key-holder-address", keyHolderAddress],
  ]);
  const gateways = await Promise.all(
    Array.from({ length: GATEWAYS }, (_, index) => {
      const behind = behindGateway(setting, index).map(({ participant }) => participant);
      return start(`private gateway ${index + 1}`, keys.privateGateway(index), [
        ...["private-gateway", "--matcher", matcher.url, "--metered-by", keys.address("gateway")],
        ...["--key-holder-address", keyHolderAddress, "--participants", behind.join(",")],
      ]);
    }),
  );
  const record = new MatchingRecordFollower(chain.provider, pool.record);
  const path = new EncryptedPath({
    ...{ keyHolder, matcher, gateways },
    ...{ follower, record, terms, progress },
    period: BigInt(setting.period),
    matcherAddress,
    disturbance: setting.disturbance,
  });
  await path.ready(signal);
  const crew = await RemoteCrew.start({
    setting: tradersSetting(base, rpcUrl, { keyHolder, matcher, gateways }),
    send: (wallet, call) => sendFrom(base, wallet, call),
    log: setting.log,
  });
  return { crew, path, failure: AbortSignal.any(services.map(({ failure }) => failure)) };
}

/** From a resident's wallet, of which the open market's part of the run counts the nonces. */
async function sendFrom(base: TradeBase, wallet: number, call: ContractCall): Promise<SentCall> {
  const wish = base.wishes.find(({ resident }) => walletOf(base, resident) === wallet)!;
  const { blockNumber, hash } = await clientOf(base.setting, wish).sender.send(call);
  return { blockNumber, hash };
}

const walletOf = ({ setting }: TradeBase, resident: Resident) =>
  FIRST_PARTICIPANT + setting.residents.indexOf(resident);

function tradersSetting(
  base: TradeBase,
  rpcUrl: string,
  services: { keyHolder: Service; matcher: Service; gateways: readonly Service[] },
): TradersSetting {
  const { setting, wishes, auditKey } = base;
  const { keys, pool, disturbance } = setting;
  const liar = disturbance.sellerLies ? wishes.findLast(({ side }) => side === "sell") : undefined;
  return {
    rpcUrl,
    ...pool,
    matcherUrl: services.matcher.url,
    keyHolderUrl: services.keyHolder.url,
    matcher: keys.matcher().address,
    keyHolder: keys.keyHolder().address,
    period: BigInt(setting.period),
    auditKey,
    traders: wishes.map(({ resident, ...wish }) => {
      const gateway = gatewayOf(setting, resident);
      return {
        wish,
        wallet: walletOf(base, resident),
        gateway: {
          url: services.gateways[gateway]!.url,
          tag: gatewayKeysOf(keys.privateGateway(gateway).privateKey).tag,
        },
        lies: wish.participant === liar?.participant ? { reputation: HIGH_REPUTATION } : {},
      };
    }),
  };
}
