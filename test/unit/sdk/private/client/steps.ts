import { expect } from "chai";
import {
  NotPossibleError,
  PlanTooFarAheadError,
} from "../../../../../sdk/private/client/clientErrors.ts";
import { walletSender } from "../../../../../sdk/private/client/poolSender.ts";
import { PrivateParticipant } from "../../../../../sdk/private/client/privateParticipant.ts";
import { NotParticipantError } from "../../../../../sdk/private/chain/participants.ts";
import { UnprovableError } from "../../../../../sdk/private/proofs/proofRequest.ts";
import { NoteStore } from "../../../../../sdk/private/store/noteStore.ts";
import {
  NotEnoughPrivateBalanceError,
  NotesToMergeError,
} from "../../../../../sdk/private/store/selectNotes.ts";
import { POOL_TERMS, stagePool } from "../../../../helpers/privateMarket.ts";
import {
  attest,
  issueGenerationTo,
  propose,
  registerGateway,
  StandInProver,
  trader,
  type TradingPlace,
} from "../../../../helpers/privateTraders.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const { genesis, periodLength, proposalsLead, confirmationTime, reportingTime } = POOL_TERMS;
const { bondNano, bondWh } = POOL_TERMS;
const PERIOD = 2n;
const START = genesis + Number(PERIOD) * periodLength;
const OFFER = { period: PERIOD, energyWh: 800n, priceMicroPerKwh: 200_000n };
const BID = { period: PERIOD, energyWh: 900n, priceMicroPerKwh: 300_000n };
const DEPOSIT_NANO = 1_000_000_000n;

describe("a participant's steps", () => {
  const scene = stagePool(async (fixture) => {
    const place: TradingPlace = { provider: fixture.ethers.provider, ...fixture };
    await registerGateway(place);
    const { actors, token } = fixture;
    await token.connect(actors.treasurer).mint(actors.buyer.address, 10n ** 12n);
    return { place };
  });
  let prover: StandInProver;
  let seller: PrivateParticipant;
  let buyer: PrivateParticipant;

  beforeEach(() => {
    prover = new StandInProver();
    const { place, actors } = scene;
    seller = trader(place, actors.seller, 1, prover, walletSender(actors.relayer));
    buyer = trader(place, actors.buyer, 2, prover, walletSender(actors.relayer));
  });

  async function prepare(): Promise<{ sellPlan: bigint; buyPlan: bigint }> {
    await seller.join();
    await buyer.join();
    await buyer.deposit(DEPOSIT_NANO);
    await issueGenerationTo(scene.place, prover, seller, PERIOD, 1_000n);
    const { plan: sellPlan } = await seller.submitSellPlan(OFFER);
    const { plan: buyPlan } = await buyer.submitBuyPlan(BID);
    return { sellPlan, buyPlan };
  }

  async function match(energyWh = 500n, priceMicroPerKwh = 250_000n): Promise<bigint> {
    const plans = await prepare();
    return propose(scene.place, { ...plans, energyWh, priceMicroPerKwh }, seller, buyer);
  }

  const until = (timeS: number) => scene.networkHelpers.time.increaseTo(timeS);
  const balances = () => [seller, buyer].map(({ store }) => store.balanceNano);

  describe("with notes", () => {
    const deposits = async (...amounts: bigint[]) => {
      await buyer.join();
      for (const amount of amounts) await buyer.deposit(amount);
      prover.requests.length = 0;
    };

    it("says how much is in which note, and merges where that is asked for", async () => {
      await deposits(5n, 7n, 2n, 1n);
      const error = await rejection(buyer.withdraw(13n, scene.actors.stranger.address));
      expect(error).to.be.instanceOf(NotesToMergeError);
      expect(error.message).to.include("0.000000007 in note 1, 0.000000005 in note 0");
      expect(prover.requests).to.be.empty;
      await buyer.withdraw(13n, scene.actors.stranger.address, { merge: true });
      const circuits = prover.requests.map(({ circuit }) => circuit);
      expect(circuits).to.deep.equal(["Merge", "Merge", "Withdraw"]);
      expect(await scene.token.balanceOf(scene.actors.stranger.address)).to.equal(13n);
      expect(buyer.store.balanceNano).to.equal(2n);
    });

    it("merges the two smallest, or those that are named", async () => {
      await deposits(5n, 7n, 2n, 1n);
      const amounts = () => buyer.store.credit().map(({ note }) => note.amountNano);
      await buyer.merge();
      expect(amounts()).to.have.members([5n, 7n, 3n]);
      await buyer.merge([0, 1]);
      expect(amounts()).to.have.members([12n, 3n]);
      for (const leaves of [
        [0, 1],
        [4, 4],
        [4, 99],
      ] as const) {
        expect(await rejection(buyer.merge(leaves)), String(leaves)).to.match(
          /are not both credit notes|merged with itself/,
        );
      }
      await buyer.merge();
      expect((await rejection(buyer.merge())).message).to.include("There are 1 credit notes");
    });

    it("spends no more than there is", async () => {
      await deposits(5n);
      const error = await rejection(buyer.withdraw(6n, scene.actors.stranger.address));
      expect(error).to.be.instanceOf(NotEnoughPrivateBalanceError);
      await buyer.withdraw(5n, scene.actors.stranger.address);
      expect(buyer.store.credit().map(({ note }) => note.amountNano)).to.deep.equal([0n]);
    });

    it("pays in for somebody else", async () => {
      await buyer.deposit(9n, seller.account);
      await seller.sync();
      expect(balances()).to.deep.equal([9n, 0n]);
    });

    it("joins and pays in with a wallet only", async () => {
      const { provider, poolId } = scene.place;
      const { account, store, follower } = buyer;
      const sender = walletSender(scene.actors.relayer);
      const options = { account, store, follower, provider, prover, sender };
      const without = new PrivateParticipant(options);
      expect(await rejection(without.join())).to.be.instanceOf(NotPossibleError);
      expect(await rejection(without.deposit(1n))).to.be.instanceOf(NotPossibleError);
      const foreign = { ...options, store: new NoteStore(poolId, seller.account) };
      expect(() => new PrivateParticipant(foreign)).to.throw("another account");
    });
  });

  describe("with plans", () => {
    it("offers of the smallest note that holds it, and says what there is", async () => {
      await seller.join();
      for (const energyWh of [300n, 900n, 500n]) {
        await issueGenerationTo(scene.place, prover, seller, PERIOD, energyWh);
      }
      await seller.submitSellPlan({ ...OFFER, energyWh: 400n });
      const rests = seller.store.generation(PERIOD).map(({ note }) => note.energyWh);
      expect(rests).to.have.members([300n, 900n, 100n]);
      const error = await rejection(seller.submitSellPlan({ ...OFFER, energyWh: 901n }));
      expect(error).to.be.instanceOf(NotPossibleError);
      expect(error.message).to.include("900 Wh in note 1");
      const other = await rejection(seller.submitSellPlan({ ...OFFER, period: 3n }));
      expect(other.message).to.include("there is none");
    });

    it("makes none for a period that is days ahead, unless that is meant", async () => {
      await buyer.join();
      await buyer.deposit(DEPOSIT_NANO);
      const weekS = 7 * 24 * 3600;
      const { timestamp } = (await scene.ethers.provider.getBlock("latest"))!;
      const far = BigInt(Math.ceil((timestamp + weekS - genesis) / periodLength) + 1);
      prover.requests.length = 0;
      for (const period of [far, 16_777_215n]) {
        const error = await rejection(buyer.submitBuyPlan({ ...BID, period }));
        expect(error).to.be.instanceOf(PlanTooFarAheadError);
        expect(error.message).to.include(`Period ${period}`).and.to.include(`${weekS} s ahead`);
        expect(await rejection(buyer.submitSellPlan({ ...OFFER, period }))).to.be.instanceOf(
          PlanTooFarAheadError,
        );
      }
      expect(prover.requests).to.be.empty;
      await buyer.submitBuyPlan({ ...BID, period: far - 2n });
      const sender = walletSender(scene.actors.relayer);
      const meant = { mostAheadS: weekS + 2 * periodLength };
      await trader(scene.place, scene.actors.buyer, 2, prover, sender, meant).submitBuyPlan({
        ...BID,
        period: far,
      });
    });

    it("makes none for who has not joined or was expelled", async () => {
      await buyer.deposit(DEPOSIT_NANO);
      expect(await rejection(buyer.submitBuyPlan(BID))).to.be.instanceOf(NotParticipantError);
      await buyer.join();
      await buyer.sync();
      const siblings = buyer.follower.state.participants.neighboursOfOwner(buyer.account.owner);
      const { pool, actors } = scene;
      await pool.connect(actors.operator).expel(actors.buyer.address, [...siblings]);
      expect(await rejection(buyer.submitBuyPlan(BID))).to.be.instanceOf(NotParticipantError);
      // Its money is its own all the same.
      await buyer.withdraw(DEPOSIT_NANO, actors.stranger.address);
    });

    it("takes an unmatched plan back, and nobody else's", async () => {
      const { buyPlan, sellPlan } = await prepare();
      expect((await rejection(buyer.refund(buyPlan))).message).to.include("RefundTooEarly");
      await until(START - proposalsLead);
      expect(await rejection(buyer.refund(sellPlan))).to.be.instanceOf(NotPossibleError);
      await buyer.refund(buyPlan);
      expect(buyer.store.balanceNano).to.equal(DEPOSIT_NANO);
      expect((await rejection(buyer.refund(buyPlan))).message).to.include("PlanNotOpen");
    });
  });

  describe("with matches", () => {
    it("confirms none that is worse than its plan", async () => {
      const record = await match(500n, 199_999n);
      expect(await rejection(seller.confirm(record))).to.be.instanceOf(UnprovableError);
      await buyer.confirm(record);
    });

    it("confirms none that does not open, or is not its own", async () => {
      const plans = await prepare();
      const terms = { ...plans, energyWh: 500n, priceMicroPerKwh: 250_000n };
      // Sealed to the buyer where the seller should read it.
      const record = await propose(scene.place, terms, buyer, buyer);
      const error = await rejection(seller.confirm(record));
      expect(error).to.be.instanceOf(NotPossibleError);
      expect(error.message).to.include("is of no plan of this account");
      expect(seller.store.faults).to.have.length(1);
      expect((await rejection(seller.confirm(77n))).message).to.include("There is no match 77");
    });

    it("confirms both sides of a match with itself, one after the other", async () => {
      await seller.join();
      await issueGenerationTo(scene.place, prover, seller, PERIOD, 1_000n);
      await buyer.deposit(DEPOSIT_NANO, seller.account);
      const { plan: sellPlan } = await seller.submitSellPlan(OFFER);
      const { plan: buyPlan } = await seller.submitBuyPlan(BID);
      const terms = { sellPlan, buyPlan, energyWh: 500n, priceMicroPerKwh: 250_000n };
      const record = await propose(scene.place, terms, seller, seller);
      await seller.confirm(record);
      await seller.confirm(record);
      expect(seller.follower.state.matches.get(record)!.state).to.equal("agreed");
      await until(START + periodLength);
      await seller.reportActual(attest(scene.place, record, 100n));
      await seller.settle(record, "buy");
      await seller.settle(record);
      expect((await rejection(seller.settle(record))).message).to.include("SettledBefore");
    });

    it("pays what was delivered where that is beyond the tolerance", async () => {
      const record = await match();
      await seller.confirm(record);
      await buyer.confirm(record);
      await until(START + periodLength);
      const before = buyer.store.balanceNano;
      await seller.reportActual(attest(scene.place, record, 200n));
      await seller.settle(record);
      await buyer.settle(record);
      const paid = 200n * 250_000n;
      expect(balances()).to.deep.equal([paid, before + 500n * 300_000n - paid]);
    });

    it("settles without a report once it is too late for one, and not before", async () => {
      const record = await match();
      await seller.confirm(record);
      await buyer.confirm(record);
      await until(START + periodLength);
      expect((await rejection(buyer.settle(record))).message).to.include("SettlementNotBegun");
      const attestation = attest(scene.place, record, 500n);
      expect(await rejection(buyer.reportActual(attestation))).to.be.instanceOf(NotPossibleError);
      await until(START + periodLength + reportingTime);
      const closed = await rejection(seller.reportActual(attestation));
      expect(closed.message).to.include("ReportingClosed");
      const before = buyer.store.balanceNano;
      await seller.settle(record);
      await buyer.settle(record);
      expect(balances()).to.deep.equal([0n, before + 500n * 300_000n]);
    });

    it("proves settlement anew where the report came while it proved", async () => {
      const record = await match();
      await seller.confirm(record);
      await buyer.confirm(record);
      await until(START + periodLength);
      prover.requests.length = 0;
      let isReported = false;
      prover.meanwhile = async ({ circuit }) => {
        if (circuit !== "SettleBuy" || isReported) return;
        isReported = true;
        await seller.reportActual(attest(scene.place, record, 500n));
      };
      await buyer.settle(record);
      const circuits = prover.requests.map(({ circuit }) => circuit);
      expect(circuits).to.deep.equal(["SettleBuy", "Actual", "SettleBuy"]);
    });

    it("takes no attestation of another match, energy or gateway", async () => {
      const record = await match();
      await seller.confirm(record);
      await buyer.confirm(record);
      await until(START + periodLength);
      const good = attest(scene.place, record, 490n);
      const forged = { ...good, energyWh: 491n };
      expect(await rejection(seller.reportActual(forged))).to.be.instanceOf(UnprovableError);
      const ownKey = { ...good, gatewayKey: seller.account.spendKey };
      expect(await rejection(seller.reportActual(ownKey))).to.be.instanceOf(UnprovableError);
      await seller.reportActual(good);
      // The same again is there already; another is too late.
      await seller.reportActual(good);
      const other = await rejection(seller.reportActual(attest(scene.place, record, 489n)));
      expect(other.message).to.include("ActualKnown");
    });

    it("ends an overdue match itself before a refund, where the matcher is gone", async () => {
      const record = await match();
      const { sellPlan, buyPlan } = await scene.pool.matchOf(record);
      const early = await rejection(buyer.refund(buyPlan));
      expect(early).to.be.instanceOf(NotPossibleError);
      expect(early.message).to.include("can be agreed to until");
      await until(START - proposalsLead);
      prover.requests.length = 0;
      await buyer.refund(buyPlan);
      expect(buyer.follower.state.matches.get(record)!.state).to.equal("lapsed");
      expect(buyer.store.balanceNano).to.equal(DEPOSIT_NANO);
      await seller.refund(sellPlan);
      expect(prover.requests.map(({ circuit }) => circuit)).to.deep.equal(["Refund", "Refund"]);
    });

    it("ends a match that nobody agreed to, once", async () => {
      const record = await match();
      expect((await rejection(seller.lapse(record))).message).to.include("ConfirmationOpen");
      await scene.networkHelpers.time.increase(confirmationTime + 1);
      await Promise.all([seller.lapse(record), buyer.lapse(record)]);
      await seller.lapse(record);
      expect(seller.follower.state.matches.get(record)!.state).to.equal("lapsed");
      expect((await rejection(seller.lapse(77n))).message).to.include("There is no match 77");
    });

    it("does not take a lapse for mined because a sender says so", async () => {
      const record = await match();
      await scene.networkHelpers.time.increase(confirmationTime + 1);
      const lying = { send: () => Promise.resolve({ blockNumber: 1, hash: "0x" }) };
      const misled = trader(scene.place, scene.actors.seller, 1, prover, lying);
      expect(await rejection(misled.lapse(record))).to.be.instanceOf(NotPossibleError);
    });

    it("loses a bond by silence, and no more", async () => {
      const record = await match();
      await buyer.confirm(record);
      await scene.networkHelpers.time.increase(confirmationTime + 1);
      expect((await rejection(seller.confirm(record))).message).to.include("ConfirmationClosed");
      await scene.pool.lapse(record);
      await until(START - proposalsLead);
      await seller.sync();
      await buyer.sync();
      const [[sold], [bought]] = [seller.store.openPlans(), buyer.store.openPlans()];
      await seller.refund(sold!.commitment);
      await buyer.refund(bought!.commitment);
      const energies = seller.store.generation(PERIOD).map(({ note }) => note.energyWh);
      expect(energies).to.have.members([200n, 800n - BigInt(bondWh)]);
      expect(buyer.store.balanceNano).to.equal(DEPOSIT_NANO);
      expect(bondNano).to.be.greaterThan(0);
    });
  });
});
