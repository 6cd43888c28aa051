// What the households of a market with mortal roles do: as their wallets do, they ask again until they are answered.
import { setTimeout as pause } from "node:timers/promises";
import { chainNowS } from "../../../sdk/clients/chainTime.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import { burnerSender } from "../../../sdk/private/client/burnerSender.ts";
import { EncryptedPlans, type PreparedPlan } from "../../../sdk/private/client/encryptedPlans.ts";
import { walletSender } from "../../../sdk/private/client/poolSender.ts";
import { PrivateParticipant } from "../../../sdk/private/client/privateParticipant.ts";
import { MatchingRecordReads } from "../../../sdk/private/epochs/matchingRecordReads.ts";
import { GatewayClient } from "../../../sdk/private/gateway/gatewayClient.ts";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import type { Side } from "../../../sdk/private/notes.ts";
import { askReputation } from "../../../sdk/private/reputation/askReputation.ts";
import { NoteStore } from "../../../sdk/private/store/noteStore.ts";
import type { UploadReceipt } from "../../../sdk/private/uploads/receipt.ts";
import { ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import {
  ServiceRefusedError,
  ServiceUnreachableError,
} from "../../../sdk/private/wire/serviceError.ts";
import { StandInProver } from "../privateTraders.ts";
import type { KilledMarket } from "./killedMarket.ts";

const PATIENCE_MS = 240_000;

/** Asks again while a role is away. */
export async function persist<T>(what: string, ask: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isAway =
        error instanceof ServiceUnreachableError ||
        (error instanceof ServiceRefusedError && (error.isTemporary || error.status === 404));
      if (!isAway || performance.now() > untilMs) {
        throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
      }
      await pause(200);
    }
  }
}

/** A plan that was uploaded, and what its owner has for it. */
export interface UploadedPlan {
  plan: bigint;
  period: number;
  side: Side;
  receipt: UploadReceipt;
}

/** A household with its wallet. */
export class Household {
  readonly address: string;
  readonly person: PrivateParticipant;
  readonly #market: KilledMarket;
  readonly #record: MatchingRecordReads;
  /** Of its plans and their rests, what was encrypted. */
  readonly #prepared = new Map<bigint, PreparedPlan>();

  constructor(market: KilledMarket, address: string, seed: number) {
    const { chain, pool } = market;
    const { provider } = chain;
    this.#market = market;
    this.address = address;
    this.#record = new MatchingRecordReads(provider, chain.record);
    const account = accountOfSeed(new Uint8Array(32).fill(seed));
    this.person = new PrivateParticipant({
      account,
      store: new NoteStore(pool, account),
      follower: new PoolFollower(provider, chain.pool),
      provider,
      prover: new StandInProver(),
      sender: burnerSender(provider),
      wallet: {
        address,
        send: async (call) => walletSender(await provider.getSigner(address)).send(call),
      },
      pollMs: 20,
    });
  }

  /** Asks its gateway, as long as it takes. */
  async gateway(): Promise<GatewayClient> {
    const { chain, pool, gateway, gatewayKeys } = this.#market;
    return new GatewayClient({
      url: gateway.url,
      pool,
      tag: gatewayKeys.tag,
      signer: await chain.provider.getSigner(this.address),
      nowS: () => chainNowS(chain.provider),
      patienceMs: PATIENCE_MS,
    });
  }

  /** Makes a plan, and uploads it encrypted. */
  plan(order: {
    side: Side;
    period: number;
    energyWh: bigint;
    priceMicroPerKwh: bigint;
  }): Promise<UploadedPlan> {
    const { side, energyWh, priceMicroPerKwh } = order;
    const period = BigInt(order.period);
    return this.#withPlans(async (plans) => {
      const features = await this.#features();
      const prepared = await persist("prepare", () =>
        plans.prepare({ ...order, period, features }),
      );
      const { encryptedFeaturesHash } = prepared;
      const submission = { period, energyWh, priceMicroPerKwh, encryptedFeaturesHash };
      const { plan } =
        side === "sell"
          ? await this.person.submitSellPlan(submission)
          : await this.person.submitBuyPlan(submission);
      return this.#upload(plans, plan, prepared);
    });
  }

  /** Uploads what matches have left of its plans of a period. */
  async uploadRests(period: number): Promise<UploadedPlan[]> {
    await this.person.sync();
    const { store } = this.person;
    const rests = store
      .openPlans()
      .filter(({ plan }) => plan.period === BigInt(period) && plan.energyWh > 0n)
      .filter(({ commitment }) => !this.#prepared.has(commitment));
    const origin = [...this.#prepared.values()].findLast((one) => one.period === BigInt(period));
    return this.#withPlans(async (plans) => {
      const uploaded: UploadedPlan[] = [];
      for (const { commitment, plan } of rests) {
        const prepared = await persist("prepare a rest", () => plans.prepareRest(origin!, plan));
        uploaded.push(await this.#upload(plans, commitment, prepared));
      }
      return uploaded;
    });
  }

  async #withPlans<T>(work: (plans: EncryptedPlans) => Promise<T>): Promise<T> {
    const { pool, matcher, wallets } = this.#market;
    const plans = new EncryptedPlans({
      pool,
      account: this.person.account,
      matcher: new ServiceClient({ url: matcher.url, pool, timeoutMs: 10_000 }),
      matcherAddress: wallets.matcher.address,
      keyHolderAddress: wallets.keyHolder.address,
      record: this.#record,
    });
    try {
      return await work(plans);
    } finally {
      await plans.close();
    }
  }

  async #upload(
    plans: EncryptedPlans,
    commitment: bigint,
    prepared: PreparedPlan,
  ): Promise<UploadedPlan> {
    const { store } = this.person;
    const { plan } = store.plans.find((one) => one.commitment === commitment)!;
    const { gateway } = store.openAttributes(plan)!;
    this.#prepared.set(commitment, prepared);
    const receipt = await persist("upload", () => plans.upload(prepared, { plan, gateway }));
    return { plan: commitment, period: Number(plan.period), side: plan.side, receipt };
  }

  async #features() {
    const { pool, keyHolder, wallets } = this.#market;
    const peer = wallets.keyHolder.address;
    const client = new ServiceClient({ url: keyHolder.url, pool, peer, timeoutMs: 10_000 });
    const { reputation } = await persist("reputation", () =>
      askReputation(client, pool, this.person.account),
    );
    return {
      environmentalIndex: 50,
      reputation,
      eastM: 1_000,
      northM: 1_000,
      energyType: "solar",
    };
  }
}
