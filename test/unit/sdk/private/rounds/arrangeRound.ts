import { expect } from "chai";
import { getBytes } from "ethers";
import { arrangeRound } from "../../../../../sdk/private/rounds/arrangeRound.ts";
import { positionLeaf } from "../../../../../sdk/private/rounds/positionLeaf.ts";
import { periodSeed, seedCommitment } from "../../../../../sdk/private/rounds/periodSeed.ts";
import { hashOf, plansOf } from "./roundScene.ts";

const SEED = getBytes(hashOf("seed"));

describe("arrangeRound", () => {
  const plans = plansOf(40);
  const round = arrangeRound(SEED, 0, plans);

  it("gives each plan one position on its side", () => {
    const { bids, offers } = round;
    expect(bids.every(({ side }) => side === "buy")).to.be.true;
    expect(offers.every(({ side }) => side === "sell")).to.be.true;
    expect([...bids, ...offers]).to.have.deep.members(plans);
  });

  it("is the same from the same seed, in whatever order plans are given", () => {
    const again = arrangeRound(SEED, 0, plans.toReversed());
    expect(again.bids).to.deep.equal(round.bids);
    expect(again.offers).to.deep.equal(round.offers);
    expect(again.leavesOf("buy")).to.deep.equal(round.leavesOf("buy"));
  });

  it("is another order for another seed, round or side", () => {
    const order = (list: readonly { plan: bigint }[]) => list.map(({ plan }) => plan).join();
    const others = [
      round.bids,
      arrangeRound(SEED, 1, plans).bids,
      arrangeRound(getBytes(hashOf("other")), 0, plans).bids,
      plans.filter(({ side }) => side === "buy"),
    ].map(order);
    expect(new Set(others).size).to.equal(4);
    // One order for both sides would tell of each side's places by the other's.
    const places = (list: readonly { plan: bigint }[]) =>
      list.map(({ plan }) => (plan - 1_000n) / 2n).join();
    expect(places(round.bids)).to.not.equal(places(round.offers));
  });

  it("salts each leaf anew", () => {
    const salts = [SEED, getBytes(hashOf("other"))].flatMap((seed) =>
      [0, 1].flatMap((index) => {
        const { saltOf } = arrangeRound(seed, index, plans);
        return [0, 1, 2].flatMap((position) => [saltOf("buy", position), saltOf("sell", position)]);
      }),
    );
    expect(new Set(salts).size).to.equal(24);
    const [bid] = round.bids;
    const leaf = positionLeaf({ ...bid!, position: 0, salt: round.saltOf("buy", 0) });
    expect(round.leavesOf("buy")[0]).to.equal(leaf);
  });
});

describe("positionLeaf", () => {
  it("is another one where anything of the position is", () => {
    const position = {
      salt: hashOf("salt"),
      side: "buy",
      position: 3,
      plan: 5n,
      contentHash: hashOf("ciphertext"),
    } as const;
    const leaves = [
      position,
      { ...position, salt: hashOf("other") },
      { ...position, side: "sell" as const },
      { ...position, position: 4 },
      { ...position, plan: 6n },
      { ...position, contentHash: hashOf("other") },
    ].map(positionLeaf);
    expect(new Set(leaves).size).to.equal(leaves.length);
  });
});

describe("periodSeed", () => {
  const beacon = hashOf("beacon");

  it("needs both parts, and neither shows it", () => {
    const seeds = [
      periodSeed(SEED, beacon),
      periodSeed(SEED, hashOf("other")),
      periodSeed(getBytes(hashOf("other")), beacon),
      getBytes(seedCommitment(SEED)),
    ].map((bytes) => Buffer.from(bytes).toString("hex"));
    expect(new Set(seeds).size).to.equal(4);
  });

  it("takes no part of another length: cut elsewhere, both would give the same", () => {
    expect(() => periodSeed(SEED.slice(1), beacon)).to.throw(RangeError);
    expect(() => periodSeed(SEED, `${beacon}00`)).to.throw(RangeError);
    expect(() => periodSeed(SEED, "0x")).to.throw(RangeError);
    expect(() => seedCommitment(new Uint8Array(31))).to.throw(RangeError);
  });
});
