import { expect } from "chai";
import { encodeBytes32String } from "ethers";
import type { MarketParameters } from "../../../../sdk/market/parameters.ts";
import { goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { saltOf } from "../../../helpers/verbs.ts";

const PERIOD = 5;
const MAX_ENERGY = 2 ** 28 - 1;

describe("Parameters: scheduleParameters", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD, 1);
    return { byAdmin: fixture.market.connect(fixture.actors.admin) };
  });
  const changed = (change: Partial<MarketParameters>) => ({ ...scene.parameters, ...change });

  it("holds from its period on", async () => {
    const { market, byAdmin, parameters } = scene;
    const rules = changed({ maxEnergyWh: 7 });
    await expect(byAdmin.scheduleParameters(rules, PERIOD + 2))
      .to.emit(market, "ParametersScheduled")
      .withArgs(PERIOD + 2, (logged: unknown[]) => logged.length === 18);
    expect((await market.parametersOf(PERIOD + 1)).maxEnergyWh).to.equal(parameters.maxEnergyWh);
    expect((await market.parametersOf(PERIOD + 2)).maxEnergyWh).to.equal(7n);
    const [latest, from] = await market.latestParameters();
    expect([latest.maxEnergyWh, from]).to.deep.equal([7n, BigInt(PERIOD + 2)]);
  });

  it("leaves the next period alone", async () => {
    const { market, byAdmin, parameters } = scene;
    await expect(byAdmin.scheduleParameters(parameters, PERIOD + 1))
      .to.be.revertedWithCustomError(market, "PeriodTooSoon")
      .withArgs(PERIOD + 1, PERIOD + 2);
    await expect(byAdmin.scheduleParameters(parameters, 2 ** 24)).to.be.revertedWithCustomError(
      market,
      "PeriodOutOfRange",
    );
  });

  it("waits until no period is left of the change before", async () => {
    const { market, byAdmin } = scene;
    await byAdmin.scheduleParameters(changed({ maxEnergyWh: 7 }), PERIOD + 2);
    await goTo(scene, PERIOD + 9, 1);
    await expect(byAdmin.scheduleParameters(changed({ maxEnergyWh: 8 }), PERIOD + 20))
      .to.be.revertedWithCustomError(market, "ParametersPending")
      .withArgs(PERIOD + 2, PERIOD + 10);
    await goTo(scene, PERIOD + 10, 1);
    await byAdmin.scheduleParameters(changed({ maxEnergyWh: 8 }), PERIOD + 20);
    expect((await market.parametersOf(PERIOD + 19)).maxEnergyWh).to.equal(7n);
    expect((await market.parametersOf(PERIOD + 20)).maxEnergyWh).to.equal(8n);
  });

  it("moves gate and margin of the periods that it holds for, and no others", async () => {
    const { market, byAdmin, actors, genesis } = scene;
    const alice = await join(scene, actors.people[0]!, { depositNano: 5_000_000_000n });
    const me = market.connect(alice.owner);
    await byAdmin.scheduleParameters(
      changed({ gateClosure: 300, marginNano: 5_000_000_001n }),
      PERIOD + 2,
    );
    await goTo(scene, PERIOD, 190);
    await expect(me.submitOrder(PERIOD + 1, saltOf(1, 1), "0x"))
      .to.be.revertedWithCustomError(market, "GateClosed")
      .withArgs(PERIOD + 1, genesis + PERIOD * 900 + 180);
    await goTo(scene, PERIOD + 1, 190);
    await expect(me.submitOrder(PERIOD + 2, saltOf(1, 1), "0x"))
      .to.be.revertedWithCustomError(market, "MarginMissing")
      .withArgs(alice.id, 5_000_000_001n, 5_000_000_000n);
  });

  describe("refuses rules that make no sense", () => {
    const cases: [Partial<MarketParameters>, keyof MarketParameters, Partial<MarketParameters>][] =
      [
        [{ gateClosure: 0 }, "gateClosure", { gateClosure: 1 }],
        [{ gateClosure: 420 }, "gateClosure", { gateClosure: 419 }],
        [{ openingEnd: 600 }, "openingEnd", { openingEnd: 599 }],
        [{ clearingEnd: 901 }, "clearingEnd", { clearingEnd: 900 }],
        [{ settlementDue: 0 }, "settlementDue", { settlementDue: 1 }],
        [{ settlementDue: 901 }, "settlementDue", { settlementDue: 900 }],
        [{ gracePeriods: 5 }, "gracePeriods", { gracePeriods: 0 }],
        [{ missedReadingsLimit: 0 }, "missedReadingsLimit", { missedReadingsLimit: 1 }],
        [{ minPriceMicroPerKwh: 0 }, "minPriceMicroPerKwh", { minPriceMicroPerKwh: 1 }],
        [
          { minPriceMicroPerKwh: 1_000_001 },
          "minPriceMicroPerKwh",
          { minPriceMicroPerKwh: 200_000 },
        ],
        [
          { referencePriceMicroPerKwh: 9_999 },
          "referencePriceMicroPerKwh",
          { referencePriceMicroPerKwh: 10_000 },
        ],
        [
          { referencePriceMicroPerKwh: 1_000_001 },
          "referencePriceMicroPerKwh",
          { referencePriceMicroPerKwh: 1_000_000 },
        ],
        [{ maxEnergyWh: 0 }, "maxEnergyWh", { maxEnergyWh: 1 }],
        [{ maxEnergyWh: MAX_ENERGY + 1 }, "maxEnergyWh", { maxEnergyWh: MAX_ENERGY }],
        // 2^56 - 1 = 2^28 * (2^28 - 1) + 2^28 - 1.
        [
          { maxEnergyWh: MAX_ENERGY, maxPriceMicroPerKwh: 2 ** 28 + 2 },
          "maxEnergyWh",
          { maxEnergyWh: MAX_ENERGY, maxPriceMicroPerKwh: 2 ** 28 + 1 },
        ],
        [{ shortBps: 9_999 }, "shortBps", { shortBps: 10_000 }],
        [{ shortBps: 20_001 }, "shortBps", { shortBps: 20_000 }],
        [{ longBps: 10_001 }, "longBps", { longBps: 10_000 }],
        [{ rewardBps: 10_001 }, "rewardBps", { rewardBps: 10_000 }],
        [{ penaltyBps: 20_001 }, "penaltyBps", { penaltyBps: 20_000 }],
        [{ toleranceBps: 10_001 }, "toleranceBps", { toleranceBps: 10_000 }],
        [
          { nonOpeningChargeNano: 5_000_000_001n },
          "nonOpeningChargeNano",
          { nonOpeningChargeNano: 5_000_000_000n },
        ],
      ];
    for (const [bad, name, good] of cases) {
      const shown = JSON.stringify(bad, (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      );
      it(`${shown}, and takes the value next to it`, async () => {
        const { market, byAdmin } = scene;
        const rules = changed(bad);
        await expect(byAdmin.scheduleParameters(rules, PERIOD + 2))
          .to.be.revertedWithCustomError(market, "ParametersInvalid")
          .withArgs(encodeBytes32String(name), rules[name]);
        await byAdmin.scheduleParameters(changed(good), PERIOD + 2);
      });
    }
  });
});
