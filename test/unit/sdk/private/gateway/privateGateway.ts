import { expect } from "chai";
import { attestDelivery, verifyAttestation } from "../../../../../sdk/private/attestation.ts";
import { GatewayRefusedError } from "../../../../../sdk/private/gateway/gatewayError.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import { commitmentOf, type MatchNote, type PlanNote } from "../../../../../sdk/private/notes.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { ALICE, BOB, POOL } from "../scene.ts";
import { GatewayScene, KEYS, PARTICIPANT, PERIOD, PERIOD_END_S, sellPlan } from "./gatewayScene.ts";

describe("PrivateGateway", function () {
  // It signs on a curve, and syncs its disk.
  this.timeout(30_000);
  let scene: GatewayScene;
  beforeEach(() => {
    scene = new GatewayScene();
  });
  afterEach(() => scene.remove());

  const attest = (plan: PlanNote, match: MatchNote, features = 0n) =>
    scene.gateway.attestDelivery({ plan, features, match });
  const refusal = async (promise: Promise<unknown>) => {
    const error = await rejection(promise);
    expect(error).to.be.instanceOf(GatewayRefusedError);
    return error.message.split("\n")[0]!;
  };

  describe("issueGeneration", () => {
    it("makes a note for a participant behind its meters", async () => {
      const commitment = await scene.issue(400n);
      expect([...scene.chain.notes]).to.deep.equal([commitment]);
    });

    it("issues no more than the generator can feed in, in sum and over restarts", async () => {
      await scene.issue(600n);
      await scene.restart();
      expect(await refusal(scene.issue(401n))).to.equal(
        "Participant 3 wants 401 Wh more of period 5 than its 1000 Wh allow.",
      );
      await scene.issue(400n);
      expect(await refusal(scene.issue(1n))).to.match(/wants 1 Wh more/);
      expect(scene.chain.notes.size).to.equal(2);
    });

    it("counts each period for itself", async () => {
      await scene.issue();
      await scene.gateway.issueGeneration({ to: ALICE, period: PERIOD + 1n, energyWh: 1_000n });
      expect(scene.chain.notes.size).to.equal(2);
    });

    it("counts two accounts of one participant together", async () => {
      scene.chain.participants.set(BOB.owner, PARTICIPANT);
      await scene.issue(600n);
      const other = scene.gateway.issueGeneration({ to: BOB, period: PERIOD, energyWh: 500n });
      expect(await refusal(other)).to.match(/wants 500 Wh more/);
    });

    it("refuses who has not joined behind this gateway", async () => {
      const other = scene.gateway.issueGeneration({ to: BOB, period: PERIOD, energyWh: 1n });
      expect(await refusal(other)).to.match(/^No participant behind this gateway has joined/);
    });

    it("does not issue again what the pool took while the gateway died", async () => {
      scene.chain.onSend = "taken and silent";
      await rejection(scene.issue());
      await scene.restart();
      scene.chain.nowS += 100_000;
      await scene.restart();
      scene.chain.onSend = "taken";
      expect(await refusal(scene.issue(1n))).to.match(/wants 1 Wh more/);
    });

    for (const restarts of [true, false]) {
      const how = restarts ? "after a restart" : "without a restart";
      it(`issues anew what never came, once it can come no more, ${how}`, async () => {
        scene.chain.onSend = "lost";
        await rejection(scene.issue());
        scene.chain.onSend = "taken";
        scene.chain.nowS += 900;
        if (restarts) await scene.restart();
        expect(await refusal(scene.issue())).to.match(/wants 1000 Wh more/);
        scene.chain.nowS += 1;
        if (restarts) await scene.restart();
        await scene.issue();
      });
    }
  });

  describe("issueGeneration on a request", () => {
    const REQUEST = `0x${"a1".repeat(32)}`;

    it("makes one note, however often and at once it is asked", async () => {
      const asked = [1, 2, 3].map(() => scene.issue(400n, REQUEST));
      const [commitment, ...others] = await Promise.all(asked);
      expect(others).to.deep.equal([commitment, commitment]);
      expect(await scene.issue(400n, REQUEST)).to.equal(commitment);
      await scene.restart();
      expect(await scene.issue(400n, REQUEST)).to.equal(commitment);
      expect([...scene.chain.notes]).to.deep.equal([commitment]);
      expect(scene.prover.proofs).to.equal(1);
    });

    it("makes two notes of two requests, as far as they fit", async () => {
      const first = await scene.issue(400n, REQUEST);
      expect(await scene.issue(400n, `0x${"a2".repeat(32)}`)).not.to.equal(first);
      expect(await refusal(scene.issue(400n, `0x${"a3".repeat(32)}`))).to.match(/wants 400 Wh/);
    });

    it("sends the same proof again after it died before it was sent", async () => {
      scene.chain.onSend = "lost";
      await rejection(scene.issue(1_000n, REQUEST));
      scene.chain.onSend = "taken";
      const { commitment } = scene.ledger.issuedOn(REQUEST)!;
      await scene.restart();
      expect(await scene.issue(1_000n, REQUEST)).to.equal(commitment);
      expect([...scene.chain.notes]).to.deep.equal([commitment]);
      expect(scene.prover.proofs).to.equal(1);
    });

    it("answers what the pool took while the gateway died", async () => {
      scene.chain.onSend = "taken and silent";
      await rejection(scene.issue(1_000n, REQUEST));
      await scene.restart();
      const commitment = await scene.issue(1_000n, REQUEST);
      expect([...scene.chain.notes]).to.deep.equal([commitment]);
    });

    it("refuses between the note's deadline and when it can come no more, and makes it anew then", async () => {
      scene.chain.onSend = "lost";
      await rejection(scene.issue(1_000n, REQUEST));
      scene.chain.onSend = "taken";
      const { commitment, deadlineS } = scene.ledger.issuedOn(REQUEST)!;
      scene.chain.nowS = deadlineS + 1;
      expect(await refusal(scene.issue(1_000n, REQUEST))).to.match(/has not got it by/);
      scene.chain.nowS = deadlineS + 301;
      expect(await scene.issue(1_000n, REQUEST)).not.to.equal(commitment);
      expect(scene.prover.proofs).to.equal(2);
    });
  });

  describe("issueGeneration without a proof", () => {
    it("takes nothing of the capacity where the prover fails", async () => {
      scene.prover.meanwhile = () => Promise.reject(new Error("The prover ended."));
      await rejection(scene.issue());
      scene.prover.meanwhile = async () => {};
      await scene.issue();
    });

    it("takes nothing of the capacity where it died while it proved", async () => {
      let prove = () => {};
      scene.prover.meanwhile = () => new Promise((resolve) => (prove = resolve));
      const dead = scene.issue().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
      // Until then nobody else gets it.
      expect(await refusal(scene.issue())).to.match(/wants 1000 Wh more/);
      await scene.restart();
      scene.prover.meanwhile = async () => {};
      const commitment = await scene.issue();
      prove();
      await dead;
      expect([...scene.chain.notes]).to.deep.equal([commitment]);
    });

    it("makes no proof for nothing, and few for a participant and period", async () => {
      expect(await refusal(scene.issue(0n))).to.match(/0 Wh is nothing to sell/);
      for (let i = 0; i < 8; ++i) await scene.issue(1n);
      expect(await refusal(scene.issue(1n))).to.equal("Participant 3 has got 8 notes of period 5.");
      await scene.gateway.issueGeneration({ to: ALICE, period: PERIOD + 1n, energyWh: 1n });
      expect(scene.prover.proofs).to.equal(9);
    });
  });

  describe("attestDelivery", () => {
    it("keeps to the meter and to its word, whatever is asked when and however often it dies [P9]", async () => {
      const random = seededRandom(7, "gateway");
      const upTo = (most: number) => Math.floor(random.uniform() * (most + 1));
      await scene.issue();
      scene.meter(1_000);
      const known: { plan: PlanNote; match: MatchNote }[] = [];
      const said = new Map<bigint, bigint>();
      let asked = 0;
      for (let step = 0; step < 200; ++step) {
        if (known.length === 0 || upTo(4) === 0) {
          const plan = sellPlan();
          known.push({ plan, match: scene.chain.agree(plan, BigInt(1 + upTo(150))) });
        }
        if (upTo(9) === 0) await scene.restart();
        const { plan, match } = known[upTo(known.length - 1)]!;
        const forged = upTo(4) === 0 ? { ...match, energyWh: match.energyWh + 1n } : match;
        try {
          const { match: record, energyWh } = await attest(plan, forged);
          expect(energyWh).to.equal(said.get(record) ?? energyWh);
          expect(energyWh <= match.energyWh).to.be.true;
          said.set(record, energyWh);
          ++asked;
        } catch (error) {
          expect(error).to.be.instanceOf(GatewayRefusedError);
          expect(forged).not.to.equal(match);
        }
        const sum = [...said.values()].reduce((total, energyWh) => total + energyWh, 0n);
        expect(sum <= 1_000n).to.be.true;
      }
      // It came to where the meter's energy was gone, and was asked again.
      expect([...said.values()].reduce((total, energyWh) => total + energyWh, 0n)).to.equal(1_000n);
      expect(asked).to.be.above(2 * said.size);
    });

    it("attests what was matched, where so much was metered", async () => {
      await scene.issue();
      const plan = sellPlan();
      const match = scene.chain.agree(plan, 700n);
      scene.meter(900);
      const attestation = await attest(plan, match);
      expect(attestation).to.deep.include({
        gatewayKey: KEYS.spendKey,
        match: commitmentOf(match),
        energyWh: 700n,
      });
      expect(verifyAttestation(POOL, attestation)).to.be.true;
    });

    it("attests what was metered, where that is less, and 0 where nothing was", async () => {
      await scene.issue();
      const plan = sellPlan();
      scene.meter(699);
      expect((await attest(plan, scene.chain.agree(plan, 700n))).energyWh).to.equal(699n);
      const later = sellPlan();
      expect((await attest(later, scene.chain.agree(later, 1n))).energyWh).to.equal(0n);
    });

    it("gives each match what the ones before it have left, and never more than was metered", async () => {
      await scene.issue();
      scene.meter(1_000);
      const given: bigint[] = [];
      for (const energyWh of [400n, 500n, 300n, 50n]) {
        const plan = sellPlan();
        given.push((await attest(plan, scene.chain.agree(plan, energyWh))).energyWh);
        await scene.restart();
      }
      expect(given).to.deep.equal([400n, 500n, 100n, 0n]);
    });

    it("says the same when it is asked twice, whatever the meter says by then", async () => {
      await scene.issue();
      const plan = sellPlan();
      const match = scene.chain.agree(plan, 700n);
      scene.meter(500);
      const first = await attest(plan, match);
      scene.meter(900);
      expect(await attest(plan, match)).to.deep.equal(first);
      await scene.restart();
      scene.meter(0);
      expect(await attest(plan, match)).to.deep.equal(first);
    });

    it("signs no second energy for a match that is asked for at once", async () => {
      await scene.issue();
      const plan = sellPlan();
      const match = scene.chain.agree(plan, 700n);
      scene.meter(500);
      const answers = await Promise.all([1, 2, 3, 4].map(() => attest(plan, match)));
      expect(new Set(answers.map(({ energyWh }) => energyWh))).to.deep.equal(new Set([500n]));
      const other = sellPlan();
      expect((await attest(other, scene.chain.agree(other, 1n))).energyWh).to.equal(0n);
    });

    it("refuses a plan of another gateway, also one that claims to be its own", async () => {
      await scene.issue();
      scene.meter(900);
      const plan = sellPlan(KEYS.tag + 1n);
      const match = scene.chain.agree(plan, 700n);
      expect(await refusal(attest(plan, match))).to.match(/of another gateway/);
      const forged = { ...plan, attributes: sellPlan().attributes };
      expect(await refusal(attest(forged, match))).to.match(/not the match's sell plan/);
      const featured = sellPlan(KEYS.tag, 8n);
      const other = scene.chain.agree(featured, 700n);
      expect(await refusal(attest(featured, other))).to.match(/of other features/);
      expect((await attest(featured, other, 8n)).energyWh).to.equal(700n);
    });

    it("refuses a match that the pool does not know: a forged opening", async () => {
      await scene.issue();
      scene.meter(900);
      const plan = sellPlan();
      const match = scene.chain.agree(plan, 100n);
      for (const changes of [{ energyWh: 800n }, { salt: 77n }, { priceMicroPerKwh: 1n }]) {
        expect(await refusal(attest(plan, { ...match, ...changes }))).to.match(/knows no match/);
      }
      // What was refused has taken nothing of what was metered.
      expect((await attest(plan, match)).energyWh).to.equal(100n);
    });

    it("refuses a match that is not agreed", async () => {
      await scene.issue();
      scene.meter(900);
      const plan = sellPlan();
      const match = scene.chain.agree(plan, 100n);
      for (const state of ["proposed", "lapsed"] as const) {
        scene.chain.matches.get(commitmentOf(match))!.state = state;
        expect(await refusal(attest(plan, match))).to.match(new RegExp(`is ${state}, not agreed`));
      }
    });

    it("refuses a buy plan, and a plan that is not the match's", async () => {
      await scene.issue();
      scene.meter(900);
      const plan = sellPlan();
      const match = scene.chain.agree(plan, 100n);
      expect(await refusal(attest({ ...plan, side: "buy" }, match))).to.match(/not the match's/);
      expect(await refusal(attest(sellPlan(), match))).to.match(/not the match's sell plan/);
    });

    it("refuses until the period's last second is over, and until its reading is there", async () => {
      await scene.issue();
      const plan = sellPlan();
      const match = scene.chain.agree(plan, 700n);
      scene.meter(900);
      scene.chain.nowS = PERIOD_END_S - 1;
      expect(await refusal(attest(plan, match))).to.equal("Period 5 ends at 6000, and it is 5999.");
      scene.chain.nowS = PERIOD_END_S;
      scene.chain.metered.clear();
      expect(await refusal(attest(plan, match))).to.match(/no reading of participant 3/);
      scene.meter(900);
      expect((await attest(plan, match)).energyWh).to.equal(700n);
    });

    it("refuses an owner to whom it has issued nothing in the period", async () => {
      scene.meter(900);
      const plan = sellPlan();
      const match = scene.chain.agree(plan, 700n);
      expect(await refusal(attest(plan, match))).to.match(/no generation of owner/);
    });

    it("signs for its pool only: elsewhere the signature is none", async () => {
      await scene.issue();
      const plan = sellPlan();
      scene.meter(900);
      const attestation = await attest(plan, scene.chain.agree(plan, 700n));
      expect(verifyAttestation({ ...POOL, chainId: 1n }, attestation)).to.be.false;
      const other = attestDelivery(KEYS, POOL, attestation.match, 701n);
      expect(other.signature).not.to.deep.equal(attestation.signature);
    });
  });
});
