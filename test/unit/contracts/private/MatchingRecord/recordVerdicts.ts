import { expect } from "chai";
import { at } from "../../../../helpers/market.ts";
import { POOL_TERMS, stagePool } from "../../../../helpers/privateMarket.ts";
import { confirm, fresh, type Proposal } from "../../../../helpers/privateVerbs.ts";
import {
  agree,
  deliveryEnd,
  makeReady,
  proposeSome,
  recordVerdicts,
} from "../../../../helpers/recordVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const PERIOD = 3;
const [NONE, PROPOSED, AGREED, LAPSED] = [0, 1, 2, 3];
const [WITHIN, BEYOND] = [1n, 2n];

describe("MatchingRecord.recordVerdicts", () => {
  const scene = stagePool(async (fixture) => {
    await makeReady(fixture);
    const [kept, missed, silent] = (await proposeSome(fixture, PERIOD, 3)) as [
      Proposal,
      Proposal,
      Proposal,
    ];
    const [later] = (await proposeSome(fixture, PERIOD + 1, 1)) as [Proposal];
    for (const proposal of [kept, missed, later]) await agree(fixture, proposal);
    await confirm(fixture, "sell", silent);
    return { kept: kept.record, missed: missed.record, silent: silent.record, later: later.record };
  });

  it("keeps whether each delivery was within the tolerance, and when it was said", async () => {
    const { record, genesis, kept, missed } = scene;
    const nowS = deliveryEnd(PERIOD) + 5;
    await at(scene, 0, nowS);
    const call = recordVerdicts(scene, PERIOD, [kept, missed], [true, false]);
    await expect(call).to.emit(record, "VerdictRecorded").withArgs(kept, PERIOD, true);
    await expect(call).to.emit(record, "VerdictRecorded").withArgs(missed, PERIOD, false);
    const recordedAt = BigInt(genesis + nowS);
    expect([...(await record.verdictOf(kept))]).to.deep.equal([WITHIN, recordedAt]);
    expect([...(await record.verdictOf(missed))]).to.deep.equal([BEYOND, recordedAt]);
  });

  it("is the key holder's alone", async () => {
    const { record, actors, kept } = scene;
    const { matcher, operator, regulator, admin, stranger } = actors;
    await at(scene, 0, deliveryEnd(PERIOD));
    for (const by of [matcher, operator, regulator, admin, stranger]) {
      await expectRefusal(
        recordVerdicts(scene, PERIOD, [kept], [true], by),
        record,
        "AccessManagedUnauthorized",
        by.address,
      );
    }
  });

  it("is taken from the end of delivery on", async () => {
    const { record, genesis, kept } = scene;
    await at(scene, 0, deliveryEnd(PERIOD) - 1);
    await expectRefusal(
      recordVerdicts(scene, PERIOD, [kept]),
      record,
      "NotDelivered",
      PERIOD,
      genesis + deliveryEnd(PERIOD),
    );
    await at(scene, 0, deliveryEnd(PERIOD));
    await recordVerdicts(scene, PERIOD, [kept]);
  });

  it("is taken long after the reporting time", async () => {
    await at(scene, 0, deliveryEnd(PERIOD) + 100 * POOL_TERMS.reportingTime);
    await recordVerdicts(scene, PERIOD, [scene.missed], [false]);
  });

  it("takes a match once, also within one call, whatever is said the second time", async () => {
    const { record, kept, missed } = scene;
    await at(scene, 0, deliveryEnd(PERIOD));
    await expectRefusal(
      recordVerdicts(scene, PERIOD, [missed, kept, kept], [true, true, false]),
      record,
      "VerdictKnown",
      kept,
      WITHIN,
    );
    expect((await record.verdictOf(missed)).verdict).to.equal(0n);
    await recordVerdicts(scene, PERIOD, [kept, missed], [true, false]);
    for (const within of [true, false]) {
      await expectRefusal(
        recordVerdicts(scene, PERIOD, [kept], [within]),
        record,
        "VerdictKnown",
        kept,
        WITHIN,
      );
      await expectRefusal(
        recordVerdicts(scene, PERIOD, [missed], [within]),
        record,
        "VerdictKnown",
        missed,
        BEYOND,
      );
    }
  });

  it("refuses a match that was not agreed: unknown, proposed, lapsed", async () => {
    const { record, pool, silent } = scene;
    await at(scene, 0, deliveryEnd(PERIOD));
    const unknown = fresh();
    for (const [match, state] of [
      [unknown, NONE],
      [silent, PROPOSED],
    ] as const) {
      await expectRefusal(
        recordVerdicts(scene, PERIOD, [match]),
        record,
        "MatchNotAgreed",
        match,
        state,
      );
    }
    await pool.lapse(silent);
    await expectRefusal(
      recordVerdicts(scene, PERIOD, [silent]),
      record,
      "MatchNotAgreed",
      silent,
      LAPSED,
    );
    expect((await pool.matchOf(scene.kept)).state).to.equal(AGREED);
  });

  it("refuses a match of another period, which may not be over", async () => {
    const { record, later, kept } = scene;
    await at(scene, 0, deliveryEnd(PERIOD));
    await expectRefusal(
      recordVerdicts(scene, PERIOD, [later]),
      record,
      "ForeignPeriod",
      later,
      PERIOD + 1,
      PERIOD,
    );
    await expectRefusal(
      recordVerdicts(scene, PERIOD - 1, [kept]),
      record,
      "ForeignPeriod",
      kept,
      PERIOD,
      PERIOD - 1,
    );
  });

  it("refuses verdicts that are more or fewer than the matches", async () => {
    const { record, kept, missed } = scene;
    await at(scene, 0, deliveryEnd(PERIOD));
    await expectRefusal(
      recordVerdicts(scene, PERIOD, [kept, missed], [true]),
      record,
      "LengthsDiffer",
      2,
      1,
    );
    await expectRefusal(
      recordVerdicts(scene, PERIOD, [kept], [true, false]),
      record,
      "LengthsDiffer",
      1,
      2,
    );
  });

  it("shows nothing where nothing was said", async () => {
    expect([...(await scene.record.verdictOf(scene.kept))]).to.deep.equal([0n, 0n]);
  });
});
