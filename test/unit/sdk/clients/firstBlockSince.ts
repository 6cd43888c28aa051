import { expect } from "chai";
import type { Provider } from "ethers";
import { firstBlockSince } from "../../../../sdk/clients/firstBlockSince.ts";

/** A chain whose block n is made at the n-th of some times. */
function chainOf(timesS: readonly number[]) {
  const asked: number[] = [];
  const provider = {
    getBlockNumber: () => Promise.resolve(timesS.length - 1),
    getBlock: (block: number) => {
      asked.push(block);
      return Promise.resolve({ timestamp: timesS[block]! });
    },
  } as unknown as Provider;
  return { provider, asked };
}

describe("firstBlockSince", () => {
  it("finds the first of blocks of the same time", async () => {
    const { provider } = chainOf([0, 10, 20, 20, 20, 30]);
    for (const [timeS, block] of [
      [0, 0],
      [1, 1],
      [10, 1],
      [11, 2],
      [20, 2],
      [21, 5],
    ] as const)
      expect(await firstBlockSince(provider, timeS)).to.equal(block);
  });

  it("gives the latest where all are older", async () => {
    const { provider } = chainOf([0, 10]);
    expect(await firstBlockSince(provider, 11)).to.equal(1);
  });

  it("looks at no block before the one it is given", async () => {
    const { provider, asked } = chainOf([0, 10, 20, 30]);
    expect(await firstBlockSince(provider, 0, 2)).to.equal(2);
    expect(Math.min(...asked)).to.equal(2);
  });

  it("asks few questions of a long chain", async () => {
    const { provider, asked } = chainOf(Array.from({ length: 100_000 }, (_, block) => block));
    expect(await firstBlockSince(provider, 77_777)).to.equal(77_777);
    expect(asked.length).to.be.at.most(17);
  });
});
