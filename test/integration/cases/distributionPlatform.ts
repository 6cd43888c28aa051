// The paper's cases on chain, from sealed orders to settled balances. Its currency unit is the milli-ether: one
// milli-ether per kWh is 1,000,000 micro-currency per kWh here, and so one milli-ether is 10^9 nano-currency.
import { expect } from "chai";
import type { SettledAccount } from "../../../sdk/events/accountsSettled.ts";
import type { OrderSide } from "../../../sdk/orders/packedOrder.ts";
import {
  clearingCases,
  coefficients,
  demandExceedsSupply,
  loadUsedLess,
  loadUsedMore,
} from "../../fixtures/greenDoubleAuctionCases.ts";
import { goTo, join, type Participant } from "../../helpers/market.ts";
import { stage } from "../../helpers/stage.ts";
import { buy, report, sell, settle, trade, type Quote } from "../../helpers/verbs.ts";

const PERIOD = 5;
const NANO_PER_MILLI_ETHER = 1_000_000_000n;
const bps = (coefficient: string) => Math.round(Number(coefficient) * 10_000);

/** An amount as the paper prints it, to three digits. */
const printed = (amountNano: bigint) =>
  (Number((amountNano * 1_000_000n) / NANO_PER_MILLI_ETHER) / 1_000_000).toFixed(3);

describe("the paper's cases, on chain", () => {
  const scene = stage(
    async (fixture) => {
      const { people } = fixture.actors;
      const { market, token, actors, marketAddress } = fixture;
      await goTo(fixture, PERIOD - 1, 1);
      const members: Record<string, Participant> = {
        wind: await join(fixture, people[0]!, { greenSupply: true }),
        controllable: await join(fixture, people[1]!),
        ev: await join(fixture, people[2]!, { greenPreference: true }),
        load: await join(fixture, people[3]!),
      };
      await token.connect(actors.treasurer).mint(actors.treasurer.address, 10n ** 12n);
      await token.connect(actors.treasurer).approve(marketAddress, 10n ** 12n);
      await market.connect(actors.treasurer).fundIncentives(10n ** 11n);
      await market.connect(actors.treasurer).deposit(1, 10n ** 11n);
      return { members };
    },
    {
      parameters: {
        shortBps: bps(coefficients.balancingShort),
        longBps: bps(coefficients.balancingLong),
        rewardBps: bps(coefficients.reward),
        penaltyBps: bps(coefficients.penalty),
        minAverageWh: 0,
      },
    },
  );

  const quote = (side: OrderSide, energyWh: number, price: number): Quote =>
    side === "sell" ? sell(energyWh, price) : buy(energyWh, price);

  async function tradeCase({ orders }: (typeof clearingCases)[number]) {
    return trade(
      scene,
      PERIOD,
      orders.map(({ id, side, energyWh, priceMicroPerKwh }) => [
        scene.members[id]!,
        quote(side, energyWh, priceMicroPerKwh),
      ]),
    );
  }

  /** Settles with these registers; everybody else's meter stood still. */
  async function settleWith(
    registers: Record<string, readonly [importWh: number, exportWh: number]>,
  ): Promise<Record<string, SettledAccount>> {
    await goTo(scene, PERIOD + 1, 1);
    for (const [id, member] of Object.entries(scene.members)) {
      await report(scene, member, PERIOD, ...(registers[id] ?? [0, 0]));
    }
    const settled = await settle(scene, PERIOD);
    return Object.fromEntries(
      Object.entries(scene.members).map(([id, member]) => [
        id,
        settled.find(({ participant }) => participant === member.id)!,
      ]),
    );
  }

  for (const clearingCase of clearingCases) {
    it(`trades at ${clearingCase.name}`, async () => {
      const formed = await tradeCase(clearingCase);
      const expected = clearingCase.trades.map((t) => ({
        ...t,
        seller: scene.members[t.seller]!.id,
        buyer: scene.members[t.buyer]!.id,
      }));
      expect(formed).to.have.deep.members(expected);
      const { totals } = await scene.market.periodOf(PERIOD);
      expect(totals.trades).to.equal(BigInt(expected.length));
    });
  }

  it(`settles ${loadUsedMore.name}`, async () => {
    await tradeCase(demandExceedsSupply);
    const average = await scene.market.averagePriceMicroPerKwhDown(PERIOD);
    expect((Number(average) / 1_000_000).toFixed(3)).to.equal(loadUsedMore.averagePrice);
    const fund = await scene.market.incentiveFundNano();
    const grid = (await scene.market.accountOf(1)).balanceNano;
    const { load } = await settleWith({
      wind: [0, 430],
      controllable: [0, 120],
      ev: [250, 0],
      load: [loadUsedMore.meteredWh, 0],
    });
    expect(load!.short).to.be.true;
    expect(load!.imbalanceWh).to.equal(loadUsedMore.balancingWh);
    expect(printed(load!.imbalanceNano)).to.equal(loadUsedMore.paysGrid);
    expect(printed(load!.rewardNano)).to.equal(loadUsedMore.reward);
    expect(printed(load!.penaltyNano)).to.equal(loadUsedMore.penalty);
    expect(printed(load!.rewardNano - load!.penaltyNano)).to.equal(loadUsedMore.netReward);
    expect(load!.kept).to.be.false;
    // Everybody else did as declared: the grid has the load's payment, the fund its penalty less the rewards.
    expect((await scene.market.accountOf(1)).balanceNano - grid).to.equal(load!.imbalanceNano);
    const rewardsNano = await rewardsOf(await scene.market.periodOf(PERIOD));
    expect(fund - (await scene.market.incentiveFundNano())).to.equal(
      rewardsNano + load!.rewardNano - load!.penaltyNano,
    );
  });

  /** 1% of the average price on 430, 120 and 250 Wh, each rounded down. */
  async function rewardsOf({ totals }: { totals: { tradedNano: bigint; tradedWh: bigint } }) {
    return [430n, 120n, 250n].reduce(
      (sum, energyWh) => sum + (energyWh * totals.tradedNano * 100n) / (totals.tradedWh * 10_000n),
      0n,
    );
  }

  it(`settles ${loadUsedLess.name}`, async () => {
    // One trade at the average that the paper prints.
    const price = Number(loadUsedLess.averagePrice) * 1_000_000;
    await trade(scene, PERIOD, [
      [scene.members.controllable!, sell(500, price)],
      [scene.members.load!, buy(500, price)],
    ]);
    const { load } = await settleWith({
      controllable: [0, 500],
      load: [500 - loadUsedLess.balancingWh, 0],
    });
    expect(load!.short).to.be.false;
    expect(load!.imbalanceWh).to.equal(loadUsedLess.balancingWh);
    expect(printed(load!.imbalanceNano)).to.equal(loadUsedLess.gridPaysLoad);
  });
});
