import { expect } from "chai";
import { ZeroHash } from "ethers";
import { addressWord, type CircuitName } from "../../../sdk/private/context.ts";
import { FIELD_ORDER } from "../../../sdk/private/field.ts";
import { at, goTo } from "../../helpers/market.ts";
import { deployPool, GATEWAY_TAG, POOL_TERMS, stagePool } from "../../helpers/privateMarket.ts";
import { fillTree } from "../../helpers/privateStorage.ts";
import {
  confirm,
  DEADLINE,
  deposit,
  fresh,
  issueGeneration,
  joinPool,
  merge,
  proofOf,
  proposalOf,
  propose,
  refund,
  reportActual,
  settle,
  submitBuyPlan,
  submitSellPlan,
  withdraw,
  type ProofArgument,
} from "../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../helpers/refusal.ts";

const PERIOD = 3;
const [MATCHED, ENDED, PROVEN] = [2, 3, 4];
/** Seconds from the genesis. */
const PROPOSALS_END = PERIOD * 900 - POOL_TERMS.proposalsLead;
const REPORTING_END = (PERIOD + 1) * 900 + POOL_TERMS.reportingTime;

describe("attacks on the private market [P4] [P5] [P6] [P8]", () => {
  const scene = stagePool(async (fixture) => {
    await joinPool(fixture, fixture.actors.seller);
    for (let i = 0; i < 2; i++) await deposit(fixture);
    await fixture.pool.insertLeaves(2);
    const sells = [fresh(), fresh()] as const;
    const buys = [fresh(), fresh()] as const;
    for (const plan of sells) await submitSellPlan(fixture, { plan, period: PERIOD });
    for (const plan of buys) await submitBuyPlan(fixture, { plan, period: PERIOD });
    return { sells, buys, proposal: proposalOf(sells[0], buys[0]) };
  });

  /** A match that both sides have confirmed. */
  async function agree(): Promise<void> {
    await propose(scene, scene.proposal);
    await confirm(scene, "sell", scene.proposal);
    await confirm(scene, "buy", scene.proposal);
  }

  // ─── replays ───────────────────────────────────────────────────────────────

  it("replay: a proof that was taken is sent again, by whomever", async () => {
    const { pool, actors, buys, proposal } = scene;
    const { stranger, relayer } = actors;
    const to = relayer.address;
    const bound = [addressWord(to), addressWord(to), 0n];
    const replay = async (
      circuit: CircuitName,
      named: Record<string, bigint>,
      send: (proof: ProofArgument) => Promise<unknown>,
      error: string,
      words: readonly bigint[] = [],
    ) => {
      const proof = await proofOf(scene, circuit, named, { bound: words });
      await send(proof);
      await expectRefusal(send(proof), pool, error);
    };
    const by = pool.connect(stranger);
    const spent = "NullifierSpentBefore";
    const paid = { amountNano: 10n };
    await replay("Withdraw", paid, (p) => by.withdraw(p, DEADLINE, to, to, 0), spent, bound);
    await replay("Merge", {}, (p) => by.merge(p, DEADLINE), spent);
    const plan = { period: 9n };
    const [sell, buy] = [
      (p: ProofArgument) => by.submitSellPlan(p, DEADLINE, ZeroHash),
      (p: ProofArgument) => by.submitBuyPlan(p, DEADLINE, ZeroHash),
    ];
    await replay("SellPlan", plan, sell, spent, [0n]);
    await replay("BuyPlan", plan, buy, spent, [0n]);
    await propose(scene, proposal);
    const { record, sellPlan, buyPlan } = proposal;
    const match = { match: record, sellPlan, buyPlan };
    await replay("ConfirmSell", match, (p) => by.confirmSell(p, DEADLINE), "ConfirmedBefore");
    await confirm(scene, "buy", proposal);
    await goTo(scene, 0, REPORTING_END);
    const settled = { match: record, actual: 0n };
    await replay(
      "SettleSell",
      { ...settled, plan: sellPlan },
      (p) => by.settleSell(p, DEADLINE),
      "SettledBefore",
    );
    await replay(
      "SettleBuy",
      { ...settled, plan: buyPlan },
      (p) => by.settleBuy(p, DEADLINE),
      "SettledBefore",
    );
    const open = { plan: buys[1], side: 0n, strikes: 0n };
    await replay("Refund", open, (p) => by.refund(p, DEADLINE), "PlanNotOpen");
  });

  it("replay: a gateway's proof is sent twice, and its energy sold twice", async () => {
    const commitment = fresh();
    await issueGeneration(scene, commitment);
    for (const deadline of [DEADLINE, DEADLINE + 1n]) {
      await expectRefusal(
        issueGeneration(scene, commitment, { deadline }),
        scene.pool,
        "NoteKnown",
        commitment,
      );
    }
  });

  it("alias: a spent nullifier comes again as another number of the same residue", async () => {
    const nullifier = fresh();
    await withdraw(scene, {}, { signals: { nullifier } });
    for (const alias of [nullifier + FIELD_ORDER, nullifier + 4n * FIELD_ORDER]) {
      await expectRefusal(
        withdraw(scene, {}, { signals: { nullifier: alias } }),
        scene.pool,
        "SignalNotCanonical",
        0,
        alias,
      );
    }
  });

  // ─── redirections ──────────────────────────────────────────────────────────

  it("front-running: a copied withdrawal is sent to the copier, or gives it the whole as a fee", async () => {
    const { pool, actors } = scene;
    const { stranger: thief, relayer, buyer: recipient } = actors;
    const bound = [addressWord(recipient.address), addressWord(relayer.address), 5n];
    const proof = await proofOf(scene, "Withdraw", { amountNano: 100 }, { bound });
    const copy = pool.connect(thief);
    for (const [to, through, fee] of [
      [thief.address, relayer.address, 5],
      [recipient.address, thief.address, 5],
      [recipient.address, relayer.address, 100],
    ] as const) {
      await expectRefusal(copy.withdraw(proof, DEADLINE, to, through, fee), pool, "ForeignContext");
    }
    // As it is, it pays those whom it was made for, whoever sends it.
    await expect(
      copy.withdraw(proof, DEADLINE, recipient.address, relayer.address, 5),
    ).to.changeTokenBalances(scene.ethers, scene.token, [recipient, relayer, thief], [95, 5, 0]);
  });

  it("front-running: somebody joins with another's proof and account", async () => {
    const { pool, actors } = scene;
    const bound = [addressWord(actors.seller.address)];
    await expectRefusal(joinPool(scene, actors.buyer, fresh(), { bound }), pool, "ForeignContext");
  });

  it("invented tree: a root of one's own, or a true root with a size that moves the leaf", async () => {
    const { pool } = scene;
    const [root, size] = await pool.noteTree();
    for (const pair of [
      { root: fresh(), size },
      { root, size: size + 1n },
      { root, size: 2n ** 24n },
    ]) {
      await expectRefusal(withdraw(scene, {}, { signals: pair }), pool, "UnknownRoot");
    }
  });

  // ─── participants ──────────────────────────────────────────────────────────

  it("stale participants: who was expelled plans with a path of before", async () => {
    const { pool, actors } = scene;
    const { seller, operator } = actors;
    const [participantsRoot, participantsSize] = await pool.participantsTree();
    await pool.connect(operator).expel(seller.address, []);
    for (const verb of [submitSellPlan, submitBuyPlan]) {
      await expectRefusal(
        verb(scene, { period: 9, signals: { participantsRoot, participantsSize } }),
        pool,
        "StaleParticipants",
        0,
        participantsRoot,
      );
    }
  });

  it("copied account: who was expelled goes on under a friend's address", async () => {
    const { pool, actors } = scene;
    const { seller, buyer, operator } = actors;
    const owner = await pool.ownerOf(seller.address);
    await expectRefusal(joinPool(scene, buyer, owner), pool, "OwnerTaken", owner);
    await pool.connect(operator).expel(seller.address, []);
    await expectRefusal(joinPool(scene, buyer, owner), pool, "OwnerTaken", owner);
  });

  it("revocation: who was expelled keeps its money and its plans", async () => {
    const { pool, actors, proposal } = scene;
    await pool.connect(actors.operator).expel(actors.seller.address, []);
    await agree();
    await goTo(scene, 0, REPORTING_END);
    await settle(scene, "sell", proposal);
    await withdraw(scene);
  });

  // ─── plans and matches ─────────────────────────────────────────────────────

  it("double lock: a plan is refunded while it is matched, and its rest too", async () => {
    const { pool, sells, buys, proposal } = scene;
    await at(scene, 0, PROPOSALS_END - 1);
    await propose(scene, proposal);
    await expectRefusal(refund(scene, sells[0]), pool, "PlanNotOpen", sells[0], MATCHED);
    await expectRefusal(refund(scene, buys[0]), pool, "PlanNotOpen", buys[0], MATCHED);
    const rest = fresh();
    await confirm(scene, "buy", proposal, rest);
    await expectRefusal(refund(scene, rest), pool, "PlanNotOpen", rest, PROVEN);
    await confirm(scene, "sell", proposal);
    await expectRefusal(refund(scene, buys[0]), pool, "PlanNotOpen", buys[0], ENDED);
    await refund(scene, rest);
  });

  it("double lock: a refunded plan is confirmed or matched", async () => {
    const { pool, buys, sells, proposal } = scene;
    await propose(scene, proposal);
    await at(scene, 0, POOL_TERMS.confirmationTime + 200);
    await pool.lapse(proposal.record);
    await goTo(scene, 0, PROPOSALS_END);
    await refund(scene, buys[0]);
    await expectRefusal(confirm(scene, "buy", proposal), pool, "MatchNot");
    await expectRefusal(
      propose(scene, proposalOf(sells[0], buys[0])),
      pool,
      "PlanNotOpen",
      buys[0],
      ENDED,
    );
  });

  it("smuggled rest: a side submits the rest that it proved, so that the other cannot confirm", async () => {
    const { pool, proposal } = scene;
    await propose(scene, proposal);
    const rest = fresh();
    await confirm(scene, "sell", proposal, rest);
    await expectRefusal(submitSellPlan(scene, { plan: rest, period: 9 }), pool, "PlanKnown", rest);
    await confirm(scene, "buy", proposal);
    expect((await pool.matchOf(proposal.record)).state).to.equal(2);
  });

  it("smuggled rest: one rest is proven for two matches", async () => {
    const { pool, sells, buys, proposal } = scene;
    const second = proposalOf(sells[1], buys[1]);
    await propose(scene, proposal, second);
    const rest = fresh();
    await confirm(scene, "sell", proposal, rest);
    await expectRefusal(confirm(scene, "sell", second, rest), pool, "PlanKnown", rest);
  });

  it("smuggled rest: the rest of a match that lapsed is refunded or matched beside its plan", async () => {
    const { pool, buys, proposal } = scene;
    await propose(scene, proposal);
    const rest = fresh();
    await confirm(scene, "sell", proposal, rest);
    await at(scene, 0, PROPOSALS_END - 1);
    await pool.lapse(proposal.record);
    await goTo(scene, 0, PROPOSALS_END);
    await expectRefusal(refund(scene, rest), pool, "PlanNotOpen", rest, PROVEN);
    await expectRefusal(propose(scene, proposalOf(rest, buys[1])), pool, "PlanNotOpen");
  });

  it("silence: a side lets its match lapse and has lost its bond, the other nothing", async () => {
    const { pool, sells, buys, proposal } = scene;
    await propose(scene, proposal);
    await confirm(scene, "sell", proposal);
    await at(scene, 0, POOL_TERMS.confirmationTime + 200);
    await pool.lapse(proposal.record);
    await goTo(scene, 0, PROPOSALS_END);
    await expectRefusal(
      refund(scene, buys[0], { signals: { strikes: 0 } }),
      pool,
      "ForeignTerms",
      1,
      0,
    );
    await refund(scene, sells[0], { signals: { strikes: 0 } });
  });

  it("lapse griefing: somebody ends a match early, or one that is agreed, or twice for two strikes", async () => {
    const { pool, actors, buys, sells, proposal } = scene;
    const griefer = pool.connect(actors.stranger);
    const second = proposalOf(sells[1], buys[1]);
    await at(scene, 0, 0);
    await propose(scene, proposal, second);
    await confirm(scene, "sell", second);
    await confirm(scene, "sell", proposal);
    await at(scene, 0, POOL_TERMS.confirmationTime - 1);
    await expectRefusal(griefer.lapse(proposal.record), pool, "ConfirmationOpen");
    // In the very last second the other side is still in time.
    await at(scene, 0, POOL_TERMS.confirmationTime);
    await confirm(scene, "buy", proposal);
    await at(scene, 0, POOL_TERMS.confirmationTime + 1);
    await expectRefusal(griefer.lapse(proposal.record), pool, "MatchNot", proposal.record, 1, 2);
    await griefer.lapse(second.record);
    await expectRefusal(griefer.lapse(second.record), pool, "MatchNot", second.record, 1, 3);
    expect((await pool.planOf(buys[1])).strikes).to.equal(1n);
  });

  it("forged proposal: somebody proposes a match that its owners cannot open", async () => {
    const { pool, actors, proposal } = scene;
    for (const by of [actors.seller, actors.operator, actors.gateway]) {
      await expectRefusal(
        pool.connect(by).proposeMatches([{ ...proposal, opening: [1, 2, 3, 4, 5] }]),
        pool,
        "AccessManagedUnauthorized",
        by.address,
      );
    }
  });

  // ─── delivery ──────────────────────────────────────────────────────────────

  it("double settlement: one side takes its money twice, or the other's", async () => {
    const { pool, proposal } = scene;
    const { record, sellPlan, buyPlan } = proposal;
    await agree();
    await goTo(scene, 0, REPORTING_END);
    await settle(scene, "sell", proposal);
    await expectRefusal(settle(scene, "sell", proposal), pool, "SettledBefore", record, true);
    await expectRefusal(
      settle(scene, "buy", proposal, { signals: { plan: sellPlan } }),
      pool,
      "ForeignPlan",
      buyPlan,
      sellPlan,
    );
    await settle(scene, "buy", proposal);
    await expectRefusal(settle(scene, "buy", proposal), pool, "SettledBefore", record, false);
  });

  it("two truths: nothing delivered for one side, something for the other", async () => {
    const { pool, proposal } = scene;
    await agree();
    await goTo(scene, 0, REPORTING_END);
    // The buyer takes its lock back, since nobody said that anything came.
    await settle(scene, "buy", proposal);
    const actual = fresh();
    await expectRefusal(reportActual(scene, proposal, actual), pool, "ReportingClosed");
    await expectRefusal(
      settle(scene, "sell", proposal, { signals: { actual } }),
      pool,
      "ForeignActual",
      0,
      actual,
    );
  });

  it("two truths: the buyer takes nothing for delivered before the gateway has spoken", async () => {
    const { pool, proposal } = scene;
    await agree();
    await goTo(scene, PERIOD + 1);
    await expectRefusal(settle(scene, "buy", proposal), pool, "SettlementNotBegun");
    await reportActual(scene, proposal);
    await expectRefusal(
      settle(scene, "buy", proposal, { signals: { actual: 0 } }),
      pool,
      "ForeignActual",
    );
    await expectRefusal(reportActual(scene, proposal), pool, "ActualKnown");
  });

  it("stolen gateway: somebody vouches for energy under another's tag", async () => {
    const { pool, actors } = scene;
    const { stranger, operator, gateway } = actors;
    await expectRefusal(
      issueGeneration(scene, fresh(), { by: stranger }),
      pool,
      "UnknownGateway",
      stranger.address,
    );
    await expectRefusal(
      pool.connect(operator).setGateway(stranger.address, GATEWAY_TAG),
      pool,
      "GatewayTagTaken",
      GATEWAY_TAG,
      gateway.address,
    );
    await pool.connect(operator).setGateway(stranger.address, 9);
    await expectRefusal(
      issueGeneration(scene, fresh(), { by: stranger }),
      pool,
      "ForeignGateway",
      9,
      GATEWAY_TAG,
    );
  });

  // ─── the tree ──────────────────────────────────────────────────────────────

  it("flood: the tree is filled, and everybody still gets out", async () => {
    const { pool, sells, buys, proposal } = scene;
    await propose(scene, proposal);
    await fillTree(scene, 2 ** 24 - Number(await pool.reservedLeaves()));
    await expectRefusal(deposit(scene), pool, "TreeFull");
    const root = { signals: { size: 2 } };
    await expectRefusal(merge(scene, root), pool, "TreeFull");
    const [sellRest, buyRest] = [fresh(), fresh()];
    await confirm(scene, "sell", proposal, sellRest);
    await confirm(scene, "buy", proposal, buyRest);
    await goTo(scene, 0, REPORTING_END);
    for (const plan of [sells[1], buys[1], sellRest, buyRest]) await refund(scene, plan);
    for (const side of ["sell", "buy"] as const) await settle(scene, side, proposal);
    await pool.insertLeaves(64);
    expect([...(await pool.noteTree())].slice(1)).to.deep.equal([2n ** 24n, 0n]);
    await withdraw(scene);
  });

  it("flood: the queue is kept full, and notes get in all the same", async () => {
    const { pool } = scene;
    for (let i = 0; i < 150; i++) await deposit(scene, 1);
    const [, size, pending] = await pool.noteTree();
    expect(pending).to.be.lessThanOrEqual(64n);
    expect(size + pending).to.equal(2n + 4n + 150n);
  });
});

describe("attacks on the private market with a token", () => {
  const scene = stagePool(async () => Promise.resolve({}));

  async function poolOf(name: string) {
    const token = await scene.ethers.deployContract(name);
    const pool = await deployPool(scene, { token });
    const { payer } = scene.actors;
    await token.getFunction("mint")(payer.address, 10n ** 9n);
    await token.connect(payer).getFunction("approve")(pool.poolAddress, 10n ** 9n);
    return { pool, token };
  }

  it("fee on transfer: less arrives than the note says", async () => {
    const { pool } = await poolOf("FeeToken");
    await expectRefusal(deposit(pool, 1_000), pool.pool, "TransferShort", 1_000, 990);
  });

  it("lying token: nothing arrives, or it says no", async () => {
    const lying = (await poolOf("LyingToken")).pool;
    await expectRefusal(deposit(lying, 1_000), lying.pool, "TransferShort", 1_000, 0);
    const refusing = (await poolOf("RefusingToken")).pool;
    await expectRefusal(deposit(refusing, 1_000), refusing.pool, "SafeERC20FailedOperation");
  });

  it("reentrancy: a token comes back into deposit and withdraw in the middle of either", async () => {
    const { pool: fixture, token } = await poolOf("CallingToken");
    const { pool, poolAddress, actors } = fixture;
    await deposit(fixture, 500);
    await pool.insertLeaves(1);
    const tokenAddress = await token.getAddress();
    const bound = [addressWord(tokenAddress)];
    const inner = await proofOf(fixture, "Deposit", { amountNano: 1_000 }, { bound });
    const words = [addressWord(tokenAddress), addressWord(tokenAddress), 0n];
    const outer = await proofOf(fixture, "Withdraw", { amountNano: 100 }, { bound: words });
    for (const data of [
      pool.interface.encodeFunctionData("deposit", [inner, DEADLINE]),
      pool.interface.encodeFunctionData("withdraw", [
        outer,
        DEADLINE,
        tokenAddress,
        tokenAddress,
        0,
      ]),
    ]) {
      await token.getFunction("setCall")(poolAddress, data);
      const refused = pool.interface.getError("ReentrancyGuardReentrantCall")!.selector;
      await expect(deposit(fixture, 1_000)).to.emit(token, "Refused").withArgs(refused);
      await expect(withdraw(fixture, { amountNano: 100 }))
        .to.emit(token, "Refused")
        .withArgs(refused);
    }
    expect(await token.getFunction("balanceOf")(poolAddress)).to.equal(500n + 2n * 900n);
    expect(await token.getFunction("balanceOf")(actors.stranger.address)).to.equal(200n);
  });

  it("reentrancy: a token calls another verb in the middle, which finds all written", async () => {
    const { pool: fixture, token } = await poolOf("CallingToken");
    const { pool, poolAddress } = fixture;
    await deposit(fixture, 500);
    await pool.insertLeaves(1);
    const nullifier = fresh();
    const signals = { nullifier };
    // The same note, in a plan.
    const plan = await proofOf(fixture, "BuyPlan", { period: 9 }, { signals, bound: [0n] });
    await token.getFunction("setCall")(
      poolAddress,
      pool.interface.encodeFunctionData("submitBuyPlan", [plan, DEADLINE, ZeroHash]),
    );
    const spent = pool.interface.encodeErrorResult("NullifierSpentBefore", [nullifier]);
    await expect(withdraw(fixture, { amountNano: 100 }, { signals }))
      .to.emit(token, "Refused")
      .withArgs(spent);
  });
});
