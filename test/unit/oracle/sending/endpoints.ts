import { toBeHex, Wallet } from "ethers";
import { expect } from "chai";
import { Endpoints } from "../../../../oracle/sending/endpoints.ts";
import { RpcError } from "../../../../oracle/sending/rpc.ts";
import { ChainUnreachableError } from "../../../../sdk/clients/revertError.ts";
import { WrongChainError } from "../../../../sdk/deployment/checkDeployment.ts";
import { FakeChain, FakeNode } from "../../../helpers/fakeChain.ts";
import { ManualClock } from "../../../helpers/sendingScene.ts";

const ACCOUNT = new Wallet(toBeHex(1, 32)).address;

describe("Endpoints", () => {
  let chain: FakeChain;
  let first: FakeNode;
  let second: FakeNode;
  let clock: ManualClock;
  let endpoints: Endpoints;

  beforeEach(() => {
    chain = new FakeChain();
    chain.mine(20);
    first = new FakeNode(chain, "first");
    second = new FakeNode(chain, "second");
    clock = new ManualClock();
    endpoints = new Endpoints({ nodes: [first, second], chainId: 1_337, clock, timeoutMs: 20 });
  });

  const states = () => endpoints.status().map(({ state }) => state);
  const failureOf = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  it("tells how every node is", async () => {
    expect(states()).to.deep.equal(["untried", "untried"]);
    await endpoints.look(ACCOUNT);
    const [status] = endpoints.status();
    expect(status).to.include({ name: "first", state: "ok", height: 20, chainId: 1_337 });
    expect(status!.latencyMs).to.be.within(0, 1_000);
  });

  it("asks the second where the first is down, and the first again after a while", async () => {
    await endpoints.look(ACCOUNT);
    first.isDown = true;
    expect(await endpoints.request("eth_chainId", [])).to.equal("0x539");
    expect(states()).to.deep.equal(["failing", "ok"]);
    const asked = first.requests.length;
    await endpoints.request("eth_chainId", []);
    expect(first.requests.length).to.equal(asked);
    first.isDown = false;
    clock.pass(1);
    await endpoints.request("eth_chainId", []);
    expect(states()).to.deep.equal(["ok", "ok"]);
  });

  it("asks a node for its chain id before anything else", async () => {
    first.chainId = 5;
    expect(await endpoints.request("eth_getCode", [ACCOUNT, "latest"])).to.equal("0x60");
    expect(first.requests).to.deep.equal(["eth_chainId"]);
    second.chainId = 5;
    clock.pass(1);
    endpoints = new Endpoints({ nodes: [first, second], chainId: 1_337, clock, timeoutMs: 20 });
    const error = await failureOf(endpoints.request("eth_getCode", [ACCOUNT, "latest"]));
    expect(error).to.be.instanceOf(WrongChainError);
  });

  it("waits twice as long after every further failure, up to a limit", async () => {
    await endpoints.look(ACCOUNT);
    first.isDown = true;
    const waits: number[] = [];
    for (let i = 0; i < 8; ++i) {
      await endpoints.look(ACCOUNT);
      const { retryAtS } = endpoints.status()[0]!;
      waits.push(retryAtS! - clock.nowS());
      clock.pass(waits.at(-1)!);
    }
    expect(waits).to.deep.equal([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it("does not wait for a node that answers too late", async () => {
    await endpoints.look(ACCOUNT);
    first.isSilent = true;
    expect(await endpoints.request("eth_chainId", [])).to.equal("0x539");
    expect(endpoints.status()[0]!.lastError).to.include("within 20 ms");
  });

  it("takes an error as an answer, and asks the next for a better one", async () => {
    await endpoints.look(ACCOUNT);
    first.recommendedTip = undefined;
    expect(await endpoints.request("eth_maxPriorityFeePerGas", [])).to.equal("0x1");
    second.recommendedTip = undefined;
    const error = await failureOf(endpoints.request("eth_maxPriorityFeePerGas", []));
    expect(error).to.be.instanceOf(RpcError);
    expect(states()).to.deep.equal(["ok", "ok"]);
  });

  it("refuses a node on another chain and goes on with the other", async () => {
    first.chainId = 5;
    expect(await endpoints.look(ACCOUNT)).to.have.length(1);
    expect(states()).to.deep.equal(["wrong chain", "ok"]);
    expect(endpoints.status()[0]!.lastError).to.include("connected chain is 5");
    first.requests = [];
    await endpoints.request("eth_chainId", []);
    await endpoints.send("0x");
    expect(first.requests).to.deep.equal([]);
  });

  it("says so where all are on another chain, also while they are left alone", async () => {
    first.chainId = second.chainId = 5;
    expect(await failureOf(endpoints.look(ACCOUNT))).to.be.instanceOf(WrongChainError);
    expect(await failureOf(endpoints.look(ACCOUNT))).to.be.instanceOf(WrongChainError);
  });

  it("recognises a node that comes back to the right chain", async () => {
    first.chainId = 5;
    await endpoints.look(ACCOUNT);
    first.chainId = undefined;
    clock.pass(1);
    expect(await endpoints.look(ACCOUNT)).to.have.length(2);
    expect(states()).to.deep.equal(["ok", "ok"]);
  });

  it("asks a node that lags last, and does not count its word", async () => {
    first.lag = 6;
    const views = await endpoints.look(ACCOUNT);
    expect(views.map(({ endpoint }) => endpoint.name)).to.deep.equal(["second"]);
    expect(states()).to.deep.equal(["behind", "ok"]);
    first.requests = [];
    await endpoints.request("eth_chainId", []);
    expect(first.requests).to.deep.equal([]);
    first.lag = 5;
    expect(await endpoints.look(ACCOUNT)).to.have.length(2);
  });

  it("says what each node suffers from where none answers", async () => {
    first.isDown = second.isDown = true;
    const error = await failureOf(endpoints.look(ACCOUNT));
    expect(error).to.be.instanceOf(ChainUnreachableError);
    expect((error as Error).message)
      .to.include("first: ")
      .and.include("ECONNREFUSED");
  });

  it("fails at once while every node is left alone", async () => {
    first.isDown = second.isDown = true;
    await failureOf(endpoints.look(ACCOUNT));
    first.requests = [];
    expect(await failureOf(endpoints.look(ACCOUNT))).to.be.instanceOf(ChainUnreachableError);
    expect(first.requests).to.deep.equal([]);
  });

  it("takes a node that answers without sense for one that fails", async () => {
    const nodes = [{ name: "first", request: async () => "nonsense" }];
    endpoints = new Endpoints({ nodes, chainId: 1_337, clock, timeoutMs: 20 });
    expect(await failureOf(endpoints.look(ACCOUNT))).to.be.instanceOf(ChainUnreachableError);
    expect(states()).to.deep.equal(["failing"]);
  });

  it("gives a transaction to every node and tells what each said", async () => {
    await endpoints.look(ACCOUNT);
    first.refusal = "nonceTooLow";
    second.isDown = true;
    const raw = await new Wallet(toBeHex(1, 32)).signTransaction({
      type: 2,
      ...{ chainId: 1_337, nonce: 0, gasLimit: 21_000, to: ACCOUNT },
      ...{ maxFeePerGas: 9, maxPriorityFeePerGas: 1 },
    });
    const answers = await endpoints.send(raw);
    expect(answers.map(({ outcome }) => outcome)).to.deep.equal(["nonceTooLow", "lost"]);
  });
});
