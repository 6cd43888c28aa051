import { expect } from "chai";
import { Wallet } from "ethers";
import { NotSentError } from "../../../../../sdk/clients/notSentError.ts";
import { ContractRevertedError } from "../../../../../sdk/clients/revertError.ts";
import {
  NotMinedError,
  TransactionSender,
  type ContractCall,
} from "../../../../../sdk/clients/transactionSender.ts";
import { poolInterface } from "../../../../../sdk/private/chain/poolInterface.ts";
import {
  OutcomeUnknownError,
  walletSender,
  type PoolSender,
} from "../../../../../sdk/private/client/poolSender.ts";
import { SenderLiedError } from "../../../../../sdk/private/client/clientErrors.ts";
import { ProverError } from "../../../../../sdk/private/prover/proverError.ts";
import { auditKeyOf } from "../../../../../sdk/private/auditKey.ts";
import { UnpublishedAuditKeyError } from "../../../../../sdk/private/requireAuditKey.ts";
import { RelayerError, relayerSender } from "../../../../../sdk/private/relayer/relayerSender.ts";
import { GENESIS } from "../../../../helpers/market.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import {
  issueGenerationTo,
  registerGateway,
  StandInProver,
  trader,
  type TradingPlace,
} from "../../../../helpers/privateTraders.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const PERIOD = 2n;
const BID = { period: PERIOD, energyWh: 100n, priceMicroPerKwh: 300_000n };

/** A sender whose doings a test decides. */
class PlannedSender implements PoolSender {
  readonly #sender: PoolSender;
  readonly verbs: string[] = [];
  /** Does something else than to send. */
  instead:
    ((call: ContractCall, send: PoolSender["send"]) => ReturnType<PoolSender["send"]>) | undefined;

  constructor(sender: PoolSender) {
    this.#sender = sender;
  }

  send(call: ContractCall): ReturnType<PoolSender["send"]> {
    this.verbs.push(poolInterface.parseTransaction(call)!.name);
    const send: PoolSender["send"] = (each) => this.#sender.send(each);
    return this.instead === undefined ? send(call) : this.instead(call, send);
  }
}

describe("PrivateParticipant where the chain or a sender fails it", () => {
  const scene = stagePool(async (fixture) => {
    const place: TradingPlace = { provider: fixture.ethers.provider, ...fixture };
    const { seller: a, buyer: b, relayer } = fixture.actors;
    const elsewhere = new StandInProver();
    const other = trader(place, a, 1, elsewhere, walletSender(relayer));
    await registerGateway(place);
    await fixture.token.connect(fixture.actors.treasurer).mint(b.address, 10n ** 12n);
    return { place, other, elsewhere };
  });
  let prover: StandInProver;
  let sender: PlannedSender;
  let buyer: ReturnType<typeof trader>;

  beforeEach(async () => {
    prover = new StandInProver();
    sender = new PlannedSender(walletSender(scene.actors.relayer));
    buyer = trader(scene.place, scene.actors.buyer, 2, prover, sender);
    await buyer.join();
    await buyer.deposit(1_000_000_000n);
    prover.requests.length = 0;
  });

  /** The buyer with the time that a slow machine needs, for what comes about in the end. */
  const patientBuyer = () =>
    trader(scene.place, scene.actors.buyer, 2, prover, sender, { outcomeWaitMs: 60_000 });

  /** Until what was given away can be mined no more. */
  const expire = () => scene.networkHelpers.time.increase(242);

  async function rotateAuditKey(scalar: bigint): Promise<void> {
    const { key, eighth } = auditKeyOf(scalar);
    await scene.pool.connect(scene.actors.regulator).setAuditKey([...key], [...eighth]);
  }

  /** Each plan of the buyer is there once, and nothing was taken for another. */
  async function expectPlans(count: number): Promise<void> {
    await buyer.sync();
    expect(buyer.store.openPlans()).to.have.length(count);
    const { bondNano } = await buyer.follower.terms();
    const locked = BigInt(count) * (100n * 300_000n + bondNano);
    expect(buyer.store.balanceNano).to.equal(1_000_000_000n - locked);
  }

  it("inserts a note that waits before it spends it", async () => {
    expect(buyer.follower.state.insertedLeaves).to.equal(0);
    await buyer.submitBuyPlan(BID);
    expect(sender.verbs).to.deep.equal(["insertLeaves", "submitBuyPlan"]);
  });

  it("does the same where the note that it spends is in the tree, and only others wait", async () => {
    await scene.pool.insertLeaves(64);
    // One call before each spending, whosever the leaves are: it tells nothing of the note that is spent.
    await issueGenerationTo(scene.place, scene.elsewhere, scene.other, PERIOD, 5n);
    await buyer.submitBuyPlan(BID);
    expect(sender.verbs).to.deep.equal(["insertLeaves", "submitBuyPlan"]);
    await issueGenerationTo(scene.place, scene.elsewhere, scene.other, PERIOD, 6n);
    await buyer.withdraw(1n, scene.actors.stranger.address);
    expect(sender.verbs.slice(2)).to.deep.equal(["insertLeaves", "withdraw"]);
    expect(buyer.follower.state.pendingLeaves).to.equal(1);
  });

  it("takes it where somebody else inserts the note at the same time", async () => {
    sender.instead = async (call, send) => {
      if (sender.verbs.at(-1) === "insertLeaves") await scene.pool.insertLeaves(5);
      return send(call);
    };
    await buyer.submitBuyPlan(BID);
    expect(sender.verbs).to.deep.equal(["insertLeaves", "submitBuyPlan"]);
  });

  it("does not insert for ever with a sender that does nothing", async () => {
    sender.instead = () => Promise.resolve({ blockNumber: 1, hash: "0x" });
    const error = await rejection(buyer.submitBuyPlan(BID));
    expect(error.message).to.include("was not inserted into the tree by 8 transactions");
    expect(prover.requests).to.be.empty;
  });

  it("needs no other proof where the tree grew meanwhile", async () => {
    prover.meanwhile = async () => {
      await issueGenerationTo(scene.place, scene.elsewhere, scene.other, PERIOD, 5n);
      await scene.pool.insertLeaves(5);
    };
    await buyer.submitBuyPlan(BID);
    expect(prover.requests).to.have.length(1);
    await expectPlans(1);
  });

  it("proves anew where the audit key was rotated while it proved", async () => {
    let next = 5n;
    prover.meanwhile = async () => {
      if (next === 5n) await rotateAuditKey(next++);
    };
    await buyer.submitBuyPlan(BID);
    expect(prover.requests.map(({ signals }) => signals.auditKey)).to.deep.equal([
      scene.auditKey,
      auditKeyOf(5n).key,
    ]);
    await expectPlans(1);
  });

  it("gives up where the audit key is rotated each time", async () => {
    let next = 5n;
    prover.meanwhile = () => rotateAuditKey(next++);
    const error = await rejection(buyer.submitBuyPlan(BID));
    expect(error.message).to.include("StaleAuditKey");
    expect(prover.requests).to.have.length(4);
    prover.meanwhile = () => Promise.resolve();
    await expectPlans(0);
  });

  it("proves nothing for an audit key that the regulator did not publish", async () => {
    const careful = (...auditKeys: (typeof scene.auditKey)[]) =>
      trader(scene.place, scene.actors.buyer, 2, prover, sender, { auditKeys });
    const forged = auditKeyOf(5n).key;
    await rotateAuditKey(5n);
    const error = await rejection(careful(scene.auditKey).submitBuyPlan(BID));
    expect(error).to.be.instanceOf(UnpublishedAuditKeyError);
    expect(error.message).to.include(String(forged[0])).and.to.include("Nothing was proven");
    expect([prover.requests, sender.verbs]).to.deep.equal([[], []]);
    await careful(scene.auditKey, forged).submitBuyPlan(BID);
    await expectPlans(1);
  });

  it("proves anew where somebody joined while it proved", async () => {
    let isFirst = true;
    prover.meanwhile = async () => {
      if (isFirst) await scene.other.join();
      isFirst = false;
    };
    await buyer.submitBuyPlan(BID);
    expect(prover.requests).to.have.length(2);
    await expectPlans(1);
  });

  it("shows by its deadline no more than the minute in which a proof was begun", async () => {
    await scene.pool.insertLeaves(64);
    const deadlines: bigint[] = [];
    let data = "";
    sender.instead = (call) => {
      ({ data } = call);
      return Promise.reject(new RelayerError("Down."));
    };
    const { time } = scene.networkHelpers;
    const minute = Math.ceil((await time.latest()) / 60) * 60;
    const begun = [minute + 1, minute + 30, minute + 60, minute + 61];
    for (const timeS of begun) {
      await time.increaseTo(timeS);
      await rejection(buyer.submitBuyPlan(BID));
      deadlines.push(poolInterface.decodeFunctionData("submitBuyPlan", data)[1] as bigint);
    }
    const offsets = deadlines.map((deadlineS) => Number(deadlineS) - minute);
    expect(offsets).to.deep.equal([240, 240, 240, 300]);
  });

  it("proves anew where the proof expired before it came", async () => {
    let isFirst = true;
    prover.meanwhile = async () => {
      if (isFirst) await scene.networkHelpers.time.increase(241);
      isFirst = false;
    };
    await buyer.submitBuyPlan(BID);
    expect(prover.requests).to.have.length(2);
    await expectPlans(1);
  });

  it("does not prove anew what the contract refuses for good", async () => {
    await scene.networkHelpers.time.increaseTo(GENESIS);
    const error = await rejection(buyer.submitBuyPlan({ ...BID, period: 0n }));
    expect(error.message).to.include("PlansClosed(period 0");
    expect(prover.requests).to.have.length(1);
    await expectPlans(0);
  });

  it("believes the chain where a sender loses its answer", async () => {
    sender.instead = async (call, send) => {
      await send(call);
      throw new NotMinedError("lost");
    };
    await buyer.withdraw(1_000n, scene.actors.stranger.address);
    await buyer.submitBuyPlan(BID);
    expect(sender.verbs.filter((verb) => verb === "submitBuyPlan")).to.have.length(1);
    expect(buyer.store.openPlans()).to.have.length(1);
  });

  it("believes the chain where a sender says no and sends all the same", async () => {
    sender.instead = async (call, send) => {
      await send(call);
      throw new OutcomeUnknownError("No.");
    };
    expect((await buyer.submitBuyPlan(BID)).sent).to.equal(undefined);
    expect(prover.requests).to.have.length(1);
    await expectPlans(1);
  });

  it("waits until a sender that said no can send no more", async () => {
    let held: (() => Promise<unknown>) | undefined;
    await scene.pool.insertLeaves(5);
    sender.instead = (call, send) => {
      held = () => send(call);
      return Promise.reject(new OutcomeUnknownError("No."));
    };
    const plan = patientBuyer().submitBuyPlan(BID);
    while (held === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    // It sends after all, and late.
    await held();
    expect((await plan).sent).to.equal(undefined);
    await expectPlans(1);
  });

  it("says that nothing was sent once the proof has expired, and does the same again", async () => {
    await scene.pool.insertLeaves(5);
    sender.instead = async () => {
      await expire();
      throw new OutcomeUnknownError("The relayer is silent.");
    };
    expect(await rejection(buyer.submitBuyPlan(BID))).to.have.property(
      "message",
      "The relayer is silent.",
    );
    sender.instead = undefined;
    await buyer.submitBuyPlan(BID);
    await expectPlans(1);
  });

  it("says until when it is unknown where the chain stands still", async () => {
    await scene.pool.insertLeaves(5);
    sender.instead = () => Promise.reject(new OutcomeUnknownError("The relayer is silent."));
    const error = await rejection(buyer.submitBuyPlan(BID));
    expect(error).to.be.instanceOf(OutcomeUnknownError);
    expect(error.message).to.match(/until the chain's time \d+: look then/);
  });

  it("does not take it for not done where the chain could not be read", async () => {
    await scene.pool.insertLeaves(5);
    const { follower } = buyer;
    const sync = follower.feed.bind(follower);
    sender.instead = async (call, send) => {
      await send(call);
      await expire();
      // The node answers nothing but its latest block.
      follower.feed = () => Promise.reject(new Error("node is overloaded"));
      throw new OutcomeUnknownError("lost");
    };
    const error = await rejection(buyer.submitBuyPlan(BID));
    expect(error).to.be.instanceOf(OutcomeUnknownError);
    expect(error.message).to.include("until the chain's time").and.to.include("overloaded");
    follower.feed = sync;
    await expectPlans(1);
  });

  it("finds it when the chain can be read again", async () => {
    await scene.pool.insertLeaves(5);
    const patient = patientBuyer();
    const { follower } = patient;
    const sync = follower.feed.bind(follower);
    let failures = 0;
    sender.instead = async (call, send) => {
      await send(call);
      follower.feed = (...args) =>
        failures++ < 3 ? Promise.reject(new Error("node is overloaded")) : sync(...args);
      throw new OutcomeUnknownError("lost");
    };
    await patient.submitBuyPlan(BID);
    expect(failures).to.be.greaterThan(3);
    await expectPlans(1);
  });

  describe("with several senders", () => {
    const HAND_OVER_MS = 30;
    const silent = () => new Promise<never>(() => {});
    let second: PlannedSender;
    let patient: ReturnType<typeof trader>;

    beforeEach(async () => {
      second = new PlannedSender(walletSender(scene.actors.relayer));
      patient = trader(scene.place, scene.actors.buyer, 2, prover, [sender, second], {
        handOverMs: HAND_OVER_MS,
      });
      await scene.pool.insertLeaves(5);
    });

    it("gives the same call to the next where one is silent", async () => {
      const calls: string[] = [];
      sender.instead = ({ data }) => {
        calls.push(data);
        return silent();
      };
      second.instead = (call, send) => {
        calls.push(call.data);
        return send(call);
      };
      const { sent } = await patient.submitBuyPlan(BID);
      expect(sent).not.to.equal(undefined);
      expect(calls).to.have.length(2);
      expect(calls[0]).to.equal(calls[1]);
      expect(prover.requests).to.have.length(1);
      await expectPlans(1);
    });

    it("gives it on where one lies, is down or says no", async () => {
      const answers = [
        () => Promise.resolve({ blockNumber: 1, hash: "0xbeef" }),
        () => Promise.reject(new OutcomeUnknownError("No.")),
        () => Promise.reject(new RelayerError("Down.")),
      ];
      for (const [index, answer] of answers.entries()) {
        await scene.pool.insertLeaves(64).catch(() => undefined);
        sender.instead = answer;
        await patient.submitBuyPlan(BID);
        await expectPlans(index + 1);
      }
    });

    it("does it once where the silent one sends after all", async () => {
      let held: (() => Promise<unknown>) | undefined;
      sender.instead = (call, send) => {
        held = () => send(call);
        return silent();
      };
      second.instead = async (call, send) => {
        await held!();
        return send(call);
      };
      await patient.submitBuyPlan(BID);
      await expectPlans(1);
      expect(await rejection(held!())).to.be.instanceOf(ContractRevertedError);
    });

    it("inserts leaves by the next where one is silent", async () => {
      await patient.deposit(5n);
      sender.instead = silent;
      await patient.merge();
      expect(second.verbs).to.deep.equal(["insertLeaves", "merge"]);
    });

    it("asks nobody else once it is wanted no more", async () => {
      const control = new AbortController();
      sender.instead = () => {
        control.abort();
        return silent();
      };
      const error = await rejection(patient.submitBuyPlan(BID, { signal: control.signal }));
      expect(error.message).to.include("until the chain's time");
      expect(second.verbs).to.be.empty;
    });

    it("needs one at least", () => {
      expect(() => trader(scene.place, scene.actors.buyer, 2, prover, [])).to.throw("no sender");
    });
  });

  it("says at once that nothing was sent where the node was silent before", async () => {
    await scene.pool.insertLeaves(5);
    const { provider } = scene.place;
    const lost = Object.create(provider) as typeof provider;
    lost.call = () => Promise.reject(new Error("timeout"));
    const relayed = relayerSender(lost, "http://relayer.invalid", {
      fetch: () =>
        Promise.resolve(
          Response.json({
            format: "sealwatt relayer 1",
            chainId: "1",
            pool: scene.poolAddress,
            relayer: scene.actors.relayer.address,
            feeNano: "0",
          }),
        ),
    });
    const relayer = Object.create(scene.actors.relayer) as typeof scene.actors.relayer;
    Object.defineProperty(relayer, "provider", { value: lost });
    for (const unheard of [
      relayed,
      walletSender(relayer),
      await TransactionSender.of(Wallet.createRandom(lost)),
    ]) {
      sender.instead = (call) => unheard.send(call);
      // An outcome that is not known would be waited for, and say so.
      expect(await rejection(buyer.submitBuyPlan(BID))).to.be.instanceOf(NotSentError);
    }
  });

  it("waits no longer than it is wanted", async () => {
    await scene.pool.insertLeaves(5);
    const control = new AbortController();
    const patient = trader(scene.place, scene.actors.buyer, 2, prover, sender, {
      outcomeWaitMs: 3_600_000,
    });
    sender.instead = () => {
      control.abort();
      return Promise.reject(new OutcomeUnknownError("The relayer is silent."));
    };
    const error = await rejection(patient.submitBuyPlan(BID, { signal: control.signal }));
    expect(error.message).to.include("until the chain's time");
  });

  it("finds out a sender that says it was mined", async () => {
    await scene.pool.insertLeaves(5);
    for (const blockNumber of [0, 1, 2 ** 40]) {
      sender.instead = async () => {
        await expire();
        return { blockNumber, hash: "0xbeef" };
      };
      const error = await rejection(buyer.submitBuyPlan(BID));
      expect(error, String(blockNumber)).to.be.instanceOf(SenderLiedError);
    }
    await expectPlans(0);
  });

  it("has one of two where a sender keeps the first until the second comes", async () => {
    await scene.pool.insertLeaves(5);
    const held: ContractCall[] = [];
    sender.instead = async (call, send) => {
      held.push(call);
      // It says that the proof is stale, and then sends the first in place of the second.
      if (held.length === 1) {
        await rotateAuditKey(5n);
        return send(call);
      }
      await rotateAuditKey(987_654_321n);
      return send(held[0]!);
    };
    const { request } = await buyer.submitBuyPlan(BID);
    expect(request).to.equal(prover.requests[0]);
    await expectPlans(1);
  });

  it("pays in once where the wallet loses its answer", async () => {
    const wallet = walletSender(scene.actors.buyer);
    const lossy = trader(scene.place, scene.actors.buyer, 2, prover, sender, {
      wallet: {
        address: scene.actors.buyer.address,
        async send(call) {
          await wallet.send(call);
          if (call.to === scene.poolAddress) throw new NotMinedError("lost");
          return { blockNumber: 0, hash: "" };
        },
      },
    });
    await lossy.deposit(5n);
    expect(lossy.store.balanceNano).to.equal(1_000_000_005n);
  });

  it("joins once", async () => {
    expect(await buyer.join()).to.equal(undefined);
    expect(prover.requests).to.be.empty;
  });

  it("runs steps one after another, so that two do not spend one note", async () => {
    const plans = await Promise.all([buyer.submitBuyPlan(BID), buyer.submitBuyPlan(BID)]);
    expect(new Set(plans.map(({ plan }) => plan)).size).to.equal(2);
    await expectPlans(2);
  });

  it("goes on after a proof that failed or was cancelled", async () => {
    prover.meanwhile = () => Promise.reject(new ProverError("ended", "The prover ended."));
    expect(await rejection(buyer.submitBuyPlan(BID))).to.include({ fault: "ended" });
    prover.meanwhile = () => Promise.resolve();
    const control = new AbortController();
    prover.meanwhile = async () => control.abort();
    expect(await rejection(buyer.submitBuyPlan(BID, { signal: control.signal }))).to.have.property(
      "name",
      "AbortError",
    );
    prover.meanwhile = () => Promise.resolve();
    expect(sender.verbs).not.to.include("submitBuyPlan");
    await buyer.submitBuyPlan(BID);
    await expectPlans(1);
  });
});
