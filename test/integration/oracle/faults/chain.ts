import { expect } from "chai";
import hre from "hardhat";
import { StoreLockedError } from "../../../../oracle/store/errors.ts";
import {
  startEmbeddedChain,
  type EmbeddedChain,
} from "../../../../scripts/neighbourhood/embeddedChain.ts";
import { energyAgrees, readingsOnChain } from "../../../helpers/oracleRig/energyAgrees.ts";
import {
  isDown,
  isSlow,
  losesReplyTo,
  says,
  type RpcFault,
} from "../../../helpers/oracleRig/faultyRpc.ts";
import type { RigGateway } from "../../../helpers/oracleRig/rigGateway.ts";
import { OracleRig, SIMULATED_START_S } from "../../../helpers/oracleRig.ts";

const SEND = "eth_sendRawTransaction";
const SLOW_MS = 20;
/** What the gateway of a node that is too slow gives it. */
const RPC_TIMEOUT_MS = 60;
const TOO_SLOW = "it is too slow";

const plus = (count: number) => (nonce: unknown) => `0x${(Number(nonce) + count).toString(16)}`;

/** A gateway each: what its node does over two ends of periods, and what the gateway says of it. */
const CASES: readonly [title: string, faults: Record<string, [fault: RpcFault, said?: string]>][] =
  [
    [
      "(23) a node that is down, slow, or loses its reply after it took a transaction",
      {
        "it is down": [isDown, "None of the Ethereum nodes answers"],
        "it is slow": [isSlow(SLOW_MS)],
        [TOO_SLOW]: [isSlow(1.5 * RPC_TIMEOUT_MS), "None of the Ethereum nodes answers"],
        "it loses replies": [losesReplyTo(SEND)],
        "it loses receipts": [says("eth_getTransactionReceipt", () => null), "is given up"],
        "it says yes and forgets": [
          async (method, params, answer) =>
            method === SEND ? `0x${"0".repeat(64)}` : answer(method, params),
          "waits for too long",
        ],
        "it answers with nonsense": [
          async () => "<html>502 Bad Gateway</html>",
          "None of the Ethereum nodes answers",
        ],
      },
    ],
    [
      "(24) a node that says a wrong nonce, so that a gap comes of it",
      {
        "it says too much": [
          says("eth_getTransactionCount", plus(2)),
          "a nonce that nobody uses is taken",
        ],
        "it says far too much": [says("eth_getTransactionCount", plus(40)), "is far beyond"],
        "it says too little": [says("eth_getTransactionCount", () => "0x0")],
      },
    ],
    [
      "(25) a wrong chain id",
      { "it is of another chain": [says("eth_chainId", () => "0x1"), "the connected chain is 1"] },
    ],
  ];

describe("a gateway with faults on the way to its chain", function () {
  this.timeout(60_000);
  let rig: OracleRig;
  let fresh: EmbeddedChain;
  const gateways = new Map<string, RigGateway>();
  const faults = CASES.flatMap(([, some]) => Object.entries(some));

  before(async () => {
    rig = await OracleRig.create();
    fresh = await startEmbeddedChain(
      hre,
      { accounts: 1 },
      { blockTimeS: () => rig.time.nowS(), startS: SIMULATED_START_S + 1 },
    );
    for (const [name] of faults) gateways.set(name, await rig.addGateway({ lines: [{}] }));
    for (const name of ["reset", "two nodes", "two daemons"])
      gateways.set(name, await rig.addGateway({ lines: [{}], nodes: 2 }));
    gateways.get("reset")!.nodes[1]!.fault = isDown;
    for (const [name, gateway] of gateways)
      gateway.start(name === TOO_SLOW ? { rpcTimeoutMs: RPC_TIMEOUT_MS } : {});
    await rig.passPeriods(3);
    for (const [name, [fault]] of faults) gateways.get(name)!.node.fault = fault;
    gateways.get("reset")!.node.chain = fresh.request;
    gateways.get("two nodes")!.node.fault = says(SEND, () => {
      throw new Error("socket hang up");
    });
    await rig.passPeriods(2);
    for (const gateway of gateways.values()) gateway.node.fault = undefined;
    gateways.get("reset")!.node.chain = rig.chain.request;
    await rig.passPeriods(3);
  });

  after(async () => {
    await rig.stop();
    await fresh.close();
  });

  async function expectSameEnergy(name: string): Promise<void> {
    const gateway = gateways.get(name)!;
    const outcomes = await energyAgrees(rig, gateway);
    expect([...outcomes.values()], name).to.deep.equal(["same energy"]);
    expect(gateway.daemon.readiness(), name).to.deep.equal({ ready: true, reasons: [] });
  }

  for (const [title, some] of CASES) {
    it(`has the same energy on the chain after ${title}`, async () => {
      for (const [name, [, said = ""]] of Object.entries(some)) {
        await expectSameEnergy(name);
        expect(gateways.get(name)!.log.join("\n"), name).to.include(said);
      }
    });
  }

  it("has the same energy on the chain after (23) one of two nodes loses its replies", async () => {
    await expectSameEnergy("two nodes");
  });

  it("has the same energy on the chain after (25) its node shows a chain that began anew", async () => {
    await expectSameEnergy("reset");
    expect(await fresh.request("eth_blockNumber", [])).to.equal("0x0");
  });

  it("has the same energy on the chain where (25) a second daemon wants its store", async () => {
    const gateway = gateways.get("two daemons")!;
    expect(() => gateway.openStore()).to.throw(StoreLockedError);
    await rig.passPeriods(1);
    await expectSameEnergy("two daemons");
  });
});

describe("a gateway on a chain that does not stay as it is", function () {
  this.timeout(60_000);
  let rig: OracleRig;
  let gateway: RigGateway;

  before(async () => {
    rig = await OracleRig.create();
    gateway = await rig.addGateway({ lines: [{}, {}] });
    gateway.start({ daemon: { confirmations: 20 } });
    await rig.passPeriods(2);
  });

  after(() => rig.stop());

  /** To so many seconds after the end of the present period; before it where negative. */
  const passToEnd = (offsetS: number) =>
    rig.passTo(rig.reads.startOf(rig.reads.periodAt(rig.time.nowS()) + 1) + offsetS);

  /** To the end of the present period, and no block is made before the time goes on. */
  async function passToEndUnmined(): Promise<void> {
    await passToEnd(-1);
    await rig.chain.request("evm_setAutomine", [false]);
    await passToEnd(0);
    const isSent = () => gateway.store.readings.counts().sent > 0;
    while (!isSent()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async function expectSameEnergy(): Promise<void> {
    const outcomes = [...(await energyAgrees(rig, gateway)).values()];
    expect(outcomes).to.deep.equal(["same energy", "same energy"]);
  }

  it("has the same energy on it after (25) a reorganisation takes its readings away", async () => {
    const { participant } = gateway.meters[0]!;
    await passToEnd(-1);
    const snapshot = await rig.chain.request("evm_snapshot", []);
    await rig.pass(150);
    expect((await readingsOnChain(rig, participant)).at(-1)!.period).to.equal(rig.endedPeriod);
    expect(gateway.store.readings.counts().included).to.be.above(0);
    await rig.chain.request("evm_revert", [snapshot]);
    expect((await readingsOnChain(rig, participant)).at(-1)!.period).to.equal(rig.endedPeriod - 1);
    await rig.pass(250);
    await expectSameEnergy();
    expect(gateway.log.join("\n")).to.include("block is gone");
  });

  it("has the same energy on it after (24) a fee that is too low", async () => {
    await passToEndUnmined();
    await rig.chain.request("hardhat_setNextBlockBaseFeePerGas", ["0x3b9aca00"]);
    await rig.pass(395);
    await rig.chain.request("evm_setAutomine", [true]);
    expect(gateway.daemon.status().transactions.replacements).to.be.above(0);
    await expectSameEnergy();
  });

  it("has the same energy on it after (24) a foreign transaction takes its nonce", async () => {
    const foreign = gateway.signer.connect(rig.chain.provider);
    const plain = { to: foreign.address, value: 1n };
    await foreign.sendTransaction(plain);
    await passToEndUnmined();
    // Offers more than the gateway's own, so that it is taken in its place.
    const nonce = await foreign.getNonce("latest");
    const dear = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n };
    await foreign.sendTransaction({ ...plain, ...dear, nonce });
    await rig.pass(395);
    await rig.chain.request("evm_setAutomine", [true]);
    await rig.passPeriods(1);
    expect(gateway.log.join("\n")).to.include("a transaction is given up");
    await expectSameEnergy();
  });

  it("has the same energy on it after (24) its node forgets what waits", async () => {
    await passToEndUnmined();
    for (const { hash } of gateway.daemon.status().transactions.inFlight)
      await rig.chain.request("hardhat_dropTransaction", [hash]).catch(() => undefined);
    await rig.pass(105);
    await rig.chain.request("evm_setAutomine", [true]);
    await rig.pass(290);
    await expectSameEnergy();
  });
});
