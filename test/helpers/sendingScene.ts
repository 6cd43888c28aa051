import { toBeHex, Wallet } from "ethers";
import { Endpoints, type EndpointsOptions } from "../../oracle/sending/endpoints.ts";
import type { SendingEvent } from "../../oracle/sending/sendingEvent.ts";
import {
  TransactionManager,
  type TransactionManagerOptions,
} from "../../oracle/sending/transactionManager.ts";
import type { StoredTransaction, TransactionStore } from "../../oracle/sending/transactionStore.ts";
import type { Clock } from "../../sdk/clock.ts";
import { FakeChain, FakeNode } from "./fakeChain.ts";
import { MemoryTransactionStore } from "./memoryTransactionStore.ts";

/** A clock that a test moves. */
export class ManualClock implements Pick<Clock, "nowS"> {
  #nowS = 1_000;

  nowS(): number {
    return this.#nowS;
  }

  pass(seconds: number): void {
    this.#nowS += seconds;
  }
}

/** A sender with its store, on a fake chain with some nodes. */
export class SendingScene {
  readonly chain = new FakeChain();
  readonly nodes: FakeNode[];
  readonly store = new MemoryTransactionStore();
  readonly clock = new ManualClock();
  readonly wallet = new Wallet(toBeHex(1, 32));
  readonly events: SendingEvent[] = [];
  readonly #options: Partial<TransactionManagerOptions>;
  manager: TransactionManager;
  endpoints!: Endpoints;

  constructor(nodes = 1, options: Partial<TransactionManagerOptions> = {}) {
    this.nodes = Array.from({ length: nodes }, (_, i) => new FakeNode(this.chain, `node ${i}`));
    this.#options = options;
    this.chain.mine(10);
    this.manager = this.start();
  }

  get node(): FakeNode {
    return this.nodes[0]!;
  }

  get eventTypes(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** A new process on the same store. */
  start(
    store: TransactionStore = this.store,
    nodes: EndpointsOptions["nodes"] = this.nodes,
  ): TransactionManager {
    const { chain, clock } = this;
    this.endpoints = new Endpoints({
      nodes,
      chainId: 1_337,
      clock,
      timeoutMs: 20,
      firstBackOffS: 1,
    });
    this.manager = new TransactionManager({
      endpoints: this.endpoints,
      store,
      signer: this.wallet,
      clock,
      market: chain.market,
      onEvent: (event) => void this.events.push(event),
      maxFeePerGas: 1_000n,
      confirmations: 3,
      ...this.#options,
    });
    return this.manager;
  }

  submit(reading: number, gasLimit = 100_000n): Promise<StoredTransaction> {
    const data = toBeHex(reading, 4);
    return this.manager.submit({ to: this.chain.market, data, gasLimit, readingIds: [reading] });
  }

  /** Lets two seconds pass, makes blocks and has the manager look, some times over. */
  async step(times = 1, blocks = 1): Promise<void> {
    for (let i = 0; i < times; ++i) {
      this.clock.pass(2);
      if (blocks > 0) this.chain.mine(blocks);
      await this.manager.advance();
    }
  }

  /** What somebody else with the key sends; it waits for the next block. */
  async sendForeign(nonce: number, feePerGas = 500n): Promise<void> {
    const raw = await this.wallet.signTransaction({
      type: 2,
      chainId: this.chain.chainId,
      ...{ to: this.wallet.address, value: 1n, gasLimit: 21_000n, nonce },
      ...{ maxFeePerGas: feePerGas, maxPriorityFeePerGas: feePerGas },
    });
    await new FakeNode(this.chain).request("eth_sendRawTransaction", [raw]);
  }

  get states(): string[] {
    return this.store.transactions.map(({ state }) => state);
  }

  get nonces(): number[] {
    return this.store.transactions.map(({ nonce }) => nonce);
  }
}
