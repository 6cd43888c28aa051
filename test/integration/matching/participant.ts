// A participant's whole path, from an encrypted plan to its money, with the real matcher and key holder.
import { expect } from "chai";
import { attestDelivery } from "../../../sdk/private/attestation.ts";
import type { BookedPlan } from "../../../sdk/private/chain/poolState.ts";
import { deliveryFrame } from "../../../sdk/private/gateway/encryptedDelivery.ts";
import { askReputation } from "../../../sdk/private/reputation/askReputation.ts";
import { ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import { ServiceRefusedError } from "../../../sdk/private/wire/serviceError.ts";
import {
  eventually,
  MatchingScene,
  timesOf,
  type ScenePlan,
  type SceneTrader,
} from "../../helpers/matchingScene.ts";
import { GATEWAY_ACCOUNT } from "../../helpers/privateTraders.ts";
import { rejection } from "../../helpers/rejection.ts";
import { deliveryOf } from "../../helpers/sceneDelivery.ts";

const PERIOD = 6n;
/** The scene's bids are of this price, and its asks of half of it. */
const BID = 200_000n;
/** The mean of both. */
const PRICE = 150_000n;

describe("a participant's path through matching under encryption", function () {
  this.timeout(240_000);
  let scene: MatchingScene;
  let seller: SceneTrader;
  let buyers: SceneTrader[];
  let sellPlan: ScenePlan;

  before(async () => {
    scene = await MatchingScene.start({ traders: 3 });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startServices();
    const [first, ...others] = scene.traders;
    seller = first!;
    buyers = others;
  });
  after(() => scene.stop());

  const bookedOf = ({ person }: SceneTrader, plan: bigint): BookedPlan =>
    person.follower.state.plans.get(plan)!;
  const matcherClient = () => new ServiceClient({ url: scene.matcher.url, pool: scene.pool });
  const stateOf = async (plan: bigint) => {
    const answer = await matcherClient().get(`/plans/${plan}`);
    return (answer.json() as { state: string }).state;
  };

  /** The matches that a trader has not agreed to yet. */
  async function waiting({ person }: SceneTrader): Promise<bigint[]> {
    await person.sync();
    return person.store.matches
      .filter(
        ({ confirmedAtBlock, lapsedAtBlock }) => (confirmedAtBlock ?? lapsedAtBlock) === undefined,
      )
      .map(({ record }) => record);
  }

  /** Waits for the seller's next match, and has both sides agree to it. @returns its record and buyer */
  async function agree(): Promise<{ record: bigint; buyer: SceneTrader }> {
    let records: bigint[] = [];
    await eventually("the seller is matched", async () => {
      records = await waiting(seller);
      return records.length === 1;
    });
    const [record] = records as [bigint];
    const matched = await Promise.all(buyers.map(waiting));
    const buyer = buyers.find((_, i) => matched[i]!.includes(record))!;
    await seller.person.confirm(record);
    await buyer.person.confirm(record);
    await seller.person.sync();
    return { record, buyer };
  }

  /** What the seller's gateway does after delivery. */
  async function deliver(record: bigint, energyWh: bigint): Promise<void> {
    const client = matcherClient();
    const encrypted = await deliveryOf(scene, { record, period: PERIOD, energyWh });
    await eventually("the matcher takes it", async () => {
      try {
        await client.post("/deliveries", deliveryFrame(encrypted));
        return true;
      } catch (error) {
        // The matcher's view of the chain is a moment old: to it the period is not over yet.
        if (error instanceof ServiceRefusedError && error.status === 503) return false;
        throw error;
      }
    });
    const attestation = attestDelivery(GATEWAY_ACCOUNT, scene.pool, record, energyWh);
    await seller.person.reportActual(attestation);
  }

  const reputationOf = async ({ person }: SceneTrader) => {
    const { keyHolderUrl: url, pool } = scene;
    const client = new ServiceClient({ url, pool, peer: scene.keyHolderWallet.address });
    return (await askReputation(client, pool, person.account)).reputation;
  };

  const records: bigint[] = [];

  it("uploads what the chain binds, once, and nobody else can for it", async () => {
    sellPlan = await scene.submit(seller, PERIOD, { side: "sell", energyWh: 1_000n });
    const buyPlans = [
      await scene.submit(buyers[0]!, PERIOD, { side: "buy", energyWh: 600n }),
      await scene.submit(buyers[1]!, PERIOD, { side: "buy", energyWh: 700n }),
    ];
    const receipts = [];
    for (const plan of [sellPlan, ...buyPlans]) receipts.push(await scene.upload(plan));
    expect(receipts.map(({ plan }) => plan)).to.deep.equal(
      [sellPlan, ...buyPlans].map(({ commitment }) => commitment),
    );
    // A slow matcher takes it first, and has it judged later.
    await eventually("it is judged", async () => (await stateOf(sellPlan.commitment)) !== "taken");
    expect(await stateOf(sellPlan.commitment)).to.equal("sound");
    expect(await scene.upload(sellPlan)).to.deep.equal(receipts[0]);
    // Another account's key is not the one that the chain binds.
    const stolen = { ...sellPlan, trader: buyers[0]! };
    const error = await rejection(scene.upload(stolen));
    expect(error).to.be.instanceOf(ServiceRefusedError).with.property("status", 409);
  });

  it("is matched in one round, and its rest in the next", async () => {
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS);
    const first = await agree();
    const [rest] = seller.person.store.openPlans();
    const soldWh = 1_000n - rest!.plan.energyWh;
    expect(soldWh).to.be.oneOf([600n, 700n]);
    // As after a crash: what was prepared is gone, and found again by the chain and the matcher.
    const plans = scene.plansOf(seller);
    const { features } = bookedOf(seller, rest!.commitment);
    const family = [rest!.commitment, sellPlan.commitment];
    const originContentHash = (await plans.findOrigin(features, family))!;
    expect(originContentHash).to.equal(sellPlan.prepared.contentHash);
    const origin = { features: sellPlan.prepared.features, originContentHash };
    const prepared = await plans.prepareRest(origin, rest!.plan);
    await plans.close();
    await scene.upload(scene.planOf(seller, rest!.commitment, prepared));
    // Rounds of a period are some way apart, so that others can upload what they have left, too.
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS + 100);
    const second = await agree();
    expect(second.buyer).to.not.equal(first.buyer);
    records.push(first.record, second.record);
    const matches = seller.person.store.matches;
    expect(matches.map(({ match }) => match.energyWh)).to.deep.equal([soldWh, 1_000n - soldWh]);
    expect(matches.map(({ match }) => match.priceMicroPerKwh)).to.deep.equal([PRICE, PRICE]);
    expect(await stateOf(sellPlan.commitment)).to.equal("ended");
  });

  it("is judged by what was delivered, which nobody but itself and the key holder is told", async () => {
    expect(await reputationOf(seller)).to.equal(50);
    await scene.chain.goTo(timesOf(PERIOD).deliveredS);
    const [kept, missed] = seller.person.store.matches;
    await deliver(kept!.record, kept!.match.energyWh);
    await deliver(missed!.record, 10n);
    await eventually("both are judged", async () => {
      const verdicts = await Promise.all(records.map((record) => scene.record.verdictOf(record)));
      return verdicts.every((verdict) => verdict !== undefined);
    });
    expect(await scene.record.verdictOf(kept!.record)).to.equal("within");
    expect(await scene.record.verdictOf(missed!.record)).to.equal("beyond");
    expect(await reputationOf(seller)).to.equal(50 + 1 - 10);
    for (const buyer of buyers) expect(await reputationOf(buyer)).to.equal(50);
  });

  it("is paid for what it delivered, and gets back what it did not trade", async () => {
    const [kept] = seller.person.store.matches;
    const deliveredWh = kept!.match.energyWh + 10n;
    for (const trader of [seller, ...buyers]) {
      await trader.person.sync();
      for (const { record } of trader.person.store.openMatches())
        await trader.person.settle(record);
      for (const { commitment, plan } of trader.person.store.openPlans()) {
        if (plan.energyWh > 0n || plan.side === "buy") await trader.person.refund(commitment);
      }
      await trader.person.sync();
    }
    expect(seller.person.store.balanceNano).to.equal(deliveredWh * PRICE);
    const left = buyers.reduce((sum, { person }) => sum + person.store.balanceNano, 0n);
    const { bondNano } = await seller.person.follower.terms();
    expect(left).to.equal(1_300n * BID + 2n * bondNano - deliveredWh * PRICE);
  });
});
