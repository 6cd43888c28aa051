import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Wallet } from "ethers";
import { Log } from "../../../oracle/operations/log.ts";
import {
  runPrivateGateway,
  type RunPrivateGatewayOptions,
} from "../../../oracle/privateGateway/runPrivateGateway.ts";
import { GatewayClient } from "../../../sdk/private/gateway/gatewayClient.ts";
import { gatewayKeysOf } from "../../../sdk/private/gateway/gatewayKeys.ts";
import type { DeliveryQuestion } from "../../../sdk/private/gateway/privateGateway.ts";
import type { PrivateParticipant } from "../../../sdk/private/client/privateParticipant.ts";
import { chainNowS } from "../../../sdk/clients/chainTime.ts";
import type { PoolFixture } from "../../helpers/privateMarket.ts";
import { propose, StandInProver, trader } from "../../helpers/privateTraders.ts";
import { walletSender } from "../../../sdk/private/client/poolSender.ts";

export const GATEWAY_WALLET = new Wallet(`0x${"6a".repeat(32)}`);
export const GATEWAY_KEYS = gatewayKeysOf(GATEWAY_WALLET.privateKey);
/** The first for which a meter can have a reading. */
export const PERIOD = 1;

/** Registers the gateway, before a suite's tests. */
export async function registerPrivateGateway({ pool, actors }: PoolFixture): Promise<void> {
  await pool.connect(actors.operator).setGateway(GATEWAY_WALLET.address, GATEWAY_KEYS.tag);
}

export interface RunningGateway {
  url: string;
  stop: () => Promise<void>;
}

/** A private gateway in this process, beside traders, on a fixture's chain. */
export class PrivateGatewayScene {
  readonly folder = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
  readonly prover = new StandInProver();
  readonly #fixture: PoolFixture;
  readonly #running: RunningGateway[] = [];

  constructor(fixture: PoolFixture) {
    this.#fixture = fixture;
  }

  /** @param options instead of those that suit the fixture */
  async start(options: Partial<RunPrivateGatewayOptions> = {}): Promise<RunningGateway> {
    const { ethers, poolId, actors } = this.#fixture;
    const controller = new AbortController();
    let serve: (url: string) => void;
    const serving = new Promise<string>((resolve) => (serve = resolve));
    const ended = runPrivateGateway({
      provider: ethers.provider,
      pool: poolId,
      fromBlock: 0,
      wallet: GATEWAY_WALLET,
      folder: this.folder,
      prover: this.prover,
      meteredBy: [actors.gateway.address],
      confirmations: 0,
      host: "127.0.0.1",
      port: 0,
      log: new Log({ write: () => {} }),
      version: "0.0.0",
      signal: controller.signal,
      onStarted: ({ url }) => serve(url),
      ...options,
    });
    const stop = async () => {
      controller.abort();
      await ended;
    };
    const url = await Promise.race([
      serving,
      ended.then(() => {
        throw new Error("The gateway ended.");
      }),
    ]);
    const running = { url, stop };
    this.#running.push(running);
    return running;
  }

  trader(person: "seller" | "buyer", seed: number): PrivateParticipant {
    const signer = this.#fixture.actors[person];
    const place = { provider: this.#fixture.ethers.provider, poolId: this.#fixture.poolId };
    return trader(place, signer, seed, new StandInProver(), walletSender(signer));
  }

  client(url: string, person: "seller" | "buyer" | "stranger" = "seller", patienceMs = 0) {
    const { ethers, poolId, actors } = this.#fixture;
    return new GatewayClient({
      url,
      pool: poolId,
      tag: GATEWAY_KEYS.tag,
      signer: actors[person],
      nowS: () => chainNowS(ethers.provider),
      patienceMs,
    });
  }

  /** A seller and a buyer agree on all of the seller's energy. @returns what the seller asks its gateway then */
  async agree(
    seller: PrivateParticipant,
    buyer: PrivateParticipant,
    energyWh: bigint,
  ): Promise<DeliveryQuestion> {
    const { ethers, pool, poolId, auditKey, actors, token } = this.#fixture;
    const terms = { period: BigInt(PERIOD), energyWh, priceMicroPerKwh: 200_000n };
    const { plan: sellPlan } = await seller.submitSellPlan(terms);
    const deposit = energyWh * 200_000n + 1_000_000n;
    await token.connect(actors.treasurer).mint(actors.buyer.address, deposit);
    await buyer.deposit(deposit);
    const { plan: buyPlan } = await buyer.submitBuyPlan(terms);
    const place = { provider: ethers.provider, pool, poolId, auditKey, actors };
    const record = await propose(
      place,
      { sellPlan, buyPlan, energyWh, priceMicroPerKwh: 200_000n },
      seller,
      buyer,
    );
    await seller.confirm(record);
    await buyer.confirm(record);
    await seller.sync();
    const { plan, match } = seller.store.matches.find((one) => one.record === record)!;
    return { plan, features: 0n, match };
  }

  async end(): Promise<void> {
    for (const { stop } of this.#running) await stop();
    rmSync(this.folder, { recursive: true });
  }
}
