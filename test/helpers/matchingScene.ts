// A private market with the services that match it under encryption, on a chain in a process of its own whose verifiers
// take a circuit's number for a proof: plans are cheap.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Contract, Wallet, toBeHex } from "ethers";
import { KeyHolderService } from "../../oracle/keyholder/keyHolderService.ts";
import { ThreadEngine } from "../../oracle/matcher/compute/threadEngine.ts";
import { MatcherService, type MatcherServiceOptions } from "../../oracle/matcher/matcherService.ts";
import { Log } from "../../oracle/operations/log.ts";
import { PRIVATE_MARKET_ABI } from "../../sdk/abi/privateMarket.ts";
import { auditKeyOf } from "../../sdk/private/auditKey.ts";
import { PoolFollower } from "../../sdk/private/chain/poolFollower.ts";
import { burnerSender } from "../../sdk/private/client/burnerSender.ts";
import { EncryptedPlans, type PreparedPlan } from "../../sdk/private/client/encryptedPlans.ts";
import { walletSender, type PoolSender } from "../../sdk/private/client/poolSender.ts";
import { PrivateParticipant } from "../../sdk/private/client/privateParticipant.ts";
import { MatchingRecordReads } from "../../sdk/private/epochs/matchingRecordReads.ts";
import { accountOfSeed } from "../../sdk/private/keys.ts";
import { contentHash } from "../../sdk/private/matching/contentHash.ts";
import { DEFAULT_FEATURES } from "../../sdk/private/matching/defaultFeatures.ts";
import type { FeatureValues, PrivateWeights } from "../../sdk/private/matching/encodePlan.ts";
import type { FeatureSchema } from "../../sdk/private/matching/featureSchema.ts";
import type { PlanNote, Side } from "../../sdk/private/notes.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import { buildGenerationInputs } from "../../sdk/private/proofs/generation.ts";
import { NoteStore } from "../../sdk/private/store/noteStore.ts";
import { featuresHash } from "../../sdk/private/uploads/featuresHash.ts";
import type { UploadReceipt } from "../../sdk/private/uploads/receipt.ts";
import { uploadKeyOf } from "../../sdk/private/uploads/uploadKey.ts";
import { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";
import { startPrivateChain, type PrivateChain } from "./privateChainClient.ts";
import { AUDIT_SCALAR, POOL_TERMS } from "./privateMarket.ts";
import { attestingTag, StandInProver } from "./privateTraders.ts";

const { genesis, periodLength, plansLead, proposalsLead } = POOL_TERMS;
const DEADLINE_S = 2n ** 40n;
const WEALTH_NANO = 10n ** 13n;
const ETHER = 10n ** 18n;
/** Of the keys' scrypt: the least, for speed. */
const COST_LOG2 = 10;

/** A plan in a trader's words; the rest of the default features is the same for all. */
export interface SceneOrder {
  side: Side;
  energyWh?: bigint;
  priceMicroPerKwh?: bigint;
  features?: FeatureValues;
  /** Of a buyer, where weights are private. */
  ownWeights?: PrivateWeights;
}

/** A plan on the chain, with what was encrypted for it. */
export interface ScenePlan {
  trader: SceneTrader;
  note: PlanNote;
  commitment: bigint;
  prepared: PreparedPlan;
  gateway: bigint;
}

/** Like everybody else, unless said. The reputation is that of a new account. */
export const SCENE_FEATURES: FeatureValues = {
  environmentalIndex: 50,
  reputation: 50,
  eastM: 1_000,
  northM: 1_000,
  energyType: "solar",
};

export interface SceneTrader {
  person: PrivateParticipant;
  address: string;
}

export interface MatchingSceneOptions {
  traders?: number;
  schema?: FeatureSchema;
  epochPeriods?: number;
  /** A trader's cipher is kept from plan to plan, which is a third of a second a plan and 20 MB a trader. */
  keepsCiphers?: boolean;
  /** Says what the services log. */
  write?: (line: string) => void;
}

/** The times of a period. */
export const timesOf = (period: bigint) => {
  const startS = genesis + Number(period) * periodLength;
  return {
    startS,
    plansCloseS: startS - plansLead,
    proposalsCloseS: startS - proposalsLead,
    deliveredS: startS + periodLength,
  };
};

/** The market, its chain and its services. Whoever starts one stops it. */
export class MatchingScene {
  readonly chain: PrivateChain;
  readonly pool: PoolId;
  readonly folder: string;
  readonly traders: readonly SceneTrader[];
  readonly matcherWallet: Wallet;
  readonly keyHolderWallet: Wallet;
  readonly record: MatchingRecordReads;
  readonly log: Log;
  readonly #options: MatchingSceneOptions;
  /** Those that are kept. */
  readonly #plans = new Map<SceneTrader, EncryptedPlans>();
  #keyHolder: KeyHolderService | undefined;
  #keyHolderUrl = "";
  /** Where it listened before, so that it is found there again. */
  #keyHolderPort = 0;
  #matcher: MatcherService | undefined;

  static async start(options: MatchingSceneOptions = {}): Promise<MatchingScene> {
    const chain = await startPrivateChain({
      participants: options.traders ?? 2,
      isProven: false,
      wealthNano: String(WEALTH_NANO),
    });
    const folder = await mkdtemp(path.join(tmpdir(), "sealwatt-matching-"));
    const scene = new MatchingScene(chain, folder, options);
    const funds = toBeHex(ETHER).replace("0x0", "0x");
    await chain.provider.send("hardhat_setBalance", [scene.matcherWallet.address, funds]);
    return scene;
  }

  private constructor(chain: PrivateChain, folder: string, options: MatchingSceneOptions) {
    this.chain = chain;
    this.folder = folder;
    this.#options = options;
    this.pool = { chainId: BigInt(chain.chainId), pool: chain.pool };
    this.matcherWallet = new Wallet(Wallet.createRandom().privateKey, chain.provider);
    this.keyHolderWallet = new Wallet(Wallet.createRandom().privateKey, chain.provider);
    this.record = new MatchingRecordReads(chain.provider, chain.record);
    this.log = new Log({ write: options.write ?? (() => {}), level: "debug" });
    this.traders = chain.people.map((address, i) => this.#trader(address, i + 1));
  }

  get keyHolderUrl(): string {
    return this.#keyHolderUrl;
  }

  get keyHolder(): KeyHolderService {
    return this.#keyHolder!;
  }

  get matcher(): MatcherService {
    return this.#matcher!;
  }

  // ----------------------------------------------------------------- services

  async startKeyHolder(): Promise<KeyHolderService> {
    const { provider } = this.chain;
    this.#keyHolder = await KeyHolderService.open({
      provider,
      pool: this.pool,
      record: this.chain.record,
      signer: this.keyHolderWallet,
      sender: this.#keyHolderSender(),
      matcher: this.matcherWallet.address,
      folder: path.join(this.folder, "keyholder"),
      password: "correct horse",
      schema: this.#options.schema ?? DEFAULT_FEATURES,
      epochPeriods: this.#options.epochPeriods ?? 96,
      costLog2: COST_LOG2,
      port: this.#keyHolderPort,
      pollMs: 100,
      log: this.log,
    });
    this.#keyHolderUrl = await this.#keyHolder.start();
    this.#keyHolderPort = Number(new URL(this.#keyHolderUrl).port);
    return this.#keyHolder;
  }

  async stopKeyHolder(): Promise<void> {
    await this.#keyHolder?.stop();
    this.#keyHolder = undefined;
  }

  /** @param options what it is to have otherwise, such as a key holder in between */
  async startMatcher(options: Partial<MatcherServiceOptions> = {}): Promise<MatcherService> {
    this.#matcher = await MatcherService.start({
      provider: this.chain.provider,
      pool: this.pool,
      record: this.chain.record,
      wallet: this.matcherWallet,
      keyHolder: { url: this.#keyHolderUrl, address: this.keyHolderWallet.address },
      data: path.join(this.folder, "matcher"),
      host: "127.0.0.1",
      port: 0,
      log: this.log,
      engine: options.engine ?? new ThreadEngine({ threads: 1 }),
      pollMs: 50,
      ...options,
    });
    return this.#matcher;
  }

  /** Until the matcher has all that the key holder has announced. */
  async epochsMirrored(): Promise<void> {
    await eventually("an epoch is mirrored", () => {
      const { epochs, missingEpochs } = this.matcher.status;
      return epochs.length > 0 && missingEpochs.length === 0;
    });
  }

  /** Key holder and matcher, ready for plans. */
  async startServices(): Promise<void> {
    await this.startKeyHolder();
    await this.startMatcher();
    await this.epochsMirrored();
  }

  async stopMatcher(): Promise<void> {
    await this.#matcher?.stop();
    this.#matcher = undefined;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#plans.values()].map((plans) => plans.close()));
    await this.stopMatcher();
    await this.stopKeyHolder();
    await this.chain.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** As an account of the chain's own, which has both roles. */
  #keyHolderSender(): PoolSender & { address: string } {
    const { provider, keyHolder } = this.chain;
    return {
      address: keyHolder,
      send: async (call) => walletSender(await provider.getSigner(keyHolder)).send(call),
    };
  }

  // ------------------------------------------------------------------ traders

  #trader(address: string, seed: number): SceneTrader {
    const { provider, pool } = this.chain;
    const account = accountOfSeed(new Uint8Array(32).fill(seed));
    const person = new PrivateParticipant({
      account,
      store: new NoteStore(this.pool, account),
      follower: new PoolFollower(provider, pool),
      provider,
      prover: new StandInProver(),
      sender: burnerSender(provider),
      wallet: {
        address,
        send: async (call) => walletSender(await provider.getSigner(address)).send(call),
      },
      pollMs: 20,
    });
    return { person, address };
  }

  /** Encrypted plans of a trader, towards the matcher that runs. */
  plansOf({ person }: SceneTrader): EncryptedPlans {
    const matcher = new ServiceClient({ url: this.matcher.url, pool: this.pool });
    return new EncryptedPlans({
      pool: this.pool,
      account: person.account,
      matcher,
      matcherAddress: this.matcherWallet.address,
      keyHolderAddress: this.keyHolderWallet.address,
      record: this.record,
    });
  }

  /** Gives a seller energy, or a buyer money, encrypts its plan and submits it. It is not uploaded yet. */
  async submit(trader: SceneTrader, period: bigint, order: SceneOrder): Promise<ScenePlan> {
    const { side, energyWh = 1_000n, features = {}, ownWeights } = order;
    const priceMicroPerKwh = order.priceMicroPerKwh ?? (side === "sell" ? 100_000n : 200_000n);
    const { person } = trader;
    await person.join();
    if (side === "sell") await this.#issue(trader, period, energyWh);
    else await this.#payIn(trader, energyWh * priceMicroPerKwh + POOL_TERMS.bondNano);
    const prepared = await this.#withPlans(trader, (plans) =>
      plans.prepare({
        side,
        period,
        energyWh,
        priceMicroPerKwh,
        features: { ...SCENE_FEATURES, ...features },
        ...(ownWeights === undefined ? {} : { ownWeights }),
      }),
    );
    const { encryptedFeaturesHash } = prepared;
    const plan = { period, energyWh, priceMicroPerKwh, encryptedFeaturesHash };
    const { plan: commitment } =
      side === "sell" ? await person.submitSellPlan(plan) : await person.submitBuyPlan(plan);
    return this.planOf(trader, commitment, prepared);
  }

  async #withPlans<T>(trader: SceneTrader, use: (plans: EncryptedPlans) => Promise<T>) {
    const plans = this.#plans.get(trader) ?? this.plansOf(trader);
    if (this.#options.keepsCiphers === true) this.#plans.set(trader, plans);
    try {
      return await use(plans);
    } finally {
      if (!this.#plans.has(trader)) await plans.close();
    }
  }

  /** Submits a plan to buy with the hash that another plan has. @returns its commitment */
  async submitWith(trader: SceneTrader, period: bigint, prepared: PreparedPlan): Promise<bigint> {
    const [energyWh, priceMicroPerKwh] = [1_000n, 200_000n];
    await trader.person.join();
    await this.#payIn(trader, energyWh * priceMicroPerKwh + POOL_TERMS.bondNano);
    const { encryptedFeaturesHash } = prepared;
    const { plan } = await trader.person.submitBuyPlan({
      ...{ period, energyWh, priceMicroPerKwh, encryptedFeaturesHash },
    });
    return plan;
  }

  /** Submits a plan to buy that binds other bytes than a ciphertext, under its own upload key. */
  async submitBound(
    trader: SceneTrader,
    period: bigint,
    like: ScenePlan,
    bytes: Uint8Array,
  ): Promise<ScenePlan> {
    const hash = contentHash(bytes);
    const { address } = uploadKeyOf(trader.person.account, hash);
    const prepared: PreparedPlan = {
      ...like.prepared,
      ciphertext: bytes,
      contentHash: hash,
      originContentHash: hash,
      encryptedFeaturesHash: BigInt(featuresHash(hash, address)),
    };
    return this.planOf(trader, await this.submitWith(trader, period, prepared), prepared);
  }

  /** A plan of the trader's store, with what was encrypted for it. */
  planOf(trader: SceneTrader, commitment: bigint, prepared: PreparedPlan): ScenePlan {
    const { plan: note } = trader.person.store.plans.find((one) => one.commitment === commitment)!;
    const gateway = note.side === "sell" ? attestingTag() : 0n;
    return { trader, note, commitment, prepared, gateway };
  }

  async upload({ trader, note, prepared, gateway }: ScenePlan): Promise<UploadReceipt> {
    return this.#withPlans(trader, (plans) => plans.upload(prepared, { plan: note, gateway }));
  }

  async #payIn({ person, address }: SceneTrader, amountNano: bigint): Promise<void> {
    const { provider, token, pool } = this.chain;
    const abi = ["function approve(address, uint256) returns (bool)"];
    const contract = new Contract(token, abi, await provider.getSigner(address));
    await contract.getFunction("approve").send(pool, amountNano);
    await person.deposit(amountNano);
  }

  async #issue({ person }: SceneTrader, period: bigint, energyWh: bigint): Promise<void> {
    const { provider, pool, gateway } = this.chain;
    const { key: auditKey } = auditKeyOf(AUDIT_SCALAR);
    const request = buildGenerationInputs(
      { pool: this.pool, auditKey, deadlineS: DEADLINE_S },
      { to: person.account, period, energyWh, gateway: attestingTag(), gatewayAddress: gateway },
    );
    const { points, signals } = await new StandInProver().prove(request);
    const proof = { points: [...points], signals: [...signals] };
    const contract = new Contract(pool, PRIVATE_MARKET_ABI, await provider.getSigner(gateway));
    await contract.getFunction("issueGeneration").send(proof, DEADLINE_S);
  }
}

/** Waits until something is so. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 60_000,
  everyMs = 25,
): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`It did not come to pass: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
