// Who has somebody else blamed: evidence must not be made by those whom it does not name.
import { expect } from "chai";
import type { MadeUpload } from "../../helpers/keyHolderScene.ts";
import { askVerdicts, makeDelivery } from "../../helpers/playedDelivery.ts";
import { POOL_TERMS } from "../../helpers/privateMarket.ts";
import { confirm, type Proposal } from "../../helpers/privateVerbs.ts";
import { PERIOD, stageKeyHolder, startOf } from "../../helpers/stageKeyHolder.ts";

/** More than the two periods for which a former reputation is taken. */
const LATER = PERIOD + 6n;
/** Leaves rounds the time in which a key holder has its whole 15 s to be started again. */
const PROPOSALS_LEAD = POOL_TERMS.plansLead - 300;
/** Who uploads later than this after plans have closed is in no round. */
const HALF_S = (POOL_TERMS.plansLead - PROPOSALS_LEAD) / 2;
const closeOf = (period: bigint) => startOf(period) - POOL_TERMS.plansLead;

describe("attacks on who is blamed [P17] @long", function () {
  this.timeout(120_000);
  const staged = stageKeyHolder({}, { terms: { proposalsLead: PROPOSALS_LEAD } });

  const sound = async (upload: MadeUpload): Promise<MadeUpload> => {
    expect((await staged.matcher.judge(upload)).sound).to.equal(true);
    return upload;
  };

  /** The first owner sells in the period, and its delivery changes its reputation from 50 to 51. */
  async function tradeOnce(): Promise<void> {
    const uploads = await staged.book({ side: "sell" }, { side: "buy" });
    const { finished } = await staged.matcher.playRound(PERIOD, 0, uploads);
    const [{ record, sellPlan, buyPlan }] = finished.proposed as [(typeof finished.proposed)[0]];
    const match: Proposal = {
      record: BigInt(record),
      sellPlan: BigInt(sellPlan),
      buyPlan: BigInt(buyPlan),
      opening: [],
    };
    await confirm(staged.fixture, "sell", match);
    await confirm(staged.fixture, "buy", match);
    await staged.goTo(startOf(PERIOD + 1n));
    const delivery = await makeDelivery(staged, { record: match.record, energyWh: 1_000n });
    const [verdict] = await askVerdicts(staged, [delivery]);
    expect(verdict!.verdict).to.equal("within");
  }

  it("a matcher holds an upload back until its owner's reputation is another", async () => {
    // Honest: the reputation was 50 when the plan was submitted.
    const held = await staged.plan({ side: "sell", owner: 1, period: LATER });
    await tradeOnce();
    await staged.goTo(closeOf(LATER) - 30);
    const other = await staged.plan({ side: "buy", owner: 7, period: LATER });
    const uploads = [await sound(held), await sound(other)];
    await staged.goTo(closeOf(LATER));
    const { opened } = await staged.matcher.playRound(LATER, 0, uploads);
    expect(opened).to.deep.equal([{ formed: true }]);
    expect(await staged.blamed()).to.deep.equal([]);
  });

  it("who submits with a reputation that it has no more is blamed all the same", async () => {
    await tradeOnce();
    await staged.goTo(closeOf(LATER) - 30);
    const uploads = [
      await sound(await staged.plan({ side: "sell", owner: 1, period: LATER })),
      await sound(await staged.plan({ side: "buy", owner: 7, period: LATER })),
    ];
    await staged.goTo(closeOf(LATER));
    const { opened } = await staged.matcher.playRound(LATER, 0, uploads);
    expect(opened[0]!.formed).to.equal(false);
    expect(await staged.blamed()).to.deep.equal(["participant: plan"]);
  });

  it("a participant uploads both sides too late for any round, to have the matcher blamed", async () => {
    const made = [
      await staged.plan({ side: "sell", owner: 1 }),
      await staged.plan({ side: "buy", owner: 2 }),
    ];
    await staged.goTo(closeOf(PERIOD) + HALF_S);
    for (const upload of made) await sound(upload);
    await staged.goTo(startOf(PERIOD));
    expect(await staged.blamed()).to.deep.equal([]);
  });

  it("a matcher that had them in time, and opens no round, is blamed", async () => {
    const made = [
      await staged.plan({ side: "sell", owner: 1 }),
      await staged.plan({ side: "buy", owner: 2 }),
    ];
    await staged.goTo(closeOf(PERIOD) + HALF_S - 30);
    for (const upload of made) await sound(upload);
    await staged.goTo(startOf(PERIOD));
    expect(await staged.blamed()).to.deep.equal(["matcher: no round"]);
  });

  it("the key holder itself is away while the matcher should open a round: nobody is blamed", async () => {
    await sound(await staged.plan({ side: "sell", owner: 1 }));
    await sound(await staged.plan({ side: "buy", owner: 2 }));
    await staged.keyHolders.stop(staged.running.service);
    await staged.fixture.networkHelpers.time.increaseTo(startOf(PERIOD));
    await staged.start();
    expect(await staged.blamed()).to.deep.equal([]);
  });

  for (const isPaired of [false, true]) {
    const state = isPaired ? "its pairs are fixed" : "it was opened";
    it(`the key holder itself is away after ${state}: nobody is blamed`, async () => {
      const uploads = await staged.book({ side: "sell" }, { side: "buy" });
      const { drawn, pairs } = await staged.matcher.rankedRound(PERIOD, 0, uploads);
      if (isPaired) await staged.matcher.pair(drawn, pairs);
      await staged.keyHolders.stop(staged.running.service);
      await staged.fixture.networkHelpers.time.increaseTo(startOf(PERIOD));
      await staged.start();
      await staged.running.service.tend();
      expect(await staged.blamed()).to.deep.equal([]);
    });
  }

  it("the key holder is started again at once: a matcher that opens no round is blamed", async () => {
    await staged.book({ side: "sell" }, { side: "buy" });
    await staged.restart();
    await staged.goTo(startOf(PERIOD));
    expect(await staged.blamed()).to.deep.equal(["matcher: no round"]);
  });
});
