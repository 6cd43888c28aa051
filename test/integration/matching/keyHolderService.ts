import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Interface, type Provider } from "ethers";
import { BaseError } from "../../../sdk/errors.ts";
import { ChainUnreachableError } from "../../../sdk/clients/revertError.ts";
import { NotSentError } from "../../../sdk/clients/notSentError.ts";
import { MATCHING_RECORD_ABI } from "../../../sdk/abi/matchingRecord.ts";
import { walletSender } from "../../../sdk/private/client/poolSender.ts";
import { POOL_TERMS } from "../../helpers/privateMarket.ts";
import { rejection } from "../../helpers/rejection.ts";
import { expectRefused, PERIOD, stageKeyHolder, startOf } from "../../helpers/stageKeyHolder.ts";

const CLOSE_S = startOf(PERIOD) - POOL_TERMS.plansLead;
const NODE_URL = "https://node.example/v3/a-secret-of-its-operator";

describe("The key holder's service", function () {
  this.timeout(120_000);
  const staged = stageKeyHolder({ epochPeriods: 3, aheadPeriods: 1 });

  /** The chain's node, which answers some question in its own way. */
  function nodeWith(getBlock: (provider: Provider, tag: string) => Promise<unknown>): Provider {
    const { provider } = staged.fixture.ethers;
    return new Proxy(provider, {
      get(target, name) {
        if (name === "getBlock") return (tag: string) => getBlock(target, tag);
        const own: unknown = Reflect.get(target, name);
        return typeof own === "function" ? (own.bind(target) as unknown) : own;
      },
    });
  }

  /** A node whose clock is ahead of its blocks, and stands still until they have come so far. */
  const aheadAt = (timeS: number) =>
    nodeWith(async (provider, tag) => {
      if (tag !== "pending") return provider.getBlock(tag);
      return { timestamp: Math.max(timeS, (await provider.getBlock("latest"))!.timestamp) };
    });

  it("tells no beacon by the clock of a node that is ahead, while blocks can still take plans", async () => {
    // Blocks go on with the real time: whatever follows takes less than what is left.
    await staged.goTo(CLOSE_S - 60);
    await staged.restart({ provider: aheadAt(CLOSE_S + 10), epochPeriods: 3, aheadPeriods: 1 });
    await expectRefused(staged.matcher.beacon(PERIOD), 503, "NotYetError");
    // As this one.
    await staged.plan({ side: "buy" });
    await staged.closePlans();
    expect(await staged.matcher.beacon(PERIOD)).to.match(/^0x/);
  });

  it("believes the clock a while later, where the chain makes no blocks", async () => {
    await staged.goTo(CLOSE_S - 60);
    await staged.restart({ provider: aheadAt(CLOSE_S + 15), epochPeriods: 3, aheadPeriods: 1 });
    expect(await staged.matcher.beacon(PERIOD)).to.match(/^0x/);
  });

  it("says at /readyz that its node is away, and not where it is", async () => {
    let fault: Error | undefined;
    const provider = nodeWith((node, tag) => {
      return fault === undefined ? node.getBlock(tag) : Promise.reject(fault);
    });
    await staged.restart({ provider });
    const details = `could not detect network (requestUrl=${NODE_URL})`;
    const named = new ChainUnreachableError("The chain cannot be reached.", { details });
    for (const error of [new Error(details), named]) {
      fault = error;
      await rejection(staged.running.service.tend());
      const answer = await fetch(`${staged.running.url}/readyz`);
      expect(answer.status).to.equal(503);
      expect(await answer.text()).to.not.contain("node.example");
    }
    expect(staged.running.service.readiness().reasons).to.deep.equal([named.shortMessage]);
  });

  it("is not its own matcher, however the address is written", async () => {
    const { address } = staged.fixture.actors.keyHolder;
    for (const matcher of [address, address.toLowerCase()]) {
      const error = await rejection(staged.keyHolders.start({ matcher }));
      expect(error).to.be.instanceOf(BaseError);
      expect(error.message).to.contain("--matcher").and.contain(matcher);
    }
  });

  it("ends where what it has told is not as it was on its disk any more", async () => {
    const uploads = [
      await staged.plan({ side: "sell" }),
      await staged.plan({ side: "buy", owner: 2 }),
      await staged.plan({ side: "buy", owner: 3 }),
    ];
    for (const upload of uploads) await staged.matcher.judge(upload);
    await staged.closePlans();
    const { drawn, pairs } = await staged.matcher.rankedRound(PERIOD, 0, uploads);
    await staged.keyHolders.stop(staged.running.service);
    const file = path.join(
      ...[staged.keyHolders.folder, "data", "ranks", `${drawn.roundId.slice(2)}.ranks`],
    );
    const bytes = readFileSync(file);
    bytes[20]! ^= 1;
    writeFileSync(file, bytes);
    await staged.restart();
    await expectRefused(staged.matcher.pair(drawn, pairs), 503, "StoreDamagedError");
    expect((await staged.running.service.failed()).name).to.equal("StoreDamagedError");
  });

  it("proposes matches also while it cannot announce an epoch that is due", async () => {
    const through = walletSender(staged.fixture.actors.keyHolder);
    const { selector } = new Interface(MATCHING_RECORD_ABI).getFunction("announceEpoch")!;
    await staged.restart({
      epochPeriods: 3,
      aheadPeriods: 1,
      pollMs: 2 ** 30,
      sender: {
        async send(call) {
          if (!call.data.startsWith(selector)) return through.send(call);
          throw new NotSentError("The node is away.", { metaMessages: ["Ask again."] });
        },
      },
    });
    const uploads = [
      await staged.plan({ side: "sell" }),
      await staged.plan({ side: "buy", owner: 2 }),
    ];
    for (const upload of uploads) await staged.matcher.judge(upload);
    expect((await rejection(staged.closePlans())).name).to.equal("NotSentError");
    const { drawn, pairs } = await staged.matcher.rankedRound(PERIOD, 0, uploads);
    await staged.matcher.pair(drawn, pairs);
    await staged.matcher.openPair(drawn, pairs[0]!, uploads);
    const late = staged.goTo(startOf(PERIOD) - POOL_TERMS.proposalsLead - 20);
    expect((await rejection(late)).name).to.equal("NotSentError");
    expect(staged.running.service.chain.state.matches.size).to.equal(1);
  });
});
