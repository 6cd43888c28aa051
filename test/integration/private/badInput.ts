import { expect } from "chai";
import { Wallet, ZeroHash } from "ethers";
import {
  MalformedKeySignatureError,
  OtherOwnerError,
  OtherWalletError,
} from "../../../sdk/private/accountError.ts";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import { NotParticipantError } from "../../../sdk/private/chain/participants.ts";
import { walletSender } from "../../../sdk/private/client/poolSender.ts";
import { contextOf } from "../../../sdk/private/context.ts";
import {
  derivePrivateAccount,
  type TypedDataSigner,
} from "../../../sdk/private/derivePrivateAccount.ts";
import { FIELD_ORDER } from "../../../sdk/private/field.ts";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import { PRIVATE_ACCOUNT_TYPES, privateAccountMessage } from "../../../sdk/private/keySignature.ts";
import { MerkleTree, PARTICIPANT_TREE_DEPTH } from "../../../sdk/private/merkleTree.ts";
import { poolDomain, scopeOf } from "../../../sdk/private/pool.ts";
import { buildParticipantInputs } from "../../../sdk/private/proofs/participant.ts";
import { UnprovableError } from "../../../sdk/private/proofs/proofRequest.ts";
import { buildWithdrawInputs } from "../../../sdk/private/proofs/withdraw.ts";
import {
  NotEnoughPrivateBalanceError,
  NotesToMergeError,
} from "../../../sdk/private/store/selectNotes.ts";
import { goTo, join as authorise } from "../../helpers/market.ts";
import { POOL_TERMS } from "../../helpers/privateMarket.ts";
import { StandInProver, trader } from "../../helpers/privateTraders.ts";
import { DEADLINE, type ProofArgument } from "../../helpers/privateVerbs.ts";
import {
  ALICE,
  BOB,
  bidOf,
  endProver,
  forgeBid,
  isUnprovable,
  MAX_NANO,
  PLAN_PERIOD,
  prove,
  settingOf,
  stageProven,
  standIn,
  withdrawalOf,
} from "../../helpers/provenScene.ts";
import { expectRefusal } from "../../helpers/refusal.ts";
import { rejection } from "../../helpers/rejection.ts";

const BUY_PLAN = 6;
/** Places of a bid's public signals. */
const [ROOT, SIZE, SCOPE, PERIOD, CONTEXT] = [12, 13, 14, 17, 21];
const PARTICIPANTS_SIZE = 16;

const CAROL = accountOfSeed(new Uint8Array(32).fill(33));

describe("bad input to a private market [P7]", function () {
  this.timeout(300_000);
  const scene = stageProven();
  after(endProver);

  const submit = (proof: ProofArgument, deadline = DEADLINE) =>
    scene.pool.connect(scene.actors.relayer).submitBuyPlan(proof, deadline, ZeroHash);
  const replaced = ({ points, signals }: ProofArgument, place: number, value: bigint) => ({
    points,
    signals: signals.with(place, value),
  });

  it("a root that the tree never had, or with another size @long", async () => {
    const { pool } = scene;
    const proof = await prove(bidOf(scene));
    const [root, size] = [proof.signals[ROOT]!, proof.signals[SIZE]!];
    await expectRefusal(
      submit(replaced(proof, ROOT, root + 1n)),
      pool,
      "UnknownRoot",
      root + 1n,
      size,
    );
    for (const other of [0n, size - 1n, size + 1n]) {
      await expectRefusal(submit(replaced(proof, SIZE, other)), pool, "UnknownRoot", root, other);
    }
  });

  it("a stale root of the participants", async () => {
    const { pool, actors, participants } = scene;
    const proof = await prove(bidOf(scene));
    await pool.connect(actors.operator).expel(actors.buyer.address, [ALICE.owner]);
    const now = new MerkleTree(PARTICIPANT_TREE_DEPTH, [ALICE.owner, BOB.owner]);
    now.replace(1, 0n);
    await expectRefusal(submit(proof), pool, "StaleParticipants", now.root, participants.root);
    const [, size] = await pool.participantsTree();
    const moved = replaced(proof, PARTICIPANTS_SIZE, size + 1n);
    await expectRefusal(submit(moved), pool, "StaleParticipants");
  });

  it("a spent nullifier, also of another circuit @long", async () => {
    const withdrawal = withdrawalOf(scene);
    const [spending, bidding] = [await prove(withdrawal), await prove(bidOf(scene))];
    await submit(bidding);
    const refused = withdrawal.send(spending);
    await expectRefusal(refused, scene.pool, "NullifierSpentBefore", spending.signals[0]);
    await expectRefusal(submit(bidding), scene.pool, "NullifierSpentBefore", bidding.signals[0]);
  });

  it("a wrong period, one whose plans are closed, and one that is none", async () => {
    const { pool, genesis } = scene;
    const proof = await prove(bidOf(scene));
    const later = replaced(proof, PERIOD, PLAN_PERIOD + 1n);
    await expectRefusal(submit(later), pool, "InvalidProof", BUY_PLAN);
    const none = replaced(proof, PERIOD, 2n ** 24n);
    await expectRefusal(submit(none), pool, "PeriodInvalid", 2n ** 24n);
    await goTo(scene, Number(PLAN_PERIOD), -POOL_TERMS.plansLead);
    const closedAt = genesis + Number(PLAN_PERIOD) * POOL_TERMS.periodLength - POOL_TERMS.plansLead;
    await expectRefusal(submit(proof), pool, "PlansClosed", PLAN_PERIOD, closedAt);
  });

  it("an expired deadline, and another one than was proven", async () => {
    const { pool, networkHelpers } = scene;
    const withdrawal = withdrawalOf(scene);
    const proof = await prove(withdrawal);
    await expectRefusal(submit(await prove(bidOf(scene)), DEADLINE - 1n), pool, "ForeignContext");
    await networkHelpers.time.setNextBlockTimestamp(Number(DEADLINE) + 1);
    await expectRefusal(withdrawal.send(proof), pool, "DeadlinePassed", DEADLINE, DEADLINE + 1n);
  });

  it("a proof for another chain or contract", async () => {
    const { pool, poolId, scope } = scene;
    const proof = await prove(bidOf(scene));
    const right = proof.signals[CONTEXT]!;
    for (const foreign of [
      { ...poolId, chainId: poolId.chainId + 1n },
      { ...poolId, pool: scene.marketAddress },
    ]) {
      const context = contextOf(foreign, "BuyPlan", DEADLINE, [0n]);
      const given = replaced(proof, CONTEXT, context);
      await expectRefusal(submit(given), pool, "ForeignContext", right, context);
      // One that is bound to this pool by its context, and to the other by its nullifier.
      const mixed = replaced(proof, SCOPE, scopeOf(foreign));
      await expectRefusal(submit(mixed), pool, "ForeignScope", scope, scopeOf(foreign));
    }
  });

  it("signals that are not canonical, too few or too many", async () => {
    const { pool } = scene;
    const proof = await prove(bidOf(scene));
    const { points, signals } = proof;
    for (const place of [0, PERIOD, signals.length - 1]) {
      const alias = signals[place]! + FIELD_ORDER;
      const given = replaced(proof, place, alias);
      await expectRefusal(submit(given), pool, "SignalNotCanonical", place, alias);
    }
    for (const wrong of [signals.slice(1), [...signals, 0n], []]) {
      const given = { points, signals: wrong };
      await expectRefusal(submit(given), pool, "SignalCount", signals.length, wrong.length);
    }
  });

  it("a proof for a version of the audit key that is no more", async () => {
    const { pool, actors, auditKey } = scene;
    const proof = await prove(bidOf(scene));
    const next = auditKeyOf(123_456_789n);
    await pool.connect(actors.regulator).setAuditKey([...next.key], [...next.eighth]);
    await expectRefusal(submit(proof), pool, "StaleAuditKey", 2, ...auditKey);
  });

  it("an owner that is not registered", async () => {
    const { pool, poolId, ethers, actors } = scene;
    const [, , , , , stranger, carol] = actors.people;
    const joining = buildParticipantInputs(CAROL, settingOf(scene, 9_701n), {
      participant: stranger!.address,
    });
    const notAuthorised = pool.connect(stranger).join(standIn(joining), DEADLINE);
    await expectRefusal(notAuthorised, pool, "NotAuthorised", stranger!.address);
    // Authorised in the open market, and not joined: no proof is even begun.
    await authorise(scene, carol!, { depositNano: 0n });
    const place = { provider: ethers.provider, poolId };
    const prover = new StandInProver();
    const wallet = trader(place, carol!, 33, prover, walletSender(actors.relayer));
    await wallet.sync();
    expect(() => wallet.follower.pathOfOwner(CAROL.owner)).to.throw(
      NotParticipantError,
      /Join first/,
    );
    // With another's place among the participants there is no witness.
    const bid = bidOf(scene);
    expect(await isUnprovable(bid, forgeBid(bid, { participantIndex: 1n }))).to.be.true;
    const bobs = scene.participants.pathOf(1).siblings;
    const stolen = forgeBid(bid, { participantIndex: 1n, participantSiblings: bobs });
    expect(await isUnprovable(bid, stolen)).to.be.true;
  });

  it("a proof of another circuit, or for another's note", async () => {
    const { pool, credit } = scene;
    const [bid, withdrawal] = [await prove(bidOf(scene)), await prove(withdrawalOf(scene))];
    const { points } = withdrawal;
    await expectRefusal(submit({ ...bid, points }), pool, "InvalidProof", BUY_PLAN);
    const terms = {
      from: credit(0),
      amountNano: 1n,
      recipient: scene.marketAddress,
      relayer: scene.marketAddress,
      feeNano: 0n,
    };
    expect(() => buildWithdrawInputs(BOB, settingOf(scene, 9_801n), terms)).to.throw(
      UnprovableError,
      `The credit note belongs to owner ${ALICE.owner}, not to ${BOB.owner}.`,
    );
  });

  it("more than the private balance: says what is in which note, and what merging does", async () => {
    const { poolId, ethers, actors } = scene;
    const withdrawal = withdrawalOf(scene);
    await withdrawal.send(await prove(withdrawal));
    const place = { provider: ethers.provider, poolId };
    const prover = new StandInProver();
    const alice = trader(place, actors.seller, 31, prover, walletSender(actors.relayer));
    const to = actors.stranger.address;
    const tooMuch = await rejection(alice.withdraw(11_800_000_000n, to));
    expect(tooMuch).to.be.instanceOf(NotEnoughPrivateBalanceError);
    expect(tooMuch.message).to.equal(
      "The private balance is 11.799, and 11.8 are wanted: 5 in note 1, 3.799 in note 3, 3 in note 0, 0 in note 5.\n" +
        "Deposit the difference, or choose a smaller amount.",
    );
    const inTwo = await rejection(alice.withdraw(8_500_000_000n, to));
    expect(inTwo).to.be.instanceOf(NotesToMergeError);
    expect(inTwo.message).to.equal(
      "No single note holds 8.5: the largest are 5 in note 1, 3.799 in note 3.\n" +
        "Merge these 2 notes first: 1 proof makes one note of 8.799.",
    );
    expect(await rejection(alice.withdraw(MAX_NANO, to, { merge: true }))).to.be.instanceOf(
      NotEnoughPrivateBalanceError,
    );
    expect(prover.requests).to.be.empty;
  });

  it("a wrong signature or account: nobody's keys are derived silently", async () => {
    const { poolId } = scene;
    const [wallet, other] = [
      new Wallet(`0x${"11".repeat(32)}`),
      new Wallet(`0x${"22".repeat(32)}`),
    ];
    const sign = (by: Wallet, index = 0n, pool = poolId) =>
      by.signTypedData(poolDomain(pool), PRIVATE_ACCOUNT_TYPES, privateAccountMessage(index));
    const answering = (...signatures: string[]): TypedDataSigner => ({
      getAddress: () => Promise.resolve(wallet.address),
      signTypedData: () => Promise.resolve(signatures.shift()!),
    });
    const [right, byOther, forOther] = await Promise.all([
      sign(wallet),
      sign(other),
      sign(wallet, 0n, { ...poolId, pool: scene.marketAddress }),
    ]);
    const account = await derivePrivateAccount(wallet, poolId, { registeredOwner: undefined });
    for (const [signer, registeredOwner, error] of [
      [answering(byOther, byOther), undefined, OtherWalletError],
      [answering(forOther, forOther), undefined, OtherWalletError],
      [answering(right, forOther), undefined, OtherWalletError],
      [answering("0x", "0x"), undefined, MalformedKeySignatureError],
      [answering(`${right}00`, right), undefined, MalformedKeySignatureError],
      [answering(byOther), account.owner, OtherWalletError],
      [answering(right), ALICE.owner, OtherOwnerError],
    ] as const) {
      const refusal = await rejection(derivePrivateAccount(signer, poolId, { registeredOwner }));
      expect(refusal).to.be.instanceOf(error);
    }
  });
});
