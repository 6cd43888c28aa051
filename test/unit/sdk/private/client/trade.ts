import { expect } from "chai";
import { walletSender } from "../../../../../sdk/private/client/poolSender.ts";
import { stagePool, POOL_TERMS } from "../../../../helpers/privateMarket.ts";
import {
  attest,
  issueGenerationTo,
  propose,
  registerGateway,
  StandInProver,
  trader,
  type TradingPlace,
} from "../../../../helpers/privateTraders.ts";

const { genesis, periodLength } = POOL_TERMS;
const PERIOD = 2n;
const startOf = (period: bigint) => genesis + Number(period) * periodLength;

describe("PrivateParticipant", () => {
  const scene = stagePool(async (fixture) => {
    const place: TradingPlace = { provider: fixture.ethers.provider, ...fixture };
    const prover = new StandInProver();
    const { seller: a, buyer: b, relayer } = fixture.actors;
    const sender = walletSender(relayer);
    const seller = trader(place, a, 1, prover, sender);
    const buyer = trader(place, b, 2, prover, sender);
    await registerGateway(place);
    await fixture.token.connect(fixture.actors.treasurer).mint(b.address, 10n ** 12n);
    return { place, prover, seller, buyer };
  });

  it("trades through all steps", async () => {
    const { place, prover, seller, buyer, networkHelpers, token } = scene;
    await seller.join();
    await buyer.join();
    await buyer.deposit(1_000_000_000n);
    await issueGenerationTo(place, prover, seller, PERIOD, 1_000n);
    const { plan: sellPlan } = await seller.submitSellPlan({
      period: PERIOD,
      energyWh: 800n,
      priceMicroPerKwh: 200_000n,
    });
    const { plan: buyPlan } = await buyer.submitBuyPlan({
      period: PERIOD,
      energyWh: 900n,
      priceMicroPerKwh: 300_000n,
    });
    expect(buyer.store.balanceNano).to.equal(
      1_000_000_000n - 900n * 300_000n - POOL_TERMS.bondNano,
    );
    const terms = { sellPlan, buyPlan, energyWh: 500n, priceMicroPerKwh: 250_000n };
    const record = await propose(place, terms, seller, buyer);
    await seller.confirm(record);
    await buyer.confirm(record);
    expect(buyer.follower.state.matches.get(record)!.state).to.equal("agreed");
    await networkHelpers.time.increaseTo(startOf(PERIOD + 1n));
    await seller.reportActual(attest(place, record, 490n));
    await seller.settle(record);
    await buyer.settle(record);
    expect(seller.store.balanceNano).to.equal(500n * 250_000n);
    const rests = [seller, buyer].map(({ store }) => store.openPlans());
    expect(rests.map((plans) => plans.map(({ plan }) => plan.energyWh))).to.deep.equal([
      [300n],
      [400n],
    ]);
    await seller.refund(rests[0]![0]!.commitment);
    await buyer.refund(rests[1]![0]!.commitment);
    expect(seller.store.generation(PERIOD).map(({ note }) => note.energyWh)).to.have.members([
      200n,
      300n,
    ]);
    expect(buyer.store.balanceNano).to.equal(1_000_000_000n - 500n * 250_000n);
    const recipient = scene.actors.stranger.address;
    const before = await token.balanceOf(recipient);
    await seller.withdraw(100_000_000n, recipient);
    expect((await token.balanceOf(recipient)) - before).to.equal(100_000_000n);
    expect(seller.store.balanceNano).to.equal(25_000_000n);
  });
});
