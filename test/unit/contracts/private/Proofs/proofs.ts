import { expect } from "chai";
import { ZeroAddress, type ContractTransactionResponse } from "ethers";
import { CIRCUIT_IDS, contextOf, type CircuitName } from "../../../../../sdk/private/context.ts";
import { auditKeyOf } from "../../../../../sdk/private/auditKey.ts";
import { FIELD_ORDER } from "../../../../../sdk/private/field.ts";
import { at, goTo } from "../../../../helpers/market.ts";
import { stagePool, type PoolFixture } from "../../../../helpers/privateMarket.ts";
import {
  confirm,
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
  type CallOptions,
  type ProofArgument,
  type Proposal,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

interface Scene extends PoolFixture {
  plan: bigint;
  proposed: Proposal;
  agreed: Proposal;
}

type Verb = (scene: Scene, options?: CallOptions) => Promise<ContractTransactionResponse>;

/** Each verb that takes a proof, with the period and second at which it can be called. */
const VERBS: Record<CircuitName, { verb: Verb; at: readonly [period: number, offset: number] }> = {
  Deposit: { verb: (scene, options) => deposit(scene, 1_000n, options), at: [4, 0] },
  Generation: { verb: (scene, options) => issueGeneration(scene, fresh(), options), at: [4, 0] },
  Withdraw: { verb: (scene, options) => withdraw(scene, {}, options), at: [4, 0] },
  Merge: { verb: (scene, options) => merge(scene, options), at: [4, 0] },
  SellPlan: {
    verb: (scene, options) => submitSellPlan(scene, { period: 9, ...options }),
    at: [4, 0],
  },
  BuyPlan: {
    verb: (scene, options) => submitBuyPlan(scene, { period: 9, ...options }),
    at: [4, 0],
  },
  ConfirmSell: {
    verb: (scene, options) => confirm(scene, "sell", scene.proposed, fresh(), options),
    at: [4, 0],
  },
  ConfirmBuy: {
    verb: (scene, options) => confirm(scene, "buy", scene.proposed, fresh(), options),
    at: [4, 0],
  },
  Actual: {
    verb: (scene, options) => reportActual(scene, scene.agreed, fresh(), options),
    at: [6, 0],
  },
  SettleSell: {
    verb: (scene, options) => settle(scene, "sell", scene.agreed, options),
    at: [9, 0],
  },
  SettleBuy: { verb: (scene, options) => settle(scene, "buy", scene.agreed, options), at: [9, 0] },
  Refund: { verb: (scene, options) => refund(scene, scene.plan, options), at: [5, 0] },
  Participant: {
    verb: (scene, options) => joinPool(scene, scene.actors.buyer, fresh(), options),
    at: [4, 0],
  },
};

const CIRCUITS = Object.keys(VERBS) as CircuitName[];
const WITH_AUDIT_KEY = CIRCUITS.filter((circuit) => circuit !== "Participant");
const SPENDING: readonly CircuitName[] = ["Withdraw", "Merge", "SellPlan", "BuyPlan"];
const SCOPED: readonly CircuitName[] = [...SPENDING, "Actual"];

describe("Proofs [P7]", () => {
  const scene: Scene = stagePool(async (fixture) => {
    await joinPool(fixture, fixture.actors.seller);
    for (let i = 0; i < 3; i++) await deposit(fixture);
    await fixture.pool.insertLeaves(3);
    const plans = Array.from({ length: 5 }, fresh) as [bigint, bigint, bigint, bigint, bigint];
    await submitSellPlan(fixture, { plan: plans[0], period: 5 });
    await submitBuyPlan(fixture, { plan: plans[1], period: 5 });
    await submitSellPlan(fixture, { plan: plans[2], period: 5 });
    await submitBuyPlan(fixture, { plan: plans[3], period: 5 });
    await submitBuyPlan(fixture, { plan: plans[4], period: 5 });
    await goTo(fixture, 3, 880);
    const proposed = proposalOf(plans[0], plans[1]);
    const agreed = proposalOf(plans[2], plans[3]);
    await propose(fixture, proposed, agreed);
    await confirm(fixture, "sell", agreed);
    await confirm(fixture, "buy", agreed);
    return { plan: plans[4], proposed, agreed };
  });

  for (const circuit of CIRCUITS) {
    const { verb, at: when } = VERBS[circuit];
    const refuse = (options: CallOptions, error: string, ...values: unknown[]) =>
      expectRefusal(verb(scene, options), scene.pool, error, ...values);

    describe(circuit, () => {
      beforeEach(() => goTo(scene, ...when));

      it("is taken where all is right", async () => {
        await verb(scene);
      });

      it("is refused without a valid proof of this circuit", async () => {
        await refuse({ valid: false }, "InvalidProof", CIRCUIT_IDS[circuit]);
      });

      it("is taken at the last second of its deadline and not after", async () => {
        const [period, offset] = when;
        const now = scene.genesis + period * 900 + offset + 1;
        await at(scene, period, offset + 1);
        await refuse({ deadline: BigInt(now - 1) }, "DeadlinePassed", now - 1, now);
        await at(scene, period, offset + 2);
        await verb(scene, { deadline: BigInt(now + 1) });
      });

      it("is refused for another chain, pool, circuit or deadline", async () => {
        const { poolId, marketAddress } = scene;
        const other: CircuitName = circuit === "Merge" ? "Refund" : "Merge";
        for (const context of [
          contextOf({ ...poolId, chainId: 1n }, circuit, 2_000_000_000n),
          contextOf({ ...poolId, pool: marketAddress }, circuit, 2_000_000_000n),
          contextOf(poolId, other, 2_000_000_000n),
          contextOf(poolId, circuit, 2_000_000_001n),
        ]) {
          await refuse({ signals: { context } }, "ForeignContext");
        }
      });

      it("is refused with a word too much in what it is bound to", async () => {
        await refuse({ bound: [1n, 2n, 3n, 4n] }, "ForeignContext");
      });
    });
  }

  describe("signals", () => {
    it("are as many as the circuit has", async () => {
      const { pool } = scene;
      const { points, signals } = await proofOf(scene, "Merge", {}, {});
      for (const wrong of [[], signals.slice(1), [...signals, 0n]]) {
        await expectRefusal(
          pool.merge({ points, signals: wrong }, 2_000_000_000n),
          pool,
          "SignalCount",
          13,
          wrong.length,
        );
      }
    });

    for (const circuit of CIRCUITS) {
      it(`are below the field's order, each one of ${circuit}`, async () => {
        const { pool } = scene;
        await goTo(scene, ...VERBS[circuit].at);
        const { signals } = await proofOf(scene, circuit, {}, {});
        for (const index of signals.keys()) {
          const aliased = signals.map((value, i) => (i === index ? value + FIELD_ORDER : value));
          await expectRefusal(
            sendRaw(scene, circuit, aliased),
            pool,
            "SignalNotCanonical",
            index,
            aliased[index],
          );
        }
        const edge = [...signals];
        edge[0] = FIELD_ORDER;
        await expectRefusal(
          sendRaw(scene, circuit, edge),
          pool,
          "SignalNotCanonical",
          0,
          FIELD_ORDER,
        );
      });
    }
  });

  describe("audit key", () => {
    for (const circuit of WITH_AUDIT_KEY) {
      it(`of ${circuit} is the current one`, async () => {
        const { pool, actors } = scene;
        const { verb, at: when } = VERBS[circuit];
        const [x, y] = scene.auditKey;
        const next = auditKeyOf(5n);
        await pool.connect(actors.regulator).setAuditKey([...next.key], [...next.eighth]);
        await goTo(scene, ...when);
        await expectRefusal(verb(scene), pool, "StaleAuditKey", 2, x, y);
        const named = { "auditKey[0]": next.key[0], "auditKey[1]": next.key[1] };
        for (const half of [
          { ...named, "auditKey[0]": x },
          { ...named, "auditKey[1]": y },
        ]) {
          await expectRefusal(verb(scene, { signals: half }), pool, "StaleAuditKey");
        }
        await verb(scene, { signals: named });
      });
    }
  });

  describe("scope", () => {
    it("is the SDK's", async () => {
      expect(await scene.pool.scope()).to.equal(scene.scope);
    });

    for (const circuit of SCOPED) {
      it(`of ${circuit} is the pool's`, async () => {
        const { verb, at: when } = VERBS[circuit];
        await goTo(scene, ...when);
        const foreign = scene.scope + 1n;
        await expectRefusal(
          verb(scene, { signals: { scope: foreign } }),
          scene.pool,
          "ForeignScope",
          scene.scope,
          foreign,
        );
      });
    }
  });

  describe("root of notes", () => {
    for (const circuit of SPENDING) {
      it(`of ${circuit} is one that the tree has had, with its size`, async () => {
        const { pool } = scene;
        const { verb, at: when } = VERBS[circuit];
        await goTo(scene, ...when);
        const [root, size] = await pool.noteTree();
        await deposit(scene);
        await pool.insertLeaves(1);
        const [newer, newerSize] = await pool.noteTree();
        for (const pair of [
          { root, size: size + 1n },
          { root, size: size - 1n },
          { root, size: newerSize },
          { root: newer, size },
          { root: 0n, size: 0n },
          { root: fresh(), size: 0n },
          { root: fresh(), size },
        ]) {
          await expectRefusal(
            verb(scene, { signals: pair }),
            pool,
            "UnknownRoot",
            pair.root,
            pair.size,
          );
        }
        await verb(scene, { signals: { root, size } });
        await verb(scene, { signals: { root: newer, size: newerSize } });
      });
    }
  });

  describe("nullifiers", () => {
    for (const first of SPENDING) {
      it(`of ${first} are spent for every other circuit`, async () => {
        const { pool } = scene;
        await goTo(scene, 4, 0);
        const nullifier = fresh();
        const spend = (circuit: CircuitName, at = 0) =>
          VERBS[circuit].verb(scene, {
            signals: circuit === "Merge" ? { [`nullifiers[${at}]`]: nullifier } : { nullifier },
          });
        expect(await pool.isSpent(nullifier)).to.equal(false);
        await expect(spend(first)).to.emit(pool, "NullifierSpent").withArgs(nullifier);
        expect(await pool.isSpent(nullifier)).to.equal(true);
        for (const circuit of SPENDING) {
          await expectRefusal(spend(circuit), pool, "NullifierSpentBefore", nullifier);
        }
        await expectRefusal(spend("Merge", 1), pool, "NullifierSpentBefore", nullifier);
      });
    }

    it("of one merge differ", async () => {
      const nullifier = fresh();
      await expectRefusal(
        merge(scene, { signals: { "nullifiers[0]": nullifier, "nullifiers[1]": nullifier } }),
        scene.pool,
        "NullifierSpentBefore",
        nullifier,
      );
    });
  });

  describe("verifierOf", () => {
    it("tells each circuit's", async () => {
      const { pool, configuration } = scene;
      for (const circuit of Object.values(CIRCUIT_IDS)) {
        expect(await pool.verifierOf(circuit)).to.equal(configuration.verifiers[Number(circuit)]);
      }
      for (const none of [0n, 14n, 2n ** 255n]) {
        expect(await pool.verifierOf(none)).to.equal(ZeroAddress);
      }
    });
  });

  /** Sends signals as they are. */
  function sendRaw(
    { pool, actors }: Scene,
    circuit: CircuitName,
    signals: bigint[],
  ): Promise<ContractTransactionResponse> {
    const points = [CIRCUIT_IDS[circuit], ...Array<bigint>(7).fill(0n)];
    const proof = { points, signals } as ProofArgument;
    const deadline = 2_000_000_000n;
    const features = `0x${"0".repeat(64)}`;
    const to = actors.stranger.address;
    const calls: Record<CircuitName, () => Promise<ContractTransactionResponse>> = {
      Deposit: () => pool.deposit(proof, deadline),
      Generation: () => pool.issueGeneration(proof, deadline),
      Withdraw: () => pool.withdraw(proof, deadline, to, to, 0n),
      Merge: () => pool.merge(proof, deadline),
      SellPlan: () => pool.submitSellPlan(proof, deadline, features),
      BuyPlan: () => pool.submitBuyPlan(proof, deadline, features),
      ConfirmSell: () => pool.confirmSell(proof, deadline),
      ConfirmBuy: () => pool.confirmBuy(proof, deadline),
      Actual: () => pool.reportActual(proof, deadline),
      SettleSell: () => pool.settleSell(proof, deadline),
      SettleBuy: () => pool.settleBuy(proof, deadline),
      Refund: () => pool.refund(proof, deadline),
      Participant: () => pool.join(proof, deadline),
    };
    return calls[circuit]();
  }
});
