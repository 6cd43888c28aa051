// Who is settled is kept in words of 224 accounts: 223 is the last of the first word, 224 the first of the next.
import { expect } from "chai";
import { goTo } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { sent, settle, settlementsOf } from "../../../helpers/verbs.ts";

const PERIOD = 5;
const LAST = 230;
const GAS = { gasLimit: 16_000_000 };

describe("Settlement: settle, across the words of its bitmap", () => {
  const scene = stage(
    async (fixture) => {
      const { ethers, market, marketAddress, registry, token, actors } = fixture;
      const crowd = await ethers.deployContract("Crowd", [
        marketAddress,
        await registry.getAddress(),
        await token.getAddress(),
      ]);
      // Without meters, so that no reading is waited for.
      for (let id = 2; id <= LAST; ++id) {
        if (id % 20 === 2) await crowd.getFunction("recruit")(20, 2, GAS);
        const member = (await crowd.getFunction("memberAt")(id - 2)) as string;
        await registry.connect(actors.operator).authorise(member, GAS);
      }
      expect(await market.accountCount()).to.equal(BigInt(LAST));
      await goTo(fixture, PERIOD + 1, 0);
      return {};
    },
    { parameters: { minAverageWh: 0 } },
  );
  const settleSome = async (first: number, count: number) => {
    const receipt = await sent(scene.market.settle(PERIOD, first, count));
    return settlementsOf(scene, receipt).map(({ participant }) => participant);
  };
  /** Those from 218 on that are settled. */
  const settled = async () => {
    const ids = Array.from({ length: LAST + 1 - 218 }, (_, i) => 218 + i);
    const are = await Promise.all(ids.map((id) => scene.market.isSettled(PERIOD, id)));
    return ids.filter((_, i) => are[i]);
  };
  const settledCount = async () => (await scene.market.periodOf(PERIOD)).settledCount;

  it("settles either side of a boundary once, in a call over it", async () => {
    expect(await settleSome(222, 5)).to.deep.equal([222, 223, 224, 225, 226]);
    expect(await settled()).to.deep.equal([222, 223, 224, 225, 226]);
    expect(await settleSome(222, 5)).to.be.empty;
    expect(await settledCount()).to.equal(5n);
  });

  it("ends a call with the last account of a word and begins one with the first", async () => {
    expect(await settleSome(222, 2)).to.deep.equal([222, 223]);
    expect(await settled()).to.deep.equal([222, 223]);
    expect(await settleSome(224, 2)).to.deep.equal([224, 225]);
    expect(await settled()).to.deep.equal([222, 223, 224, 225]);
    expect(await settledCount()).to.equal(4n);
  });

  it("ends a call with the first account of a word and begins one with the last", async () => {
    expect(await settleSome(223, 2)).to.deep.equal([223, 224]);
    expect(await settleSome(225, 1)).to.deep.equal([225]);
    expect(await settleSome(221, 3)).to.deep.equal([221, 222]);
    expect(await settled()).to.deep.equal([221, 222, 223, 224, 225]);
  });

  it("passes over those on either side that are settled already", async () => {
    expect(await settleSome(224, 1)).to.deep.equal([224]);
    expect(await settleSome(223, 1)).to.deep.equal([223]);
    expect(await settleSome(221, 6)).to.deep.equal([221, 222, 225, 226]);
    expect(await settledCount()).to.equal(6n);
  });

  it("settles everybody in one call", async () => {
    const { market } = scene;
    const everybody = Array.from({ length: LAST - 1 }, (_, i) => 2 + i);
    const receipt = await sent(market.settle(PERIOD, 2, 10_000));
    expect(settlementsOf(scene, receipt).map(({ participant }) => participant)).to.deep.equal(
      everybody,
    );
    await expect(receipt).to.emit(market, "PeriodSettled").withArgs(PERIOD);
    expect(await settledCount()).to.equal(BigInt(LAST - 1));
    expect(await settle(scene, PERIOD)).to.be.empty;
  });

  it("keeps the words of two periods apart", async () => {
    const { market } = scene;
    await goTo(scene, PERIOD + 2, 0);
    await settleSome(224, 1);
    await market.settle(PERIOD + 1, 225, 1);
    expect(await settled()).to.deep.equal([224]);
    expect(await market.isSettled(PERIOD + 1, 224)).to.be.false;
    expect(await market.isSettled(PERIOD + 1, 225)).to.be.true;
  });
});
