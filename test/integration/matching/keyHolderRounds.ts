import { expect } from "chai";
import { openMatch } from "../../../sdk/private/matches/openMatch.ts";
import { AUDIT_SCALAR, POOL_TERMS } from "../../helpers/privateMarket.ts";
import { confirm } from "../../helpers/privateVerbs.ts";
import { expectRefused, PERIOD, stageKeyHolder, startOf } from "../../helpers/stageKeyHolder.ts";

const PROPOSED = 1n;
const FOUR = [
  { side: "sell", energyWh: 900n },
  { side: "sell", features: { eastM: 9_000 } },
  { side: "buy" },
  { side: "buy", features: { eastM: 8_000 } },
] as const;

describe("The key holder's rounds", function () {
  this.timeout(120_000);
  const staged = stageKeyHolder();

  it("rank bids, open their pairs, and propose matches that both sides and the regulator can open", async () => {
    const uploads = await staged.book(...FOUR);
    const { opened, pairs, drawn, finished } = await staged.matcher.playRound(PERIOD, 0, uploads);
    expect(opened).to.deep.equal([{ formed: true }, { formed: true }]);
    expect(finished.refused).to.deep.equal([]);
    expect(finished.proposed.length).to.equal(2);
    const { chain } = staged.running.service;
    await chain.sync();
    for (const { record, sellPlan, buyPlan } of finished.proposed) {
      const match = chain.state.matches.get(BigInt(record))!;
      expect((await staged.fixture.pool.matchOf(record)).state).to.equal(PROPOSED);
      const seller = uploads.find(({ header }) => String(header.plan) === sellPlan)!;
      const buyer = uploads.find(({ header }) => String(header.plan) === buyPlan)!;
      for (const terms of [
        openMatch(match, "seller", seller.account.viewScalar),
        openMatch(match, "buyer", buyer.account.viewScalar),
        openMatch(match, "regulator", AUDIT_SCALAR),
      ]) {
        expect(terms.priceMicroPerKwh).to.equal(250_000n);
        expect(terms.energyWh).to.equal(seller.note.energyWh);
      }
    }
    // Each bid has the offer near it.
    const eastOf = (plan: bigint) => uploads.findIndex(({ header }) => header.plan === plan) % 2;
    for (const { bid, offer } of pairs) {
      const { bids, offers } = drawn.arrangement;
      expect(eastOf(bids[bid]!.plan)).to.equal(eastOf(offers[offer]!.plan));
    }
    expect(await staged.blamed()).to.deep.equal([]);
  });

  it("log on chain what is opened before it is", async () => {
    const uploads = await staged.book(...FOUR);
    const { reads } = staged.running.service.chain;
    const drawn = await staged.matcher.draw(PERIOD, 0, uploads);
    await staged.matcher.open(drawn);
    const { roundId } = drawn;
    expect(await reads.openingOf("ranks", roundId)).to.deep.equal({
      kind: "ranks",
      period: PERIOD,
      round: roundId,
      content: roundId,
      count: 2,
    });
    const told = await staged.matcher.rankAll(drawn, uploads);
    expect(await reads.openingOf("pairs", roundId)).to.equal(undefined);
    const pairs = told.map(({ nearest }, bid) => ({ bid, offer: nearest[0]! }));
    const { pairsHash } = await staged.matcher.pair(drawn, pairs);
    expect((await reads.openingOf("pairs", roundId))!.content).to.equal(pairsHash);
  });

  it("tell each bid's ranks once: the same again, whatever is sent", async () => {
    const uploads = await staged.book(...FOUR);
    const { matcher } = staged;
    const drawn = await matcher.draw(PERIOD, 0, uploads);
    await matcher.open(drawn);
    const masked = await matcher.mask(drawn, uploads);
    const told = await matcher.rank(drawn, 0, masked[0]!);
    // The other bid's distances would tell something new.
    expect(await matcher.rank(drawn, 0, masked[1]!)).to.deep.equal(told);
    expect(await matcher.rank(drawn, 0, { distances: [], limits: [] })).to.deep.equal(told);
    expect(await staged.blamed()).to.deep.equal([]);
  });

  it("leave out bids that meet no offer's price @long", async () => {
    const uploads = await staged.book(
      { side: "sell", priceMicroPerKwh: 301_000n },
      { side: "sell", priceMicroPerKwh: 200_000n, features: { eastM: 9_999 } },
      { side: "buy", priceMicroPerKwh: 300_000n },
    );
    const { told, drawn, finished } = await staged.matcher.playRound(PERIOD, 0, uploads);
    const [cheap] = told[0]!.nearest.map((offer) => drawn.arrangement.offers[offer]!.plan);
    expect(told[0]!.nearest.length).to.equal(1);
    expect(cheap).to.equal(uploads[1]!.header.plan);
    expect(finished.proposed.length).to.equal(1);
  });

  it("lapse matches that were not confirmed in time, for whoever was silent to get its strike @long", async () => {
    const uploads = await staged.book({ side: "sell" }, { side: "buy" }, { side: "buy" });
    const { matcher, fixture } = staged;
    const first = await matcher.playRound(PERIOD, 0, uploads);
    const [match] = first.finished.proposed;
    const sold = {
      record: BigInt(match!.record),
      sellPlan: BigInt(match!.sellPlan),
      buyPlan: BigInt(match!.buyPlan),
    };
    // The buyer is silent, and gets a strike when the key holder lapses the match.
    await confirm(fixture, "sell", { ...sold, opening: [] });
    const { confirmBy } = staged.running.service.chain.state.matches.get(sold.record)!;
    expect(confirmBy).to.be.above(startOf(PERIOD) - POOL_TERMS.proposalsLead);
    await staged.goTo(confirmBy + 1);
    expect((await fixture.pool.matchOf(sold.record)).state).to.equal(3n);
    expect((await fixture.pool.planOf(sold.buyPlan)).strikes).to.equal(1n);
  });

  it("are opened one after another, and not while matches of the last one wait", async () => {
    const uploads = await staged.book(
      { side: "sell" },
      { side: "buy" },
      { side: "sell" },
      { side: "buy" },
    );
    const { matcher } = staged;
    const { drawn, pairs } = await matcher.rankedRound(PERIOD, 0, uploads);
    await matcher.pair(drawn, pairs);
    await matcher.openPair(drawn, pairs[0]!, uploads);
    const { bids, offers } = drawn.arrangement;
    const taken = new Set([bids[pairs[0]!.bid]!.plan, offers[pairs[0]!.offer]!.plan]);
    const rest = uploads.filter(({ header }) => !taken.has(header.plan));
    const second = await matcher.draw(PERIOD, 1, rest);
    await expectRefused(matcher.open(second), 409, "RoundUnfinishedError");
    expect((await matcher.finish(drawn)).proposed.length).to.equal(1);
    expect(await staged.blamed()).to.deep.equal(["matcher: pairs left"]);
    const { finished } = await matcher.playRound(PERIOD, 1, rest);
    expect(finished.proposed.length).to.equal(1);
    // The first round is over, and answers what it has answered.
    await expectRefused(matcher.openPair(drawn, pairs[1]!, uploads), 409, "RoundEndedError");
    expect((await matcher.finish(drawn)).proposed.length).to.equal(1);
  });

  it("propose by themselves what the matcher leaves, and say that it left it", async () => {
    const uploads = await staged.book({ side: "sell" }, { side: "buy" });
    const { drawn, pairs } = await staged.matcher.rankedRound(PERIOD, 0, uploads);
    await staged.matcher.pair(drawn, pairs);
    expect(await staged.matcher.openPair(drawn, pairs[0]!, uploads)).to.deep.equal({
      formed: true,
    });
    await staged.goTo(startOf(PERIOD) - POOL_TERMS.proposalsLead - 20);
    const [match] = [...staged.running.service.chain.state.matches.values()];
    expect(match!.sellPlan).to.equal(uploads[0]!.header.plan);
    expect(await staged.blamed()).to.deep.equal(["matcher: round left"]);
  });

  it("name a matcher that opens none, or leaves one", async () => {
    const uploads = await staged.book({ side: "sell" }, { side: "buy" });
    await staged.goTo(startOf(PERIOD) - POOL_TERMS.proposalsLead);
    expect(await staged.blamed()).to.deep.equal(["matcher: no round"]);
    const drawn = await staged.matcher.draw(PERIOD, 0, uploads);
    await expectRefused(staged.matcher.open(drawn), 410, "PeriodOverError");
  });

  it("name a matcher that stops after the ranks @long", async () => {
    const uploads = await staged.book({ side: "sell" }, { side: "buy" });
    await staged.matcher.rankedRound(PERIOD, 0, uploads);
    await staged.goTo(startOf(PERIOD) - POOL_TERMS.proposalsLead);
    expect(await staged.blamed()).to.deep.equal(["matcher: round left"]);
    expect((await staged.evidence())[0]!.fact).to.contain("state ranking");
  });
});
