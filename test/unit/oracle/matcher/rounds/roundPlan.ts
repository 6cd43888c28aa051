import { expect } from "chai";
import {
  drawRound,
  isWorthwhile,
  plansOfPairs,
  type RoundMatter,
} from "../../../../../oracle/matcher/rounds/roundPlan.ts";
import {
  readRoundOpening,
  type RoundPlan,
} from "../../../../../sdk/private/rounds/roundOpening.ts";
import { positionLeaf } from "../../../../../sdk/private/rounds/positionLeaf.ts";
import { parseWireJson, wireJson } from "../../../../../sdk/private/wire/wireJson.ts";

const plan = (number: number, side: "buy" | "sell"): RoundPlan => ({
  plan: BigInt(number),
  side,
  contentHash: `0x${number.toString(16).padStart(64, "0")}`,
});
const PLANS = [...Array(20).keys()].map((i) => plan(i + 1, i % 2 === 0 ? "buy" : "sell"));
const MATTER: RoundMatter = {
  pool: { chainId: 31_337n, pool: `0x${"ab".repeat(20)}` },
  period: 7n,
  round: 0,
  epoch: 1,
  manifestHash: `0x${"11".repeat(32)}`,
  epochSeed: new Uint8Array(32).fill(5),
  beacon: `0x${"22".repeat(32)}`,
  plans: PLANS,
};

describe("drawRound", () => {
  it("gives the same round from the same matter, in whatever order plans are given", () => {
    const one = drawRound(MATTER);
    const other = drawRound({ ...MATTER, plans: PLANS.toReversed() });
    expect(other.opening).to.deep.equal(one.opening);
    expect(other.roundId).to.equal(one.roundId);
  });

  it("gives another order for another seed, beacon and round", () => {
    const orderOf = (changes: Partial<RoundMatter>) =>
      drawRound({ ...MATTER, ...changes }).arrangement.offers.map((one) => one.plan);
    const orders = [
      orderOf({}),
      orderOf({ epochSeed: new Uint8Array(32).fill(6) }),
      orderOf({ beacon: `0x${"23".repeat(32)}` }),
      orderOf({ round: 1 }),
    ].map(String);
    expect(new Set(orders).size).to.equal(4);
  });

  it("commits to each position by a leaf, and is what a key holder reads", () => {
    const { opening, arrangement } = drawRound(MATTER);
    const read = readRoundOpening(parseWireJson(Buffer.from(wireJson(opening))));
    expect(read).to.deep.equal(opening);
    const salt = arrangement.saltOf("sell", 3);
    const position = { side: "sell", position: 3, salt } as const;
    expect(positionLeaf({ ...arrangement.offers[3]!, ...position })).to.equal(
      opening.offerLeaves[3],
    );
  });
});

describe("isWorthwhile", () => {
  const [bid, offer, other] = [plan(1, "buy"), plan(2, "sell"), plan(3, "sell")];
  const last = (paired: readonly bigint[]) => ({ plans: [bid, offer], paired: new Set(paired) });

  it("is no round with one side alone", () => {
    expect(isWorthwhile([], undefined)).to.equal(false);
    expect(isWorthwhile([offer, other], undefined)).to.equal(false);
    expect(isWorthwhile([offer, bid], undefined)).to.equal(true);
  });

  it("is none where all were together, and could not be paired", () => {
    expect(isWorthwhile([bid, offer], last([]))).to.equal(false);
  });

  it("is one where somebody came, or is open again", () => {
    expect(isWorthwhile([bid, offer, other], last([]))).to.equal(true);
    expect(isWorthwhile([bid, offer], last([1n, 2n]))).to.equal(true);
  });

  it("takes the plans of pairs by position", () => {
    const pairs = [{ bid: 0, offer: 1 }];
    const plans = plansOfPairs({ bids: [bid], offers: [offer, other] }, pairs);
    expect([...plans]).to.deep.equal([1n, 3n]);
  });
});
