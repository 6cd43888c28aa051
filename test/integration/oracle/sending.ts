import { setTimeout as sleep } from "node:timers/promises";
import { getCreateAddress, HDNodeWallet, toQuantity, Wallet } from "ethers";
import { expect } from "chai";
import hre from "hardhat";
import { ChainResetError } from "../../../oracle/sending/chainGuard.ts";
import { Endpoints } from "../../../oracle/sending/endpoints.ts";
import { httpNode } from "../../../oracle/sending/httpRequest.ts";
import type { RpcRequest } from "../../../oracle/sending/rpc.ts";
import type { SendingEvent } from "../../../oracle/sending/sendingEvent.ts";
import {
  TransactionManager,
  type TransactionManagerOptions,
} from "../../../oracle/sending/transactionManager.ts";
import type { StoredTransaction } from "../../../oracle/sending/transactionStore.ts";
import { DEVELOPMENT_MNEMONIC } from "../../../scripts/neighbourhood/embeddedChain.ts";
import { findProgram, startAnvil, startGeth } from "../../helpers/chainNodes.ts";
import { MemoryTransactionStore } from "../../helpers/memoryTransactionStore.ts";
import { ManualClock } from "../../helpers/sendingScene.ts";

/**
 * A contract in bytes: it reverts without data, runs for ever with one byte, and logs anything longer. In front the
 * nine bytes that return it.
 */
const CONTRACT =
  "0x601c8060095f395ff3" + "366008575f5ffd005b36600114601857365f5f37365fa0005b601856";
/** The most that a node with blocks of its own is waited for until all that it was given is in one. */
const TAKEN_WITHIN_MS = 10_000;
const REVERTING = "0x";
const ENDLESS = "0x01";

/** A real node with an account and a contract. */
interface World {
  chainId: number;
  wallet: Wallet | HDNodeWallet;
  name: string;
  request: RpcRequest;
  contract: string;
  /** Makes a block, or waits for one. */
  mine: () => Promise<unknown>;
  /** Replaces the latest block by others, where the node can. */
  reorganise?: () => Promise<unknown>;
  stop: () => Promise<void>;
}

async function deploy(world: Omit<World, "contract">): Promise<World> {
  const { wallet, chainId, request } = world;
  const nonce = Number(await request("eth_getTransactionCount", [wallet.address, "latest"]));
  const raw = await wallet.signTransaction({
    type: 2,
    ...{ chainId, nonce, data: CONTRACT, gasLimit: 200_000n },
    ...{ maxFeePerGas: 5_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n },
  });
  await request("eth_sendRawTransaction", [raw]);
  await world.mine();
  return { ...world, contract: getCreateAddress({ from: wallet.address, nonce }) };
}

const developmentWallet = () => HDNodeWallet.fromPhrase(DEVELOPMENT_MNEMONIC);

async function hardhatWorld(auto: boolean): Promise<World> {
  const connection = await hre.network.create({
    network: "default",
    override: {
      chainId: 31_337,
      accounts: { count: 1, mnemonic: DEVELOPMENT_MNEMONIC },
      mining: { auto, interval: 0 },
      throwOnTransactionFailures: false,
    },
  });
  const request: RpcRequest = (method, params) =>
    connection.provider.request({ method, params: [...params] });
  let snapshot: unknown;
  return deploy({
    ...{ chainId: 31_337, name: "hardhat", wallet: developmentWallet(), request },
    async mine() {
      snapshot = await request("evm_snapshot", []);
      await request("evm_mine", []);
    },
    async reorganise() {
      await request("evm_revert", [snapshot]);
      // Else the same block comes again.
      await request("evm_increaseTime", [10]);
      await request("evm_mine", []);
    },
    stop: () => connection.close(),
  });
}

async function anvilWorld(program: string): Promise<World> {
  const { url, request, stop } = await startAnvil(program);
  return deploy({
    ...{ chainId: 31_337, ...httpNode(url), wallet: developmentWallet(), stop },
    mine: () => request("evm_mine", []),
    reorganise: () => request("anvil_reorg", [1, []]),
  });
}

async function gethWorld(program: string): Promise<World> {
  const { url, request, stop } = await startGeth(program);
  const wallet = new Wallet(Wallet.createRandom().privateKey);
  const nonce = (block: string) => request("eth_getTransactionCount", [wallet.address, block]);
  const mine = async () => {
    const before = await request("eth_blockNumber", []);
    while ((await request("eth_blockNumber", [])) === before) await sleep(50);
    // What comes while a block is made is in the next one.
    const endMs = performance.now() + TAKEN_WITHIN_MS;
    while ((await nonce("latest")) !== (await nonce("pending"))) {
      if (performance.now() > endMs) break;
      await sleep(50);
    }
  };
  const [rich] = (await request("eth_accounts", [])) as string[];
  const value = toQuantity(10n ** 18n);
  await request("eth_sendTransaction", [{ from: rich, to: wallet.address, value }]);
  await mine();
  await mine();
  return deploy({ chainId: 1_337, ...httpNode(url), wallet, stop, mine });
}

/** A sender on a real node. */
class Sender {
  readonly world: World;
  readonly store = new MemoryTransactionStore();
  readonly clock = new ManualClock();
  readonly events: SendingEvent[] = [];
  readonly manager: TransactionManager;

  constructor(
    world: World,
    options: Partial<TransactionManagerOptions> = {},
    request = world.request,
  ) {
    const { chainId, name, wallet, contract } = world;
    this.world = world;
    this.manager = new TransactionManager({
      endpoints: new Endpoints({ nodes: [{ name, request }], chainId, clock: this.clock }),
      ...{ store: this.store, signer: wallet, clock: this.clock, market: contract },
      onEvent: (event) => void this.events.push(event),
      ...{ maxFeePerGas: 100_000_000_000n, confirmations: 2, ...options },
    });
  }

  submit(data = "0x0123", gasLimit = 100_000n): Promise<StoredTransaction> {
    const to = this.world.contract;
    return this.manager.submit({ to, data, gasLimit, readingIds: [1] });
  }

  async step(times = 1): Promise<void> {
    for (let i = 0; i < times; ++i) {
      await this.world.mine();
      await this.look();
    }
  }

  async look(): Promise<void> {
    this.clock.pass(2);
    await this.manager.advance();
  }

  get last(): StoredTransaction {
    return this.store.transactions.at(-1)!;
  }

  get refusals(): string[] {
    const { transactions } = this.manager.status();
    return transactions.flatMap(({ refusals }) => refusals.map(({ outcome }) => outcome));
  }

  get eventTypes(): string[] {
    return this.events.map(({ type }) => type);
  }
}

/** What holds with every node. */
function describeSending(makeWorld: () => Promise<World>): void {
  let world: World;
  beforeEach(async () => {
    world = await makeWorld();
  });
  afterEach(() => world.stop());

  it("sends, reads the logs, and waits until the block is deep enough", async () => {
    const sender = new Sender(world);
    await sender.submit("0xabcd");
    await sender.step();
    const event = sender.events[0]!;
    expect(event.type === "included" && event.receipt.logs.map(({ data }) => data)).to.deep.equal([
      "0xabcd",
    ]);
    await sender.step();
    expect(sender.last.state).to.equal("final");
  });

  it("is told that a node has what it took without a reply", async () => {
    let loses = true;
    const sender = new Sender(world, {}, async (method, params, signal) => {
      const answer = await world.request(method, params, signal);
      if (loses && method === "eth_sendRawTransaction") throw new Error("socket hang up");
      return answer;
    });
    await sender.submit();
    expect(sender.refusals).to.deep.equal(["lost"]);
    loses = false;
    sender.clock.pass(2);
    await sender.manager.advance();
    if (sender.last.state === "pending") {
      expect(sender.last.attempts[0]!.sentAtMs).not.to.equal(undefined);
      await sender.step();
    }
    expect(sender.last).to.include({ state: "included" });
    expect(sender.last.attempts).to.have.length(1);
  });

  it("tells why a transaction did nothing", async () => {
    const sender = new Sender(world);
    await sender.submit(ENDLESS);
    await sender.submit(REVERTING);
    await sender.step(2);
    expect(sender.store.transactions.map(({ reason }) => reason)).to.deep.equal([
      "reverted: out of gas: it used all of its limit of 100000",
      "reverted: it reverted without a reason",
    ]);
  });

  it("gives up what the node can never take", async () => {
    const sender = new Sender(world);
    await sender.submit("0x0123", 20_000n);
    await sender.look();
    expect(sender.last).to.include({ state: "abandoned" });
    expect(sender.last.reason).to.match(/no node takes it: .*gas/i);
  });

  it("tells that the account cannot pay", async () => {
    const sender = new Sender({ ...world, wallet: new Wallet(Wallet.createRandom().privateKey) });
    await sender.submit();
    expect(sender.refusals).to.deep.equal(["insufficientFunds"]);
  });

  it("notices that another transaction took its nonce", async () => {
    const sender = new Sender(world, {}, async (method, params, signal) =>
      // The node says that it has it, and forgets it.
      method === "eth_sendRawTransaction" && drops ? "0x" : world.request(method, params, signal),
    );
    let drops = true;
    await sender.submit();
    drops = false;
    const foreign = new Sender(world);
    await foreign.submit("0x4567");
    await sender.step(4);
    expect(sender.last.reason).to.include("not ours");
    await sender.submit();
    await sender.step();
    expect(sender.last).to.include({ state: "included", nonce: foreign.last.nonce + 1 });
  });

  it("sends nothing on a chain without the contract", async () => {
    const sender = new Sender({ ...world, contract: Wallet.createRandom().address });
    const error: unknown = await sender.submit().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ChainResetError);
  });
}

/** What needs a node that makes blocks when told to. */
function describeMinedByHand(makeWorld: () => Promise<World>): void {
  let world: World;
  beforeEach(async () => {
    world = await makeWorld();
  });
  afterEach(() => world.stop());

  it("replaces what waits for too long; the node takes the eighth more", async () => {
    const sender = new Sender(world, { bumpAfterBlocks: 0 });
    await sender.submit();
    for (let i = 0; i < 16; ++i) await sender.look();
    expect(sender.eventTypes).to.deep.equal(["replaced"]);
    expect(sender.refusals).to.deep.equal([]);
    expect(sender.last.attempts[1]!.sentAtMs).not.to.equal(undefined);
    await sender.step();
    expect(sender.last).to.include({
      state: "included",
      includedHash: sender.last.attempts[1]!.hash,
    });
  });

  it("outbids a dearer transaction of the same nonce", async () => {
    const foreign = new Sender(world, { bumpAfterBlocks: 0 });
    await foreign.submit("0x4567");
    for (let i = 0; i < 32; ++i) await foreign.look();
    const sender = new Sender(world);
    await sender.submit();
    for (let i = 0; i < 8; ++i) await sender.look();
    await sender.step();
    expect(sender.last).to.include({ state: "included" });
  });

  it("sends again what a reorganisation took out", async () => {
    const sender = new Sender(world, { confirmations: 6 });
    await world.mine();
    await sender.submit();
    await sender.step();
    expect(sender.last).to.include({ state: "included" });
    const { hash } = sender.last.block!;
    await world.reorganise!();
    await sender.step(3);
    expect(sender.eventTypes).to.include("reorganised");
    expect(sender.last).to.include({ state: "included" });
    expect(sender.last.block!.hash).not.to.equal(hash);
  });

  it("stops where the chain was started afresh", async () => {
    const sender = new Sender(world);
    await sender.submit();
    await sender.step(2);
    // Two chains that start in the same second begin alike.
    for (let i = 0; i < 8; ++i) await world.mine();
    await sender.submit();
    await sender.step(2);
    await world.stop();
    const fresh = await makeWorld();
    const { request } = fresh;
    const again = new TransactionManager({
      endpoints: new Endpoints({
        nodes: [{ name: "fresh", request }],
        chainId: world.chainId,
        clock: sender.clock,
      }),
      ...{ store: sender.store, signer: world.wallet, clock: sender.clock },
      ...{ market: world.contract, onEvent: () => undefined, maxFeePerGas: 1n },
    });
    const error: unknown = await again.advance().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ChainResetError);
    await fresh.stop();
  });
}

describe("sending", function () {
  this.timeout(60_000);

  describe("through Hardhat's node", () => {
    describeSending(() => hardhatWorld(false));
    describeMinedByHand(() => hardhatWorld(false));
  });

  describe("through Hardhat's node that mines at once", () => {
    describeSending(() => hardhatWorld(true));
  });

  const anvil = findProgram("anvil");
  describe("through anvil", function () {
    before(function () {
      if (anvil === undefined) {
        console.log("      skipped: no anvil in the path; SEALWATT_ANVIL may name one");
        this.skip();
      }
    });
    describeSending(() => anvilWorld(anvil!));
    describeMinedByHand(() => anvilWorld(anvil!));
  });

  const geth = findProgram("geth");
  describe("through geth", function () {
    before(function () {
      if (geth === undefined) {
        console.log("      skipped: no geth in the path; SEALWATT_GETH may name one");
        this.skip();
      }
    });
    describeSending(() => gethWorld(geth!));
  });
});
