import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { guardVerifiers } from "../../../scripts/keys/guardVerifiers.ts";
import { verifiersOfPool } from "../../../scripts/keys/verifierBytecode.ts";
import { developmentVerifierKeys } from "../../../scripts/keys/verifierKeys.ts";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import type { Point } from "../../../sdk/private/babyJubjub.ts";
import { contextOf } from "../../../sdk/private/context.ts";
import { FIELD_ORDER, SUBGROUP_ORDER, subtractInField } from "../../../sdk/private/field.ts";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import { MerkleTree, NOTE_TREE_DEPTH } from "../../../sdk/private/merkleTree.ts";
import { commitmentOf, type CreditNote } from "../../../sdk/private/notes.ts";
import { nullifierOf } from "../../../sdk/private/nullifier.ts";
import { openMemoAsAuditor, openMemoAsOwner } from "../../../sdk/private/openMemo.ts";
import { buildDepositInputs } from "../../../sdk/private/proofs/deposit.ts";
import { buildMergeInputs } from "../../../sdk/private/proofs/merge.ts";
import type { Signals } from "../../../sdk/private/proofs/proofRequest.ts";
import { buildRefundInputs } from "../../../sdk/private/proofs/refund.ts";
import { buildWithdrawInputs } from "../../../sdk/private/proofs/withdraw.ts";
import { sealNote } from "../../../sdk/private/sealNote.ts";
import { NoteStore } from "../../../sdk/private/store/noteStore.ts";
import {
  proofForSkippedPhase,
  proofOfForgedWitness,
  skippedPhase,
} from "../../helpers/forgedProofs.ts";
import { goTo } from "../../helpers/market.ts";
import { otherProofs } from "../../helpers/otherProofs.ts";
import { AUDIT_SCALAR, deployPool, POOL_TERMS } from "../../helpers/privateMarket.ts";
import { setStrikes } from "../../helpers/privateStorage.ts";
import { DEADLINE, nameSignals, type ProofArgument } from "../../helpers/privateVerbs.ts";
import {
  ALICE,
  BOB,
  bidOf,
  endProver,
  forgeBid,
  forgeWithdrawal,
  FEE_NANO,
  isUnprovable,
  MAX_LEAF,
  MAX_NANO,
  PLAN_ENERGY_WH,
  PLAN_PERIOD,
  PLAN_PRICE,
  prove,
  settingOf,
  stageProven,
  standIn,
  withdrawalOf,
} from "../../helpers/provenScene.ts";
import { expectRefusal } from "../../helpers/refusal.ts";
import { sent } from "../../helpers/verbs.ts";

/** The circuit by its number, as errors name it. */
const WITHDRAW = 3;
/** Places of a withdrawal's public signals. */
const [NULLIFIER, CHANGE, MEMO, SIZE, AMOUNT, CONTEXT] = [0, 1, 2, 7, 9, 12];
const PERIOD_OF_BID = 17;
const IDENTITY: Point = [0n, 1n];
/** Of order 2: on the curve, with x = 0. */
const OF_ORDER_TWO: Point = [0n, FIELD_ORDER - 1n];

// The numbers are those of the list of bug classes of private payments, each with a known case somewhere. What single
// constraints do against them, test/circuits shows; here is what an attacker comes to with the pool and its verifiers.
describe("the fifteen bug classes of private payments [P4] [P7] [P8]", function () {
  this.timeout(300_000);
  const scene = stageProven();
  after(endProver);

  const replaced = ({ points, signals }: ProofArgument, place: number, value: bigint) => ({
    points,
    signals: signals.with(place, value),
  });

  async function expectUnprovable(
    request: Parameters<typeof isUnprovable>[0],
    forgeries: Record<string, Signals>,
  ): Promise<void> {
    for (const [what, inputs] of Object.entries(forgeries)) {
      expect(await isUnprovable(request, inputs), what).to.be.true;
    }
  }

  it("1, non-canonical keys: no other form of a key gives a note a second nullifier", async () => {
    const withdrawal = withdrawalOf(scene);
    const { nullifierKey, signatureS } = withdrawal.inputs as Record<string, bigint>;
    const forged = (changes: Signals) => forgeWithdrawal(withdrawal, changes);
    expect(forged({})).to.deep.equal(withdrawal.inputs);
    await expectUnprovable(withdrawal, {
      "key + l": forged({ nullifierKey: (nullifierKey! + SUBGROUP_ORDER) % FIELD_ORDER }),
      "minus the key": forged({ nullifierKey: FIELD_ORDER - nullifierKey! }),
      "signature + l": { signatureS: signatureS! + SUBGROUP_ORDER },
    });
    const proof = await prove(withdrawal);
    await withdrawal.send(proof);
    const nullifier = proof.signals[NULLIFIER]!;
    await expectRefusal(withdrawal.send(proof), scene.pool, "NullifierSpentBefore", nullifier);
    for (const alias of [nullifier + FIELD_ORDER, nullifier + 4n * FIELD_ORDER]) {
      await expectRefusal(
        withdrawal.send(replaced(proof, NULLIFIER, alias)),
        scene.pool,
        "SignalNotCanonical",
        NULLIFIER,
        alias,
      );
    }
  });

  it("2, unranged leaf indices: no index but a leaf's own enters a nullifier", async () => {
    const index = BigInt(MAX_LEAF);
    const withdrawal = withdrawalOf(scene);
    const at = (noteIndex: bigint) => forgeWithdrawal(withdrawal, { noteIndex });
    await expectUnprovable(withdrawal, {
      "beyond the tree's depth": at(index + 2n ** 24n),
      "beyond 32 bits": at(index + 2n ** 32n),
      "of nobody": at(index + 1n),
      "minus one": at(FIELD_ORDER - 1n),
      "minus itself": at(FIELD_ORDER - index),
    });
  });

  it("3, aliases of public signals: no signal passes at or above the field's order", async () => {
    const { pool, ethers } = scene;
    const withdrawal = withdrawalOf(scene);
    const proof = await prove(withdrawal);
    const verifier = await ethers.getContractAt(
      "IGroth16Verifier",
      await pool.verifierOf(WITHDRAW),
    );
    expect(await verifier.verify(proof.points, proof.signals)).to.be.true;
    for (const [place, signal] of proof.signals.entries()) {
      const alias = replaced(proof, place, signal + FIELD_ORDER);
      expect(await verifier.verify(alias.points, alias.signals), `signal ${place}`).to.be.false;
      await expectRefusal(
        withdrawal.send(alias),
        pool,
        "SignalNotCanonical",
        place,
        signal + FIELD_ORDER,
      );
    }
  });

  it("4, phase 2 skipped: what empties a pool with such a key does nothing here", async () => {
    const { pool, poolId, ethers, networkHelpers, token, actors } = scene;
    const { provider } = ethers;
    const { address: thief } = actors.stranger;
    const keys = await developmentVerifierKeys();
    const { points } = keys.find(({ circuit }) => circuit === "Withdraw")!;
    const program = await provider.getCode(await ethers.deployContract("Groth16Code"));
    const skipped = skippedPhase(program, points);
    // A withdrawal of all from no note at all.
    const honest = withdrawalOf(scene).publicSignals;
    const context = contextOf(poolId, "Withdraw", DEADLINE, [BigInt(thief), 0n, 0n]);
    const amount = await token.balanceOf(scene.poolAddress);
    const signals = honest.with(NULLIFIER, 1n).with(AMOUNT, amount).with(CONTEXT, context);
    const steal = (proof: ProofArgument) =>
      pool.connect(actors.stranger).withdraw(proof, DEADLINE, thief, ZeroAddress, 0);

    const againstReal = await proofForSkippedPhase(provider, points, signals);
    await expectRefusal(steal(againstReal), pool, "InvalidProof", WITHDRAW);
    const verifiers = await verifiersOfPool(provider, poolId.pool);
    await guardVerifiers(verifiers, { isDevelopment: true, program });

    await networkHelpers.setCode(await pool.verifierOf(WITHDRAW), skipped.code);
    const forged = await proofForSkippedPhase(provider, skipped.points, signals);
    await expect(steal(forged)).to.changeTokenBalance(ethers, token, actors.stranger, amount);
    const weak = await verifiersOfPool(provider, poolId.pool);
    const refusal = guardVerifiers(weak, { isDevelopment: true, program });
    expect(await refusal.catch(String)).to.match(/Withdraw: gamma equals delta/);
  });

  it("5, unranged comparisons: no withdrawal above the note, no bid below nothing", async () => {
    const withdrawal = withdrawalOf(scene);
    const forged = (changes: Signals) => forgeWithdrawal(withdrawal, changes);
    await expectUnprovable(withdrawal, {
      "one more than the note": forged({ amountNano: MAX_NANO + 1n }),
      "minus one, with a larger change": forged({ amountNano: FIELD_ORDER - 1n }),
      "a note of more": forged({ noteAmountNano: MAX_NANO + 1n }),
      "a note of minus one": forged({ noteAmountNano: FIELD_ORDER - 1n, amountNano: 1n }),
    });
    const bid = bidOf(scene);
    expect(forgeBid(bid)).to.deep.equal(bid.inputs);
    await expectUnprovable(bid, {
      "a price below 0": forgeBid(bid, { price: FIELD_ORDER - 1n }),
      "energy below 0": forgeBid(bid, { energyWh: FIELD_ORDER - 1n }),
      "energy beyond 28 bits": forgeBid(bid, { energyWh: 2n ** 28n, price: 1n }),
      "a price beyond 32 bits": forgeBid(bid, { price: 2n ** 32n, energyWh: 1n }),
      "a bond below 0": forgeBid(bid, { bondNano: FIELD_ORDER - 1n }),
    });
    const proof = await prove(withdrawal);
    await expectRefusal(
      withdrawal.send(replaced(proof, AMOUNT, MAX_NANO - 1n)),
      scene.pool,
      "InvalidProof",
      WITHDRAW,
    );
  });

  it("6, assigned and not constrained: a prover with its own witness convinces nobody @long", async () => {
    const { pool } = scene;
    const withdrawal = withdrawalOf(scene);
    const richer = { kind: "credit", owner: ALICE.owner, amountNano: MAX_NANO, salt: 1n } as const;
    for (const [signal, value] of [
      [NULLIFIER, nullifierOf(scene.scope, ALICE.nullifierKey, MAX_LEAF + 1)],
      [CHANGE, commitmentOf(richer)],
    ] as const) {
      const proof = await proofOfForgedWitness(withdrawal, signal, value);
      expect(proof.signals).to.deep.equal(withdrawal.publicSignals.with(signal, value));
      await expectRefusal(withdrawal.send(proof), pool, "InvalidProof", WITHDRAW);
    }
    // The same way to a proof with the number that the circuit computes.
    const honest = withdrawal.publicSignals[CHANGE]!;
    await sent(withdrawal.send(await proofOfForgedWitness(withdrawal, CHANGE, honest)));
  });

  it("7, unbound proofs: one serves no other caller, chain, pool, deadline or payee", async () => {
    const { pool, actors, poolId } = scene;
    const { stranger: recipient, relayer, buyer } = actors;
    const thief = buyer.address;
    const proof = await prove(withdrawalOf(scene));
    const by = pool.connect(buyer);
    const bound = (to: string, through: string, fee: bigint) => [BigInt(to), BigInt(through), fee];
    for (const [to, through, fee, deadline] of [
      [thief, relayer.address, FEE_NANO, DEADLINE],
      [recipient.address, thief, FEE_NANO, DEADLINE],
      [recipient.address, relayer.address, FEE_NANO + 1n, DEADLINE],
      [recipient.address, relayer.address, FEE_NANO, DEADLINE + 1n],
    ] as const) {
      const expected = contextOf(poolId, "Withdraw", deadline, bound(to, through, fee));
      const given = proof.signals[CONTEXT];
      const send = (one: ProofArgument) => by.withdraw(one, deadline, to, through, fee);
      await expectRefusal(send(proof), pool, "ForeignContext", expected, given);
      // Nor with the context that would be right.
      await expectRefusal(send(replaced(proof, CONTEXT, expected)), pool, "InvalidProof", WITHDRAW);
    }
    const twin = await deployPool(scene);
    await expectRefusal(
      twin.pool.withdraw(proof, DEADLINE, recipient.address, relayer.address, FEE_NANO),
      twin.pool,
      "ForeignContext",
    );
    const elsewhere = { ...poolId, chainId: poolId.chainId + 1n };
    const words = bound(recipient.address, relayer.address, FEE_NANO);
    const foreign = contextOf(elsewhere, "Withdraw", DEADLINE, words);
    const fork = withdrawalOf(scene).send(replaced(proof, CONTEXT, foreign));
    await expectRefusal(fork, pool, "ForeignContext");
    // Anybody may send it, and it does what its prover wanted.
    await expect(
      by.withdraw(proof, DEADLINE, recipient.address, relayer.address, FEE_NANO),
    ).to.changeTokenBalances(
      scene.ethers,
      scene.token,
      [recipient, relayer, buyer],
      [MAX_NANO - FEE_NANO, FEE_NANO, 0n],
    );
  });

  it("8, checks that a value switches off: no zero, identity or low order is let through", async () => {
    const { pool, actors } = scene;
    const regulator = pool.connect(actors.regulator);
    for (const key of [IDENTITY, OF_ORDER_TWO, [0n, 0n], [1n, 1n]] as const) {
      for (const eighth of [key, IDENTITY, auditKeyOf(AUDIT_SCALAR).eighth]) {
        await expectRefusal(
          regulator.setAuditKey([...key], [...eighth]),
          pool,
          "AuditKeyInvalid",
          ...key,
        );
      }
    }
    const withdrawal = withdrawalOf(scene);
    await expectUnprovable(withdrawal, {
      "the identity as audit key": { auditKey: IDENTITY },
      "an audit key of order 2": { auditKey: OF_ORDER_TWO },
      "an audit key off the curve": { auditKey: [1n, 1n] },
      "the identity as spending key": { spendKey: IDENTITY },
      "a signature of nothing": { signatureR: IDENTITY, signatureS: 0n },
    });
    const deposit = buildDepositInputs(settingOf(scene, 9_901n), {
      to: ALICE,
      amountNano: 1n,
      payer: actors.payer.address,
    });
    await expectUnprovable(deposit, {
      "no ephemeral scalar": { ephemeral: 0n },
      "one that is l": { ephemeral: SUBGROUP_ORDER },
      "the identity as viewing key": { viewKey: IDENTITY },
      "a viewing key of order 2": { viewKey: OF_ORDER_TWO },
    });
    const points: ProofArgument["points"] = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
    const signals = [...withdrawal.publicSignals];
    await expectRefusal(withdrawal.send({ points, signals }), pool, "InvalidProof", WITHDRAW);
  });

  it("9, an operator's freedom: with every service dead or hostile, all money comes out", async () => {
    const { pool, actors, token, ethers, plan, tree, networkHelpers } = scene;
    const { operator, regulator, seller, agent: anybody } = actors;
    // No matcher proposed, the operator expels, the regulator changes its key, no relayer serves.
    await pool.connect(operator).expel(seller.address, [BOB.owner]);
    const next = auditKeyOf(123_456_789n);
    await pool.connect(regulator).setAuditKey([...next.key], [...next.eighth]);
    const setting = { ...settingOf(scene, 9_201n), auditKey: next.key };
    await goTo(scene, Number(PLAN_PERIOD), -POOL_TERMS.proposalsLead);
    const refunding = buildRefundInputs(ALICE, setting, {
      plan: plan.note,
      gateway: 0n,
      features: 0n,
      strikes: 0n,
      bondNano: POOL_TERMS.bondNano,
      bondWh: BigInt(POOL_TERMS.bondWh),
    });
    const burner = ethers.Wallet.createRandom(ethers.provider);
    await networkHelpers.setBalance(burner.address, 10n ** 18n);
    const byBurner = pool.connect(burner);
    await sent(byBurner.refund(await prove(refunding), DEADLINE));
    await sent(byBurner.insertLeaves(64));
    const [made] = refunding.created;
    const grown = new MerkleTree(NOTE_TREE_DEPTH, [...tree.leaves, made!.commitment]);
    const lockedNano = PLAN_ENERGY_WH * PLAN_PRICE + POOL_TERMS.bondNano;
    const withdrawing = buildWithdrawInputs(ALICE, setting, {
      from: { note: made!.note as CreditNote, path: grown.pathOf(MAX_LEAF + 1) },
      amountNano: lockedNano,
      recipient: anybody.address,
      relayer: ZeroAddress,
      feeNano: 0n,
    });
    const proof = await prove(withdrawing);
    await expect(
      byBurner.withdraw(proof, DEADLINE, anybody.address, ZeroAddress, 0),
    ).to.changeTokenBalance(ethers, token, anybody, lockedNano);
  });

  it("10, depth not enforced: no node passes for a leaf, and no leaf for one elsewhere", async () => {
    const { pool, credit, tree } = scene;
    const withdrawal = withdrawalOf(scene);
    const forged = (changes: Signals) => forgeWithdrawal(withdrawal, changes);
    const siblings = withdrawal.inputs.noteSiblings as readonly bigint[];
    const { note } = credit(MAX_LEAF);
    const [recipient, relayer] = [scene.actors.stranger.address, scene.actors.relayer.address];
    await expectUnprovable(withdrawal, {
      "a level left out": forged({ noteSiblings: [...siblings.slice(1), 0n], noteIndex: 2n }),
      "a neighbour above the root": forged({ noteSiblings: siblings.with(23, 1n) }),
      "a neighbour where none is": forged({ noteSiblings: siblings.with(0, note.salt) }),
      "a node's place": forged({ noteIndex: 1n }),
    });
    // The last leaf of five hashes to the root just as it would as the last one of nine, at index 8.
    const path = { ...tree.pathOf(MAX_LEAF), index: 8, size: 9 };
    path.siblings = [0n, 0n, 0n, path.siblings[2]!, ...path.siblings.slice(4)];
    const moved = buildWithdrawInputs(ALICE, settingOf(scene, 9_301n), {
      from: { note, path },
      amountNano: MAX_NANO,
      recipient,
      relayer,
      feeNano: FEE_NANO,
    });
    const proof = await prove(moved);
    expect(proof.signals[NULLIFIER]).not.to.equal(withdrawalOf(scene).publicSignals[NULLIFIER]);
    const { send } = withdrawalOf(scene);
    await expectRefusal(send(proof), pool, "UnknownRoot", path.root, 9);
    await expectRefusal(send(replaced(proof, SIZE, 5n)), pool, "InvalidProof", WITHDRAW);
  });

  it("11, a flooded history: a proof holds however many roots come after it", async () => {
    const { pool, actors, configuration, ethers, networkHelpers } = scene;
    const withdrawal = withdrawalOf(scene);
    const proof = await prove(withdrawal);
    const verifier = configuration.verifiers[1]!;
    const real = await ethers.provider.getCode(verifier);
    const loose = await ethers.deployContract("StandInVerifier", [1]);
    await networkHelpers.setCode(verifier, await ethers.provider.getCode(loose));
    const { payer } = actors;
    for (let i = 0; i < 70; i++) {
      const flooding = buildDepositInputs(settingOf(scene, 20_000n + BigInt(i)), {
        to: BOB,
        amountNano: 1n,
        payer: payer.address,
      });
      await pool.connect(payer).deposit(standIn(flooding), DEADLINE);
      await pool.connect(payer).insertLeaves(1);
    }
    await networkHelpers.setCode(verifier, real);
    const [root, size] = await pool.noteTree();
    expect(size).to.equal(75n);
    expect(root).not.to.equal(nameSignals("Withdraw", proof.signals).root);
    await sent(withdrawal.send(proof));
  });

  it("12, wrong or reused encryption: each memo is the circuit's, its owner's and the auditor's", async () => {
    const { pool, actors, credit } = scene;
    const withdrawal = withdrawalOf(scene);
    const proof = await prove(withdrawal);
    for (let word = MEMO; word < MEMO + 4; word++) {
      const other = replaced(proof, word, proof.signals[word]! ^ 1n);
      await expectRefusal(withdrawal.send(other), pool, "InvalidProof", WITHDRAW);
    }
    const receipt = await sent(withdrawal.send(proof));
    const [log] = await pool.queryFilter(pool.filters.NoteAdded(), receipt.blockNumber);
    const { commitment, memo } = log!.args;
    const sealed = { kind: "credit" as const, commitment, outputIndex: 0, memo: [...memo] };
    const note = openMemoAsAuditor(sealed, AUDIT_SCALAR);
    expect(note).to.deep.equal(withdrawal.created[0]!.note);
    expect(openMemoAsOwner(sealed, ALICE)).to.deep.equal(note);
    expect(openMemoAsOwner(sealed, BOB)).to.be.undefined;
    // A prover that uses a scalar twice in one proof shows no difference of what it says.
    const { amountNano } = credit(0).note;
    const draft = { kind: "credit" as const, owner: ALICE.owner, amountNano };
    const keys = { viewKey: ALICE.viewKey, auditKey: scene.auditKey, ephemeral: 5n };
    const [first, second] = [0, 1].map((outputIndex) => sealNote(draft, { ...keys, outputIndex }));
    for (const word of [1, 2]) {
      expect(subtractInField(first!.memo[word]!, second!.memo[word]!)).not.to.equal(0n);
    }
    // And no proof for a key that the auditor has no more.
    const next = auditKeyOf(123_456_789n);
    await pool.connect(actors.regulator).setAuditKey([...next.key], [...next.eighth]);
    const bidding = pool.submitBuyPlan(standIn(bidOf(scene)), DEADLINE, ZeroHash);
    await expectRefusal(bidding, pool, "StaleAuditKey", 2, ...scene.auditKey);
  });

  it("13, 53 bits: amounts and keys that differ in their last bits alone stay apart", async () => {
    const { ethers, token, actors, pool, poolId } = scene;
    expect(Number(MAX_NANO)).to.equal(Number(MAX_NANO - 1n));
    expect(Number(FEE_NANO)).to.equal(Number(FEE_NANO - 1n));
    const withdrawal = withdrawalOf(scene);
    await expect(withdrawal.send(await prove(withdrawal))).to.changeTokenBalances(
      ethers,
      token,
      [pool, actors.stranger, actors.relayer],
      [-MAX_NANO, MAX_NANO - FEE_NANO, FEE_NANO],
    );
    const other = { ...ALICE, nullifierKey: ALICE.nullifierKey ^ 1n };
    expect(Number(other.nullifierKey)).to.equal(Number(ALICE.nullifierKey));
    const nullifiers = [ALICE, other].map(({ nullifierKey }) =>
      nullifierOf(scene.scope, nullifierKey, MAX_LEAF),
    );
    expect(new Set(nullifiers).size).to.equal(2);
    const seed = new Uint8Array(32).fill(31);
    seed[31]! ^= 1;
    expect(accountOfSeed(seed).owner).not.to.equal(ALICE.owner);
    // A wallet finds the amount again to its last nano.
    const store = new NoteStore(poolId, ALICE);
    const made = sealNote(
      { kind: "credit", owner: ALICE.owner, amountNano: MAX_NANO },
      { viewKey: ALICE.viewKey, auditKey: scene.auditKey, ephemeral: 6n, outputIndex: 0 },
    );
    const { commitment, memo } = made;
    const note = { kind: "credit" as const, commitment, memo, outputIndex: 0 };
    store.scan([{ type: "noteAdded", leafIndex: 0, note, blockNumber: 1 }], 1);
    expect(store.balanceNano).to.equal(MAX_NANO);
  });

  it("14, widths that differ: what comes in at a boundary comes out, and nothing beyond comes in", async () => {
    const { pool, plan, credit, actors } = scene;
    const deposit = buildDepositInputs(settingOf(scene, 9_401n), {
      to: ALICE,
      amountNano: MAX_NANO,
      payer: actors.payer.address,
    });
    await expectUnprovable(deposit, {
      "an amount of 2^64": { amountNano: 2n ** 64n },
      "an amount that is 0 in 64 bits": { amountNano: 2n ** 65n },
    });
    await expectUnprovable(bidOf(scene), { "a period of 2^24": { period: 2n ** 24n } });
    const late = standIn(bidOf(scene));
    late.signals[PERIOD_OF_BID] = 2n ** 24n;
    await expectRefusal(
      pool.submitBuyPlan(late, DEADLINE, ZeroHash),
      pool,
      "PeriodInvalid",
      2n ** 24n,
    );
    // Two notes that no single one could hold are kept apart, and so not lost.
    const notes = [credit(0), credit(MAX_LEAF)] as const;
    expect(() => buildMergeInputs(ALICE, settingOf(scene, 9_501n), notes)).to.throw(
      "The notes hold more than one note can.",
    );
    const withdrawal = withdrawalOf(scene);
    await sent(withdrawal.send(await prove(withdrawal)));
    // As many strikes as the plan book counts.
    await setStrikes(scene, plan.commitment, 65_535);
    await goTo(scene, Number(PLAN_PERIOD), -POOL_TERMS.proposalsLead);
    const refunding = buildRefundInputs(ALICE, settingOf(scene, 9_601n), {
      plan: plan.note,
      gateway: 0n,
      features: 0n,
      strikes: 65_535n,
      bondNano: POOL_TERMS.bondNano,
      bondWh: BigInt(POOL_TERMS.bondWh),
    });
    expect((refunding.created[0]!.note as CreditNote).amountNano).to.equal(
      PLAN_ENERGY_WH * PLAN_PRICE,
    );
    await sent(pool.refund(await prove(refunding), DEADLINE));
    const again = pool.refund(await prove(refunding), DEADLINE);
    await expectRefusal(again, pool, "PlanNotOpen", plan.commitment, 3);
  });

  it("15, malleable proofs: another form of a proof is no other proof", async () => {
    const { pool, ethers } = scene;
    const withdrawal = withdrawalOf(scene);
    const proof = await prove(withdrawal);
    const forms = await otherProofs(proof.points);
    const verifier = await ethers.getContractAt(
      "IGroth16Verifier",
      await pool.verifierOf(WITHDRAW),
    );
    for (const points of forms) {
      expect(points).not.to.deep.equal(proof.points);
      expect(await verifier.verify(points, proof.signals)).to.be.true;
    }
    // Somebody is first with the one; then the other one, and the original, are spent.
    await sent(withdrawal.send({ ...proof, points: forms[0] }));
    const nullifier = proof.signals[NULLIFIER];
    for (const points of [forms[0], forms[1], proof.points]) {
      await expectRefusal(
        withdrawal.send({ ...proof, points }),
        pool,
        "NullifierSpentBefore",
        nullifier,
      );
    }
  });
});
