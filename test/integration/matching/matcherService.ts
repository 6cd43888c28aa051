import { expect } from "chai";
import { Wallet } from "ethers";
import type { EddsaKeys } from "../../../sdk/private/eddsa.ts";
import { deliveryFrame } from "../../../sdk/private/gateway/encryptedDelivery.ts";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import { FRAME_CONTENT_TYPE } from "../../../sdk/private/wire/frame.ts";
import { BetweenServices, jsonChanged, type Meddling } from "../../helpers/betweenServices.ts";
import { hasNumber } from "../../helpers/hasNumber.ts";
import {
  eventually,
  MatchingScene,
  timesOf,
  type SceneOrder,
  type ScenePlan,
} from "../../helpers/matchingScene.ts";
import { deliveryOf } from "../../helpers/sceneDelivery.ts";

const SELL: SceneOrder = { side: "sell" };
const BUY: SceneOrder = { side: "buy" };

describe("a matcher with its key holder", function () {
  this.timeout(240_000);
  let scene: MatchingScene;
  let between: BetweenServices;
  let period = 6n;
  const lines: string[] = [];

  before(async () => {
    scene = await MatchingScene.start({ traders: 4, write: (line) => lines.push(line) });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startKeyHolder();
    between = new BetweenServices(scene.pool, () => scene.keyHolderUrl);
    const url = await between.start();
    keyHolder = { url, address: scene.keyHolderWallet.address };
    await startMatcher();
  });

  after(async () => {
    between.stop();
    await scene.stop();
  });

  let keyHolder: { url: string; address: string };
  const startMatcher = async () => {
    await scene.startMatcher({ keyHolder, keyHolderTimeoutMs: 5_000 });
    await scene.epochsMirrored();
  };

  beforeEach(() => {
    period += 3n;
    between.meddle = () => undefined;
    between.requests.length = 0;
  });

  const submitAll = async (orders: readonly SceneOrder[]): Promise<ScenePlan[]> => {
    const plans: ScenePlan[] = [];
    for (const [i, order] of orders.entries()) {
      plans.push(await scene.submit(scene.traders[i]!, period, order));
    }
    return plans;
  };
  const submitted = async (orders: readonly SceneOrder[]) => {
    const plans = await submitAll(orders);
    for (const plan of plans) await scene.upload(plan);
    return plans;
  };
  const closePlans = () => scene.chain.goTo(timesOf(period).plansCloseS);
  const statusOf = () => scene.matcher.status.periods.find((one) => one.period === period);
  const roundsOf = () => statusOf()?.rounds ?? [];
  const untilRound = (state: string) =>
    eventually(`a round is ${state}`, () => roundsOf().at(-1)?.state === state, 40_000);
  const matchesOf = async ({ trader, commitment }: ScenePlan) => {
    await trader.person.sync();
    return trader.person.store.matches.filter(
      ({ match }) => match.sellPlan === commitment || match.buyPlan === commitment,
    );
  };
  const evidenceOf = (kind: string) =>
    scene.matcher.status.evidence.filter((one) => one.kind === kind);

  /** Changes the answers to one path, the first time or always. */
  const lieAt = (path: RegExp, lie: ReturnType<Meddling> | Meddling, times = Infinity) => {
    let left = times;
    between.meddle = (request, answer) => {
      if (!path.test(request.path) || answer.status !== 200 || left-- <= 0) return undefined;
      return typeof lie === "function" ? lie(request, answer) : lie;
    };
  };

  it("matches who meets, leaves who does not, and sees no terms", async () => {
    const [sell, buy, dear, cheap] = await submitted([
      SELL,
      BUY,
      { side: "sell", priceMicroPerKwh: 900_000n },
      { side: "buy", priceMicroPerKwh: 1_000n },
    ]);
    await closePlans();
    await untilRound("finished");
    expect(roundsOf()[0]).to.include({ bids: 2, offers: 2, ranksTold: 2, pairs: 1, proposed: 1 });
    const [match] = await matchesOf(buy!);
    expect(match!.match).to.include({ sellPlan: sell!.commitment, buyPlan: buy!.commitment });
    expect(match!.match.priceMicroPerKwh).to.equal(150_000n);
    for (const plan of [dear!, cheap!]) expect(await matchesOf(plan)).to.have.length(0);
    // Nothing that it keeps or says has a term of anybody's.
    const said = JSON.stringify(scene.matcher.status, (_, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    const shown = [said, ...lines].join("\n");
    expect(hasNumber(shown, String(sell!.commitment))).to.be.true;
    for (const term of ["150000", "200000", "900000"]) {
      expect(hasNumber(shown, term), term).to.be.false;
    }
  });

  it("keeps uploads while the key holder is silent, and goes on when it is back", async () => {
    const [sell, buy] = await submitAll([SELL, BUY]);
    await scene.stopKeyHolder();
    await scene.upload(sell!);
    await scene.upload(buy!);
    expect(statusOf()!.uploads).to.include({ taken: 2, sound: 0 });
    const answer = await fetch(`${scene.matcher.url}/plans/${sell!.commitment}`);
    expect(await answer.json()).to.include({ state: "taken" });
    await closePlans();
    await eventually("its silence is told", () => evidenceOf("no answer").length === 1);
    expect(scene.matcher.status.keyHolderAway).to.equal(true);
    expect(roundsOf()).to.have.length(0);
    await scene.startKeyHolder();
    await untilRound("finished");
    expect(await matchesOf(buy!)).to.have.length(1);
    expect(evidenceOf("no answer")).to.have.length(0);
  });

  for (const [step, path] of [
    ["the judgement of an upload", /^\/uploads$/],
    ["the beacon", /^\/beacons$/],
    ["the opening of the round", /^\/rounds$/],
    ["ranks", /\/bids\/0$/],
    ["the pairs", /\/pairs$/],
    ["the opening of a pair", /\/pairs\/\d+$/],
    ["the end", /\/finish$/],
  ] as const) {
    // One in every run; each takes seconds.
    const mark = step === "ranks" ? "" : " @long";
    it(`goes on where the answer to ${step} was lost and it was started again${mark}`, async () => {
      const plans = await submitAll([SELL, BUY]);
      let isLost = false;
      // Everything after it is lost too, until the matcher has been started again.
      between.meddle = ({ path: asked }) => {
        isLost ||= path.test(asked);
        return isLost ? "lost" : undefined;
      };
      for (const plan of plans) await scene.upload(plan);
      await closePlans();
      await eventually("the answer is lost", () => isLost);
      await scene.stopMatcher();
      between.meddle = () => undefined;
      await startMatcher();
      await untilRound("finished");
      expect(roundsOf()).to.have.length(1);
      expect(await matchesOf(plans[1]!)).to.have.length(1);
      expect(scene.matcher.status.evidence).to.deep.equal([]);
    });
  }

  describe("believes nothing that the key holder", () => {
    const refuses = async (fact: RegExp) => {
      await untilRound("disputed");
      const [against] = evidenceOf("fault");
      expect(against!.fact).to.match(fact);
      expect(roundsOf().at(-1)!.reason).to.match(fact);
      // Nobody is matched by it, in no further round either.
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(roundsOf()).to.have.length(1);
    };
    const asKeyHolder = (change: (json: Record<string, never>) => object): Meddling => {
      return (_, answer) => ({
        body: jsonChanged(answer, change),
        signedBy: scene.keyHolderWallet,
      });
    };

    for (const [lie, path, change, fact] of [
      [
        "ranks beyond the offers",
        /\/bids\//,
        (json: object) => ({ ...json, nearest: [0, 1] }),
        /names position 1 of 1 offers/,
      ],
      [
        "ranks twice",
        /\/bids\//,
        (json: object) => ({ ...json, nearest: [0], outOfRange: [0] }),
        /names a position twice/,
      ],
      [
        "answers for another bid",
        /\/bids\//,
        (json: object) => ({ ...json, position: 7 }),
        /is for position 7/,
      ],
      [
        "calls by another id",
        /^\/rounds$/,
        () => ({ id: `0x${"12".repeat(32)}` }),
        /calls the round/,
      ],
      [
        "pairs otherwise than it has ranked",
        /\/pairs$/,
        () => ({ pairsHash: `0x${"12".repeat(32)}` }),
        /hash of other pairs/,
      ],
      [
        "forms and bans at once",
        /\/pairs\/\d+$/,
        () => ({ formed: true, banned: ["5"] }),
        /forms a match of plans that it bans/,
      ],
      [
        "bans of another pair",
        /\/pairs\/\d+$/,
        () => ({ formed: false, banned: ["5"], reason: "no" }),
        /not of the pair/,
      ],
      [
        "says that it proposed what it did not form",
        /\/finish$/,
        () => ({ proposed: [{ record: "1", sellPlan: "2", buyPlan: "3" }], refused: [] }),
        /other matches/,
      ],
      ["answers without form", /\/bids\//, () => ({ ranks: "all" }), /keys that it does not take/],
    ] as const) {
      const mark = lie === "ranks twice" ? "" : " @long";
      it(`${lie}, and keeps it as evidence${mark}`, async () => {
        const before = evidenceOf("fault").length;
        lieAt(path, asKeyHolder(change));
        await submitted([SELL, BUY]);
        await closePlans();
        await refuses(fact);
        expect(evidenceOf("fault")).to.have.length(before + 1);
        const answer = await fetch(`${scene.matcher.url}/evidence`);
        const { evidence } = (await answer.json()) as { evidence: { signature: string }[] };
        expect(evidence[0]!.signature).to.match(/^0x[0-9a-f]{130}$/);
      });
    }

    it("did not sign: it asks again until that is so", async () => {
      let asked = 0;
      lieAt(/\/bids\//, () => (++asked === 1 ? { signature: undefined } : undefined));
      const [, buy] = await submitted([SELL, BUY]);
      await closePlans();
      await untilRound("finished");
      expect(asked).to.be.greaterThan(1);
      expect(await matchesOf(buy!)).to.have.length(1);
    });

    it("is not: another's signature is none", async () => {
      const other = Wallet.createRandom() as unknown as Wallet;
      lieAt(/\/bids\//, () => ({ signedBy: other }), 1);
      const [, buy] = await submitted([SELL, BUY]);
      await closePlans();
      await untilRound("finished");
      expect(await matchesOf(buy!)).to.have.length(1);
    });
  });

  // Last: a verdict changes the seller's reputation, which its next plan would have to name.
  describe("after delivery", () => {
    it("judges the gateway's delivery, though others upload for the match before it", async () => {
      const plans = await submitted([SELL, BUY]);
      await closePlans();
      await untilRound("finished");
      const [own] = await matchesOf(plans[1]!);
      const { record } = own!;
      for (const { trader } of plans) {
        await trader.person.sync();
        await trader.person.confirm(record);
      }
      const early = await send(record, 1_000n);
      expect(early.status).to.equal(503);
      const { deliveredS, plansCloseS } = timesOf(period);
      const retryAfterS = Number(early.headers.get("retry-after"));
      expect(retryAfterS).to.be.within(1, deliveredS - plansCloseS);
      await scene.chain.goTo(timesOf(period).deliveredS);
      // Of nobody's key, then noise, then the gateway's own.
      const stranger = accountOfSeed(new Uint8Array(32).fill(77));
      expect((await send(record, 5n, stranger)).status).to.equal(200);
      expect((await send(record, 990n)).status).to.equal(200);
      await eventually("a verdict", () => statusOf()!.verdicts.within === 1, 40_000);
      expect(statusOf()!.verdicts).to.include({ beyond: 0, refused: 1, taken: 0 });
      expect(await scene.record.verdictOf(record)).to.equal("within");
      // It has its verdict: no other is asked for.
      expect((await send(record, 1n)).status).to.equal(409);
      expect((await send(5n, 1n)).status).to.equal(404);
    });

    const send = async (record: bigint, energyWh: bigint, keys?: EddsaKeys) => {
      const delivery = await deliveryOf(scene, { record, period, energyWh }, keys);
      return fetch(`${scene.matcher.url}/deliveries`, {
        method: "POST",
        headers: { "content-type": FRAME_CONTENT_TYPE },
        body: deliveryFrame(delivery) as Uint8Array<ArrayBuffer>,
      });
    };
  });
});
