// Attacks on the record of matching: by strangers, by the matcher, and by the key holder itself.
import { expect } from "chai";
import { id } from "ethers";
import { ROLES } from "../../../ignition/modules/Sealwatt.ts";
import { at, goTo } from "../../helpers/market.ts";
import { deployPool, deployRecord, stagePool } from "../../helpers/privateMarket.ts";
import { refund, reportActual, settle, type Proposal } from "../../helpers/privateVerbs.ts";
import {
  agree,
  announce,
  deliveryEnd,
  logOpening,
  makeReady,
  plansEnd,
  proposeSome,
  recordVerdicts,
} from "../../helpers/recordVerbs.ts";
import { expectRefusal } from "../../helpers/refusal.ts";

const PERIOD = 3;
const SEED = id("keccak256 of a seed");

describe("attacks on the matching record", () => {
  const scene = stagePool(async (fixture) => {
    await makeReady(fixture);
    const [first, second, third] = (await proposeSome(fixture, PERIOD, 3)) as [
      Proposal,
      Proposal,
      Proposal,
    ];
    await agree(fixture, first);
    await agree(fixture, second);
    return { first, second, third };
  });

  describe("epochs [P11]", () => {
    it("front-running: whoever sees an announcement coming cannot make it, nor keep it out", async () => {
      const { record, actors } = scene;
      const manifest = id("keys of the key holder");
      for (const thief of [actors.stranger, actors.matcher, actors.operator]) {
        for (const [fromPeriod, content] of [
          [PERIOD, manifest],
          [PERIOD, id("keys of the thief")],
          [2 ** 24 - 1, manifest],
        ] as const) {
          await expectRefusal(
            announce(scene, fromPeriod, content, thief),
            record,
            "AccessManagedUnauthorized",
            thief.address,
          );
        }
      }
      await announce(scene, PERIOD, manifest);
      expect((await record.epochAt(await record.epochOf(PERIOD))).manifest).to.equal(manifest);
    });

    it("backdating: keys of a period cannot be changed once its plans have closed", async () => {
      const { record, genesis } = scene;
      await announce(scene, 1);
      await at(scene, 0, plansEnd(PERIOD));
      for (const fromPeriod of [2, PERIOD]) {
        const closedAt = genesis + plansEnd(fromPeriod);
        await expectRefusal(
          announce(scene, fromPeriod),
          record,
          "PlansClosed",
          fromPeriod,
          closedAt,
        );
      }
      for (const fromPeriod of [0, 1]) {
        await expectRefusal(announce(scene, fromPeriod), record, "EpochNotLater", 1, fromPeriod);
      }
      await announce(scene, PERIOD + 1);
      expect(await record.epochOf(PERIOD)).to.equal(1n);
    });

    it("squatting: no epoch can be so far ahead that none fits before it in years", async () => {
      const { record } = scene;
      await expectRefusal(announce(scene, 2 ** 24 - 1), record, "PeriodTooFar");
      await announce(scene, PERIOD);
    });

    it("a former key holder announces and opens no more", async () => {
      const { record, actors, accessManager } = scene;
      const { keyHolder } = actors;
      await announce(scene, 0);
      await accessManager.connect(actors.admin).revokeRole(ROLES.keyHolder, keyHolder.address);
      await at(scene, 0, deliveryEnd(PERIOD));
      for (const call of [
        announce(scene, PERIOD + 9),
        logOpening(scene, { period: PERIOD }),
        recordVerdicts(scene, PERIOD, [scene.first.record]),
      ]) {
        await expectRefusal(call, record, "AccessManagedUnauthorized", keyHolder.address);
      }
    });

    it("the key holder's role opens no door of the pool", async () => {
      const { pool, actors } = scene;
      for (const call of [
        pool.connect(actors.keyHolder).proposeMatches([]),
        pool.connect(actors.keyHolder).setGateway(actors.keyHolder.address, 7),
      ]) {
        await expectRefusal(call, pool, "AccessManagedUnauthorized", actors.keyHolder.address);
      }
    });
  });

  describe("seeds [P11]", () => {
    it("late: a seed is for no period whose plans were closed when it was committed", async () => {
      const { record, actors } = scene;
      await announce(scene, PERIOD);
      await at(scene, 0, plansEnd(PERIOD));
      await record.connect(actors.matcher).commitSeed(1, SEED);
      const { fromPeriod } = await record.seedCommitment(1, actors.matcher.address);
      expect(fromPeriod).to.equal(BigInt(PERIOD + 1));
    });

    it("twice: a matcher that does not like its seed any more has no other one", async () => {
      const { record, actors } = scene;
      const { matcher } = actors;
      await announce(scene, PERIOD);
      await record.connect(matcher).commitSeed(1, SEED);
      for (const period of [PERIOD, PERIOD + 5]) {
        await at(scene, 0, plansEnd(period));
        await expectRefusal(
          record.connect(matcher).commitSeed(1, id("a seed with which a friend wins")),
          record,
          "SeedKnown",
          1,
          matcher.address,
          SEED,
        );
      }
    });

    it("front-running: another's copy, or another's seed, is not the matcher's", async () => {
      const { record, actors } = scene;
      const { matcher, stranger } = actors;
      await announce(scene, PERIOD);
      await record.connect(stranger).commitSeed(1, SEED);
      await record.connect(matcher).commitSeed(1, SEED);
      expect((await record.seedCommitment(1, matcher.address)).commitment).to.equal(SEED);
    });
  });

  describe("openings [P12]", () => {
    it("early: nothing is opened while plans can still answer to it", async () => {
      const { record } = scene;
      await announce(scene, PERIOD);
      await at(scene, 0, plansEnd(PERIOD) - 1);
      await expectRefusal(logOpening(scene, { period: PERIOD }), record, "PlansOpen");
    });

    it("two stories: of a round one list of plans, and one list of pairs", async () => {
      const { record } = scene;
      await announce(scene, PERIOD);
      await goTo(scene, PERIOD);
      const round = id("a round");
      for (const [number, kind] of [
        [0, "ranks"],
        [1, "pairs"],
      ] as const) {
        await logOpening(scene, { period: PERIOD, kind, round, content: id("what was told") });
        await expectRefusal(
          logOpening(scene, { period: PERIOD, kind, round, content: id("what is told now") }),
          record,
          "OpeningKnown",
          number,
          round,
        );
        expect((await record.openingOf(number, round)).content).to.equal(id("what was told"));
      }
    });

    it("pairs from nowhere: none without the ranks of their round", async () => {
      const { record } = scene;
      await announce(scene, PERIOD);
      await goTo(scene, PERIOD);
      const round = id("a round that nobody ranked");
      await expectRefusal(
        logOpening(scene, { period: PERIOD, kind: "pairs", round }),
        record,
        "RoundUnknown",
        PERIOD,
        round,
      );
    });
  });

  describe("verdicts [P13]", () => {
    it("on what is no trade: unknown, not agreed, or not delivered yet", async () => {
      const { record, first, third } = scene;
      await at(scene, 0, deliveryEnd(PERIOD) - 1);
      await expectRefusal(recordVerdicts(scene, PERIOD, [first.record]), record, "NotDelivered");
      await goTo(scene, PERIOD + 1);
      // An earlier period as a pretext, and what is no match at all.
      await expectRefusal(recordVerdicts(scene, 0, [first.record]), record, "ForeignPeriod");
      for (const none of [third.record, first.sellPlan, 0n, 2n ** 256n - 1n]) {
        await expectRefusal(recordVerdicts(scene, PERIOD, [none]), record, "MatchNotAgreed");
      }
    });

    it("twice: a second verdict cannot make the first undone, in one call neither", async () => {
      const { record, first } = scene;
      await goTo(scene, PERIOD + 1);
      await expectRefusal(
        recordVerdicts(scene, PERIOD, [first.record, first.record], [false, true]),
        record,
        "VerdictKnown",
        first.record,
        2,
      );
      await recordVerdicts(scene, PERIOD, [first.record], [false]);
      await expectRefusal(
        recordVerdicts(scene, PERIOD, [first.record], [true]),
        record,
        "VerdictKnown",
        first.record,
        2,
      );
    });

    it("one poisoned match does not keep the verdicts of the others away", async () => {
      const { record, first, second, third } = scene;
      await goTo(scene, PERIOD + 1);
      const all = [first.record, third.record, second.record];
      await expectRefusal(recordVerdicts(scene, PERIOD, all), record, "MatchNotAgreed");
      await recordVerdicts(scene, PERIOD, [first.record, second.record]);
    });

    it("foreign pool: a record judges the matches of its own pool alone", async () => {
      const other = await deployPool(scene);
      const record = await deployRecord(scene, other.poolAddress, other.actors.keyHolder);
      await goTo(scene, PERIOD + 1);
      await expectRefusal(
        recordVerdicts({ ...other, record }, PERIOD, [scene.first.record]),
        record,
        "MatchNotAgreed",
        scene.first.record,
        0,
      );
    });

    it("no verdict, or a wrong one, holds anybody's money back", async () => {
      const { first, second, third, pool } = scene;
      await goTo(scene, PERIOD + 1);
      await recordVerdicts(scene, PERIOD, [first.record], [false]);
      for (const proposal of [first, second]) {
        await reportActual(scene, proposal);
        for (const side of ["sell", "buy"] as const) await settle(scene, side, proposal);
      }
      await pool.lapse(third.record);
      for (const plan of [third.sellPlan, third.buyPlan]) await refund(scene, plan);
    });
  });
});
