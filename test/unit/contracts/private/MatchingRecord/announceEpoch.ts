import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import { at } from "../../../../helpers/market.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { announce, plansEnd } from "../../../../helpers/recordVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const MANIFEST = id("a manifest");
const MOST_AHEAD = 10_000;

describe("MatchingRecord.announceEpoch", () => {
  const scene = stagePool(async () => Promise.resolve({}));

  it("keeps period, time and manifest, and numbers epochs from 1", async () => {
    const { record, genesis } = scene;
    await at(scene, 0, -5_000);
    const call = announce(scene, 3, MANIFEST);
    await expect(call).to.emit(record, "EpochAnnounced").withArgs(1, 3, MANIFEST);
    const other = id("another manifest");
    await expect(announce(scene, 7, other))
      .to.emit(record, "EpochAnnounced")
      .withArgs(2, 7, other);
    expect(await record.epochCount()).to.equal(2n);
    expect([...(await record.epochAt(1))]).to.deep.equal([3n, BigInt(genesis - 5_000), MANIFEST]);
    expect((await record.epochAt(2)).manifest).to.equal(other);
  });

  it("is the key holder's alone", async () => {
    const { record, actors } = scene;
    const { matcher, operator, regulator, admin, stranger } = actors;
    for (const by of [matcher, operator, regulator, admin, stranger]) {
      await expectRefusal(
        announce(scene, 3, MANIFEST, by),
        record,
        "AccessManagedUnauthorized",
        by.address,
      );
    }
  });

  it("takes one until plans of its first period close, a second before", async () => {
    const { record, genesis } = scene;
    const closedAt = genesis + plansEnd(3);
    await at(scene, 0, plansEnd(3));
    await expectRefusal(announce(scene, 3), record, "PlansClosed", 3, closedAt);
    await announce(scene, 4);
  });

  it("takes one in the last second before plans close", async () => {
    await at(scene, 0, plansEnd(3) - 1);
    await announce(scene, 3);
  });

  it("takes only later periods than the last one's", async () => {
    const { record } = scene;
    await announce(scene, 5);
    for (const fromPeriod of [0, 4, 5]) {
      await expectRefusal(announce(scene, fromPeriod), record, "EpochNotLater", 5, fromPeriod);
    }
    await announce(scene, 6);
  });

  it("takes periods up to so many ahead, counted from the first whose plans are open", async () => {
    const { record } = scene;
    await at(scene, 0, plansEnd(0) - 1);
    await expectRefusal(
      announce(scene, MOST_AHEAD + 1),
      record,
      "PeriodTooFar",
      MOST_AHEAD + 1,
      MOST_AHEAD,
    );
    await at(scene, 0, plansEnd(0));
    await announce(scene, MOST_AHEAD + 1);
    await at(scene, 0, plansEnd(2) - 1);
    const most = MOST_AHEAD + 2;
    await expectRefusal(announce(scene, most + 1), record, "PeriodTooFar", most + 1, most);
    await announce(scene, most);
  });

  it("refuses an empty manifest", async () => {
    await expectRefusal(announce(scene, 3, ZeroHash), scene.record, "HashMissing");
  });
});

describe("MatchingRecord.epochOf and epochAt", () => {
  const FIRSTS = [2, 5, 6, 40, 41, 9_000];
  const scene = stagePool(async (fixture) => {
    for (const fromPeriod of FIRSTS) await announce(fixture, fromPeriod);
    return {};
  });

  it("find a period's epoch: the last that begins with it or before", async () => {
    const { record } = scene;
    const near = FIRSTS.flatMap((first) => [first - 1, first, first + 1]);
    for (const period of [0, ...near, 2 ** 24 - 1]) {
      const expected = FIRSTS.filter((first) => first <= period).length;
      expect(await record.epochOf(period), `period ${period}`).to.equal(BigInt(expected));
    }
    expect(await record.epochOf(2n ** 256n - 1n)).to.equal(BigInt(FIRSTS.length));
  });

  it("know no epoch 0, and none that was not announced", async () => {
    const { record } = scene;
    for (const unknown of [0n, 7n, 2n ** 256n - 1n]) {
      await expectRefusal(record.epochAt(unknown), record, "EpochUnknown", unknown);
    }
    expect((await record.epochAt(6)).fromPeriod).to.equal(9_000n);
  });
});
