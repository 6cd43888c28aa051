import { Transaction, toBeHex } from "ethers";
import { expect } from "chai";
import { ChainResetError } from "../../../../oracle/sending/chainGuard.ts";
import { RpcError } from "../../../../oracle/sending/rpc.ts";
import { TooManyInFlightError } from "../../../../oracle/sending/transactionManager.ts";
import { marketInterface } from "../../../../sdk/clients/contractHandle.ts";
import { ChainUnreachableError } from "../../../../sdk/clients/revertError.ts";
import { WrongChainError } from "../../../../sdk/deployment/checkDeployment.ts";
import { FakeNode, GAS_NEEDED, REVERTING } from "../../../helpers/fakeChain.ts";
import { SendingScene } from "../../../helpers/sendingScene.ts";

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const data = (reading: number) => toBeHex(reading, 4);

describe("TransactionManager", () => {
  describe("on a chain that works", () => {
    it("sends, sees the block, and forgets when it is deep enough", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      expect(scene.store.readings.get(1)).to.equal("sent");
      await scene.step();
      expect(scene.store.readings.get(1)).to.equal("included");
      await scene.step();
      expect(scene.store.readings.get(1)).to.equal("included");
      await scene.step();
      expect(scene.store.readings.get(1)).to.equal("final");
      expect(scene.eventTypes).to.deep.equal(["included", "final"]);
      expect(scene.chain.received).to.have.length(1);
      expect(scene.manager.isIdle()).to.be.true;
    });

    it("gives the logs of the receipt", async () => {
      const scene = new SendingScene();
      await scene.submit(7);
      await scene.step();
      const event = scene.events[0]!;
      expect(event.type === "included" && event.receipt.logs).to.deep.equal([
        { address: scene.chain.market, topics: [], data: data(7) },
      ]);
    });

    it("numbers what is submitted at once, one after the other", async () => {
      const scene = new SendingScene();
      await Promise.all([scene.submit(1), scene.submit(2), scene.submit(3)]);
      expect(scene.nonces).to.deep.equal([0, 1, 2]);
      await scene.step(3);
      expect(scene.states).to.deep.equal(["final", "final", "final"]);
      expect(scene.chain.counted).to.deep.equal([1, 2, 3].map(data));
    });

    it("submits no more than may wait, and goes on when they are mined", async () => {
      const scene = new SendingScene(1, { maxInFlight: 2 });
      await scene.submit(1);
      expect(scene.manager.hasRoom()).to.be.true;
      await scene.submit(2);
      expect(scene.manager.hasRoom()).to.be.false;
      expect(await failureOf(scene.submit(3))).to.be.instanceOf(TooManyInFlightError);
      expect(scene.store.readings.has(3)).to.be.false;
      await scene.step();
      await scene.submit(3);
    });

    it("offers what the chain asks for", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      const { attempts } = scene.store.transactions[0]!;
      expect(attempts[0]).to.include({ maxFeePerGas: 17n, maxPriorityFeePerGas: 1n });
    });

    it("offers nothing on a chain without a base fee, whatever its node recommends", async () => {
      const scene = new SendingScene();
      scene.chain.baseFeePerGas = 0n;
      await scene.submit(1);
      const { attempts } = scene.store.transactions[0]!;
      expect(attempts[0]).to.include({ maxFeePerGas: 0n, maxPriorityFeePerGas: 0n });
      await scene.step();
      expect(scene.states).to.deep.equal(["included"]);
    });

    it("works with a node that recommends no tip", async () => {
      const scene = new SendingScene();
      scene.node.recommendedTip = undefined;
      await scene.submit(1);
      await scene.step();
      expect(scene.states).to.deep.equal(["included"]);
    });
  });

  describe("with a transaction that waits", () => {
    it("gives it to the nodes again where they forgot it", async () => {
      const scene = new SendingScene();
      scene.node.drops = true;
      await scene.submit(1);
      scene.node.drops = false;
      await scene.step(7);
      expect(scene.chain.received).to.have.length(1);
      await scene.step();
      expect(scene.chain.received).to.have.length(2);
      expect(scene.chain.received[1]).to.equal(scene.chain.received[0]);
      await scene.step();
      expect(scene.states).to.deep.equal(["included"]);
    });

    it("replaces it with an eighth more after 30 s and 3 blocks", async () => {
      const scene = new SendingScene();
      scene.chain.leastTip = 2n;
      await scene.submit(1);
      await scene.step(14);
      expect(scene.store.transactions[0]!.attempts).to.have.length(1);
      await scene.step();
      const { attempts } = scene.store.transactions[0]!;
      expect(attempts[1]).to.include({ maxFeePerGas: 20n, maxPriorityFeePerGas: 2n });
      expect(scene.manager.status().replacements).to.equal(1);
      await scene.step();
      expect(scene.store.transactions[0]!.includedHash).to.equal(attempts[1]!.hash);
    });

    it("sends it again, and tries a node again, after the clock was set back by an hour", async () => {
      const scene = new SendingScene();
      scene.node.drops = true;
      await scene.submit(1);
      scene.node.drops = false;
      scene.node.isDown = true;
      await failureOf(scene.manager.advance());
      scene.node.isDown = false;
      scene.clock.pass(-3_600);
      await scene.step(2);
      expect(scene.states).to.deep.equal(["included"]);
      expect(scene.store.transactions[0]!.attempts).to.have.length(1);
    });

    it("does not raise the fee where no blocks come", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step(40, 0);
      expect(scene.store.transactions[0]!.attempts).to.have.length(1);
    });

    it("raises the fee of the first alone: the others wait for it", async () => {
      const scene = new SendingScene();
      scene.chain.leastTip = 2n;
      await Promise.all([scene.submit(1), scene.submit(2)]);
      await scene.step(15);
      expect(scene.store.transactions.map(({ attempts }) => attempts.length)).to.deep.equal([2, 1]);
    });

    it("stops at the highest fee, says so once, and sends again what it has", async () => {
      const scene = new SendingScene(1, { maxFeePerGas: 18n });
      scene.chain.leastTip = 100n;
      await scene.submit(1);
      await scene.step(40);
      expect(scene.store.transactions[0]!.attempts).to.have.length(1);
      expect(scene.eventTypes).to.deep.equal(["capped"]);
      expect(scene.manager.status().transactions[0]).to.include({
        isFeeCapped: true,
        maxFeePerGas: 17n,
      });
      expect(scene.chain.received.length).to.be.greaterThan(2);
      scene.chain.leastTip = 0n;
      await scene.step();
      expect(scene.states).to.deep.equal(["included"]);
    });

    it("signs nothing above the highest fee where the chain asks for more at once", async () => {
      const scene = new SendingScene(1, { maxFeePerGas: 5n });
      await scene.submit(1);
      await scene.step(40);
      for (const raw of scene.chain.received)
        expect(Transaction.from(raw).maxFeePerGas! <= 5n).to.be.true;
      expect(scene.states).to.deep.equal(["pending"]);
    });

    it("finds the earlier attempt in a block though a later one was sent", async () => {
      const scene = new SendingScene(2);
      scene.chain.leastTip = 2n;
      await scene.submit(1);
      const raw = scene.chain.received[0]!;
      await scene.step(15);
      const { attempts } = scene.store.transactions[0]!;
      expect(attempts).to.have.length(2);
      const earlier = Transaction.from(raw);
      scene.chain.leastTip = 0n;
      scene.chain.pool.set(`${earlier.from}/${earlier.nonce}`, earlier);
      await scene.step();
      expect(scene.store.transactions[0]).to.include({
        state: "included",
        includedHash: attempts[0]!.hash,
      });
    });

    it("outbids a transaction of the same nonce that somebody else sent", async () => {
      const scene = new SendingScene();
      await scene.sendForeign(0, 20n);
      scene.chain.leastTip = 21n;
      await scene.submit(1);
      await scene.step(30);
      expect(scene.eventTypes).to.include("replaced");
      expect(scene.chain.counted).to.deep.equal([data(1)]);
    });

    it("raises at once what a node finds too cheap", async () => {
      const scene = new SendingScene();
      scene.chain.baseFeePerGas = 0n;
      scene.node.refusal = "underpriced";
      await scene.submit(1);
      scene.node.refusal = undefined;
      scene.node.recommendedTip = 5n;
      scene.chain.leastTip = 5n;
      scene.node.refusal = "underpriced";
      await scene.step();
      scene.node.refusal = undefined;
      await scene.step(2);
      expect(scene.states).to.deep.equal(["included"]);
      expect(scene.store.transactions[0]!.attempts[1]!.maxPriorityFeePerGas).to.equal(5n);
    });

    it("tells that the account cannot pay, and goes on when it can", async () => {
      const scene = new SendingScene();
      scene.node.refusal = "insufficientFunds";
      await scene.submit(1);
      await scene.step(40);
      expect(scene.store.transactions[0]!.attempts).to.have.length(1);
      const { refusals } = scene.manager.status().transactions[0]!;
      expect(refusals[0]).to.include({ endpoint: "node 0", outcome: "insufficientFunds" });
      scene.node.refusal = undefined;
      await scene.step(2);
      expect(scene.states).to.deep.equal(["included"]);
    });

    it("gives up what no node can ever take, and uses its nonce again", async () => {
      const scene = new SendingScene(2);
      for (const node of scene.nodes) node.refusal = "invalid";
      await scene.submit(1);
      await scene.step();
      expect(scene.states).to.deep.equal(["abandoned"]);
      expect(scene.store.transactions[0]!.reason).to.include("intrinsic gas too low");
      expect(scene.store.readings.get(1)).to.equal("signed");
      for (const node of scene.nodes) node.refusal = undefined;
      await scene.submit(1);
      expect(scene.nonces).to.deep.equal([0, 0]);
    });

    it("keeps what one node finds invalid and another may have", async () => {
      const scene = new SendingScene(2);
      scene.nodes[0]!.refusal = "invalid";
      scene.nodes[1]!.losesReplies = true;
      await scene.submit(1);
      await scene.step(1, 0);
      expect(scene.states).to.deep.equal(["pending"]);
      await scene.step(1);
      expect(scene.states).to.deep.equal(["included"]);
    });
  });

  describe("with a transaction that reverts", () => {
    it("says that it ran out of gas, and its readings are free again", async () => {
      const scene = new SendingScene();
      await scene.submit(1, GAS_NEEDED);
      await scene.step();
      expect(scene.states).to.deep.equal(["abandoned"]);
      expect(scene.events[0]).to.include({
        type: "reverted",
        reason: `out of gas: it used all of its limit of ${GAS_NEEDED}`,
      });
      expect(scene.store.readings.get(1)).to.equal("signed");
      await scene.submit(1);
      expect(scene.nonces).to.deep.equal([0, 1]);
      await scene.step();
      expect(scene.chain.counted).to.deep.equal([data(1)]);
    });

    it("gives the contract's reason", async () => {
      const scene = new SendingScene();
      scene.node.revertData = marketInterface.encodeErrorResult("NotMetered", [7]);
      const submission = { to: scene.chain.market, data: REVERTING, gasLimit: 100_000n };
      await scene.manager.submit({ ...submission, readingIds: [1] });
      await scene.step();
      expect(scene.store.transactions[0]!.reason).to.match(
        /^reverted: The contract refused: NotMetered/,
      );
    });

    it("fills its nonce where a reorganisation frees it and later ones wait", async () => {
      const scene = new SendingScene();
      await scene.submit(1, GAS_NEEDED);
      await scene.step();
      await scene.submit(1);
      await scene.step();
      scene.chain.reorganise(2, { keep: false, newDepth: 3 });
      await scene.step(4);
      expect(scene.eventTypes).to.include("filled");
      await scene.step(4);
      expect(scene.chain.counted).to.deep.equal([data(1)]);
      expect(scene.manager.isIdle()).to.be.true;
    });
  });

  describe("with reorganisations", () => {
    it("sends again what is in no block any more, and tells whose readings", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step();
      scene.chain.reorganise(1, { keep: false, newDepth: 2 });
      await scene.step(1, 0);
      expect(scene.states).to.deep.equal(["pending"]);
      const event = scene.events.at(-1)!;
      expect(event.type).to.equal("reorganised");
      expect(event.transaction.readingIds).to.deep.equal([1]);
      expect(scene.store.readings.get(1)).to.equal("sent");
      expect(scene.chain.received[1]).to.equal(scene.chain.received[0]);
      await scene.step(3);
      expect(scene.states).to.deep.equal(["final"]);
      expect(scene.chain.counted).to.deep.equal([data(1)]);
    });

    it("sees at once where it is in another block instead", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step();
      scene.chain.reorganise(1);
      await scene.step();
      expect(scene.eventTypes).to.deep.equal(["included", "reorganised", "included"]);
      const { block } = scene.store.transactions[0]!;
      expect(block).to.deep.equal({ number: 12, hash: scene.chain.blocks[12]!.hash });
    });

    it("counts confirmations from the new block", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step(2);
      scene.chain.reorganise(2);
      await scene.step(2);
      expect(scene.states).to.deep.equal(["included"]);
      await scene.step();
      expect(scene.states).to.deep.equal(["final"]);
    });

    it("waits for a chain that is shorter for a moment", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step();
      const gone = scene.chain.blocks.pop()!;
      await scene.step(3, 0);
      expect(scene.states).to.deep.equal(["included"]);
      scene.chain.blocks.push(gone);
      await scene.step(2);
      expect(scene.states).to.deep.equal(["final"]);
      expect(scene.eventTypes).to.deep.equal(["included", "final"]);
    });

    it("sends again on a chain that stays shorter, as it may make blocks for transactions alone", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step();
      scene.chain.reorganise(1, { keep: false, newDepth: 0 });
      await scene.step(16, 0);
      expect(scene.states).to.deep.equal(["pending"]);
      await scene.step(3);
      expect(scene.states).to.deep.equal(["final"]);
    });

    it("takes nothing for final while a node has another block there", async () => {
      const scene = new SendingScene(2);
      await scene.submit(1);
      await scene.step();
      const fork = new SendingScene().chain;
      fork.blocks = [...scene.chain.blocks.slice(0, -1)];
      fork.mine();
      const honest = scene.nodes[1]!.request;
      const forked = async (method: string, params: readonly unknown[]) => {
        const answer = await honest(method, params);
        const isForked = method === "eth_getBlockByNumber" && Number(params[0]) === fork.height;
        return isForked ? { ...(answer as object), hash: fork.blocks.at(-1)!.hash } : answer;
      };
      Object.assign(scene.nodes[1]!, { request: forked });
      scene.start();
      await scene.step(5);
      expect(scene.states).to.deep.equal(["included"]);
      Object.assign(scene.nodes[1]!, { request: honest });
      scene.start();
      await scene.step();
      expect(scene.states).to.deep.equal(["final"]);
    });
  });

  describe("with a nonce that is not ours", () => {
    it("gives up what a foreign transaction displaced, after enough blocks", async () => {
      const scene = new SendingScene();
      scene.node.drops = true;
      await scene.submit(1);
      scene.node.drops = false;
      await scene.sendForeign(0);
      await scene.step();
      expect(scene.manager.status().transactions[0]!.isNonceTaken).to.be.true;
      await scene.step(2);
      expect(scene.states).to.deep.equal(["pending"]);
      await scene.step();
      expect(scene.states).to.deep.equal(["abandoned"]);
      expect(scene.events.at(-1)).to.include({
        type: "abandoned",
        reason: "its nonce 0 was used by a transaction that is not ours",
      });
      expect(scene.store.readings.get(1)).to.equal("signed");
      await scene.submit(1);
      await scene.step();
      expect(scene.nonces).to.deep.equal([0, 1]);
      expect(scene.chain.counted).to.deep.equal([data(1)]);
    });

    it("gives it up after some minutes where no blocks come", async () => {
      const scene = new SendingScene();
      scene.node.drops = true;
      await scene.submit(1);
      scene.node.drops = false;
      await scene.sendForeign(0);
      await scene.step();
      await scene.step(299, 0);
      expect(scene.states).to.deep.equal(["pending"]);
      await scene.step(2, 0);
      expect(scene.states).to.deep.equal(["abandoned"]);
    });

    it("takes it back where the foreign block is reorganised away", async () => {
      const scene = new SendingScene();
      scene.node.drops = true;
      await scene.submit(1);
      scene.node.drops = false;
      await scene.sendForeign(0);
      await scene.step();
      scene.chain.reorganise(1, { keep: false });
      await scene.step(1, 0);
      expect(scene.manager.status().transactions[0]!.isNonceTaken).to.be.false;
      await scene.step(10);
      expect(scene.states).to.deep.equal(["final"]);
    });

    it("goes on behind foreign transactions", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step(3);
      await scene.sendForeign(1);
      await scene.step();
      await scene.submit(2);
      expect(scene.nonces).to.deep.equal([0, 2]);
      await scene.step();
      expect(scene.states).to.deep.equal(["final", "included"]);
    });

    it("begins with the account's nonce on an empty store", async () => {
      const scene = new SendingScene();
      await scene.sendForeign(0);
      await scene.step();
      await scene.submit(1);
      expect(scene.nonces).to.deep.equal([1]);
    });
  });

  describe("with a node that lies about the nonce", () => {
    it("trusts its own transactions where the node says too little", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step(3);
      scene.node.nonceLie = -1;
      await scene.submit(2);
      expect(scene.nonces).to.deep.equal([0, 1]);
      await scene.step(3);
      expect(scene.states).to.deep.equal(["final", "final"]);
    });

    it("does the same after a restart", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step(3);
      scene.node.nonceLie = -1;
      scene.start();
      await scene.submit(2);
      expect(scene.nonces).to.deep.equal([0, 1]);
    });

    it("believes one that says too much only where all do", async () => {
      const scene = new SendingScene(2);
      scene.nodes[0]!.nonceLie = 7;
      await scene.submit(1);
      expect(scene.nonces).to.deep.equal([0]);
      await scene.step(3);
      expect(scene.states).to.deep.equal(["final"]);
    });

    it("asks a single node twice", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step();
      scene.node.nonceLie = 7;
      const { request } = scene.node;
      let asked = 0;
      const once: typeof request = async (method, params) => {
        const answer = await request(method, params);
        if (method === "eth_getTransactionCount" && ++asked === 1) scene.node.nonceLie = 0;
        return answer;
      };
      Object.assign(scene.node, { request: once });
      scene.start();
      await scene.submit(2);
      expect(asked).to.equal(2);
      expect(scene.nonces).to.deep.equal([0, 1]);
    });

    it("gives up nothing for it while another node knows better", async () => {
      const scene = new SendingScene(2);
      scene.chain.leastTip = 2n;
      await scene.submit(1);
      scene.nodes[0]!.nonceLie = 7;
      await scene.step(12);
      expect(scene.states).to.deep.equal(["pending"]);
      scene.chain.leastTip = 0n;
      await scene.step();
      expect(scene.states).to.deep.equal(["included"]);
    });

    it("fills a small gap that the lie made", async () => {
      const scene = new SendingScene();
      scene.node.nonceLie = 2;
      await scene.submit(1);
      expect(scene.nonces).to.deep.equal([2]);
      scene.node.nonceLie = 0;
      await scene.step(5);
      expect(scene.eventTypes.filter((type) => type === "filled")).to.have.length(2);
      expect(scene.nonces).to.deep.equal([2, 0, 1]);
      expect(scene.states).to.deep.equal(["final", "final", "final"]);
      expect(scene.chain.counted).to.deep.equal([data(1)]);
      const filler = Transaction.from(scene.store.transactions[1]!.attempts[0]!.raw);
      expect(filler).to.include({ to: scene.wallet.address, value: 0n, gasLimit: 21_000n });
    });

    it("gives up what is behind a large gap, and submits it anew", async () => {
      const scene = new SendingScene();
      scene.node.nonceLie = 500;
      await scene.submit(1);
      scene.node.nonceLie = 0;
      await scene.step(2);
      expect(scene.states).to.deep.equal(["abandoned"]);
      expect(scene.store.transactions[0]!.reason).to.include("nonce 500");
      await scene.submit(1);
      await scene.step(3);
      expect(scene.nonces).to.deep.equal([500, 0]);
      expect(scene.states).to.deep.equal(["abandoned", "final"]);
    });

    it("fills nothing for a gap that one look shows", async () => {
      const scene = new SendingScene();
      await scene.sendForeign(0);
      await scene.step();
      await scene.submit(1);
      scene.node.nonceLie = -1;
      await scene.step(1, 0);
      scene.node.nonceLie = 0;
      await scene.step();
      expect(scene.eventTypes).to.deep.equal(["included"]);
    });
  });

  describe("with nodes that fail", () => {
    it("resends nothing new where a node loses the reply after accepting", async () => {
      const scene = new SendingScene();
      scene.node.losesReplies = true;
      await scene.submit(1);
      expect(scene.store.transactions[0]!.attempts[0]!.sentAtMs).to.equal(undefined);
      scene.node.losesReplies = false;
      await scene.step(1, 0);
      // "already known" is as good as taken.
      expect(scene.store.transactions[0]!.attempts[0]!.sentAtMs).not.to.equal(undefined);
      expect(new Set(scene.chain.received).size).to.equal(1);
      await scene.step();
      expect(scene.states).to.deep.equal(["included"]);
    });

    it("finds the receipt where the reply was lost and the nonce is then too low", async () => {
      const scene = new SendingScene();
      scene.node.losesReplies = true;
      await scene.submit(1);
      scene.clock.pass(2);
      await scene.step();
      expect(scene.states).to.deep.equal(["included"]);
    });

    it("stores and signs nothing while no node answers", async () => {
      const scene = new SendingScene();
      scene.node.isDown = true;
      expect(await failureOf(scene.submit(1))).to.be.instanceOf(ChainUnreachableError);
      expect(scene.store.transactions).to.deep.equal([]);
    });

    it("keeps what it stored when the node fails between, and sends it later", async () => {
      const scene = new SendingScene();
      const { request } = scene.node;
      const failing: typeof request = (method, params) =>
        method === "eth_sendRawTransaction"
          ? Promise.reject(new Error("connect ECONNREFUSED"))
          : request(method, params);
      Object.assign(scene.node, { request: failing });
      scene.start();
      await scene.submit(1);
      expect(scene.manager.status().transactions[0]!.refusals[0]!.outcome).to.equal("lost");
      Object.assign(scene.node, { request });
      scene.start();
      await scene.step(2);
      expect(scene.states).to.deep.equal(["included"]);
    });

    it("goes on with the second where the first is silent", async () => {
      const scene = new SendingScene(2);
      scene.nodes[0]!.isSilent = true;
      await scene.submit(1);
      await scene.step(3);
      expect(scene.states).to.deep.equal(["final"]);
    });

    it("does not take a node that cannot give receipts for one that has none", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      const { request } = scene.node;
      const failing: typeof request = (method, params) =>
        method === "eth_getTransactionReceipt"
          ? Promise.reject(new Error("socket hang up"))
          : request(method, params);
      Object.assign(scene.node, { request: failing });
      scene.start();
      for (let i = 0; i < 20; ++i) await scene.step().catch(() => undefined);
      expect(scene.states).to.deep.equal(["pending"]);
      expect(scene.manager.status().transactions[0]!.isNonceTaken).to.be.false;
    });

    it("believes the node that is ahead, not the one that lags", async () => {
      const scene = new SendingScene(2);
      scene.nodes[0]!.lag = 8;
      await scene.submit(1);
      await scene.step(3);
      expect(scene.states).to.deep.equal(["final"]);
      await scene.submit(2);
      expect(scene.nonces).to.deep.equal([0, 1]);
    });
  });

  describe("on a chain that is not the market's", () => {
    it("never signs for another chain id", async () => {
      const scene = new SendingScene();
      scene.chain.chainId = 5;
      let signed = 0;
      Object.assign(scene.wallet, { signTransaction: () => (++signed, Promise.resolve("0x")) });
      expect(await failureOf(scene.submit(1))).to.be.instanceOf(WrongChainError);
      expect(scene.manager.status().stopped).to.be.instanceOf(WrongChainError);
      expect(signed).to.equal(0);
    });

    it("refuses a store that is of another chain", async () => {
      const scene = new SendingScene();
      scene.store.setChainMark({ chainId: 5, genesisHash: "0x00", block: undefined });
      expect(await failureOf(scene.submit(1))).to.be.instanceOf(WrongChainError);
    });

    const signOf = async (scene: SendingScene) => {
      const error = await failureOf(scene.manager.advance());
      expect(error).to.be.instanceOf(ChainResetError);
      expect(scene.manager.status().stopped).to.equal(error);
      expect(await failureOf(scene.submit(99))).to.be.instanceOf(ChainResetError);
      return (error as ChainResetError).sign;
    };

    it("stops where block 0 is another, keeps everything, and tells it after a restart", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step();
      await scene.submit(2);
      scene.chain.reset();
      scene.chain.mine(20);
      const received = scene.chain.received.length;
      expect(await signOf(scene)).to.equal("genesis");
      scene.start();
      expect(await signOf(scene)).to.equal("genesis");
      expect(scene.states).to.deep.equal(["included", "pending"]);
      expect(scene.chain.received).to.have.length(received);
    });

    it("stops where the chain is much shorter than our blocks", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step();
      scene.chain.reset({ sameGenesis: true });
      scene.chain.mine(2);
      expect(await signOf(scene)).to.equal("height");
    });

    it("waits for a node that is a little behind what was final", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step(3);
      await scene.submit(2);
      scene.node.lag = 3;
      expect(await failureOf(scene.manager.advance())).to.be.instanceOf(ChainUnreachableError);
      expect(scene.manager.status().stopped).to.equal(undefined);
      scene.node.lag = 0;
      await scene.step(3);
      expect(scene.states).to.deep.equal(["final", "final"]);
    });

    it("stops where a block that was final is another", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step(3);
      scene.chain.reorganise(6);
      expect(await signOf(scene)).to.equal("final block");
    });

    it("stops where the market's contract is gone", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      scene.chain.hasMarket = false;
      expect(await signOf(scene)).to.equal("code");
    });

    for (const [what, code] of [
      ["answers with nothing", null],
      ["fails", new RpcError(-32_005, "rate limit exceeded")],
    ] as const) {
      it(`sends nothing while every node that is asked for the market's code ${what}`, async () => {
        const scene = new SendingScene();
        scene.node.code = code;
        expect(await failureOf(scene.submit(1))).to.be.instanceOf(ChainUnreachableError);
        expect(scene.chain.received).to.deep.equal([]);
        scene.node.code = undefined;
        await scene.submit(1);
        await scene.step();
        expect(scene.states).to.deep.equal(["included"]);
      });
    }

    it("stops where one node has no market, and the others do not tell", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      const silent = new FakeNode(scene.chain, "silent");
      silent.code = new RpcError(-32_005, "rate limit exceeded");
      scene.node.code = "0x";
      scene.start(scene.store, [scene.node, silent]);
      expect(await signOf(scene)).to.equal("code");
    });

    it("stops where its nodes are on different chains with one id", async () => {
      const scene = new SendingScene();
      const other = new SendingScene().node;
      Object.assign(other, { name: "other" });
      scene.start(scene.store, [scene.node, other]);
      expect(await signOf(scene)).to.equal("nodes differ");
    });

    it("goes on with the node that kept the chain where another was reset", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      await scene.step();
      const other = new SendingScene();
      scene.start(scene.store, [other.node, scene.node]);
      other.chain.received.length = 0;
      await scene.submit(2);
      await scene.step(3);
      expect(scene.states).to.deep.equal(["final", "final"]);
      expect(other.chain.received).to.deep.equal([]);
      expect(scene.endpoints.status().map(({ state }) => state)).to.deep.equal([
        "wrong chain",
        "ok",
      ]);
    });

    it("goes on when the chain is the old one again", async () => {
      const scene = new SendingScene();
      await scene.submit(1);
      scene.chain.hasMarket = false;
      await signOf(scene);
      scene.chain.hasMarket = true;
      await scene.step();
      expect(scene.manager.status().stopped).to.equal(undefined);
      expect(scene.states).to.deep.equal(["included"]);
    });
  });

  it("loses nothing where the listener fails: it is told again", async () => {
    let fails = true;
    const told: string[] = [];
    const scene = new SendingScene(1, {
      onEvent: ({ type }) => {
        told.push(type);
        if (fails) throw new Error("disk full");
      },
    });
    await scene.submit(1);
    expect(await failureOf(scene.step())).to.be.instanceOf(Error);
    expect(scene.states).to.deep.equal(["pending"]);
    fails = false;
    await scene.step();
    expect(told).to.deep.equal(["included", "included"]);
    expect(scene.states).to.deep.equal(["included"]);
  });
});
