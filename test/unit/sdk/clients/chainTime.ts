import { expect } from "chai";
import type { Provider } from "ethers";
import { chainNowS, hasPassed } from "../../../../sdk/clients/chainTime.ts";
import { ChainUnreachableError } from "../../../../sdk/clients/revertError.ts";
import { rejection } from "../../../helpers/rejection.ts";

/** A node whose blocks have these times. */
function nodeOf(blocks: Record<string, number | Error | undefined>): Provider {
  return {
    async getBlock(tag: string) {
      const timestamp = blocks[tag];
      if (timestamp instanceof Error) throw timestamp;
      return timestamp === undefined ? null : { timestamp };
    },
  } as unknown as Provider;
}

describe("chainNowS", () => {
  it("is the later of the latest and the pending block's", async () => {
    expect(await chainNowS(nodeOf({ latest: 100, pending: 130 }))).to.equal(130);
    expect(await chainNowS(nodeOf({ latest: 100, pending: 90 }))).to.equal(100);
  });

  it("is the latest block's where the node has no pending one", async () => {
    expect(await chainNowS(nodeOf({ latest: 100 }))).to.equal(100);
    const pending = new Error("the method is not supported");
    expect(await chainNowS(nodeOf({ latest: 100, pending }))).to.equal(100);
  });

  it("is nothing where the node has no block, or is away", async () => {
    expect(await rejection(chainNowS(nodeOf({ pending: 100 })))).to.be.instanceOf(
      ChainUnreachableError,
    );
    const away = new Error("away");
    expect(await rejection(chainNowS(nodeOf({ latest: away, pending: 100 })))).to.equal(away);
  });
});

describe("hasPassed", () => {
  it("believes blocks at once, and a node's clock a margin later", () => {
    expect(hasPassed({ latestS: 100, nowS: 100 }, 100, 15)).to.equal(true);
    expect(hasPassed({ latestS: 99, nowS: 114 }, 100, 15)).to.equal(false);
    expect(hasPassed({ latestS: 99, nowS: 115 }, 100, 15)).to.equal(true);
  });
});
