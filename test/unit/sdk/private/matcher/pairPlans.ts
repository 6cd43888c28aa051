import { expect } from "chai";
import { pairPlans, type MatchablePlan } from "../../../../../sdk/private/matcher/pairPlans.ts";
import { commitmentOf, type Side } from "../../../../../sdk/private/notes.ts";
import type { PrivateAccount } from "../../../../../sdk/private/keys.ts";
import { MAX_PLAN_ENERGY_WH, MAX_PLAN_PRICE } from "../../../../../sdk/private/field.ts";
import { BUYERS, openingOf, SELLERS } from "./matcherScene.ts";

type Named = MatchablePlan & { name: string };

function plan(
  name: string,
  who: PrivateAccount,
  side: Side,
  energyWh: bigint,
  price: bigint,
  strikes = 0,
): Named {
  const { plan: made } = openingOf(who, side, energyWh, price);
  return { name, plan: made, commitment: commitmentOf(made), strikes };
}

const show = (plans: readonly Named[]) =>
  pairPlans(plans).map(({ sell, buy, energyWh, priceMicroPerKwh }) =>
    [sell.name, buy.name, Number(energyWh), Number(priceMicroPerKwh)].join(" "),
  );

describe("pairPlans", () => {
  const [s1, s2, s3] = SELLERS;
  const [b1, b2, b3] = BUYERS;

  it("has the highest bid meet the lowest ask, at the mean of both, rounded down", () => {
    const plans = [
      plan("a", s1, "sell", 500n, 120_001n),
      plan("b", s2, "sell", 700n, 100_000n),
      plan("x", b1, "buy", 600n, 150_000n),
      plan("y", b2, "buy", 400n, 200_000n),
    ];
    expect(show(plans)).to.deep.equal(["b y 400 150000", "a x 500 135000"]);
  });

  it("has each plan in one match, and leaves who does not cross", () => {
    const plans = [
      plan("a", s1, "sell", 100n, 100_000n),
      plan("b", s2, "sell", 10n, 180_001n),
      plan("x", b1, "buy", 10n, 180_000n),
      plan("y", b2, "buy", 10n, 100_000n),
      plan("z", b3, "buy", 10n, 99_999n),
    ];
    expect(show(plans)).to.deep.equal(["a x 10 140000"]);
  });

  it("takes limits that are equal", () => {
    const plans = [plan("a", s1, "sell", 1n, 7n), plan("x", b1, "buy", 1n, 7n)];
    expect(show(plans)).to.deep.equal(["a x 1 7"]);
  });

  it("gives a tie to the plan that was first", () => {
    const plans = [
      plan("x", b1, "buy", 1n, 9n),
      plan("a", s1, "sell", 1n, 5n),
      plan("b", s2, "sell", 1n, 5n),
      plan("y", b2, "buy", 1n, 9n),
    ];
    expect(show(plans)).to.deep.equal(["a x 1 7", "b y 1 7"]);
  });

  it("lets a seller that was silent before go last, and yet go", () => {
    const plans = [
      plan("silent", s1, "sell", 1n, 1n, 1),
      plan("a", s2, "sell", 1n, 5n),
      plan("b", s3, "sell", 1n, 6n),
      plan("x", b1, "buy", 1n, 9n),
      plan("y", b2, "buy", 1n, 8n),
      plan("z", b3, "buy", 1n, 7n),
    ];
    expect(show(plans)).to.deep.equal(["a x 1 7", "b y 1 7", "silent z 1 4"]);
  });

  it("lets nobody trade with itself, and finds it another", () => {
    const plans = [
      plan("a", s1, "sell", 1n, 1n),
      plan("b", s2, "sell", 1n, 5n),
      plan("own", s1, "buy", 1n, 9n),
      plan("x", b1, "buy", 1n, 3n),
    ];
    expect(show(plans)).to.deep.equal(["b own 1 7", "a x 1 2"]);
  });

  it("does not let a plan of one watt-hour take the best partner from who fills it", () => {
    const plans = [
      plan("a", s1, "sell", 1_000n, 100n),
      plan("b", s2, "sell", 1_000n, 500n),
      plan("tiny bid", b1, "buy", 1n, 900n),
      plan("x", b2, "buy", 1_000n, 700n),
      plan("tiny ask", s3, "sell", 99n, 0n),
      plan("y", b3, "buy", 1_000n, 600n),
    ];
    expect(show(plans)).to.deep.equal(["a x 1000 400", "b y 1000 550", "tiny ask tiny bid 1 450"]);
  });

  it("takes a tenth for enough, and less where nobody else is left", () => {
    const half = (energyWh: bigint) => [
      plan("a", s1, "sell", 1_000n, 100n),
      plan("small", b1, "buy", energyWh, 900n),
      plan("x", b2, "buy", 1_000n, 700n),
    ];
    expect(show(half(100n))).to.deep.equal(["a small 100 500"]);
    expect(show(half(99n))).to.deep.equal(["a x 1000 400"]);
    expect(show(half(1n).slice(0, 2))).to.deep.equal(["a small 1 500"]);
  });

  it("takes a price of 0 and the largest of both: nobody stops the others with its plan", () => {
    const plans = [
      plan("a", s1, "sell", MAX_PLAN_ENERGY_WH, 0n),
      plan("x", b1, "buy", MAX_PLAN_ENERGY_WH, MAX_PLAN_PRICE),
      plan("b", s2, "sell", 1n, 0n),
      plan("y", b2, "buy", 1n, 0n),
    ];
    const mean = MAX_PLAN_PRICE / 2n;
    expect(show(plans)).to.deep.equal([`a x ${MAX_PLAN_ENERGY_WH} ${mean}`, "b y 1 0"]);
  });
});
