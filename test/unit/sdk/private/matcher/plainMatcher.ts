import { expect } from "chai";
import { openMatch } from "../../../../../sdk/private/matches/openMatch.ts";
import { OpeningRefusedError } from "../../../../../sdk/private/matcher/planOpening.ts";
import { PlainMatcher } from "../../../../../sdk/private/matcher/plainMatcher.ts";
import { commitmentOf } from "../../../../../sdk/private/notes.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { account, AUDIT_SCALAR, lowOrderPoints } from "../scene.ts";
import {
  BUYERS,
  CONFIRMATION_S,
  FakePool,
  openingOf,
  PERIOD,
  PROPOSALS_CLOSE_S,
  SELLERS,
} from "./matcherScene.ts";

describe("PlainMatcher", function () {
  // Each match is encrypted three times.
  this.timeout(30_000);
  const [seller, otherSeller] = SELLERS;
  const [buyer, otherBuyer] = BUYERS;
  let pool: FakePool;
  let matcher: PlainMatcher;

  beforeEach(() => {
    pool = new FakePool();
    matcher = new PlainMatcher(pool, () => pool.nowS);
  });

  const refusal = async (opening: Parameters<PlainMatcher["take"]>[0]) => {
    const error = await rejection(matcher.take(opening));
    expect(error).to.be.instanceOf(OpeningRefusedError);
    return error.message;
  };
  const takePair = async () => {
    const sell = pool.book(openingOf(seller, "sell", 500n, 100_000n));
    const buy = pool.book(openingOf(buyer, "buy", 300n, 200_000n));
    await matcher.take(sell);
    await matcher.take(buy);
    return { sell: commitmentOf(sell.plan), buy: commitmentOf(buy.plan) };
  };

  it("proposes what both sides and the regulator can open, and nobody else", async () => {
    const { sell, buy } = await takePair();
    const { proposed, refused } = await matcher.match(PERIOD);
    expect(refused).to.deep.equal([]);
    expect(pool.transactions).to.deep.equal([proposed]);
    const [match] = proposed;
    const terms = { sellPlan: sell, buyPlan: buy, energyWh: 300n, priceMicroPerKwh: 150_000n };
    for (const note of [
      openMatch(match!, "seller", seller.viewScalar),
      openMatch(match!, "buyer", buyer.viewScalar),
      openMatch(match!, "regulator", AUDIT_SCALAR),
    ]) {
      expect(note).to.include(terms);
      expect(commitmentOf(note)).to.equal(match!.record);
    }
    expect(() => openMatch(match!, "seller", otherSeller.viewScalar)).to.throw(/does not tell/);
  });

  it("does not propose a plan that is in a match already", async () => {
    await takePair();
    await matcher.match(PERIOD);
    expect((await matcher.match(PERIOD)).proposed).to.deep.equal([]);
    expect(pool.transactions).to.have.length(1);
  });

  it("proposes until the proposals close, and not at that second", async () => {
    await takePair();
    pool.nowS = PROPOSALS_CLOSE_S;
    expect((await matcher.match(PERIOD)).proposed).to.deep.equal([]);
    expect(pool.transactions).to.deep.equal([]);
    pool.nowS = PROPOSALS_CLOSE_S - 1;
    expect((await matcher.match(PERIOD)).proposed).to.have.length(1);
  });

  it("matches plans of one period only", async () => {
    await matcher.take(pool.book(openingOf(seller, "sell", 1n, 1n)));
    await matcher.take(pool.book(openingOf(buyer, "buy", 1n, 9n, PERIOD + 1n)));
    expect((await matcher.match(PERIOD)).proposed).to.deep.equal([]);
    expect((await matcher.match(PERIOD + 1n)).proposed).to.deep.equal([]);
  });

  it("never proposes for a buy plan that has lost its bond after it was taken", async () => {
    const { buy } = await takePair();
    pool.plans.get(buy)!.strikes = 1;
    expect((await matcher.match(PERIOD)).proposed).to.deep.equal([]);
  });

  it("proposes again for a seller that was silent, where nobody else is left", async () => {
    const { sell } = await takePair();
    pool.plans.get(sell)!.strikes = 3;
    expect((await matcher.match(PERIOD)).proposed).to.have.length(1);
  });

  it("asks the chain once more for a plan that it does not know yet", async () => {
    const opening = openingOf(seller, "sell", 1n, 1n);
    expect(await refusal(opening)).to.match(/has no plan \d+\.\nSubmit the plan first/);
    const booked = { state: "open", side: "sell", period: PERIOD, strikes: 0 } as const;
    pool.coming.set(commitmentOf(opening.plan), booked);
    await matcher.take(opening);
  });

  it("proposes the others of a batch where the contract refuses one", async () => {
    const pairs = Array.from({ length: 5 }, (_, i) => ({
      sell: pool.book(openingOf(account(100 + i), "sell", 10n, 10n)),
      buy: pool.book(openingOf(account(200 + i), "buy", 10n, 1_000n - BigInt(i))),
    }));
    for (const { sell, buy } of pairs) {
      await matcher.take(sell);
      await matcher.take(buy);
    }
    pool.refusedPlans.add(commitmentOf(pairs[3]!.buy.plan));
    const { proposed, refused } = await matcher.match(PERIOD);
    expect(proposed).to.have.length(4);
    expect(refused.map(({ reason }) => reason.reason.name)).to.deep.equal(["PlanNotOpen"]);
    expect(pool.transactions.flat()).to.have.deep.members([...proposed]);
  });

  it("fits many matches into transactions of at most 40", async () => {
    for (let i = 0; i < 41; i++) {
      await matcher.take(pool.book(openingOf(seller, "sell", 10n, 10n)));
      await matcher.take(pool.book(openingOf(buyer, "buy", 10n, 1_000n)));
    }
    await matcher.match(PERIOD);
    expect(pool.transactions.map(({ length }) => length)).to.deep.equal([40, 1]);
  });

  it("ends a match that nobody confirmed, once its time is over", async () => {
    await takePair();
    const { proposed } = await matcher.match(PERIOD);
    pool.nowS = CONFIRMATION_S;
    expect(await matcher.lapseOverdue()).to.deep.equal([]);
    pool.nowS = CONFIRMATION_S + 1;
    expect(await matcher.lapseOverdue()).to.deep.equal([proposed[0]!.record]);
  });

  it("goes on where somebody else has ended a match before", async () => {
    await takePair();
    await matcher.take(pool.book(openingOf(otherSeller, "sell", 5n, 110_000n)));
    await matcher.take(pool.book(openingOf(otherBuyer, "buy", 5n, 190_000n)));
    const { proposed } = await matcher.match(PERIOD);
    pool.nowS = CONFIRMATION_S + 1;
    const overdue = proposed.map(({ record }) => record);
    pool.confirmBy.delete(overdue[0]!);
    pool.overdueMatches = () => overdue;
    expect(await matcher.lapseOverdue()).to.deep.equal([overdue[1]]);
  });

  describe("refuses an opening", () => {
    it("with another's private address, to which the match would be encrypted", async () => {
      const opening = pool.book(openingOf(seller, "sell", 1n, 1n));
      const { to } = openingOf(buyer, "buy", 1n, 1n);
      expect(await refusal({ ...opening, to })).to.match(/not that of the plan's owner/);
    });

    it("with a viewing key that is no public key", async () => {
      const opening = pool.book(openingOf(seller, "sell", 1n, 1n));
      for (const viewKey of [...lowOrderPoints(), [1n, 1n] as const]) {
        expect(await refusal({ ...opening, to: { ...opening.to, viewKey } })).to.match(/viewing/);
      }
    });

    it("with terms that the plan does not have", async () => {
      const { plan, to } = pool.book(openingOf(buyer, "buy", 100n, 1_000n));
      for (const changes of [
        { energyWh: 99n },
        { priceMicroPerKwh: 2_000n },
        { period: PERIOD + 1n },
        { side: "sell" as const },
        { salt: 1n },
      ]) {
        expect(await refusal({ plan: { ...plan, ...changes }, to })).to.match(/has no plan/);
      }
      expect(await refusal({ plan: { ...plan, energyWh: -1n }, to })).to.match(/energyWh/);
      expect(await refusal({ plan: { ...plan, energyWh: 2n ** 28n }, to })).to.match(/energyWh/);
    });

    it("of a plan that the book has on the other side or in another period", async () => {
      const opening = openingOf(seller, "sell", 1n, 1n);
      pool.book(opening, { side: "buy" });
      expect(await refusal(opening)).to.match(/as one to buy in period 5/);
      pool.book(opening, { period: 6n });
      expect(await refusal(opening)).to.match(/as one to sell in period 6/);
    });

    it("of a plan that has ended, has nothing left, or has no bond left", async () => {
      const sell = openingOf(seller, "sell", 1n, 1n);
      pool.book(sell, { state: "ended" });
      expect(await refusal(sell)).to.match(/has ended/);
      expect(await refusal(pool.book(openingOf(seller, "sell", 0n, 1n)))).to.match(/no energy/);
      const struck = openingOf(buyer, "buy", 1n, 1n);
      pool.book(struck, { strikes: 1 });
      expect(await refusal(struck)).to.match(/no bond left/);
    });

    it("and never tells its salt or its price", async () => {
      const opening = openingOf(seller, "sell", 123_457n, 987_643n);
      const message = await refusal(opening);
      for (const secret of [opening.plan.salt, 123_457n, 987_643n]) {
        expect(message).not.to.include(String(secret));
      }
    });
  });
});
